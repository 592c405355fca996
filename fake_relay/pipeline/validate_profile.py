"""Profiles and chunks of them, opened as far as it takes to judge them (PROTOCOL.md 5.6).

The reasons are those of Relay's profiling, in the order in which it looks. Not judged: what
is inside of Android's own traces beyond their first line, and Perfetto's.
May import: records, items, config, protocol, msgspec.
"""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec

from fake_relay.items.payload import has_more
from fake_relay.items.profile import is_perfetto
from fake_relay.items.required import is_nil, is_uuid, moment
from fake_relay.pipeline.stage import Context
from fake_relay.protocol.outcome import Fate, Outcome
from fake_relay.records import ReceivedItem

MAX_PROFILE: Final = 30.0
"""Seconds of a transaction's profile."""
MAX_CHUNK: Final = 66.0
"""Seconds of a chunk."""
MAX_PARTS: Final = 400_000
"""Samples, stacks and frames that are opened; a minute of thirty threads has less."""
MAX_INDEXES: Final = 1_500_000
"""The same with the frames that stacks name, which are numbers."""
_TRACE_START: Final = b"*version"


class Flaw(Exception):
    """Why Relay refuses a profile: the reason without its prefix."""


Index = Annotated[int, msgspec.Meta(ge=0)]


class _Skipped(msgspec.Struct, frozen=True, gc=False):
    pass


class _Sample(msgspec.Struct, frozen=True, gc=False):
    stack_id: Index
    thread_id: str | int = ""
    elapsed_since_start_ns: Index | str = 0
    timestamp: float = 0.0


class _Content(msgspec.Struct, frozen=True):
    samples: list[_Sample]
    stacks: list[list[Index]]
    frames: list[_Skipped]


class _Transaction(msgspec.Struct, frozen=True):
    id: str = ""
    name: str = ""
    trace_id: str = ""


class _Device(msgspec.Struct, frozen=True):
    architecture: str


class _System(msgspec.Struct, frozen=True):
    name: str
    version: str


class _Kind(msgspec.Struct, frozen=True):
    """What decides how the rest is read."""

    platform: str
    version: str | int | None = None
    sampled_profile: msgspec.Raw = msgspec.Raw()


class _Profile(msgspec.Struct, frozen=True):
    event_id: str
    timestamp: str | float
    device: _Device
    os: _System
    profile: _Content
    transaction: _Transaction | None = None
    transactions: list[_Transaction] = []


class _Android(msgspec.Struct, frozen=True):
    sampled_profile: str
    duration_ns: str | int = 1


class _Chunk(msgspec.Struct, frozen=True):
    profiler_id: str
    chunk_id: str
    client_sdk: _Skipped
    profile: _Content


_decode_kind = msgspec.json.Decoder(_Kind).decode
_decode_profile = msgspec.json.Decoder(_Profile).decode
_decode_android = msgspec.json.Decoder(_Android).decode
_decode_chunk = msgspec.json.Decoder(_Chunk).decode


def validate_profile(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    """Refuse a profile that Relay cannot use, or that has no transaction beside it."""
    if received.item.header.sampled is not False and "transaction" not in context.item_types:
        return _outcome("invalid_standalone")
    return _verdict(received, _judge_profile)


def validate_chunk(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    """Refuse a chunk of a continuous profile that Relay cannot use."""
    header = received.item.header
    if is_perfetto(header):
        length = header.meta_length
        whole = length is not None and length <= len(received.item.payload)
        return received if whole else _outcome("invalid_json")
    return _verdict(received, lambda payload: _judge_chunk(payload, header.platform))


def _outcome(reason: str) -> Outcome:
    return Outcome(Fate.INVALID, f"profiling_{reason}")


def _verdict(received: ReceivedItem, judge: Any) -> ReceivedItem | Outcome:
    payload = received.item.payload
    objects = has_more(payload, b"{", MAX_PARTS) or has_more(payload, b"[", MAX_PARTS)
    if objects or has_more(payload, b",", MAX_INDEXES):
        return _outcome("exceed_size_limit")
    try:
        judge(payload)
    except Flaw as flaw:
        return _outcome(str(flaw))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _outcome("invalid_json")
    return received


def _judge_profile(payload: bytes) -> None:
    kind = _decode_kind(payload)
    if kind.version is None and kind.platform == "android":
        return _judge_android(_decode_android(payload))
    if str(kind.version) != "1":
        raise Flaw("platform_not_supported")
    profile = _decode_profile(payload)
    if not is_uuid(profile.event_id) or moment(profile.timestamp) is None:
        raise Flaw("invalid_json")
    _judge_transaction(profile)
    samples = _useful(profile.profile)
    if not samples:
        raise Flaw("not_enough_samples")
    _judge_references(samples, profile.profile)
    _judge_duration((int(s.elapsed_since_start_ns) / 1e9 for s in samples), MAX_PROFILE)
    return None


def _judge_transaction(profile: _Profile) -> None:
    found = profile.transaction or next(iter(profile.transactions), None)
    if found is None:
        raise Flaw("no_transaction_associated")
    if is_nil(found.id) or is_nil(found.trace_id) or not found.name:
        raise Flaw("invalid_transaction_metadata")


def _judge_android(profile: _Android) -> None:
    try:
        trace = base64.b64decode(profile.sampled_profile, validate=True)
    except binascii.Error:
        raise Flaw("invalid_base64_value") from None
    if not trace.startswith(_TRACE_START):
        raise Flaw("invalid_sampled_profile")
    if int(profile.duration_ns) == 0:
        raise Flaw("duration_is_zero")
    if int(profile.duration_ns) / 1e9 > MAX_PROFILE:
        raise Flaw("duration_is_too_long")


def _judge_chunk(payload: bytes, platform: str | None) -> None:
    kind = _decode_kind(payload)
    if platform is not None and platform != kind.platform:
        raise Flaw("invalid_profile_type")
    if kind.platform == "android" and kind.sampled_profile:
        return _judge_android(_decode_android(payload))
    if str(kind.version) != "2":
        raise Flaw("platform_not_supported")
    chunk = _decode_chunk(payload)
    if not is_uuid(chunk.profiler_id) or not is_uuid(chunk.chunk_id):
        raise Flaw("invalid_json")
    if not chunk.profile.samples:
        raise Flaw("not_enough_samples")
    _judge_references(chunk.profile.samples, chunk.profile)
    _judge_duration((sample.timestamp for sample in chunk.profile.samples), MAX_CHUNK)
    return None


def _useful(content: _Content) -> list[_Sample]:
    """The samples without idle ones at a thread's ends, and without threads of one sample."""
    threads: dict[str | int, list[_Sample]] = defaultdict(list)
    for sample in content.samples:
        threads[sample.thread_id].append(sample)
    kept = [_awake(samples, content.stacks) for samples in threads.values()]
    return [sample for samples in kept if len(samples) > 1 for sample in samples]


def _awake(samples: list[_Sample], stacks: list[list[int]]) -> list[_Sample]:
    busy = [
        place
        for place, sample in enumerate(samples)
        if sample.stack_id >= len(stacks) or stacks[sample.stack_id]
    ]
    return samples[busy[0] : busy[-1] + 1] if busy else []


def _judge_references(samples: Iterable[_Sample], content: _Content) -> None:
    if any(sample.stack_id >= len(content.stacks) for sample in samples):
        raise Flaw("malformed_samples")
    if any(frame >= len(content.frames) for stack in content.stacks for frame in stack):
        raise Flaw("malformed_stacks")


def _judge_duration(seconds: Iterable[float], most: float) -> None:
    moments = list(seconds)
    if max(moments) - min(moments) > most:
        raise Flaw("duration_is_too_long")

"""Replays: which parts may come together, and whether recordings can be read (PROTOCOL.md 5.5).

Recordings are inflated in steps, never kept, and only up to the limit.
May import: records, items, config, protocol, msgspec.
"""

from __future__ import annotations

import zlib
from typing import Final

import msgspec

from fake_relay.config import Limits
from fake_relay.items import ITEM_TYPES
from fake_relay.pipeline.stage import Context
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Fate, Outcome
from fake_relay.records import ReceivedItem

DUPLICATE_ITEM: Final = Outcome(Fate.INVALID, "duplicate_item")
MISSING_RECORDING: Final = Outcome(Fate.INVALID, "invalid_replay_missing_recording")
BAD_RECORDING: Final = Outcome(Fate.INVALID, "invalid_replay_recording")
BAD_VIDEO: Final = Outcome(Fate.INVALID, "invalid_replay_video")
TOO_LARGE: Final = Outcome(Fate.INVALID, "too_large:replay_recording")
_STEP: Final = 256 * 1024


class _Video(msgspec.Struct, frozen=True):
    """A video, and the event and recording that belong to it."""

    replay_event: bytes
    replay_recording: bytes
    replay_video: bytes


class _Frames(msgspec.Struct, array_like=True, frozen=True):
    """Any JSON array: what stands in it is passed over, for there can be millions of frames."""


_decode_video = msgspec.msgpack.Decoder(_Video).decode
_check_frames = msgspec.json.Decoder(_Frames).decode


def validate_replay(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    """Refuse parts of a replay that do not belong together, or cannot be read."""
    kinds = [kind for kind in context.item_types if kind in _PARTS]
    if len(set(kinds)) != len(kinds) or ("replay_video" in kinds and len(kinds) > 1):
        return DUPLICATE_ITEM
    kind, payload = received.item.type, received.item.payload
    if kind == "replay_event":
        return received if "replay_recording" in kinds else MISSING_RECORDING
    limits = context.config.limits
    flaw = _flaw_of_video(payload, limits) if kind == "replay_video" else _flaw(payload, limits)
    return received if flaw is None else flaw


_PARTS: Final = frozenset({"replay_event", "replay_recording", "replay_video"})


def _flaw(payload: bytes, limits: Limits) -> Outcome | None:
    """What is wrong with a recording: a header's line, then frames as JSON or deflated."""
    _, _, frames = payload.partition(b"\n")
    if frames[:1] == b"[":
        return None if _is_array(frames) else BAD_RECORDING
    size = _inflated(frames, limits.max_replay_uncompressed_size)
    if size is None:
        return BAD_RECORDING
    return TOO_LARGE if size > limits.max_replay_uncompressed_size else None


def _is_array(frames: bytes) -> bool:
    try:
        _check_frames(frames)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def _inflated(data: bytes, limit: int) -> int | None:
    """How many bytes a zlib stream makes, counted until it passes the limit; None if broken."""
    stream, size = zlib.decompressobj(), 0
    try:
        while size <= limit and not stream.eof:
            part = stream.decompress(data, _STEP)
            data = stream.unconsumed_tail
            size += len(part)
            if not part and not data and not stream.eof:
                return None
    except zlib.error:
        return None
    return size


def _flaw_of_video(payload: bytes, limits: Limits) -> Outcome | None:
    try:
        video = _decode_video(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return BAD_VIDEO
    if not video.replay_video:
        return BAD_VIDEO
    for name, part in (
        ("replay_event", video.replay_event),
        ("replay_recording", video.replay_recording),
    ):
        facts = ITEM_TYPES[name].facts(ItemHeader(item_type=name), part)
        if facts.problem:
            return Outcome(Fate.INVALID, facts.reason)
    return _flaw(video.replay_recording, limits)

"""Session replays: the event, the recording and the mobile video (PROTOCOL.md 5.5).

May import: items.event, items.facts, items.payload, items.required, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items.event import EventFields, shared_terms, trace_of
from fake_relay.items.facts import (
    MAX_TEXT,
    Facts,
    ItemType,
    Scalar,
    between,
    first_line,
    one,
    terms,
    text_of,
    timestamp,
)
from fake_relay.items.payload import Reader
from fake_relay.items.required import is_uuid
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader

REASON = "invalid_replay"
RECORDING_REASON = "invalid_replay_recording"
MAX_SEGMENT = 65535
MAX_URLS = 100
"""Sentry keeps that many URLs of a segment (PROTOCOL.md 5.5)."""


class ReplayFields(EventFields, frozen=True, gc=False):
    """What is indexed of a replay event."""

    replay_id: Scalar = None
    replay_type: Scalar = None
    segment_id: Scalar = None
    replay_start_timestamp: Scalar = None
    urls: list[Any] | None = None
    trace_ids: list[Any] | None = None
    error_ids: list[Any] | None = None


class RecordingHeader(msgspec.Struct, frozen=True, gc=False):
    """The first line of a recording."""

    segment_id: Scalar = None


_read = Reader(ReplayFields, whole=True)
_read_header = Reader(RecordingHeader)


def read_event(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a replay segment."""
    if payload.strip() in (b"", b"null"):
        return Facts(problem="the replay event is empty", reason="invalid_replay_no_payload")
    fields, problem = _read(payload)
    trace = trace_of(fields.contexts)
    urls = [text_of(url) for url in (fields.urls or [])[:MAX_URLS]]
    segment = text_of(fields.segment_id)
    start, end = timestamp(fields.replay_start_timestamp), timestamp(fields.timestamp)
    return Facts(
        title=first_line(f"replay segment {segment} {urls[0] if urls else ''}".rstrip()),
        event_id=text_of(fields.event_id),
        trace_id=text_of(trace.trace_id),
        timestamp=end,
        duration=between(start, end),
        terms=(
            *shared_terms(fields, trace),
            *terms(
                (
                    ("replay.id", fields.replay_id),
                    ("replay.type", fields.replay_type),
                    ("segment", segment),
                    *(("url", url) for url in urls),
                )
            ),
        ),
        text="\n".join(urls)[:MAX_TEXT],
        problem=problem or _flaw_of(fields),
        reason=REASON,
    )


def _flaw_of(fields: ReplayFields) -> str:
    """Why Relay could not take a replay event (PROTOCOL.md 5.5); empty if it could."""
    if not is_uuid(fields.replay_id):
        return f"replay_id {fields.replay_id!r:.80} is no UUID"
    if type(fields.segment_id) is not int or not 0 <= fields.segment_id <= MAX_SEGMENT:
        return f"segment_id {fields.segment_id!r:.80} is no number up to {MAX_SEGMENT}"
    for name, ids in (("trace", fields.trace_ids), ("error", fields.error_ids)):
        if not all(map(is_uuid, ids or ())):
            return f"one of the {name}_ids is no UUID"
    return ""


def read_recording(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a recording: a JSON line, then frames, compressed or not."""
    line, _, frames = payload.partition(b"\n")
    fields, problem = _read_header(line)
    segment = text_of(fields.segment_id)
    return Facts(
        title=first_line(f"replay recording, segment {segment} ({len(frames)} bytes)"),
        terms=tuple(terms((("segment", segment),))),
        problem=problem or ("" if frames else "there is no recording behind its header"),
        reason=RECORDING_REASON,
    )


def read_video(header: ItemHeader, payload: bytes) -> Facts:
    """A replay video is msgpack; it is opened when somebody looks."""
    return Facts(title=f"replay video ({len(payload)} bytes)")


REPLAY_EVENT = ItemType(
    "replay_event", read_event, one(Category.REPLAY), needs_event=True, reason=REASON
)
REPLAY_RECORDING = ItemType(
    "replay_recording",
    read_recording,
    one(Category.REPLAY),
    json=False,
    reason=RECORDING_REASON,
)
REPLAY_VIDEO = ItemType("replay_video", read_video, one(Category.REPLAY), json=False)

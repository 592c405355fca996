"""Session replays: the event, the recording and the mobile video (PROTOCOL.md 5.5).

May import: items.event, items.facts, items.payload, protocol, msgspec.
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
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader

MAX_URLS = 100
"""Sentry keeps that many URLs of a segment (PROTOCOL.md 5.5)."""


class ReplayFields(EventFields, frozen=True, gc=False):
    """What is indexed of a replay event."""

    replay_id: Scalar = None
    replay_type: Scalar = None
    segment_id: Scalar = None
    replay_start_timestamp: Scalar = None
    urls: list[Any] | None = None


class RecordingHeader(msgspec.Struct, frozen=True, gc=False):
    """The first line of a recording."""

    segment_id: Scalar = None


_read = Reader(ReplayFields)
_read_header = Reader(RecordingHeader)


def read_event(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a replay segment."""
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
        problem=problem,
    )


def read_recording(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a recording: a JSON line, then frames, compressed or not."""
    line, _, frames = payload.partition(b"\n")
    fields, problem = _read_header(line)
    segment = text_of(fields.segment_id)
    return Facts(
        title=first_line(f"replay recording, segment {segment} ({len(frames)} bytes)"),
        terms=tuple(terms((("segment", segment),))),
        problem=problem,
    )


def read_video(header: ItemHeader, payload: bytes) -> Facts:
    """A replay video is msgpack; it is opened when somebody looks."""
    return Facts(title=f"replay video ({len(payload)} bytes)")


REPLAY_EVENT = ItemType("replay_event", read_event, one(Category.REPLAY), needs_event=True)
REPLAY_RECORDING = ItemType("replay_recording", read_recording, one(Category.REPLAY), json=False)
REPLAY_VIDEO = ItemType("replay_video", read_video, one(Category.REPLAY), json=False)

"""Session replays: the event, the recording and the mobile video (PROTOCOL.md 5.5).

May import: items.event, items.facts, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items.event import EventFields, shared_terms, trace_of
from fake_relay.items.facts import Facts, ItemType, one, terms, text_of, timestamp
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader


class ReplayFields(EventFields, frozen=True):
    """What is indexed of a replay event."""

    replay_id: Any = None
    replay_type: Any = None
    segment_id: Any = None
    replay_start_timestamp: Any = None
    urls: Any = None


class RecordingHeader(msgspec.Struct, frozen=True):
    """The first line of a recording."""

    segment_id: Any = None


_decode = msgspec.json.Decoder(ReplayFields).decode
_decode_recording = msgspec.json.Decoder(RecordingHeader).decode


def read_event(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a replay segment."""
    fields = _decode(payload)
    trace = trace_of(fields.contexts)
    urls = [text_of(url) for url in fields.urls] if isinstance(fields.urls, list) else []
    segment = text_of(fields.segment_id)
    start, end = timestamp(fields.replay_start_timestamp), timestamp(fields.timestamp)
    return Facts(
        title=f"replay segment {segment} {urls[0] if urls else ''}".rstrip(),
        event_id=text_of(fields.event_id),
        trace_id=text_of(trace.trace_id),
        timestamp=end,
        duration=(end - start) * 1000 if start is not None and end is not None else None,
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
        text="\n".join(urls),
    )


def read_recording(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a recording: a JSON line, then frames, compressed or not."""
    line, _, frames = payload.partition(b"\n")
    segment = text_of(_decode_recording(line).segment_id)
    return Facts(
        title=f"replay recording, segment {segment} ({len(frames)} bytes)",
        terms=tuple(terms((("segment", segment),))),
    )


def read_video(header: ItemHeader, payload: bytes) -> Facts:
    """A replay video is msgpack; it is opened when somebody looks."""
    return Facts(title=f"replay video ({len(payload)} bytes)")


REPLAY_EVENT = ItemType("replay_event", read_event, one(Category.REPLAY), needs_event=True)
REPLAY_RECORDING = ItemType("replay_recording", read_recording, one(Category.REPLAY), json=False)
REPLAY_VIDEO = ItemType("replay_video", read_video, one(Category.REPLAY), json=False)

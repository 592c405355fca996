"""`GET /stream`: envelopes as they arrive, in the frames of Spotlight's sidecar.

Its front ends read them; source: PROTOCOL.md 2.13.
May import: relay and every room below it.
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from aiohttp import web

from fake_relay.protocol.envelope import headers_of, parse
from fake_relay.store import Reader, Selection
from fake_relay.web import sse
from fake_relay.web.keys import RELAY

NAME = "application/x-sentry-envelope"
RAW_TYPES = frozenset({"attachment", "replay_video", "statsd"})
BUFFER = 500
"""How far back a client can resume: what the sidecar's ring buffer holds."""

_encode = msgspec.json.Encoder().encode


async def spotlight(request: web.Request) -> web.StreamResponse:
    """Send envelopes as they are stored."""
    position = request.app[RELAY].store.position()
    last = sse.last_event_id(request)
    seen = position if last is None else max(last, position - BUFFER)
    as_base64 = "base64" in request.query
    headers = {**sse.SSE_HEADERS, "X-Powered-By": "spotlight-by-sentry"}
    if origin := request.headers.get("Origin"):
        # Only origins of this machine come this far.
        headers |= {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}

    def frames(reader: Reader, ids: list[int]) -> bytes:
        return envelope_frames(reader, ids, as_base64=as_base64)

    return await sse.follow(request, Selection(), seen, frames, headers, prelude=b"\n")


def envelope_frames(reader: Reader, item_ids: list[int], *, as_base64: bool) -> bytes:
    """The envelopes of some items, each once: where its last item is."""
    frames: list[bytes] = []
    for item_id in item_ids:
        item = reader.item(item_id)
        after = reader.item(item_id + 1)
        if item is None or (after is not None and after.envelope_id == item.envelope_id):
            continue
        data = envelope_data(reader, item.envelope_id, as_base64=as_base64)
        if data is not None:
            name = f"{NAME};base64" if as_base64 else NAME
            frames.append(sse.frame(str(item_id), name, _encode(data)))
    return b"".join(frames)


def envelope_data(reader: Reader, envelope_id: int, *, as_base64: bool) -> list[Any] | None:
    """`[header, [[item header, payload], ...]]`; None for one that is gone."""
    stored, body = reader.envelope(envelope_id), reader.body(envelope_id)
    if stored is None or body is None:
        return None
    envelope = parse(body.content, lenient=True, strict_key=False)
    header = headers_of(envelope.raw_header) | {
        "__spotlight_envelope_id": str(envelope_id),
        "__spotlight_sender_user_agent": stored.user_agent,
        "__spotlight_inferred_source": inferred_source(stored.client or stored.user_agent),
    }
    items = [
        [
            headers_of(item.raw_header),
            payload_data(item.type, item.payload, as_base64=as_base64),
        ]
        for item in envelope.items
    ]
    return [header, items]


def payload_data(item_type: str, payload: bytes, *, as_base64: bool) -> Any:
    """A payload as an object, or raw as `{"data": text or base64}`."""
    if item_type not in RAW_TYPES:
        try:
            return msgspec.json.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
    if as_base64:
        return {"data": base64.b64encode(payload).decode()}
    return {"data": payload.decode("utf-8", "replace")}


def inferred_source(client: str) -> str:
    """Where an envelope came from: a browser or a server."""
    browser = "sentry.javascript.browser" in client or client.startswith("Mozilla/")
    return "browser" if browser else "server"

"""The doors `/api/{project}/store/` and `/api/store/` of older SDKs (PROTOCOL.md 2.3).

May import: records, config, protocol, errors, intake.admit.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import Any
from urllib.parse import parse_qs

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.errors import BadPayload
from fake_relay.intake import admit, envelope
from fake_relay.intake.door import Door, Place
from fake_relay.protocol import encoding
from fake_relay.protocol.envelope import Envelope, make_envelope, make_item, normalize_event_id
from fake_relay.records import Inbound, Reply, Submission

PIXEL = bytes.fromhex("47494638396101000100 00ff00 2c000000000100010000 02003b")
ENVELOPE_TYPE = "application/x-sentry-envelope"
ITEM_TYPES = {"transaction": "transaction", "feedback": "feedback", "csp": "security"}
# Relay replaces these tokens for the two clients that are known to send them.
_NAN_CLIENTS = ("raven-python/", "sentry-python/")
# Strings are taken whole, and possessively: a cut one must not be tried again at each quote.
_NAN_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|-?Infinity|NaN', re.DOTALL)


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make an envelope of the single event in a legacy request."""
    project = None if place.project is None else admit.project_of(place)
    credentials = admit.required(admit.credentials_of(inbound, place, config))
    if project is None:
        project = admit.project_of_key(credentials.public_key, config)
    limit = config.limits.max_store_size
    if inbound.method == "POST" and inbound.headers.get("content-type", "") == ENVELOPE_TYPE:
        coding, body = envelope.decoded(inbound, limit)
        taken = envelope.submission(inbound, DOOR.name, project, credentials, coding, body, config)
        return (taken,)
    admit.check_known(project, credentials.public_key, config)
    wire, coding, body = _body(inbound, limit)
    payload = decode_payload(body, limit)
    if credentials.client.startswith(_NAN_CLIENTS):
        payload = _NAN_TOKENS.sub(_finite, payload)
    made, size = _envelope(payload, inbound.new_id)
    taken = Submission(
        project=project,
        public_key=credentials.public_key,
        client=credentials.client,
        door=DOOR.name,
        envelope=made,
        wire=wire,
        coding=coding,
        size=size,
        converted=True,
    )
    return (taken,)


def _body(inbound: Inbound, limit: int) -> tuple[bytes, str, bytes]:
    """The body as it came, its content coding, and the body without it."""
    if inbound.method == "GET":
        values = parse_qs(inbound.query).get("sentry_data", [""])
        wire = values[0].encode("utf-8", "replace")
        return wire, "", encoding.decode(wire, "", limit)
    coding = encoding.normalize(inbound.headers.get("content-encoding"))
    return inbound.body, coding, encoding.decode(inbound.body, coding, limit)


def _envelope(payload: bytes, new_id: str) -> tuple[Envelope, int]:
    """An envelope around the event, and its size in bytes."""
    event = _decode(payload)
    item = make_item(ITEM_TYPES.get(str(event.type), "event"), payload)
    made = make_envelope({"event_id": _event_id(event.event_id, new_id)}, [item])
    return made, len(made.lead) + len(item.lead) + len(payload) + len(item.tail)


def decode_payload(body: bytes, limit: int) -> bytes:
    """Plain JSON, base64 of JSON, or base64 of zlib of JSON, told apart as Relay does."""
    if not body:
        raise BadPayload("empty request body", reason="empty_body")
    if body[:1] == b"{":
        return body
    try:
        data = base64.b64decode(body, validate=True)
        if data[:1] == b"{":
            return data
        # Cut at the limit without an error: the JSON that was cut is what fails.
        return zlib.decompressobj().decompress(data, limit)
    except (binascii.Error, zlib.error) as error:
        raise BadPayload("invalid request body", str(error), reason="invalid_body") from error


class _MinimalEvent(msgspec.Struct, frozen=True):
    event_id: Any = None
    type: Any = None


_decode_event = msgspec.json.Decoder(_MinimalEvent).decode


def _decode(payload: bytes) -> _MinimalEvent:
    try:
        event = _decode_event(payload)
        if not payload.isascii():
            payload.decode()
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadPayload(f"invalid JSON data: {error}") from error
    return event


def _event_id(value: Any, new_id: str) -> str:
    if value is None:
        return new_id
    try:
        return normalize_event_id(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadPayload(
            f"invalid JSON data: invalid event id {value!r:.80}", reason="invalid_event_id"
        ) from error


def _finite(match: re.Match[bytes]) -> bytes:
    token = match.group()
    if token[:1] == b'"':
        return token
    return b"-0" if token[:1] == b"-" else b"0"


def answer(inbound: Inbound, submissions: tuple[Submission, ...]) -> Reply:
    """The event's id; a GET came from an image, so it gets one."""
    if inbound.method == "GET":
        return Reply(200, PIXEL, "image/gif")
    return envelope.answer(inbound, submissions)


DOOR = Door(
    "store",
    frozenset({"POST", "GET"}),
    open_door,
    answer,
    max_body=lambda limits: limits.max_store_size,
)

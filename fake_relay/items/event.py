"""Error, message and other events, and the part of their payload that transactions share.

May import: items.facts, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from fake_relay.items.facts import (
    MAX_TEXT,
    Facts,
    ItemType,
    Term,
    always,
    first_line,
    one,
    tag_pairs,
    terms,
    text_of,
    timestamp,
)
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader

USER_FIELDS = ("id", "email", "username", "ip_address")


class ExceptionFields(msgspec.Struct, frozen=True):
    """What is indexed of one exception; its stack trace is passed over undecoded."""

    type: Any = None
    value: Any = None
    module: Any = None
    mechanism: Any = None


class EventFields(msgspec.Struct, frozen=True):
    """What is indexed of an event; wrong types are kept, for Sentry repairs them too."""

    event_id: Any = None
    type: Any = None
    level: Any = None
    timestamp: Any = None
    start_timestamp: Any = None
    platform: Any = None
    logger: Any = None
    release: Any = None
    dist: Any = None
    environment: Any = None
    server_name: Any = None
    transaction: Any = None
    message: Any = None
    logentry: Any = None
    exception: msgspec.Raw = msgspec.Raw()
    tags: Any = None
    user: Any = None
    contexts: msgspec.Raw = msgspec.Raw()
    sdk: msgspec.Raw = msgspec.Raw()


class TraceFields(msgspec.Struct, frozen=True):
    """What is indexed of `contexts.trace`."""

    trace_id: Any = None
    op: Any = None
    status: Any = None


class ContextFields(msgspec.Struct, frozen=True):
    """What is indexed of an event's contexts."""

    trace: msgspec.Raw = msgspec.Raw()


class SdkFields(msgspec.Struct, frozen=True):
    """What is indexed of `sdk`."""

    name: Any = None


class ExceptionValues(msgspec.Struct, frozen=True):
    """The usual form of `exception`."""

    values: list[ExceptionFields | None] | None = None


_decode_event = msgspec.json.Decoder(EventFields).decode
_decode_contexts = msgspec.json.Decoder(ContextFields).decode
_decode_trace = msgspec.json.Decoder(TraceFields).decode
_decode_sdk = msgspec.json.Decoder(SdkFields).decode
_decode_exception = msgspec.json.Decoder(ExceptionValues | list[ExceptionFields | None]).decode
_decode_single_exception = msgspec.json.Decoder(ExceptionFields).decode

NO_TRACE = TraceFields()


def decode(payload: bytes) -> EventFields:
    """The indexed fields of an event's payload; raises msgspec errors."""
    return _decode_event(payload)


def exceptions(raw: msgspec.Raw) -> list[ExceptionFields]:
    """The exceptions, oldest first, in any of the forms of PROTOCOL.md 8.2."""
    if not raw:
        return []
    try:
        decoded = _decode_exception(raw)
        values = decoded if isinstance(decoded, list) else decoded.values
        found = values if values is not None else [_decode_single_exception(raw)]
    except msgspec.ValidationError:
        return []
    return [entry for entry in found if entry is not None]


def trace_of(contexts: msgspec.Raw) -> TraceFields:
    """The trace context; empty when there is none or it has another shape."""
    try:
        trace = _decode_contexts(contexts).trace if contexts else b""
        return _decode_trace(trace) if trace else NO_TRACE
    except msgspec.ValidationError:
        return NO_TRACE


def message_of(event: EventFields) -> str:
    """The message, formatted if the SDK did that."""
    for source in (event.logentry, event.message):
        if isinstance(source, dict):
            if found := text_of(source.get("formatted")) or text_of(source.get("message")):
                return found
        elif found := text_of(source):
            return found
    return ""


def sdk_name(sdk: msgspec.Raw) -> str:
    """The SDK's name as in the payload."""
    try:
        return text_of(_decode_sdk(sdk).name) if sdk else ""
    except msgspec.ValidationError:
        return ""


def shared_terms(event: EventFields, trace: TraceFields) -> Iterator[Term]:
    """The terms that events, transactions, feedback and replays have in common."""
    yield from terms(
        (
            ("release", event.release),
            ("dist", event.dist),
            ("environment", event.environment),
            ("platform", event.platform),
            ("transaction", event.transaction),
            ("server_name", event.server_name),
            ("logger", event.logger),
            ("sdk.name", sdk_name(event.sdk)),
            ("op", trace.op),
            ("status", trace.status),
        )
    )
    if isinstance(event.user, dict):
        user = event.user
        yield from terms((f"user.{field}", user.get(field)) for field in USER_FIELDS)
    yield from terms((f"tags[{key}]", value) for key, value in tag_pairs(event.tags) if key)


def _event_terms(
    event: EventFields, trace: TraceFields, chain: list[ExceptionFields], level: str, message: str
) -> Iterator[Term]:
    yield "level", level
    yield from shared_terms(event, trace)
    yield from terms((("message", message),))
    for entry in chain:
        yield from terms((("exception.type", entry.type), ("exception.value", entry.value)))
        if isinstance(entry.mechanism, dict):
            yield from terms(
                (
                    ("mechanism", entry.mechanism.get("type")),
                    ("handled", entry.mechanism.get("handled")),
                )
            )


def _title(chain: list[ExceptionFields], message: str) -> str:
    if not chain:
        return first_line(message) or "<no message>"
    name, value = text_of(chain[-1].type), text_of(chain[-1].value)
    return first_line(f"{name}: {value}" if name and value else name or value or "<unknown>")


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of an event; raises msgspec errors for a payload that does not decode."""
    event = decode(payload)
    trace = trace_of(event.contexts)
    chain = exceptions(event.exception)
    message = message_of(event)
    level = text_of(event.level) or "error"
    parts = [f"{text_of(entry.type)} {text_of(entry.value)}" for entry in chain]
    text = "\n".join(filter(None, (message, *parts, text_of(event.transaction))))
    return Facts(
        title=_title(chain, message),
        event_id=text_of(event.event_id),
        trace_id=text_of(trace.trace_id),
        timestamp=timestamp(event.timestamp),
        terms=tuple(_event_terms(event, trace, chain, level, message)),
        text=text[:MAX_TEXT],
    )


EVENT = ItemType(
    "event",
    read,
    one(Category.ERROR),
    creates_event=always,
    needs_event=True,
)

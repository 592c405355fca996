"""Error, message and other events, and the part of their payload that transactions share.

May import: items.facts, items.payload, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items.facts import (
    MAX_TERM,
    MAX_TEXT,
    Facts,
    ItemType,
    Scalar,
    Term,
    always,
    first_line,
    one,
    tag_terms,
    terms,
    text_of,
    timestamp,
)
from fake_relay.items.payload import Reader
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader


class Mechanism(msgspec.Struct, frozen=True, gc=False):
    """How an exception was caught."""

    type: Scalar = None
    handled: Scalar = None


class ExceptionFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of one exception; its stack trace is passed over undecoded."""

    type: Scalar = None
    value: Scalar = None
    mechanism: Mechanism | None = None


class ExceptionChain(ExceptionFields, frozen=True, gc=False):
    """The usual form of `exception`, or a single one in its place (PROTOCOL.md 8.2)."""

    values: list[ExceptionFields | None] | None = None


class Message(msgspec.Struct, frozen=True, gc=False):
    """`logentry`, and one form of `message`."""

    formatted: Scalar = None
    message: Scalar = None


class UserFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of `user`."""

    id: Scalar = None
    email: Scalar = None
    username: Scalar = None
    ip_address: Scalar = None


class TraceFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of `contexts.trace`."""

    trace_id: Scalar = None
    span_id: Scalar = None
    op: Scalar = None
    status: Scalar = None


class FeedbackFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of `contexts.feedback`."""

    message: Scalar = None
    contact_email: Scalar = None
    name: Scalar = None
    url: Scalar = None
    associated_event_id: Scalar = None


class ContextFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of an event's contexts."""

    trace: TraceFields | None = None
    feedback: FeedbackFields | None = None


class SdkFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of `sdk`."""

    name: Scalar = None


class EventFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of an event, in the forms of PROTOCOL.md 8.1 and 8.2."""

    event_id: Scalar = None
    type: Scalar = None
    level: Scalar = None
    timestamp: Scalar = None
    start_timestamp: Scalar = None
    platform: Scalar = None
    logger: Scalar = None
    release: Scalar = None
    dist: Scalar = None
    environment: Scalar = None
    server_name: Scalar = None
    transaction: Scalar = None
    message: Message | Scalar = None
    logentry: Message | Scalar = None
    exception: ExceptionChain | list[ExceptionFields | None] | None = None
    tags: dict[str, Any] | list[Any] | None = None
    user: UserFields | None = None
    contexts: ContextFields | None = None
    sdk: SdkFields | None = None


NO_TRACE = TraceFields()

_read = Reader(EventFields, whole=True)


def fields_of(payload: bytes) -> tuple[EventFields, str]:
    """The indexed fields of an event's payload, and why Relay would refuse it."""
    return _read(payload)


def exceptions(event: EventFields) -> list[ExceptionFields]:
    """The exceptions, oldest first, in any of the forms of PROTOCOL.md 8.2."""
    found = event.exception
    if found is None:
        return []
    if isinstance(found, ExceptionChain):
        if found.values is None:
            return [found]
        found = found.values
    return [entry for entry in found if entry is not None]


def trace_of(contexts: ContextFields | None) -> TraceFields:
    """The trace context; empty when there is none."""
    return NO_TRACE if contexts is None or contexts.trace is None else contexts.trace


def message_of(event: EventFields) -> str:
    """The message, formatted if the SDK did that."""
    for source in (event.logentry, event.message):
        if isinstance(source, Message):
            if found := text_of(source.formatted) or text_of(source.message):
                return found
        elif found := text_of(source):
            return found
    return ""


def shared_terms(event: EventFields, trace: TraceFields) -> list[Term]:
    """The terms that events, transactions, feedback and replays have in common."""
    found = terms(
        (
            ("release", event.release),
            ("dist", event.dist),
            ("environment", event.environment),
            ("platform", event.platform),
            ("transaction", event.transaction),
            ("server_name", event.server_name),
            ("logger", event.logger),
            ("sdk.name", event.sdk and event.sdk.name),
            ("op", trace.op),
            ("status", trace.status),
        )
    )
    if user := event.user:
        found += terms(
            (
                ("user.id", user.id),
                ("user.email", user.email),
                ("user.username", user.username),
                ("user.ip_address", user.ip_address),
            )
        )
    if event.tags:
        found += tag_terms(event.tags)
    return found


def _exception_terms(chain: list[ExceptionFields]) -> list[Term]:
    found = []
    for entry in chain:
        found += [("exception.type", entry.type), ("exception.value", entry.value)]
        if entry.mechanism is not None:
            found += [("mechanism", entry.mechanism.type), ("handled", entry.mechanism.handled)]
    return terms(found)


def _title(chain: list[ExceptionFields], message: str) -> str:
    if not chain:
        return first_line(message) or "<no message>"
    name, value = text_of(chain[-1].type), text_of(chain[-1].value)
    return first_line(f"{name}: {value}" if name and value else name or value or "<unknown>")


def _text(event: EventFields, chain: list[ExceptionFields], message: str) -> str:
    parts = [message]
    parts += [f"{text_of(entry.type)} {text_of(entry.value)}" for entry in chain]
    parts.append(text_of(event.transaction))
    return "\n".join([part for part in parts if part])[:MAX_TEXT]


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of an event."""
    event, problem = _read(payload)
    trace = trace_of(event.contexts)
    chain = exceptions(event)
    message = message_of(event)
    found = [("level", (text_of(event.level) or "error")[:MAX_TERM])]
    found += shared_terms(event, trace)
    if message:
        found.append(("message", message[:MAX_TERM]))
    if chain:
        found += _exception_terms(chain)
    return Facts(
        title=_title(chain, message),
        event_id=text_of(event.event_id),
        trace_id=text_of(trace.trace_id),
        timestamp=timestamp(event.timestamp),
        terms=tuple(found),
        text=_text(event, chain, message),
        problem=problem,
    )


EVENT = ItemType(
    "event",
    read,
    one(Category.ERROR),
    creates_event=always,
    needs_event=True,
)

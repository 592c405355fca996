"""The fields of a search: the table from a key to what it finds.

Rule: every key means something. A key that is not in the table is a term of that name, a tag
of that name or, with a dot in it, a path into the payload.
May import: errors, items, query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fake_relay.errors import QueryError
from fake_relay.items import ITEM_TYPES
from fake_relay.query import quantity
from fake_relay.query.document import Expression
from fake_relay.query.predicate import (
    EVERYTHING,
    NOTHING,
    And,
    Comparison,
    HasTerm,
    IdColumn,
    IdIs,
    Not,
    NumberColumn,
    NumberIs,
    NumberKnown,
    PathCompares,
    PathIs,
    TermCompares,
    TextColumn,
    TextIs,
    any_of,
)
from fake_relay.query.text import Pattern


@dataclass(frozen=True, slots=True)
class Operand:
    """What stands behind a key: a value, perhaps a comparison, where, and the time it is."""

    key: str
    pattern: Pattern
    comparison: Comparison | None
    column: int
    now: float

    @property
    def text(self) -> str:
        """The value as it was meant, wildcards included."""
        return "*".join(self.pattern.chunks)

    def refused(self, expected: str) -> QueryError:
        """The error that says what this key expects."""
        return QueryError(
            f"column {self.column}: {self.key} cannot be {self.text!r}; expected {expected}",
            column=self.column,
        )


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the table: what finds a value, what finds that there is one, and its words."""

    name: str
    find: Callable[[Operand], Expression]
    known: Expression
    about: str
    example: str
    aliases: tuple[str, ...] = field(default=())


def find(operand: Operand) -> Expression:
    """What `key:value` finds; raises `QueryError` for a value that the field cannot have."""
    found = field_of(operand.key, operand.column)
    if operand.comparison is None and operand.pattern.exact == "":
        return Not(found.known)
    if operand.comparison is None and operand.pattern.anything:
        return found.known
    return found.find(operand)


def field_of(key: str, column: int) -> Field:
    """The field that a key names."""
    if (known := _BY_NAME.get(key)) is not None:
        return known
    if (tag := _TAG.fullmatch(key)) is not None:
        return _term(f"tags[{tag[1] or tag[2]}]", "a tag", "")
    if key.startswith("payload."):
        path = _path(key)[1:]
        if not path:
            raise QueryError(
                f"column {column}: {key} names no field of the payload; "
                "write for instance payload.culprit",
                column=column,
            )
        return _in_payload(key, path)
    return _unknown(key)


_TAG = re.compile(r'tags\[(?:"([^"]+)"|([^\]"]+))\]')
_SEGMENT = re.compile(r'\["([^"]*)"\]|\[([^\]]*)\]|([^.\[\]]+)')
_EVENT_ID = re.compile(r"[0-9a-fA-F]{32}")
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


def _path(key: str) -> tuple[str, ...]:
    return tuple("".join(groups) for groups in _SEGMENT.findall(key))


def _unknown(key: str) -> Field:
    fields = [_term(key, "", ""), _term(f"tags[{key}]", "", "")]
    if "." in key or "[" in key:
        fields.append(_in_payload(key, _path(key)))
    return _either(key, fields, "", "")


def _either(
    name: str, fields: list[Field], about: str, example: str, aliases: tuple[str, ...] = ()
) -> Field:
    return Field(
        name,
        lambda operand: any_of(*(choice.find(operand) for choice in fields)),
        any_of(*(choice.known for choice in fields)),
        about,
        example,
        aliases,
    )


def _term(name: str, about: str, example: str, *aliases: str) -> Field:
    def found(operand: Operand) -> Expression:
        if operand.comparison is not None:
            return TermCompares(name, operand.comparison, _number(operand, {}, "a number"))
        return HasTerm(name, operand.pattern)

    return Field(name, found, HasTerm(name), about, example, aliases)


def _in_payload(name: str, path: tuple[str, ...]) -> Field:
    def found(operand: Operand) -> Expression:
        if operand.comparison is not None:
            return PathCompares(path, operand.comparison, _number(operand, {}, "a number"))
        return PathIs(path, operand.pattern)

    return Field(name, found, PathIs(path), "", "")


def _context(name: str, path: str, about: str, example: str) -> Field:
    fields = [_term(f"tags[{name}]", "", ""), _in_payload(name, _path(path))]
    return _either(name, fields, about, example)


def _no_comparison(operand: Operand) -> None:
    if operand.comparison is not None:
        raise QueryError(
            f"column {operand.column}: {operand.key} is text, {operand.comparison} compares "
            f"numbers, sizes, durations and times; write {operand.key}:{operand.text}",
            column=operand.column,
        )


def _text(column: TextColumn, known: Expression, about: str, example: str, *aliases: str) -> Field:
    def found(operand: Operand) -> Expression:
        _no_comparison(operand)
        return TextIs(column, operand.pattern)

    return Field(column, found, known, about, example, aliases)


def _find_type(operand: Operand) -> Expression:
    _no_comparison(operand)
    exact = operand.pattern.exact
    if exact is not None and exact.lower() in ITEM_TYPES:
        return TextIs("type", Pattern((exact.lower(),)))
    return TextIs("type", operand.pattern)


def _find_outcome(operand: Operand) -> Expression:
    # The store has no text for accepted, and reasons in brackets behind the other outcomes.
    _no_comparison(operand)
    parts = [TextIs("outcome", operand.pattern)]
    if operand.pattern.matches("accepted"):
        parts.append(TextIs("outcome", Pattern(("",))))
    if operand.pattern.exact is not None:
        parts.append(TextIs("outcome", Pattern((f"{operand.pattern.exact}(", ""))))
    return any_of(*parts)


def _number(operand: Operand, units: Mapping[str, float], expected: str) -> float:
    found = quantity.number(operand.text, units)
    if found is None:
        raise operand.refused(expected)
    return found


def _quantity(
    name: NumberColumn,
    units: Mapping[str, float],
    expected: str,
    about: str,
    example: str,
    *aliases: str,
) -> Field:
    def found(operand: Operand) -> Expression:
        return NumberIs(name, operand.comparison or "=", _number(operand, units, expected))

    return Field(name, found, NumberKnown(name), about, example, aliases)


def _find_id(operand: Operand) -> Expression:
    if operand.comparison is None and _EVENT_ID.fullmatch(operand.text.replace("-", "")):
        return _find_hex("event_id", operand)
    expected = "the number of an item, or an event id of 32 hex digits"
    return NumberIs("id", operand.comparison or "=", _number(operand, {}, expected))


def _find_hex(column: IdColumn, operand: Operand) -> Expression:
    _no_comparison(operand)
    chunks = tuple(chunk.replace("-", "").lower() for chunk in operand.pattern.chunks)
    return IdIs(column, Pattern(chunks)) if any(chunks) else NOTHING


def _find_trace(operand: Operand) -> Expression:
    return any_of(_find_hex("trace_id", operand), HasTerm("trace", operand.pattern))


def _time(column: NumberColumn, name: str, about: str, example: str, *aliases: str) -> Field:
    def found(operand: Operand) -> Expression:
        ago = quantity.relative(operand.text)
        if ago is not None:
            if operand.comparison is not None:
                return NumberIs(column, operand.comparison, operand.now + ago)
            # `-1h` is within the last hour and `+1h` is older than that.
            return NumberIs(column, ">=" if ago < 0 else "<=", operand.now - abs(ago))
        moment = quantity.moment(operand.text)
        if moment is None:
            raise operand.refused("a time such as 2026-01-31T10:00:00Z, or -1h for the last hour")
        if operand.comparison is not None or not moment.length:
            return NumberIs(column, operand.comparison or "=", moment.start)
        end = moment.start + moment.length
        return And((NumberIs(column, ">=", moment.start), NumberIs(column, "<", end)))

    return Field(name, found, NumberKnown(column), about, example, aliases)


def _find_flag(operand: Operand) -> Expression:
    _no_comparison(operand)
    if operand.text.lower() in _TRUE:
        return NumberIs("spotlight", "=", 1.0)
    if operand.text.lower() in _FALSE:
        return NumberIs("spotlight", "=", 0.0)
    raise operand.refused("true or false")


def _find_user(operand: Operand) -> Expression:
    # Sentry writes `user:"id:42"`.
    name, colon, _ = operand.pattern.chunks[0].partition(":")
    if colon and (part := _USER.get(name.lower())) is not None:
        first = operand.pattern.chunks[0][len(name) + 1 :]
        return HasTerm(part, Pattern((first, *operand.pattern.chunks[1:])))
    return any_of(*(choice.find(operand) for choice in _USER_FIELDS))


_USER = {
    "id": "user.id",
    "email": "user.email",
    "username": "user.username",
    "ip": "user.ip_address",
}
_USER_FIELDS = (
    _term("user.id", "the user's id; of a session, its distinct id", "user.id:42"),
    _term("user.email", "the user's e-mail address", "user.email:*@example.com"),
    _term("user.username", "the user's name", "user.username:ada"),
    _term("user.ip_address", "the user's address", "user.ip_address:10.*", "user.ip"),
)
_DURATION = "a duration such as 300ms, 1.5s, 2m or 1h"
_SIZE = "a size such as 500, 20kb or 1mib"

FIELDS: tuple[Field, ...] = (
    Field(
        "id",
        _find_id,
        EVERYTHING,
        "the item's number; an event id where it has 32 hex digits",
        "id:17",
    ),
    Field("type", _find_type, EVERYTHING, "the item type", "type:transaction", ("item.type",)),
    _text("project", EVERYTHING, "the project's id", "project:42", "project.id", "project_id"),
    Field(
        "event_id",
        lambda operand: _find_hex("event_id", operand),
        IdIs("event_id"),
        "the event id of the item or its envelope",
        "event_id:5f2c*",
        ("event",),
    ),
    Field(
        "trace",
        _find_trace,
        any_of(IdIs("trace_id"), HasTerm("trace")),
        "the trace id; of a batch of logs, any of its traces",
        "trace:771a43a4192642f0b136d5159a501700",
        ("trace_id", "trace.id"),
    ),
    _term("level", "the level; of a batch of logs, any of its levels", "level:[error,fatal]"),
    _text(
        "title",
        Not(TextIs("title", Pattern(("",)))),
        "the line that lists show",
        'title:"ValueError: *"',
    ),
    Field(
        "outcome",
        _find_outcome,
        EVERYTHING,
        "what became of the item: accepted, invalid, filtered, with or without the reason",
        "outcome:invalid",
    ),
    _quantity(
        "count", quantity.MULTIPLES, "a number such as 5 or 1k", "records in the item", "count:>10"
    ),
    _quantity("size", quantity.BYTES, _SIZE, "bytes of the payload", "size:>100kb"),
    _quantity(
        "duration",
        quantity.MILLISECONDS,
        _DURATION,
        "how long it took; a bare number is in milliseconds",
        "duration:>300ms",
        "transaction.duration",
        "span.duration",
    ),
    _time("timestamp", "timestamp", "when it happened, as the SDK says", "timestamp:-1h"),
    _time(
        "received_at",
        "received",
        "when it arrived here",
        "received:>2026-01-31T10:00",
        "received_at",
    ),
    _quantity(
        "envelope_id",
        {},
        "the number of an envelope",
        "the envelope that it came in",
        "envelope:3",
        "envelope",
    ),
    _text("public_key", EVERYTHING, "the DSN's public key", "public_key:a*", "key"),
    Field(
        "spotlight",
        _find_flag,
        EVERYTHING,
        "whether it came through Spotlight's door",
        "spotlight:true",
    ),
    _term("message", "the whole message; free text finds words in it", 'message:"disk * full"'),
    _term(
        "exception.type",
        "the type of any exception in the chain",
        "exception.type:ValueError",
        "error.type",
    ),
    _term(
        "exception.value",
        "the text of any exception",
        'exception.value:"*not found"',
        "error.value",
    ),
    _term("mechanism", "what caught the exception", "mechanism:logging", "error.mechanism"),
    _term("handled", "whether the exception was handled", "handled:false", "error.handled"),
    _term("release", "the release", "release:shop@2.*"),
    _term("dist", "the distribution", "dist:17"),
    _term("environment", "the environment", "!environment:production", "env"),
    _term("platform", "the platform", "platform:python"),
    _term("transaction", "the transaction's name", "transaction:/checkout*"),
    _term(
        "op",
        "the operation of a transaction or a span",
        "op:http.server",
        "transaction.op",
        "span.op",
        "trace.op",
    ),
    _term(
        "status",
        "the status of a transaction, span, session or check-in",
        "status:crashed",
        "transaction.status",
        "span.status",
        "trace.status",
    ),
    _term("server_name", "the machine", "server_name:web-*", "server"),
    _term("logger", "the logger", "logger:celery.*"),
    _term("sdk.name", "the SDK", "sdk.name:sentry.python*", "sdk"),
    Field(
        "user",
        _find_user,
        any_of(*(choice.known for choice in _USER_FIELDS)),
        "any of the user's fields; `user:\"id:42\"` is Sentry's way to name one",
        "user:ada*",
    ),
    *_USER_FIELDS,
    _term("span.id", "the id of any span in the item", "span.id:b0e6f15b45c36b12", "span_id"),
    _term("session.id", "the session", "session.id:7c7b6585-*", "session", "sid"),
    _term("init", "whether a session starts here", "type:session init:true"),
    _term("errors", "the errors of a session", "errors:>0"),
    _term("monitor.slug", "the monitor of a check-in", "monitor.slug:nightly-*", "monitor"),
    _term("check_in_id", "the check-in", "has:check_in_id", "check_in"),
    _term("metric.name", "the name of any metric in the item", "metric.name:queue.depth", "metric"),
    _term("metric.type", "the type of any metric", "metric.type:counter"),
    _term("profiler.id", "the profiler", "has:profiler.id", "profiler"),
    _term("replay.id", "the replay", "has:replay.id", "replay", "replay_id", "replayId"),
    _term("replay.type", "the type of the replay", "replay.type:buffer"),
    _term("segment", "the segment of a replay", "segment:0", "segment_id"),
    _term("filename", "an attachment's name", "filename:*.log", "attachment"),
    _term("attachment_type", "an attachment's type", "attachment_type:event.minidump"),
    _term("content_type", "an attachment's content type", "content_type:image/*"),
    _term("reason", "a reason in a client report", "reason:ratelimit_backoff"),
    _term("category", "a data category in a client report", "category:transaction"),
    _term("url", "the page of a replay, a feedback or a browser report", "url:*/checkout"),
    _term("associated_event", "the event that a feedback belongs to", "has:associated_event"),
    _term("blocked-uri", "what a browser blocked", "blocked-uri:https://evil.example/*"),
    _term("effective-directive", "the directive that blocked it", "effective-directive:script-src"),
    _context("os.name", "contexts.os.name", "the operating system", "os.name:Linux"),
    _context("os.version", "contexts.os.version", "its version", "os.version:6.*"),
    _context("runtime.name", "contexts.runtime.name", "the runtime", "runtime.name:CPython"),
    _context("runtime.version", "contexts.runtime.version", "its version", "runtime.version:3.12*"),
    _context("browser.name", "contexts.browser.name", "the browser", "browser.name:Firefox"),
    _context("browser.version", "contexts.browser.version", "its version", "browser.version:1*"),
    _context("device.family", "contexts.device.family", "the device's family", "device.family:Mac"),
    _context("device.model", "contexts.device.model", "the device's model", "device.model:Pixel*"),
    _context("http.method", "request.method", "the method of the request", "http.method:POST"),
    _context("http.url", "request.url", "the URL of the request", "http.url:*/checkout*"),
)
"""All known fields, in the order of docs/reference/search.md."""

_BY_NAME = {name: known for known in FIELDS for name in (known.name, *known.aliases)}

"""The fields that expectations ask for, by the names that people use.

Rule: a name in the table reads the same thing from every item type that has it; any other
name is a key of the payload (or record), then of the item's row. `payload` is all of it.
May import: match, items, records, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fake_relay.expect.subject import Subject
from fake_relay.items.facts import tag_pairs
from fake_relay.match import ABSENT_VALUE, Candidates

ITEM_FIELDS = (
    "type",
    "project",
    "public_key",
    "event_id",
    "trace_id",
    "received_at",
    "timestamp",
    "duration",
    "level",
    "title",
    "size",
)

PAYLOAD_KEYS = (
    "_meta",
    "aggregates",
    "body",
    "category",
    "check_in_id",
    "contexts",
    "culprit",
    "debug_meta",
    "description",
    "did",
    "dist",
    "errors",
    "extra",
    "fingerprint",
    "init",
    "is_segment",
    "logentry",
    "logger",
    "measurements",
    "modules",
    "monitor_config",
    "monitor_slug",
    "parent_span_id",
    "platform",
    "profile_id",
    "profiler_id",
    "quantity",
    "reason",
    "replay_id",
    "request",
    "sdk",
    "server_name",
    "sid",
    "spans",
    "start_timestamp",
    "started",
    "threads",
    "transaction",
    "transaction_info",
    "unit",
    "user",
    "value",
)
"""Keys that items of today have; only to tell a slip of the pen from a key of one's own."""


def known_names() -> frozenset[str]:
    """Every name that means something in some item."""
    return frozenset({*FIELDS, *ITEM_FIELDS, *PAYLOAD_KEYS})


def read(subject: Subject, name: str) -> Any:
    """The value of a field; `Candidates` where an item has several, `ABSENT_VALUE` for none."""
    if (reader := FIELDS.get(name)) is not None:
        return reader(subject)
    found = _key(subject.body, name)
    if found is ABSENT_VALUE and name in ITEM_FIELDS:
        found = getattr(subject.item, name)
    return ABSENT_VALUE if found == "" and name in ITEM_FIELDS else found


def _key(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key, ABSENT_VALUE) if isinstance(value, Mapping) else ABSENT_VALUE
    return value


def _exceptions(subject: Subject) -> Iterator[Mapping[str, Any]]:
    found = _key(subject.body, "exception")
    if isinstance(found, Mapping):
        found = found["values"] if isinstance(found.get("values"), list) else [found]
    if isinstance(found, list):
        yield from (entry for entry in found if isinstance(entry, Mapping))


def _exception_types(subject: Subject) -> Candidates:
    names: list[Any] = []
    for entry in _exceptions(subject):
        kind, module = entry.get("type"), entry.get("module")
        names.append(kind)
        if isinstance(module, str) and isinstance(kind, str):
            names.append(f"{module}.{kind}")
    return Candidates(tuple(name for name in names if name is not None))


def _exception_values(subject: Subject) -> Candidates:
    values = (entry.get("value") for entry in _exceptions(subject))
    return Candidates(tuple(value for value in values if value is not None))


def _messages(subject: Subject) -> Any:
    kind, body = subject.item.type, subject.body
    if kind == "log":
        return _key(body, "body")
    if kind == "feedback":
        return _key(body, "contexts", "feedback", "message")
    if kind == "user_report":
        return _key(body, "comments")
    found: list[Any] = []
    for source in (_key(body, "logentry"), _key(body, "message")):
        parts = (
            [source.get("formatted"), source.get("message")]
            if isinstance(source, Mapping)
            else [source]
        )
        found += [part for part in parts if isinstance(part, str)]
    # What an exception says is its event's message to whoever writes the test.
    return Candidates(tuple(dict.fromkeys(found)) or _exception_values(subject).values)


def _tags(subject: Subject) -> Any:
    found = _key(subject.body, "tags")
    return found if found is ABSENT_VALUE or found is None else dict(tag_pairs(found))


def _breadcrumbs(subject: Subject) -> Any:
    found = _key(subject.body, "breadcrumbs")
    return _key(found, "values") if isinstance(found, Mapping) else found


def _attributes(subject: Subject) -> Any:
    found = _key(subject.body, "attributes")
    if not isinstance(found, Mapping):
        return found
    return {
        name: value["value"] if isinstance(value, Mapping) and "value" in value else value
        for name, value in found.items()
    }


def _shared(name: str) -> Callable[[Subject], Any]:
    """A field that logs keep in their attributes and sessions in `attrs`."""

    def read_shared(subject: Subject) -> Any:
        places = (
            _key(subject.body, name),
            _key(subject.exhibit.payload, "attrs", name),
            _key(_attributes(subject), f"sentry.{name}"),
        )
        return next((found for found in places if found is not ABSENT_VALUE), ABSENT_VALUE)

    return read_shared


def _level(subject: Subject) -> Any:
    found = _key(subject.body, "level")
    # An event without a level is an error, to Sentry and to searches.
    if found is ABSENT_VALUE and subject.item.type == "event":
        return "error"
    return found


def _feedback(name: str) -> Callable[[Subject], Any]:
    def read_feedback(subject: Subject) -> Any:
        found = _key(subject.body, name)
        said = _key(subject.body, "contexts", "feedback", name)
        return said if subject.item.type == "feedback" else found

    return read_feedback


def _trace(name: str) -> Callable[[Subject], Any]:
    """A field of the trace context, for events and transactions; others have it themselves."""

    def read_trace(subject: Subject) -> Any:
        found = _key(subject.body, name)
        return _key(subject.body, "contexts", "trace", name) if found is ABSENT_VALUE else found

    return read_trace


def _trace_id(subject: Subject) -> Any:
    """As sent; where the payload names no trace, the envelope's, which the row tells."""
    found = _trace("trace_id")(subject)
    if found is not ABSENT_VALUE or subject.record is not None:
        return found
    return subject.item.trace_id or ABSENT_VALUE


def _status(subject: Subject) -> Any:
    if subject.item.type == "sessions":
        names = ("exited", "errored", "abnormal", "crashed", "unhandled")
        return Candidates(
            tuple(name for name in names if _key(subject.body, name) not in (0, ABSENT_VALUE))
        )
    return _trace("status")(subject)


def _spans(subject: Subject) -> Any:
    found = _key(subject.body, "spans")
    return Candidates(tuple(found)) if isinstance(found, list) else Candidates(())


def _name(subject: Subject) -> Any:
    key = "transaction" if subject.item.type in ("transaction", "event") else "name"
    return (
        _feedback("name")(subject) if subject.item.type == "feedback" else _key(subject.body, key)
    )


def _header(name: str) -> Callable[[Subject], Any]:
    def read_header(subject: Subject) -> Any:
        found = _key(subject.body, name)
        return _key(subject.exhibit.headers, name) if found is ABSENT_VALUE else found

    return read_header


def _text(subject: Subject) -> Any:
    try:
        return subject.exhibit.data.decode()
    except UnicodeDecodeError:
        return ABSENT_VALUE


def _duration(subject: Subject) -> Any:
    """As sent where an item says it, in milliseconds where it follows from two times."""
    found = _key(subject.body, "duration")
    return (subject.item.duration if found is ABSENT_VALUE else found) or ABSENT_VALUE


FIELDS: dict[str, Callable[[Subject], Any]] = {
    "payload": lambda subject: subject.body,
    "headers": lambda subject: subject.exhibit.headers,
    "bytes": lambda subject: subject.exhibit.data,
    "text": _text,
    "exception": _exception_types,
    "exception_value": _exception_values,
    "message": _messages,
    "level": _level,
    "release": _shared("release"),
    "environment": _shared("environment"),
    "tags": _tags,
    "breadcrumbs": _breadcrumbs,
    "attributes": _attributes,
    "op": _trace("op"),
    "status": _status,
    "trace_id": _trace_id,
    "span_id": _trace("span_id"),
    "duration": _duration,
    "span": _spans,
    "name": _name,
    "contact_email": _feedback("contact_email"),
    "url": _feedback("url"),
    "associated_event_id": _feedback("associated_event_id"),
    "filename": _header("filename"),
    "content_type": _header("content_type"),
    "attachment_type": _header("attachment_type"),
}

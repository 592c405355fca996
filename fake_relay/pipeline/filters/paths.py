"""The names that conditions use, and where they lead: `event.…`, `envelope.…`, `trace.…`, `log.…`.

May import: items, pipeline.filters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from fake_relay.items.facts import between, timestamp
from fake_relay.pipeline.filters.conditions import Lookup, descend
from fake_relay.pipeline.filters.records import Record
from fake_relay.pipeline.filters.subject import Subject, mapping
from fake_relay.pipeline.stage import Context

_EVENT: Final[dict[str, Callable[[Subject], Any]]] = {
    "release": lambda subject: subject.release or None,
    "environment": lambda subject: subject.environment or None,
    "transaction": lambda subject: subject.transaction or None,
    "logentry.formatted": lambda subject: subject.message or None,
    "logentry.message": lambda subject: subject.message or None,
    "message": lambda subject: subject.message or None,
    "duration": lambda subject: between(
        timestamp(subject.payload.get("start_timestamp")),
        timestamp(subject.payload.get("timestamp")),
    ),
    "request.url": lambda subject: subject.url or None,
    "exceptions": lambda subject: [
        {**entry, "ty": entry.get("type")} for entry in subject.exceptions
    ],
}


def lookup_in(subject: Subject) -> Lookup:
    """What finds names in an item and its envelope; a replay's fields are `event.…` too.

    Those of a record begin with its type.
    """

    def lookup(name: str) -> list[Any]:
        space, _, rest = name.partition(".")
        if isinstance(subject, Record):
            if space == subject.type:
                return subject.found(rest)
        elif space in ("event", "replay"):
            return _in_event(subject, rest)
        if space == "envelope" and rest == "client_ip":
            return [subject.client_ip] if subject.client_ip else []
        return trace_values(subject.context, rest) if space == "trace" else []

    return lookup


def _in_event(subject: Subject, name: str) -> list[Any]:
    if name in _EVENT:
        return descend(_EVENT[name](subject), [])
    space, _, rest = name.partition(".")
    if space == "exceptions" and rest:
        return descend(_EVENT["exceptions"](subject), rest.split("."))
    if space == "tags":
        return [subject.tags[rest]] if rest in subject.tags else []
    if name.startswith("request.headers."):
        return descend(subject.headers.get(name.removeprefix("request.headers.").lower()), [])
    return descend(subject.payload, name.split("."))


def trace_values(context: Context, name: str) -> list[Any]:
    """What a name finds in the envelope's `trace` header (PROTOCOL.md 11.2)."""
    if context.envelope is None or not context.envelope.header.trace:
        return []
    try:
        fields: Mapping[str, Any] = mapping(msgspec.json.decode(context.envelope.header.trace))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return []
    # The header has `user_id` where conditions say `user.id`.
    found = fields.get(name, fields.get(name.replace(".", "_")))
    return [] if found is None else [found]

"""The parts of an event beside its stacks: breadcrumbs, request, who, where, and the rest.

Nothing that was sent is hidden: a field that no section knows is shown under "Also sent".
May import: shown, items.facts, web.pages.filters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_relay.items.facts import tag_pairs
from fake_relay.shown.text import mapping, milliseconds, pairs, seconds, values_of, word

MAX_CRUMBS: Final = 200
KNOWN: Final = frozenset(
    {
        "_meta", "breadcrumbs", "contexts", "dist", "environment", "event_id", "exception",
        "extra", "level", "logentry", "logger", "message", "modules", "platform", "release",
        "request", "sdk", "server_name", "spans", "stacktrace", "start_timestamp", "tags",
        "threads", "timestamp", "transaction", "type", "user",
    }
)  # fmt: skip

Pairs = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Crumb:
    """A breadcrumb; `distance` is its time before the event, in words."""

    distance: str
    moment: float | None
    level: str
    category: str
    message: Any
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """The HTTP request that was being served."""

    method: str
    url: Any
    query: Any
    parts: list[tuple[str, Pairs]]
    body: Any


def message(value: Mapping[str, Any]) -> Any:
    """The text of a message event, None for none."""
    entry = value.get("logentry") or value.get("message")
    fields = mapping(entry)
    return entry if isinstance(entry, str) else fields.get("formatted") or fields.get("message")


def parameters(value: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """A message before its parameters were put in, and those; None where it has none."""
    fields = mapping(value.get("logentry"))
    raw, params = fields.get("message"), fields.get("params")
    return (raw, params) if params and raw != message(value) else None


def crumbs(value: Mapping[str, Any]) -> list[Crumb]:
    """The trail that led to the event, the newest first."""
    end = seconds(value.get("timestamp"))
    found = [mapping(entry) for entry in values_of(value.get("breadcrumbs"))]
    return [_crumb(fields, end) for fields in reversed(found[-MAX_CRUMBS:])]


def _crumb(fields: Mapping[str, Any], end: float | None) -> Crumb:
    moment = seconds(fields.get("timestamp"))
    distance = ""
    if moment is not None and end is not None:
        sign = "-" if moment <= end else "+"
        distance = sign + milliseconds(abs(end - moment) * 1000)
    category = word(fields.get("category")) or word(fields.get("type"))
    return Crumb(
        distance,
        moment,
        word(fields.get("level")),
        category,
        fields.get("message"),
        mapping(fields.get("data")),
    )


def request(value: Mapping[str, Any]) -> Request | None:
    """The request, if there is one."""
    fields = mapping(value.get("request"))
    if not fields:
        return None
    names = ("headers", "cookies", "env")
    parts = [(name, pairs(fields[name])) for name in names if fields.get(name)]
    return Request(
        word(fields.get("method")), fields.get("url"), fields.get("query_string"), parts,
        fields.get("data"),
    )  # fmt: skip


def tags(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The tags, in the forms that SDKs have for them."""
    return list(tag_pairs(value.get("tags")))


def summary(value: Mapping[str, Any]) -> Pairs:
    """Who, where and which version: what a person asks first."""
    sdk = mapping(value.get("sdk"))
    trace = mapping(mapping(value.get("contexts")).get("trace"))
    rows: Pairs = [
        ("release", joined(value.get("release"), value.get("dist"))),
        ("environment", value.get("environment")),
        ("transaction", value.get("transaction")),
        ("operation", trace.get("op")),
        ("status", trace.get("status")),
        ("logger", value.get("logger")),
        ("server", value.get("server_name")),
        ("SDK", joined(sdk.get("name"), sdk.get("version"))),
    ]
    return [(name, found) for name, found in rows if found not in (None, "")]


def joined(*values: Any) -> str:
    """Words with a dot between them."""
    return " · ".join(filter(None, map(word, values)))


def contexts(value: Mapping[str, Any]) -> list[tuple[str, Pairs]]:
    """The contexts by name, each as names and values."""
    found = mapping(value.get("contexts")).items()
    return [(name, pairs(fields)) for name, fields in found if fields not in (None, {}, [])]


def rest(value: Mapping[str, Any]) -> Pairs:
    """What no other section shows."""
    return [
        (key, found)
        for key, found in value.items()
        if key not in KNOWN and found not in (None, "", {}, [])
    ]

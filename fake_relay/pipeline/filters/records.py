"""What filters see of a record of a container (a log, a metric, a span), and of sessions.

Rule: a record is judged alone, by its attributes as normalisation would leave them; it has no
message, no exception and no request.
May import: items, pipeline.filters.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import msgspec

from fake_relay.items.payload import decode_loosely
from fake_relay.pipeline.filters.conditions import descend
from fake_relay.pipeline.filters.subject import Subject, mapping, string
from fake_relay.pipeline.stage import Context
from fake_relay.records import ReceivedItem

FIELDS: Final = {
    "log": frozenset({"body"}),
    "trace_metric": frozenset({"name"}),
    "span": frozenset({"name", "status", "kind"}),
}
"""What conditions may name of a record, as `log.body`, beside `log.attributes.<key>.value`."""
SESSIONS: Final = frozenset({"session", "sessions"})
_BROWSERS: Final = (
    ("browser.name", "browser.version"),
    ("sentry.browser.name", "sentry.browser.version"),
)


class Record(Subject):
    """A record of a container in front of the filters."""

    def __init__(self, received: ReceivedItem, context: Context, raw: bytes) -> None:
        super().__init__(received, context)
        self._raw = raw

    @cached_property
    def payload(self) -> Mapping[str, Any]:
        """Nothing: what filters read in an event's payload, no record has."""
        return {}

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """The record's object; empty when it is none."""
        return decoded(self._raw)

    def attribute(self, name: str) -> str:
        """The text of an attribute; empty for none."""
        return string(mapping(mapping(self.fields.get("attributes")).get(name)).get("value"))

    def found(self, name: str) -> list[Any]:
        """What a condition's name, without the record's type before it, finds."""
        path = name.split(".")
        is_attribute = path[0] == "attributes" and path[-1] == "value"
        return (
            descend(self.fields, path) if is_attribute or name in FIELDS.get(self.type, ()) else []
        )

    @cached_property
    def release(self) -> str:
        """The release that the record names."""
        return self.attribute("sentry.release")

    @cached_property
    def transaction(self) -> str:
        """The name of a span's segment."""
        return self.attribute("sentry.segment.name") if self.type == "span" else ""

    @cached_property
    def user_agent(self) -> str:
        """What the browser calls itself, where the record tells it."""
        return self.attribute("user_agent.original")

    @cached_property
    def browser(self) -> tuple[str, str]:
        """Name and version of the browser, where the record has both."""
        pairs = [tuple(map(self.attribute, pair)) for pair in _BROWSERS]
        return next(((name, version) for name, version in pairs if name and version), ("", ""))

    @cached_property
    def browser_agent(self) -> str:
        """What tells the browser otherwise; the request's User-Agent when the record is silent."""
        if self.user_agent or any(self.attribute(name) for pair in _BROWSERS for name in pair):
            return self.user_agent
        return self.context.headers.get("user-agent", "")


class LegacySpan(Record):
    """A span that is an item of its own: its data are its attributes."""

    def attribute(self, name: str) -> str:
        """The text of a datum; empty for none."""
        return string(mapping(self.fields.get("data")).get(name))

    def found(self, name: str) -> list[Any]:
        """What a condition's name finds: any field."""
        return descend(self.fields, name.split("."))

    @cached_property
    def user(self) -> Mapping[str, Any]:
        """Whose address the span names."""
        return {"ip_address": self.attribute("client.address")}

    @cached_property
    def url(self) -> str:
        """The URL that the span names."""
        return self.attribute("url.full")


class Sessions(Record):
    """A session, or aggregates of them, which stand or fall together."""

    def attribute(self, name: str) -> str:
        """The text of what its sessions share; empty for none."""
        return string(mapping(self.fields.get("attrs")).get(name))

    @cached_property
    def release(self) -> str:
        """The release of the sessions."""
        return self.attribute("release")

    @cached_property
    def user_agent(self) -> str:
        """What the browser calls itself."""
        return self.attribute("user_agent")

    @cached_property
    def user(self) -> Mapping[str, Any]:
        """Whose address the sessions name."""
        return {"ip_address": self.attribute("ip_address")}


def decoded(raw: bytes) -> Mapping[str, Any]:
    """The object that some JSON is; empty when it is none."""
    try:
        return mapping(decode_loosely(raw)[0])
    except msgspec.DecodeError:
        return {}

"""What filters see of an item: its payload in the forms that normalisation would give it.

Rule: nothing is decoded before a filter asks, and then once; a field of a wrong type is as
good as absent.
May import: records, items, pipeline.stage, msgspec.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import msgspec

from fake_relay.items.facts import tag_pairs, text_of
from fake_relay.items.payload import decode_loosely
from fake_relay.pipeline.stage import Context
from fake_relay.records import ReceivedItem


class Subject:
    """An item in front of the filters."""

    def __init__(self, received: ReceivedItem, context: Context) -> None:
        self.item = received.item
        self.context = context

    @property
    def type(self) -> str:
        """The item's type."""
        return self.item.type

    @property
    def client_ip(self) -> str:
        """The address that the request came from."""
        return self.context.remote_addr

    @cached_property
    def payload(self) -> Mapping[str, Any]:
        """The payload's object; empty when it is none."""
        try:
            return mapping(decode_loosely(self.item.payload)[0])
        except msgspec.DecodeError:
            return {}

    @cached_property
    def release(self) -> str:
        """The release; of a browser's report, that which its item's header names."""
        return string(self.payload.get("release")) or self.item.header.sentry_release or ""

    @cached_property
    def environment(self) -> str:
        """The environment, which may be a tag; of a browser's report, that of its header."""
        return (
            string(self.payload.get("environment"))
            or self.tags.get("environment", "")
            or self.item.header.sentry_environment
            or ""
        )

    @cached_property
    def transaction(self) -> str:
        """The transaction's name."""
        return string(self.payload.get("transaction"))

    @cached_property
    def tags(self) -> dict[str, str]:
        """The tags, of whatever form."""
        return {key: text_of(value) for key, value in tag_pairs(self.payload.get("tags"))}

    @cached_property
    def message(self) -> str:
        """The message as one text: `logentry` before `message`, and formatted before template."""
        for found in (self.payload.get("logentry"), self.payload.get("message")):
            if isinstance(found, str):
                return found
            entry = mapping(found)
            if text := string(entry.get("formatted")) or string(entry.get("message")):
                return text
        return ""

    @cached_property
    def exceptions(self) -> list[Mapping[str, Any]]:
        """The exceptions, oldest first: of an object, a list or `{values: []}`."""
        found = self.payload.get("exception")
        if isinstance(found, Mapping):
            found = found.get("values", [found])
        return [mapping(entry) for entry in sequence(found) if isinstance(entry, Mapping)]

    @cached_property
    def request(self) -> Mapping[str, Any]:
        """The request interface."""
        return mapping(self.payload.get("request"))

    @cached_property
    def url(self) -> str:
        """The URL of the request; of a browser's report, that of the page."""
        return string(self.request.get("url")) or string(
            self.csp.get("document-uri") or self.csp.get("documentURL")
        )

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers of the request interface by lower-case name, of whatever form."""
        return {
            key.lower(): value
            for key, value in tag_pairs(self.request.get("headers"))
            if isinstance(value, str)
        }

    @cached_property
    def user_agent(self) -> str:
        """The browser: of the payload's request; of a browser's report, its sender."""
        if found := self.headers.get("user-agent"):
            return found
        return self.context.headers.get("user-agent", "") if self.type == "raw_security" else ""

    @cached_property
    def browser(self) -> tuple[str, str]:
        """Name and version of the browser, where they need not be read out of a User-Agent."""
        return "", ""

    @cached_property
    def browser_agent(self) -> str:
        """The User-Agent that tells the browser."""
        return self.user_agent

    @cached_property
    def user(self) -> Mapping[str, Any]:
        """The user interface."""
        return mapping(self.payload.get("user"))

    @cached_property
    def csp(self) -> Mapping[str, Any]:
        """The fields of a CSP report, in the form of a browser or of Relay; empty for none."""
        if self.type == "raw_security":
            return mapping(self.payload.get("csp-report") or self.payload.get("body"))
        return mapping(self.payload.get("csp"))


def mapping(value: Any) -> Mapping[str, Any]:
    """The value, if it is an object."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: Any) -> Iterable[Any]:
    """The value, if it is an array."""
    return value if isinstance(value, list) else ()


def string(value: Any) -> str:
    """The value, if it is a text."""
    return value if isinstance(value, str) else ""

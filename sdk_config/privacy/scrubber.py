"""The scrubber: one method for each hook of the SDK, and the last line around the transport.

Rule: gives copies, never changes what it was given, never logs; where it cannot look it redacts.
May import: envelopes, items, keys, patterns, text, tree, users, and seams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sdk_config.privacy.envelopes import LastLine
from sdk_config.privacy.items import Items
from sdk_config.privacy.keys import Keys
from sdk_config.privacy.patterns import PLACEHOLDER, Patterns
from sdk_config.privacy.text import Text
from sdk_config.privacy.tree import Tree
from sdk_config.privacy.users import Users
from sdk_config.seams import Hint, Payload

_MOST_KNOWN = 1024


class Scrubber:
    """Takes secrets out of everything that the SDK sends.

    `extra_keys` are parts of names whose values go, `allow_keys` whole names whose values stay,
    `patterns` regular expressions of what a service calls secret. Of a user only `user_fields`
    are sent, the id as an HMAC where `hash_user_id` is a key. Deeper than `max_depth` containers
    become the placeholder. `detectors` are functions from a text to the secrets in it.
    """

    def __init__(
        self,
        *,
        extra_keys: Iterable[str] = (),
        allow_keys: Iterable[str] = (),
        patterns: Iterable[str] = (),
        user_fields: Iterable[str] = ("id",),
        hash_user_id: bytes | str | None = None,
        placeholder: str = PLACEHOLDER,
        max_depth: int = 20,
        detectors: Iterable[Callable[[str], Iterable[str]]] = (),
    ) -> None:
        self._keys = Keys(extra_keys, allow_keys)
        found = Patterns(placeholder, patterns)
        for detector in detectors:
            found.add(detector)
        self._text = Text(self._keys, found, placeholder)
        self._put = placeholder
        self._depth = max_depth
        self._items = Items(Users(user_fields, hash_user_id))
        self._last = LastLine(self._items, self._tree, self._is_known)
        self._glance = self._tree()
        self._ids: dict[str, None] = {}
        self._kinds: set[str] = set()

    def event(self, event: Payload, hint: Hint) -> Payload:  # noqa: ARG002 - the seam's
        """An error, message, feedback or check-in."""
        found: Payload = self._items.event(event, self._tree())
        self._remember(found)
        return found

    def transaction(self, event: Payload, hint: Hint) -> Payload:
        """A transaction with its spans."""
        return self.event(event, hint)

    def span(self, span: Payload, hint: Hint) -> Payload:  # noqa: ARG002 - the seam's
        """A span of the stream lifecycle."""
        self._kinds.add("span")
        found: Payload = self._items.span(span, self._tree(live=True))
        return found

    def log(self, log: Payload, hint: Hint) -> Payload:  # noqa: ARG002 - the seam's
        """A log; live objects among its attributes become text."""
        self._kinds.add("log")
        found: Payload = self._items.log(log, self._tree(live=True))
        return found

    def metric(self, metric: Payload, hint: Hint) -> Payload:  # noqa: ARG002 - the seam's
        """A metric."""
        self._kinds.add("trace_metric")
        found: Payload = self._items.metric(metric, self._tree(live=True))
        return found

    def breadcrumb(self, crumb: Payload, hint: Hint) -> Payload:  # noqa: ARG002 - the seam's
        """A breadcrumb when it is added; its live objects are redacted with the event."""
        if self._items.is_clean_breadcrumb(crumb, self._glance):
            return crumb
        found: Payload = self._items.breadcrumb(crumb, self._tree())
        return found

    def envelope(self, envelope: Any) -> Any:
        """The last line: sessions, headers, attachments, profiles, and what met no hook."""
        return self._last.envelope(envelope)

    def text(self, text: str) -> str:
        """One text, redacted."""
        return self._text.redact(text)

    def baggage(self, entries: Payload) -> Payload:
        """The entries of a dynamic sampling context, which also travel to other services."""
        found: Payload = self._items.baggage(entries, self._tree())
        return found

    def _tree(self, *, live: bool = False) -> Tree:
        return Tree(self._keys, self._text, self._put, self._depth, live=live)

    def _remember(self, event: Payload) -> None:
        name = _identity(event)
        if name is None:
            return
        while len(self._ids) >= _MOST_KNOWN:
            self._ids.pop(next(iter(self._ids)), None)
        self._ids[name] = None

    def _is_known(self, kind: str, payload: Any) -> bool:
        if kind in self._kinds:
            return True
        name = _identity(payload) if isinstance(payload, dict) else None
        return name is not None and name in self._ids


def _identity(event: Payload) -> str | None:
    """What tells an event from others: its id and kind."""
    found = event.get("check_in_id") or event.get("event_id")
    return f"{event.get('type', '')}:{found}" if isinstance(found, str) else None

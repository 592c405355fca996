"""The last line: what no hook sees, on its way to the transport.

Rule: the SDK's envelope and its items are copied, never changed; what cannot be read is not sent.
Items that a hook has scrubbed are known by their id and not looked at again.
May import: items, tree.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from sdk_config.privacy.items import Items
from sdk_config.privacy.tree import Tree

MOST_BYTES = 1024 * 1024
"""Attachments above this are not sent: reading them would cost the application's thread."""

_UNTOUCHED = frozenset({"client_report", "profile_chunk"})
"""Written by the SDK alone: counts, and names of functions (3.4, L56)."""
_SESSIONS = frozenset({"session", "sessions"})


class LastLine:
    """Scrubs an SDK's `Envelope`; `is_known` says what a hook has scrubbed already."""

    def __init__(
        self, items: Items, tree: Callable[[], Tree], is_known: Callable[[str, Any], bool]
    ) -> None:
        self._items = items
        self._tree = tree
        self._is_known = is_known
        self._judges: dict[str, Callable[[Any, Tree], Any]] = {
            "session": items.session,
            "sessions": items.session,
            "profile": items.profile,
            "log": items.log,
            "trace_metric": items.metric,
            "span": items.span,
        }

    def envelope(self, envelope: Any) -> Any:
        """An envelope of the same items, scrubbed; attachments that cannot be read are gone."""
        found = copy.copy(envelope)
        found.headers = self._items.headers(envelope.headers, self._tree())
        scrubbed = [self._item(item) for item in envelope.items]
        found.items = [item for item in scrubbed if item is not None]
        return found

    def _item(self, item: Any) -> Any:
        kind = str(item.type)
        if kind in _UNTOUCHED:
            return item
        if kind == "attachment":
            return self._attachment(item)
        payload = item.payload.json
        if payload is not None and self._is_known(kind, payload):
            return item
        return self._unknown(item) if payload is None else self._with(item, kind, payload)

    def _with(self, item: Any, kind: str, payload: Any) -> Any:
        judge = self._judges.get(kind, self._items.event)
        tree = self._tree()
        if isinstance(payload, dict) and isinstance(payload.get("items"), list):
            found: Any = {**payload, "items": [judge(one, tree) for one in payload["items"]]}
        else:
            found = judge(payload, tree)
        return _rebuilt(item, json=found)

    def _unknown(self, item: Any) -> Any:
        """Bytes: JSON is walked, text is redacted, the rest cannot be judged."""
        text = _text(item)
        if text is None:
            return None
        try:
            payload = json.loads(text)
        except (ValueError, RecursionError):
            redacted = self._tree().text.redact(text)
            return (
                item
                if redacted == text
                else _rebuilt(item, bytes=redacted.encode("utf-8", "replace"))
            )
        return self._with(item, str(item.type), payload)

    def _attachment(self, item: Any) -> Any:
        text = _text(item)
        if text is None:
            return None
        tree = self._tree()
        redacted = _attached(text, tree)
        found = _rebuilt(item, bytes=redacted.encode("utf-8", "replace"))
        name = found.headers.get("filename")
        if isinstance(name, str):
            found.headers["filename"] = tree.walk(name)
        return found


def _attached(text: str, tree: Tree) -> str:
    if text.lstrip()[:1] in {"{", "["}:
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            return tree.text.redact(text)
        found = tree.walk(parsed)
        return text if found is parsed else json.dumps(found)
    return tree.text.redact(text)


def _text(item: Any) -> str | None:
    data = item.payload.get_bytes() if hasattr(item.payload, "get_bytes") else item.get_bytes()
    if len(data) > MOST_BYTES:
        return None
    try:
        text: str = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def _rebuilt(item: Any, **payload: Any) -> Any:
    found = copy.copy(item)
    found.headers = dict(item.headers)
    found.payload = type(item.payload)(**payload)
    return found

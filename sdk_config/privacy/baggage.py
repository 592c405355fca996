"""The baggage header to other services: the transaction's name travels in it.

Rule: the SDK's class is bound anew, because no hook sees the header; what fails is left out.
May import: the standard library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_GUARDED = "_sdk_config_redact"
_NAMES = ("transaction", "user_segment", "user_id")


def guard_baggage(baggage: Any, redact: Callable[[dict[str, Any]], dict[str, Any]] | None) -> None:
    """Redact the entries of the SDK's `Baggage` class when it is written as a header.

    A second call replaces the first one's function; None writes entries as they are.
    """
    if not hasattr(baggage.serialize, _GUARDED):
        baggage.serialize = _serializer(baggage.serialize)
    setattr(baggage, _GUARDED, None if redact is None else staticmethod(redact))


def _serializer(original: Callable[..., str]) -> Callable[..., str]:
    def serialize(self: Any, include_third_party: bool = False) -> str:
        redact = getattr(type(self), _GUARDED, None)
        if redact is None:
            return original(self, include_third_party)
        before = self.sentry_items
        self.sentry_items = _redacted(before, redact)
        try:
            return original(self, include_third_party)
        finally:
            self.sentry_items = before

    setattr(serialize, _GUARDED, True)
    return serialize


def _redacted(
    entries: dict[str, Any], redact: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    try:
        return redact(entries)
    except Exception:  # noqa: BLE001 - never into the application's request
        return {name: value for name, value in entries.items() if name not in _NAMES}

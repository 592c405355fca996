"""What remarks of the stored view say about the application.

May import: lint.finding, stored_view.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fake_relay.lint.finding import Finding, Severity
from fake_relay.stored_view import Remark, StoredView
from fake_relay.stored_view.remarks import BY_SDK

_BY_PATH: Final[dict[str, tuple[str, str]]] = {
    "release": ("invalid-release", "Sentry drops this release's name"),
    "dist": ("invalid-dist", "Sentry drops this dist"),
    "environment": ("invalid-environment", "Sentry drops this environment's name"),
    "platform": ("unknown-platform", "Sentry does not know this platform and makes it `other`"),
    "level": ("unknown-level", "Sentry does not know this level and makes it `error`"),
    "event_id": ("invalid-id", "this is no event id, and Sentry makes another"),
}
_TIMES: Final = frozenset({"future_timestamp", "past_timestamp", "clock_drift"})


def from_view(item: int, view: StoredView) -> Iterator[Finding]:
    """The findings that a stored view of an item holds."""
    if view.refused is not None:
        text = "Sentry would not keep this item"
        detail = f"{view.refused.reason}: {view.refused.text}"
        yield Finding(item, "", "refused", "error", text, detail)
    for remark in view.remarks:
        yield from _of_remark(item, remark)


def _of_remark(item: int, remark: Remark) -> Iterator[Finding]:
    detail = ", ".join(part for part in (remark.rule, remark.detail) if part)
    found = _told(remark)
    if found is not None:
        code, severity, message = found
        yield Finding(item, remark.path, code, severity, message, detail)


def _told(remark: Remark) -> tuple[str, Severity, str] | None:
    if remark.kind == "added" or remark.rule == BY_SDK:
        return None
    if remark.kind == "scrubbed":
        return "sensitive", "info", "Sentry scrubs this; better never send it"
    if remark.kind == "trimmed":
        return "trimmed", "warning", "Sentry cuts this"
    if remark.rule in _TIMES:
        return "time", "warning", "this time is not the server's, and Sentry moves it"
    severity: Severity = "error" if remark.kind == "dropped" else "warning"
    if remark.path in _BY_PATH:
        code, message = _BY_PATH[remark.path]
        return code, severity, message
    if remark.rule == "invalid_attribute":
        return "unknown-attribute", severity, "Sentry does not know this attribute and drops it"
    if remark.path.startswith("tags."):
        return "invalid-tag", severity, "Sentry does not take this tag"
    if remark.kind == "dropped":
        return "dropped", severity, "Sentry cannot read this and drops it"
    return "repaired", severity, "Sentry changes this"

"""Security events, and the browser reports from which Sentry makes them.

May import: items.event, items.facts, items.payload, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items import event
from fake_relay.items.facts import (
    MAX_TEXT,
    Facts,
    ItemType,
    always,
    first_line,
    one,
    terms,
    text_of,
)
from fake_relay.items.payload import Reader
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader


class ReportFields(msgspec.Struct, frozen=True, gc=False):
    """The two forms of a CSP report (PROTOCOL.md 2.4)."""

    report: dict[str, Any] | None = msgspec.field(name="csp-report", default=None)
    body: dict[str, Any] | None = None


_read = Reader(ReportFields)


def read_raw(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a browser report: what was blocked, and on which page."""
    report, problem = _read(payload)
    fields = report.report or report.body or {}
    blocked = text_of(fields.get("blocked-uri") or fields.get("blockedURL"))
    directive = text_of(
        fields.get("effective-directive")
        or fields.get("effectiveDirective")
        or fields.get("violated-directive")
    )
    page = text_of(fields.get("document-uri") or fields.get("documentURL"))
    title = f"Blocked {directive or 'resource'} from {blocked or 'self'}"
    return Facts(
        title=first_line(title),
        terms=tuple(
            terms(
                (
                    ("release", header.sentry_release),
                    ("environment", header.sentry_environment),
                    ("url", page),
                    ("blocked-uri", blocked),
                    ("effective-directive", directive),
                )
            )
        ),
        text=f"{title}\n{page}"[:MAX_TEXT],
        problem=problem,
    )


SECURITY = ItemType(
    "security", event.read, one(Category.SECURITY), creates_event=always, needs_event=True
)
RAW_SECURITY = ItemType(
    "raw_security", read_raw, one(Category.SECURITY), creates_event=always, needs_event=True
)

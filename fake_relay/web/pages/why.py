"""Why is something missing? What the store knows of an event, or of all that was not accepted.

May import: relay, explain and every room below them, web.
"""

from __future__ import annotations

from typing import Any, Final

from fake_relay.errors import ConfigError
from fake_relay.explain import DEFAULT_PERIOD, Explanation, explain
from fake_relay.web.pages.frame import Page, Visit

PERIODS: Final = ((900, "15 minutes"), (3600, "hour"), (86400, "day"), (30 * 86400, "month"))


def load(visit: Visit) -> dict[str, Any]:
    """The explanation that the form asks for."""
    event_id = visit.query.get("event_id", "").strip()
    project = visit.query.get("project", "").strip()
    period = visit.query.get("period", "")
    seconds = float(period) if period.isascii() and period.isdigit() else DEFAULT_PERIOD
    found: Explanation | None = None
    problem = ""
    try:
        found = explain(
            visit.store,
            event_id or None,
            since=None if event_id else visit.now - seconds,
            project=project or None,
            now=visit.now,
        )
    except ConfigError as error:
        problem = str(error)
    return {
        "event_id": event_id,
        "project": project,
        "period": int(seconds),
        "periods": PERIODS,
        "found": found,
        "problem": problem,
    }


PAGE: Final = Page("/why", "Why is something missing?", "why.html", load, nav="Why missing?")

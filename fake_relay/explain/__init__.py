"""Why is my event missing? What the store knows, as sentences in the order of their weight.

Rule: explaining only reads, over any `Reader`; every sentence has evidence that can be looked
up, and says what is known apart from what is only likely.
May import: expect.wording, store, query, intake, records, items, protocol, errors.
"""

from __future__ import annotations

from fake_relay.explain.event import explain_event
from fake_relay.explain.finding import Explanation, Finding, Kind
from fake_relay.explain.period import explain_period
from fake_relay.store import Reader

DEFAULT_PERIOD = 3600.0
"""Seconds back that are looked at when nothing is said."""


def explain(
    reader: Reader,
    event_id: str | None = None,
    *,
    since: float | None = None,
    project: str | None = None,
    now: float,
) -> Explanation:
    """Explain what became of an event, or of everything that was not accepted.

    `event_id` is 32 hex digits or any spelling of a UUID; `since` and `now` are in seconds since
    1970. Without an event, what was not accepted since then is told, by default within the last
    hour. Raises `ConfigError` for an id that is none.
    """
    if event_id is not None:
        return explain_event(reader, event_id, since=since, project=project)
    return explain_period(
        reader, since=now - DEFAULT_PERIOD if since is None else since, project=project
    )


__all__ = [
    "DEFAULT_PERIOD",
    "Explanation",
    "Finding",
    "Kind",
    "explain",
    "explain_event",
    "explain_period",
]

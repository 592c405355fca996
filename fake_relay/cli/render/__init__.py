"""Stored items -> what a person reads in a terminal; rich lives here.

Invariant: every string of a payload goes through `render.text`, so nothing that was sent
acts on the terminal, and no payload makes a renderer raise.
May import: records, items, rich.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import RenderableType
from rich.text import Text

from fake_relay.cli.render import error, event_parts, raw, records, spans
from fake_relay.cli.render.findings import finding_line
from fake_relay.cli.render.view import View, section
from fake_relay.shown.text import mapping, safe

Renderer = Callable[[View], Iterator[RenderableType]]

RENDERERS: dict[str, Renderer] = {
    "event": event_parts.event,
    "security": event_parts.event,
    "transaction": spans.transaction,
    "span": spans.span_item,
    "log": records.logs,
    "trace_metric": records.metrics,
    "session": records.session,
    "sessions": records.sessions,
    "check_in": records.check_in,
    "client_report": records.client_report,
    "feedback": records.feedback,
    "user_report": records.feedback,
    "replay_event": records.replay,
    "profile": records.profile,
    "profile_chunk": records.profile,
    "profile_chunk_ui": records.profile,
    "attachment": raw.attachment,
}
"""Item type -> how it is shown; every other type is shown as what it is, JSON or bytes."""

SPOTLIGHT = (
    "came by way of Spotlight, which makes the SDK send personal data and sample everything:"
    " this proves nothing about filtering or sampling"
)


def show(view: View) -> Iterator[RenderableType]:
    """One item as a person wants to read it."""
    yield error.heading(view)
    kind = view.item.type
    if view.item.outcome:
        yield Text(f"not accepted: {safe(view.item.outcome)}", "bold yellow")
    if view.item.spotlight:
        yield Text(SPOTLIGHT, "yellow")
    if view.item.faults:
        faults = safe(", ".join(view.item.faults))
        yield Text(f"its request met a fault on purpose: {faults}", "yellow")
    for refused in view.item.refused_records:
        text = f"{refused.count} {refused.what} not accepted: {safe(refused.outcome)}"
        yield Text(text, "bold yellow")
    renderer = RENDERERS.get(kind, raw.unknown)
    # A payload of another shape than its type's has nothing to fill the sections with.
    if kind != "attachment" and not mapping(view.value):
        renderer = raw.unknown
    yield from renderer(view)
    if view.findings:
        shown = view.findings[: view.rows]
        yield section("What Sentry would change", *map(finding_line, shown))

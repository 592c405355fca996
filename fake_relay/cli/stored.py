"""`show --view stored` and `show --diff`: an item as Sentry would keep it.

May import: client, cli.render, cli.output, stored_view, records.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from rich.text import Text

from fake_relay.cli.output import item_json
from fake_relay.cli.render.view import section
from fake_relay.shown.text import safe

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fake_relay.records import StoredItem
    from fake_relay.stored_view import Remark, StoredView

STYLES = {
    "scrubbed": "bold magenta",
    "trimmed": "yellow",
    "repaired": "cyan",
    "dropped": "bold red",
    "added": "green",
}
"""Kinds of remarks, in the order in which they are told."""
SHOWN = 200
"""Lines of a difference, unless all are asked for."""


def stored_json(item: StoredItem, view: StoredView) -> dict[str, Any]:
    """An item in the shape of `GET /relay/v1/items/{id}?view=stored`."""
    import msgspec

    return {
        **item_json(item, view.document),
        "meta": view.meta,
        "refused": msgspec.to_builtins(view.refused),
        "remarks": msgspec.to_builtins(view.remarks),
    }


def remark_lines(view: StoredView) -> Iterator[RenderableType]:
    """What Sentry would change, the gravest first, or why it would keep nothing."""
    if view.refused is not None:
        text = f"Sentry would not keep it: {view.refused.reason}: {view.refused.text}"
        yield Text(safe(text), "bold yellow")
    elif not view.remarks:
        yield Text("Sentry would change nothing", "dim")
    else:
        order = list(STYLES)
        remarks = sorted(view.remarks, key=lambda remark: (order.index(remark.kind), remark.path))
        yield section("What Sentry changes", *map(remark_line, remarks))


def remark_line(remark: Remark) -> Text:
    """One change on one line."""
    line = Text(f"{remark.kind:<9}", STYLES[remark.kind])
    line.append(f" {safe(remark.path)}", "default")
    detail = f"  {remark.rule}{', ' if remark.detail else ''}{remark.detail}"
    return line.append(safe(detail), "dim")


def difference(sent: Any, view: StoredView, *, full: bool) -> Iterator[RenderableType]:
    """What was sent beside what is kept: lines that go are red, lines that come green."""
    if view.refused is None and view.document is not None:
        # What the SDK noted in `_meta` is among the remarks below.
        before, after = _lines(_without_meta(sent)), _lines(_without_meta(view.document))
        lines = list(unified_diff(before, after, "sent", "stored", n=2))
        shown = lines if full else lines[:SHOWN]
        if shown:
            yield section("Sent, and stored", *map(_diff_line, shown))
        if len(lines) > len(shown):
            yield Text(f"… {len(lines) - len(shown)} more lines; --full shows them", "dim")
    yield from remark_lines(view)


def _without_meta(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    return {key: value for key, value in document.items() if key != "_meta"}


def _lines(value: Any) -> list[str]:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).split("\n")


def _diff_line(line: str) -> Text:
    style = {"-": "red", "+": "green", "@": "dim"}.get(line[:1], "default")
    return Text(safe(line.rstrip("\n")), style)

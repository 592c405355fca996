"""A way to render any payload as any item type."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from fake_relay.cli.render import show
from fake_relay.cli.render.view import View
from fake_relay.cli.terminal import Terminal
from fake_relay.records import StoredItem

Render = Callable[..., str]


def stored(kind: str, **fields: Any) -> StoredItem:
    made: dict[str, Any] = {
        "id": 1,
        "envelope_id": 1,
        "project": "1",
        "public_key": "k",
        "event_id": "",
        "trace_id": "",
        "received_at": 1_700_000_000.0,
        "timestamp": None,
        "duration": None,
        "level": "",
        "title": "",
        "count": 1,
        "size": 0,
        "outcome": "",
        "headers": msgspec.Raw(b"{}"),
    }
    return StoredItem(type=kind, **{**made, **fields})


@pytest.fixture(scope="session")
def render() -> Render:
    """What a terminal gets for a payload: `render("event", {...}, width=80)`."""

    def rendered(
        kind: str,
        value: Any = None,
        data: bytes | None = None,
        width: int = 80,
        full: bool = False,
        color: bool = False,
        header: dict[str, Any] | None = None,
        **fields: Any,
    ) -> str:
        given = json.dumps(value).encode() if data is None else data
        item = stored(kind, size=len(given), **fields)
        view = View(item, given, value, header or {}, (), width, full)
        out = io.StringIO()
        console = Terminal(
            file=out, width=width, force_terminal=color, highlight=False, markup=False, emoji=False
        )
        console.print(*show(view), sep="\n")
        return out.getvalue()

    return rendered

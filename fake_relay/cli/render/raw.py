"""What is shown of bytes: the head of a text, a dump of the rest, pretty JSON.

May import: cli.render, rich.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from fake_relay.cli.render.view import View, facts_table, more, section
from fake_relay.shown.raw import as_text, hex_lines
from fake_relay.shown.text import byte_size, moment_text, safe, safe_lines

SHOWN_BYTES = 256
SHOWN_LINES = 40


def attachment(view: View) -> Iterator[RenderableType]:
    """An attachment: what its header says, and its head."""
    yield header_table(view)
    yield from head(view)


def unknown(view: View) -> Iterator[RenderableType]:
    """An item of a type that nothing is known of, or whose payload has another shape."""
    yield header_table(view)
    if view.value is None:
        yield from head(view)
    else:
        yield section("Payload", *json_lines(view.value, view))


def header_table(view: View) -> RenderableType:
    """All fields of the item's header."""
    rows: list[tuple[str, Any]] = [
        ("received", moment_text(view.item.received_at)),
        ("event id", view.item.event_id),
        ("size", f"{byte_size(view.item.size)} ({view.item.size} bytes)"),
        *((key, value) for key, value in view.header.items() if key not in ("type", "length")),
        ("project", f"{view.item.project}  ·  item {view.item.id}"),
    ]
    return facts_table(rows, view.limit)


def head(view: View) -> Iterator[RenderableType]:
    """The head of a text, or a dump of what is none."""
    if not view.data:
        yield section("Content", Text("empty", "dim"))
        return
    text = as_text(view.data)
    if text is None:
        shown = view.data if view.full else view.data[:SHOWN_BYTES]
        yield section("Bytes", hex_dump(shown))
        if len(view.data) > len(shown):
            yield more(len(view.data) - len(shown), "bytes")
        return
    lines = safe_lines(text)
    shown_lines = lines if view.full else [line[:2000] for line in lines[:SHOWN_LINES]]
    yield section("Text", *map(Text, shown_lines))
    if len(lines) > len(shown_lines):
        yield more(len(lines) - len(shown_lines), "lines")


def hex_dump(data: bytes) -> Text:
    """Sixteen bytes a line: offset, hex, ASCII."""
    lines = [
        f"{line.offset:08x}  {line.left:<23}  {line.right:<23}  {line.text}"
        for line in hex_lines(data)
    ]
    return Text("\n".join(lines), no_wrap=True, overflow="crop")


def json_lines(value: Any, view: View) -> Iterator[RenderableType]:
    """A value as indented JSON."""
    try:
        lines = json.dumps(value, indent=2, ensure_ascii=False).split("\n")
    except (ValueError, RecursionError):
        yield from head(view)
        return
    shown = lines if view.full else lines[: view.rows]
    yield Text("\n".join(safe(line) for line in shown))
    if len(lines) > len(shown):
        yield more(len(lines) - len(shown), "lines")

"""An error or message event: exception chain, frames with source and locals, breadcrumbs.

May import: cli.render, rich.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fake_relay.cli.render.text import level_text
from fake_relay.cli.render.view import View, facts_table, more, section, value_text
from fake_relay.shown.text import (
    clock,
    cut,
    inline,
    mapping,
    milliseconds,
    pairs,
    safe,
    seconds,
    sequence,
    values_of,
    word,
)

SHOWN_FRAMES = 30
SHOWN_CRUMBS = 50
ALL_LINES, FEW_LINES = 1000, 1
"""Source lines above and below a frame's own."""


def exceptions(view: View) -> Iterator[RenderableType]:
    """The chain as Python prints it: the cause first, the most recent call last."""
    chain = values_of(mapping(view.value).get("exception"))
    for position, exception in enumerate(chain):
        fields = mapping(exception)
        yield section("Exception" if position == 0 else "↳ and then", *one_exception(fields, view))


def one_exception(fields: Mapping[str, Any], view: View) -> Iterator[RenderableType]:
    """One exception of the chain: its title, how it was caught, its frames."""
    mechanism = mapping(fields.get("mechanism"))
    module = word(fields.get("module"))
    title = Text()
    title.append(f"{module}." if module and module != "builtins" else "", "red")
    title.append(word(fields.get("type")) or "<no type>", "bold red")
    title.append(": ").append_text(value_text(fields.get("value") or "", view.limit))
    yield title
    yield handled(mechanism)
    yield from frames(mapping(fields.get("stacktrace")), view)


def handled(mechanism: Mapping[str, Any]) -> Text:
    """How the exception was caught, in words."""
    text = Text()
    if mechanism.get("handled") is False:
        text.append("unhandled", "bold yellow")
    elif mechanism.get("handled") is True:
        text.append("handled", "dim")
    kind = word(mechanism.get("type"))
    return text.append(f" · {kind}" if kind and text else kind, "dim")


def frames(stack: Mapping[str, Any], view: View) -> Iterator[RenderableType]:
    """The frames of a stack trace, the application's own with source and locals."""
    found = sequence(stack.get("frames"))
    shown = found if view.full else found[-SHOWN_FRAMES:]
    if len(found) > len(shown):
        yield more(len(found) - len(shown), "outer frames")
    own = any(mapping(frame).get("in_app") for frame in found)
    for position, frame in enumerate(shown, 1):
        # The innermost frame is where to look; the others show how it came there.
        around = ALL_LINES if view.full or position == len(shown) else FEW_LINES
        yield from one_frame(mapping(frame), view, own, around)


def one_frame(
    frame: Mapping[str, Any], view: View, own: bool, around: int
) -> Iterator[RenderableType]:
    """A frame: one dim line for a library's, source and locals for the application's."""
    in_app = bool(frame.get("in_app")) or not own
    place = word(frame.get("filename")) or word(frame.get("abs_path")) or word(frame.get("module"))
    line = Text().append("▸ " if in_app else "  ", "bold green")
    line.append(place or "<unknown>", "bold" if in_app else "dim")
    line.append(f":{word(frame.get('lineno')) or '?'}", "dim")
    line.append(" in ", "dim").append(
        word(frame.get("function")) or "?", "cyan" if in_app else "dim"
    )
    yield line
    if in_app:
        yield from (Padding(text, (0, 0, 0, 2)) for text in source(frame, view.width, around))
        variables = mapping(frame.get("vars")).items()
        # A module's own names (`__file__`, `__loader__`) say nothing about what went wrong.
        shown = [pair for pair in variables if view.full or not pair[0].startswith("__")]
        if shown:
            yield Padding(facts_table(shown, view.limit), (0, 0, 0, 4))


def source(frame: Mapping[str, Any], width: int, around: int) -> Iterator[Text]:
    """The source around a frame's line, numbered, the line itself marked."""
    if not isinstance(frame.get("context_line"), str):
        return
    lineno = frame.get("lineno")
    first = lineno if isinstance(lineno, int) and 0 <= lineno < 10**9 else 0
    before = sequence(frame.get("pre_context"))[-around:]
    after = sequence(frame.get("post_context"))[:around]
    lines = [*before, frame["context_line"], *after]
    for offset, line in enumerate(lines, first - len(before)):
        current = offset == first
        text = Text(no_wrap=True, overflow="ellipsis").append(f"{offset:>5} ", "dim")
        text.append("❱ " if current else "│ ", "red" if current else "dim")
        text.append(cut(inline(line, 500), max(width - 14, 20)), "bold" if current else "")
        yield text


def breadcrumbs(view: View) -> Iterator[RenderableType]:
    """The trail that led here, each crumb with its distance in time from the event."""
    crumbs = values_of(mapping(view.value).get("breadcrumbs"))
    if not crumbs:
        return
    shown = crumbs if view.full else crumbs[-SHOWN_CRUMBS:]
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="cyan", max_width=20)
    table.add_column(overflow="fold")
    end = seconds(mapping(view.value).get("timestamp"))
    for crumb in shown:
        table.add_row(*crumb_row(mapping(crumb), end, view.limit))
    hidden = [more(len(crumbs) - len(shown), "earlier ones")] if len(crumbs) > len(shown) else []
    yield section(f"Breadcrumbs ({len(crumbs)})", *hidden, table)


def crumb_row(crumb: Mapping[str, Any], end: float | None, limit: int) -> tuple[Text, ...]:
    """Time, level, category, and what the crumb says."""
    moment = seconds(crumb.get("timestamp"))
    if moment is not None and end is not None:
        distance = "0" if moment == end else "-" + milliseconds((end - moment) * 1000)
        distance = distance.replace("--", "+")
    else:
        distance = clock(moment)
    text = value_text(crumb.get("message") or "", limit)
    data = mapping(crumb.get("data"))
    if data:
        text.append(" " if text else "").append(inline(dict(data), limit), "dim")
    category = word(crumb.get("category")) or word(crumb.get("type"))
    return Text(distance), level_text(word(crumb.get("level"))), Text(category), text


def threads(view: View) -> Iterator[RenderableType]:
    """Stack traces that belong to no exception: of a message, or of threads."""
    value = mapping(view.value)
    stack = mapping(value.get("stacktrace"))
    if stack:
        yield section("Stack trace", *frames(stack, view))
    for thread in values_of(value.get("threads")):
        fields = mapping(thread)
        stack = mapping(fields.get("stacktrace"))
        if stack:
            name = word(fields.get("name")) or word(fields.get("id")) or "?"
            yield section(f"Thread {name}", *frames(stack, view))


def request(view: View) -> Iterator[RenderableType]:
    """The HTTP request that was being served."""
    fields = mapping(mapping(view.value).get("request"))
    if not fields:
        return
    line = Text().append(word(fields.get("method")) or "GET", "bold").append(" ")
    line.append(inline(fields.get("url") or "", view.limit))
    query = fields.get("query_string")
    if query:
        line.append("?" + inline(query, view.limit).removeprefix("?"), "dim")
    parts: list[RenderableType] = [line]
    for name in ("headers", "cookies", "env"):
        entries = fields.get(name)
        if entries:
            parts.append(Text(name, "dim italic"))
            parts.append(facts_table(pairs(entries), view.limit))
    if fields.get("data") not in (None, ""):
        parts += [Text("body", "dim italic"), value_text(fields["data"], view.limit)]
    yield section("Request", *parts)


def message(view: View) -> Iterator[RenderableType]:
    """The text of a message event, and its unformatted form where that differs."""
    value = mapping(view.value)
    entry = value.get("logentry") or value.get("message")
    fields = mapping(entry)
    text = entry if isinstance(entry, str) else fields.get("formatted") or fields.get("message")
    if not text:
        return
    parts: list[RenderableType] = [value_text(text, view.limit)]
    raw, params = fields.get("message"), fields.get("params")
    if params and raw != text:
        parts.append(Text(f"{inline(raw, view.limit)}  {inline(params, view.limit)}", "dim"))
    yield section("Message", *parts)


def heading(view: View) -> Text:
    """What the item is, in one line."""
    item = view.item
    text = Text()
    if item.level:
        text.append_text(level_text(item.level)).append(" ")
    text.append(safe(item.title) or f"<{safe(item.type)}>", "bold")
    return text.append(f"  #{item.id}", "dim")

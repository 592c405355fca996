"""An item to take along: as JSON, as curl, as Markdown, as an expectation of pytest.

Rule: what is copied is safe where it is pasted: quoted for the shell, for Python, for Markdown.
May import: records, shown, web.pages.sections.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from fake_relay.records import StoredItem
from fake_relay.shown.line import title
from fake_relay.shown.text import inline, mapping, sequence, values_of, word
from fake_relay.web.pages import sections

MAX_CURL: Final = 100_000
"""Bytes of a payload that fit on a command line; larger ones are fetched first."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy is made of; `base` is this server's URL."""

    item: StoredItem
    payload: bytes
    value: Any
    base: str


def as_json(copied: Copied) -> str:
    """The payload, indented; as it is where it is no JSON."""
    if copied.value is None:
        return copied.payload.decode("utf-8", "replace")
    return json.dumps(copied.value, indent=2, ensure_ascii=False) + "\n"


def as_curl(copied: Copied) -> str:
    """A command that sends the item here once more."""
    item = copied.item
    url = f"{copied.base}/api/{item.project}/envelope/?sentry_key={item.public_key}"
    try:
        text = copied.payload.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or "\0" in text or len(copied.payload) > MAX_CURL:
        return (
            f"curl -s {shlex.quote(f'{copied.base}/relay/v1/envelopes/{item.envelope_id}/raw')}"
            f" | curl {shlex.quote(url)} --data-binary @-\n"
        )
    header = json.dumps({"event_id": item.event_id} if item.event_id else {})
    head = msgspec.json.decode(item.headers) | {"length": len(copied.payload)}
    envelope = f"{header}\n{json.dumps(head)}\n{text}\n"
    return f"curl {shlex.quote(url)} --data-binary {shlex.quote(envelope)}\n"


def as_markdown(copied: Copied) -> str:
    """The item for an issue or an assistant: what, where, the stack, the trail."""
    value = mapping(copied.value)
    parts = [f"## {plain(title(copied.item))}", ""]
    facts = [("type", copied.item.type), ("level", copied.item.level)]
    facts += [(name, inline(found)) for name, found in sections.summary(value)]
    facts += [("event id", copied.item.event_id), ("trace", copied.item.trace_id)]
    parts += [f"- {name}: {code(found)}" for name, found in facts if found]
    for exception in reversed(values_of(value.get("exception"))):
        parts += _exception(mapping(exception))
    if trail := sections.crumbs(value)[:20]:
        lines = (
            f"{crumb.distance:>10}  {crumb.category}: {inline(crumb.message or dict(crumb.data))}"
            for crumb in trail
        )
        parts += ["", "### Breadcrumbs, the newest first", "", fenced("\n".join(lines), "text")]
    if not value.get("exception"):
        parts += ["", fenced(as_json(copied)[:20_000].rstrip(), "json")]
    return "\n".join(parts) + "\n"


def _exception(fields: Mapping[str, Any]) -> list[str]:
    head = f"{word(fields.get('type'))}: {inline(fields.get('value') or '', 1000)}"
    lines = []
    for entry in reversed(sequence(mapping(fields.get("stacktrace")).get("frames"))[-30:]):
        frame = mapping(entry)
        place = word(frame.get("filename")) or word(frame.get("module")) or "?"
        mark = "*" if frame.get("in_app") is True else " "
        lines.append(f"{mark} {place}:{word(frame.get('lineno'))} in {word(frame.get('function'))}")
        if mark == "*" and isinstance(frame.get("context_line"), str):
            lines.append(f"      {inline(frame['context_line'].strip())}")
    return ["", f"### {plain(head)}", "", fenced("\n".join(lines), "text")]


def plain(text: str) -> str:
    """Text for a heading: what Markdown or HTML would read is taken as it is."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|!&" else sign for sign in text)


def code(text: str) -> str:
    """Text as code on a line, whatever ticks it has."""
    fence = "`" * (longest_run(text, "`") + 1)
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def fenced(text: str, language: str) -> str:
    """Text as a block of code that nothing in it ends."""
    fence = "`" * max(3, longest_run(text, "`") + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def longest_run(text: str, sign: str) -> int:
    """The length of the longest run of a character."""
    longest = run = 0
    for found in text:
        run = run + 1 if found == sign else 0
        longest = max(longest, run)
    return longest


def as_pytest(copied: Copied) -> str:
    """An expectation that this item meets."""
    item, value = copied.item, mapping(copied.value)
    sentence = SENTENCES.get(item.type, "")
    call = f"relay.expect_{sentence}(" if sentence else f"relay.expect_item({item.type!r},"
    asked = [f"    {name}={found!r}," for name, found in expected(item, value)]
    return "\n".join((call, *asked, ")")) + "\n"


SENTENCES: Final = {
    "event": "event",
    "transaction": "transaction",
    "session": "session",
    "check_in": "check_in",
    "feedback": "feedback",
    "attachment": "attachment",
}


def expected(item: StoredItem, value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What of an item is the same in the next run: no ids, times and places."""
    found: list[tuple[str, Any]] = []
    chain = values_of(value.get("exception"))
    if chain:
        found.append(("exception", mapping(chain[-1]).get("type")))
        found.append(("exception_value", mapping(chain[-1]).get("value")))
    elif item.type == "event":
        found.append(("message", sections.message(value)))
    elif item.type == "feedback":
        said = mapping(mapping(value.get("contexts")).get("feedback"))
        found.append(("message", said.get("message")))
    names = ("level", "monitor_slug", "status", "environment", "logger")
    found += [(name, value.get(name)) for name in names]
    if item.type == "transaction":
        found.append(("name", value.get("transaction")))
        found.append(("op", mapping(mapping(value.get("contexts")).get("trace")).get("op")))
    head = mapping(msgspec.json.decode(item.headers))
    found += [(name, head.get(name)) for name in ("filename", "content_type")]
    if pairs := sections.tags(value):
        found.append(("tags", dict(pairs)))
    return [(name, said) for name, said in found if said not in (None, "")]


FORMS: Final[dict[str, tuple[str, Callable[[Copied], str]]]] = {
    "json": ("JSON", as_json),
    "curl": ("curl", as_curl),
    "markdown": ("Markdown", as_markdown),
    "pytest": ("pytest", as_pytest),
}
"""The name in the address, the word on the button, and what makes it."""

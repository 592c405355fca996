"""A replay's recording: rrweb events, read as what a user did.

Rule: nothing of the recorded page is rendered; events are told in words (PROTOCOL.md 5.5).
May import: shown.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fake_relay.shown.text import inline, mapping, number, sequence, word
from fake_relay.web.pages.rows import loosely

MAX_UNPACKED: Final = 16 * 1024 * 1024
MAX_NODES: Final = 200_000
KINDS: Final = {0: "page", 1: "page", 2: "snapshot", 4: "navigation", 5: "custom", 6: "plugin"}
TOLD: Final = {
    0: "the document is ready",
    1: "the page has loaded",
    2: "the whole page was recorded",
}
SOURCES: Final = {
    0: "change", 1: "pointer", 3: "scroll", 4: "resize", 5: "input", 6: "touch", 7: "media",
    8: "style", 9: "canvas", 10: "font", 11: "log", 12: "drag", 13: "style", 14: "selection",
    15: "style", 16: "custom element",
}  # fmt: skip
ACTS: Final = {
    0: "mouse up", 1: "mouse down", 2: "click", 3: "context menu", 4: "double click", 5: "focus",
    6: "blur", 7: "touch start", 9: "touch end", 10: "touch cancelled",
}  # fmt: skip
QUIET: Final = frozenset({"change", "pointer", "scroll", "touch", "style", "selection", "drag"})
"""What happens all the time; it is counted, not listed."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened: when (seconds since 1970), of what kind, and in words."""

    moment: float | None
    kind: str
    text: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """The events of a segment; `problem` says what could not be read."""

    events: list[Mapping[str, Any]]
    problem: str = ""


def read(payload: bytes) -> Recording:
    """The events of a recording: a JSON line, then events, as zlib or plain."""
    _, _, body = payload.partition(b"\n")
    cut = ""
    if body[:1] not in b"[{ \t\r\n":
        unpack = zlib.decompressobj()
        try:
            body = unpack.decompress(body, MAX_UNPACKED)
        except zlib.error:
            return Recording([], "it is neither JSON nor zlib")
        cut = "" if unpack.eof else "it is cut, or larger than this page reads"
    found = loosely(body)
    if not isinstance(found, list):
        return Recording([], cut or "its events are no JSON array")
    return Recording([mapping(one) for one in found], cut)


def steps(recordings: Sequence[Recording]) -> Iterator[Step]:
    """The events of a replay's segments in words; elements are named by what any of them knows."""
    names: dict[int, str] = {}
    for recording in recordings:
        names |= names_of(recording)
    for recording in recordings:
        for event in recording.events:
            millis = number(event.get("timestamp"))
            yield step_of(event, None if millis is None else millis / 1000, names)


def step_of(event: Mapping[str, Any], moment: float | None, names: Mapping[int, str]) -> Step:
    """One event in words."""
    kind, data = event.get("type"), mapping(event.get("data"))
    if kind == 3:
        return increment(data, moment, names)
    if kind == 4:
        size = f"{word(data.get('width'))} by {word(data.get('height'))}"
        return Step(moment, "navigation", f"{word(data.get('href'))} ({size})")
    if kind == 5:
        return custom(data, moment)
    text = TOLD.get(kind, "") if isinstance(kind, int) else ""
    known = KINDS.get(kind, "") if isinstance(kind, int) else ""
    return Step(moment, known or "other", text or inline(dict(event), 200))


def increment(data: Mapping[str, Any], moment: float | None, names: Mapping[int, str]) -> Step:
    """A change or an act on the page."""
    source, target = data.get("source"), data.get("id")
    name = names.get(target, "") if isinstance(target, int) else ""
    on = name or (f"element {target}" if isinstance(target, int) else "")
    if source == 2:
        act = data.get("type")
        text = ACTS.get(act, "act") if isinstance(act, int) else "act"
        return Step(moment, "click" if act in (2, 4) else "act", f"{text} on {on}" if on else text)
    kind = SOURCES.get(source, "other") if isinstance(source, int) else "other"
    if kind == "input":
        typed = inline(data.get("text"), 100)
        return Step(moment, kind, f"“{typed}” in {on}" if typed else on)
    if kind == "resize":
        return Step(moment, kind, f"{word(data.get('width'))} by {word(data.get('height'))}")
    return Step(moment, kind, on)


def custom(data: Mapping[str, Any], moment: float | None) -> Step:
    """What Sentry's SDK adds: breadcrumbs, and spans of loading."""
    tag, payload = word(data.get("tag")), mapping(data.get("payload"))
    if tag == "breadcrumb":
        category = word(payload.get("category")) or "breadcrumb"
        text = payload.get("message") or payload.get("data") or ""
        kind = "click" if category == "ui.click" else "breadcrumb"
        return Step(moment, kind, f"{category} {inline(text, 300)}", word(payload.get("level")))
    if tag == "performanceSpan":
        op, about = word(payload.get("op")), inline(payload.get("description") or "", 300)
        kind = "navigation" if op.startswith("navigation") else "loading"
        return Step(moment, kind, f"{op} {about}")
    return Step(
        moment, "options" if tag == "options" else "custom", f"{tag} {inline(dict(payload), 200)}"
    )


def names_of(recording: Recording) -> dict[int, str]:
    """Elements of the recorded page by their number, as `button#pay.primary`."""
    names: dict[int, str] = {}
    todo = [mapping(mapping(one.get("data")).get("node")) for one in recording.events]
    for event in recording.events:
        added = sequence(mapping(event.get("data")).get("adds"))
        todo += [mapping(mapping(one).get("node")) for one in added]
    looked = 0
    while todo and looked < MAX_NODES:
        node = todo.pop()
        looked += 1
        own = node.get("id")
        if isinstance(own, int) and word(node.get("tagName")):
            names[own] = element_name(node)
        todo += [mapping(one) for one in sequence(node.get("childNodes"))]
    return names


def element_name(node: Mapping[str, Any]) -> str:
    """An element as a selector names it."""
    attributes = mapping(node.get("attributes"))
    name = word(node.get("tagName"))
    if found := word(attributes.get("id")):
        name += f"#{found}"
    if found := word(attributes.get("class")):
        name += "." + ".".join(found.split()[:3])
    return inline(name, 80)

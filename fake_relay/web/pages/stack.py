"""Exceptions and threads: chains, frames, and which of them are folded.

Rule: any JSON gives some stack; what has another shape than its field's is left out here, and
is still in the payload that the page shows as sent.
May import: shown, web.pages.highlight, markupsafe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup

from fake_relay.shown.text import mapping, sequence, values_of, word
from fake_relay.web.pages.highlight import highlight

MAX_FRAMES: Final = 250
MAX_COLOURED: Final = 40
"""Frames of a page whose source is coloured; the rest is plain, for colours cost time."""
MAX_VARIABLES: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A line of source."""

    number: int
    html: Markup
    current: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A call: where, and what was there."""

    place: str
    function: str
    number: str
    module: str
    in_app: bool
    lines: list[Line]
    variables: list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Group:
    """Frames that stand together: the application's, or those of libraries, which are folded."""

    in_app: bool
    frames: list[Frame]


@dataclass(frozen=True, slots=True)
class Stack:
    """Frames, the innermost first; `hidden` is how many outer ones are not shown."""

    groups: list[Group]
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception of a chain."""

    type: str
    module: str
    value: Any
    handled: bool | None
    mechanism: str
    stack: Stack


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread, or the stack of a message."""

    name: str
    marks: list[str]
    stack: Stack


class Stacks:
    """The stacks of one event; they share what may be coloured."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._value = value
        self._platform = word(value.get("platform"))
        self._coloured = 0

    def exceptions(self) -> list[Raised]:
        """The chain, what was raised last first."""
        chain = [mapping(entry) for entry in values_of(self._value.get("exception"))]
        single = mapping(self._value.get("exception"))
        if not chain and single.get("type"):
            chain = [single]
        return [self._raised(fields) for fields in reversed(chain) if fields]

    def threads(self) -> list[Thread]:
        """Stacks that belong to no exception, the crashed thread first."""
        found = []
        if stack := mapping(self._value.get("stacktrace")):
            found.append(Thread("", [], self._stack(stack)))
        for entry in values_of(self._value.get("threads")):
            fields = mapping(entry)
            marks = [name for name in ("crashed", "current", "main") if fields.get(name) is True]
            name = word(fields.get("name")) or word(fields.get("id")) or "?"
            found.append(Thread(name, marks, self._stack(mapping(fields.get("stacktrace")))))
        return sorted(found, key=lambda thread: "crashed" not in thread.marks)

    def _raised(self, fields: Mapping[str, Any]) -> Raised:
        mechanism = mapping(fields.get("mechanism"))
        handled = mechanism.get("handled")
        return Raised(
            word(fields.get("type")) or "(no type)",
            word(fields.get("module")),
            fields.get("value"),
            handled if isinstance(handled, bool) else None,
            word(mechanism.get("type")),
            self._stack(mapping(fields.get("stacktrace"))),
        )

    def _stack(self, stack: Mapping[str, Any]) -> Stack:
        found = [mapping(frame) for frame in sequence(stack.get("frames"))]
        shown = found[-MAX_FRAMES:][::-1]
        # Where the SDK marks none as its own, all are.
        own = any(frame.get("in_app") is True for frame in found)
        frames = [self._frame(frame, own) for frame in shown]
        groups = [Group(key, list(group)) for key, group in groupby(frames, lambda one: one.in_app)]
        return Stack(groups, len(found) - len(shown))

    def _frame(self, frame: Mapping[str, Any], own: bool) -> Frame:
        place = (
            word(frame.get("filename"))
            or word(frame.get("abs_path"))
            or word(frame.get("module"))
            or word(frame.get("package"))
            or "(unknown)"
        )
        variables = list(mapping(frame.get("vars")).items())[:MAX_VARIABLES]
        in_app = frame.get("in_app") is True or not own
        return Frame(
            place,
            word(frame.get("function")) or word(frame.get("raw_function")) or "?",
            word(frame.get("lineno")),
            word(frame.get("module")),
            in_app,
            self._source(frame, place, in_app),
            # A module's own names (`__file__`, `__loader__`) say nothing of what went wrong.
            [pair for pair in variables if not pair[0].startswith("__")],
        )

    def _source(self, frame: Mapping[str, Any], place: str, in_app: bool) -> list[Line]:
        current = frame.get("context_line")
        if not isinstance(current, str):
            return []
        before = texts(frame.get("pre_context"))
        lines = [*before, current, *texts(frame.get("post_context"))]
        number = frame.get("lineno")
        first = (number if isinstance(number, int) and 0 < number < 10**9 else 0) - len(before)
        # Libraries are folded, and rarely looked into.
        colour = in_app and self._coloured < MAX_COLOURED
        self._coloured += colour
        platform = self._platform if colour else ""
        marked = highlight(lines, place if colour else "", platform)
        return [
            Line(first + offset, html, offset == len(before)) for offset, html in enumerate(marked)
        ]


def texts(value: Any) -> Sequence[str]:
    """The strings of a list; anything else as the empty line that it takes the place of."""
    return [line if isinstance(line, str) else "" for line in sequence(value)]

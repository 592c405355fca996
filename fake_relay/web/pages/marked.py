"""Personal data in place: what Sentry would scrub of an item, marked wherever the page shows it.

May import: stored_view, shown, markupsafe.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from markupsafe import Markup, escape

from fake_relay.shown.text import inline, safe_block
from fake_relay.stored_view import StoredView

SHORTEST: Final = 3
"""Characters below which a value stands in too many places to mean anything."""
MOST: Final = 200
_PART: Final = re.compile(r"'([^']*)'|([^.]+)")
_MISSING: Final = object()


class Marks:
    """Marks in texts what was found to be personal; `found` has the rule for each value."""

    def __init__(self, found: Mapping[str, str]) -> None:
        self._rules = {safe_block(value): rule for value, rule in found.items()}
        longest_first = sorted(self._rules, key=len, reverse=True)[:MOST]
        self._any = re.compile("|".join(map(re.escape, longest_first))) if found else None

    def __bool__(self) -> bool:
        return self._any is not None

    def __call__(self, value: Any, width: int = 2000) -> Markup:
        """A value as HTML: texts with their line breaks, the rest as JSON on a line."""
        text = safe_block(value[:width]) if isinstance(value, str) else inline(value, width)
        if isinstance(value, str) and len(value) > width:
            text += "…"
        return self.text(text)

    def text(self, text: str) -> Markup:
        """A text that is safe to show, as HTML."""
        if self._any is None:
            return escape(text)
        return Markup("").join(self._pieces(text, self._any))

    def _pieces(self, text: str, pattern: re.Pattern[str]) -> Iterator[Markup]:
        end = 0
        for match in pattern.finditer(text):
            yield escape(text[end : match.start()])
            yield Markup(
                '<mark class="personal" title="Sentry scrubs this by {}">{}</mark>'
            ).format(self._rules[match.group()], match.group())
            end = match.end()
        yield escape(text[end:])


def personal(sent: Any, view: StoredView) -> dict[str, str]:
    """The values that Sentry scrubs of what was sent, each with the rule."""
    found: dict[str, str] = {}
    for remark in view.remarks:
        if remark.kind == "scrubbed":
            path = parts_of(remark.path)
            before, after = at(sent, path), at(view.document, path)
            for value in differing(before, after):
                if len(value) >= SHORTEST and len(found) < MOST:
                    found.setdefault(value, remark.rule)
    return found


def parts_of(path: str) -> list[str]:
    """The keys that a remark's dotted path names."""
    return [quoted or plain for quoted, plain in _PART.findall(path)]


def at(value: Any, path: Iterable[str]) -> Any:
    """What is at a path; a marker for nothing."""
    for key in path:
        if isinstance(value, Mapping):
            value = value.get(key, _MISSING)
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return _MISSING
    return value


def differing(before: Any, after: Any) -> Iterator[str]:
    """The texts that were there and are no more."""
    if isinstance(before, str):
        yield between(before, after) if isinstance(after, str) else before
    elif isinstance(before, Mapping):
        for entry in before.values():
            yield from differing(entry, None)
    elif isinstance(before, list):
        for entry in before:
            yield from differing(entry, None)
    elif isinstance(before, int | float) and not isinstance(before, bool):
        yield inline(before)


def between(before: str, after: str) -> str:
    """What is left of a text without the beginning and the end that another shares with it."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return before[start : len(before) - end]

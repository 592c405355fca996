"""When items arrived, as bars; and what kinds they are, as counts.

Rule: made of one survey of the filter that the list has, so that number and picture agree.
May import: store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fake_relay.store import Glimpse, Survey
from fake_relay.web.answers import rfc3339

BARS: Final = 60
FEWEST: Final = 30
"""Fewer bars would be blocks that say nothing of time."""
STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)
"""Seconds that a bar may stand for, so that its edges are times that people write."""


@dataclass(frozen=True, slots=True)
class Bar:
    """So many items from a moment on; places and heights are parts of a hundred."""

    start: str
    end: str
    count: int
    errors: int
    left: float
    width: float
    height: float
    errors_height: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars over time, the first and the last moment, and the seconds of a bar."""

    bars: list[Bar]
    first: float
    last: float
    step: int
    most: int


def picture(survey: Survey) -> Picture | None:
    """The bars of a survey; None for nothing."""
    if not survey.glimpses:
        return None
    times = [glimpse.received_at for glimpse in survey.glimpses]
    oldest, newest = min(times), max(times)
    step = step_for(newest - oldest)
    number = max(int(newest // step - oldest // step) + 1, FEWEST)
    first = (newest // step - number + 1) * step
    counts, errors = count(survey.glimpses, first, step, number)
    most = max(counts)
    width = 100 / number
    bars = [
        Bar(
            rfc3339(first + place * step) or "",
            rfc3339(first + (place + 1) * step) or "",
            counts[place],
            errors[place],
            round(place * width, 3),
            round(width, 3),
            height(counts[place], most),
            height(errors[place], most),
        )
        for place in range(number)
    ]
    return Picture(bars, first, first + number * step, step, most)


def height(number: int, most: int) -> float:
    """A bar's height; one that is there is seen."""
    return 0.0 if not number else max(round(number / most * 100, 1), 4.0)


def step_for(seconds: float) -> int:
    """The step that makes no more bars than a picture has room for."""
    fitting = (step for step in STEPS if seconds / step < BARS - 1)
    return next(fitting, int(seconds // (BARS - 1) // 86400 + 1) * 86400)


def count(
    glimpses: Sequence[Glimpse], first: float, step: int, number: int
) -> tuple[list[int], list[int]]:
    """Items in each step, and how many of them are errors."""
    counts, errors = [0] * number, [0] * number
    for glimpse in glimpses:
        place = min(int((glimpse.received_at - first) // step), number - 1)
        counts[place] += 1
        errors[place] += glimpse.level in ("error", "fatal")
    return counts, errors


def kinds(survey: Survey) -> dict[str, Counter[str]]:
    """How many items of each type, level and project."""
    _, *columns = zip(*survey.glimpses, strict=True) if survey.glimpses else ((),) * 4
    return dict(zip(("type", "level", "project"), map(Counter, columns), strict=True))

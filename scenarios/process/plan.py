"""The plan of a child and its steps, as objects that tell nothing of themselves.

Rule: an SDK sends the variables of frames, and ours hold values that must not leave; whoever
prints a plan or a step sees its name alone.
May import: the standard library.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


class Step:
    """A step as data; its fields are attributes."""

    __slots__ = ("_data", "place", "quiet")

    def __init__(self, data: dict[str, Any], place: str, *, quiet: bool = False) -> None:
        self._data = data
        self.place = place
        self.quiet = quiet
        """Whether it is one of many rounds, of which only those with an id are journaled."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self._data[name]
        except KeyError:
            raise AttributeError(f"a step {self._data.get('do')!r} has no {name!r}") from None

    @property
    def inner(self) -> Iterator[Step]:
        """The steps inside it."""
        for index, data in enumerate(self._data.get("steps") or ()):
            yield Step(data, f"{self.place}.{index}", quiet=self.quiet)

    def rounds(self, times: int) -> Iterator[list[Step]]:
        """The steps inside it, so many times, with `${n}` filled in."""
        text = json.dumps(self._data.get("steps") or [])
        varies = "${n}" in text
        steps = self._data.get("steps") or []
        for round_ in range(times):
            data = json.loads(text.replace("${n}", str(round_))) if varies else steps
            yield [Step(one, f"{self.place}.{index}", quiet=True) for index, one in enumerate(data)]

    def __repr__(self) -> str:
        return f"<step {self._data.get('do')}>"


class Plan:
    """What a child is to do."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    def __getattr__(self, name: str) -> Any:
        try:
            return self._data[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def steps(self) -> Iterator[Step]:
        """Its steps."""
        for index, data in enumerate(self._data["steps"]):
            yield Step(data, str(index))

    def __repr__(self) -> str:
        return "<plan>"

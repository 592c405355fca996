"""What a run found: findings, results and the run itself, as records that JSON carries both ways.

Rule: a result says what happened, why, and what would mend it; nothing in it is an object of
the run that made it, so that every report can be made later from a file.
May import: errors, msgspec.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec

from scenarios.errors import ScenarioError

Status = Literal["passed", "failed", "error", "timed out", "skipped", "planned", "known"]

BAD: frozenset[Status] = frozenset({"failed", "error", "timed out"})
"""What makes a run fail."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong, or worth knowing.

    `kind` is a word for machines (`items`, `leak`, `sampling`, `ledger`, `crash`, ...), `text`
    for people in one line or more; `cause` is why, `setting` what would mend it. `expectation`
    is its place in the scenario, from 0. `item`, `item_type`, `path` (a JSON path) and
    `surface` say where, for leaks. `known` is a gap of the SDK that `cause` explains; it fails
    nothing. `data` are the numbers behind the text.
    """

    kind: str
    text: str
    cause: str = ""
    setting: str = ""
    expectation: int | None = None
    item: int | None = None
    item_type: str = ""
    path: str = ""
    surface: str = ""
    known: bool = False
    data: dict[str, Any] = {}

    @property
    def first_line(self) -> str:
        """The text in one line."""
        return next(iter(self.text.splitlines()), "")


class Moment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A point of the time line: seconds since the start, `child` or `relay`, and what it was."""

    at: float
    where: Literal["child", "relay"]
    text: str
    seconds: float = 0.0


class Ending(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the process ended: a code, or a signal's name; `output` is the end of what it printed.

    `stopped` is a process that was ended by us, because an expectation failed for good.
    """

    code: int | None = None
    signal: str = ""
    timed_out: bool = False
    stopped: bool = False
    output: str = ""

    def describe(self) -> str:
        """In words."""
        if self.timed_out:
            return "was ended at its time limit"
        if self.stopped:
            return "was ended, for an expectation could not hold any more"
        if self.code is None and not self.signal:
            return "was gone, and nobody could tell how"
        return f"was ended by {self.signal}" if self.signal else f"ended with {self.code}"


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one scenario.

    `arrived` counts items by type; `facts` are what the checks measured, by the check's name
    (`sampling`, `ledgers`, `leaks`), each a list; `seconds` is the time from start to verdict.
    """

    id: str
    title: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    arrived: dict[str, int] = {}
    facts: dict[str, list[Any]] = {}
    timeline: tuple[Moment, ...] = ()
    ending: Ending | None = None
    seconds: float = 0.0

    @property
    def bad(self) -> bool:
        """Whether it fails the run."""
        return self.status in BAD


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run: whose configuration, with which versions, and a result for each scenario.

    `started` is in seconds since 1970; `interrupted` is a run that was stopped before its end;
    `relay_errors` are bugs of the relay itself.
    """

    target: str
    results: tuple[Result, ...]
    versions: dict[str, str] = {}
    started: float = 0.0
    seconds: float = 0.0
    interrupted: bool = False
    relay_errors: tuple[str, ...] = ()

    def counts(self) -> Counter[str]:
        """How many of each status."""
        return Counter(result.status for result in self.results)

    @property
    def failed(self) -> bool:
        """Whether anything is bad, the relay itself included."""
        return bool(self.relay_errors) or any(result.bad for result in self.results)


def to_json(run: Run) -> bytes:
    """A run as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(run), indent=2)


def read_run(path: Path) -> Run:
    """The run of a file that `to_json` wrote; raises `ScenarioError`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except OSError as error:
        raise ScenarioError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"{str(path)!r} is no run that 'fake-relay scenarios run --json' printed: {error}"
        ) from error


def worst_first(results: Iterable[Result]) -> list[Result]:
    """Failures first, then what is known, skipped or planned, then what passed."""
    order = ("failed", "error", "timed out", "known", "skipped", "planned", "passed")
    return sorted(results, key=lambda result: order.index(result.status))

"""Judge evidence by expectations: the table of checks, and those that need no room of their own.

Rule: a check reads the evidence and answers findings; a cause stands in each. An expectation
that cannot be judged raises, which makes the scenario an error and never a pass.
May import: ledgers, sampling, canary, evidence, expectations, judged, result; fake_relay's names.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from fake_relay import Expectation as ItemExpectation
from fake_relay.expect import OrderWatch, Vigil
from fake_relay.testing.waiting import clock
from scenarios.errors import ScenarioError
from scenarios.evidence import Evidence
from scenarios.expectations import (
    Accounted,
    Bounds,
    Check,
    Exited,
    Expectation,
    Items,
    Journaled,
    Ledger,
    NoLeaks,
    Order,
    Sampling,
)
from scenarios.judged import Judged
from scenarios.process.names import find
from scenarios.result import Finding

LOOK_EVERY = 0.05
"""Seconds between looks of what `until` has looked at again."""


def judge(expectation: Expectation, evidence: Evidence) -> Judged:
    """Judge one expectation, again and again for `until` seconds until it holds."""
    deadline = clock() + expectation.until
    while True:
        position = evidence.live.reader.position()
        judged = JUDGES[type(expectation)](expectation, evidence)
        if judged.held or clock() >= deadline:
            return judged
        evidence.live.wait(position, min(LOOK_EVERY, max(deadline - clock(), 0)))


def items_expected(items: Items, project: str) -> ItemExpectation:
    """The relay's own expectation that this one means; raises `ConfigError`."""
    count = items.count
    told = {
        "type": list(items.type) if isinstance(items.type, tuple) else items.type,
        "where": dict(items.where),
        "q": items.q,
        "count": msgspec.to_builtins(count) if isinstance(count, Bounds) else count,
        "view": items.view,
        "within": max(items.within, items.until),
        "quiet": items.quiet,
        "project": project,
    }
    told = {key: value for key, value in told.items() if value not in (None, "", [], {})}
    return ItemExpectation.from_json(told, reader_position=0)


def _items(expectation: Items, evidence: Evidence) -> Judged:
    live = evidence.live
    wanted = items_expected(expectation, evidence.project)
    vigil = Vigil(wanted, live.reader, now=clock(), views=live.views)
    while (pause := vigil.look(clock())) is not None:
        live.wait(vigil.position, pause)
    verdict = vigil.verdict
    if verdict.held:
        return Judged()
    # What the SDK threw away explains what is missing, not what is too much.
    cause = "" if _too_many(expectation, len(verdict.matched)) else _no_items(evidence)
    return Judged((Finding(kind="items", text=verdict.text, cause=cause),))


def _too_many(expectation: Items, matched: int) -> bool:
    high = None if expectation.count is None else bounds(expectation.count)[1]
    return high is not None and matched > high


def _order(expectation: Order, evidence: Evidence) -> Judged:
    wanted = [items_expected(items, evidence.project) for items in expectation.items]
    verdict = OrderWatch(wanted, evidence.live.reader, evidence.live.views).look()
    if verdict.held:
        return Judged()
    return Judged((Finding(kind="order", text=verdict.text),))


def _no_items(evidence: Evidence) -> str:
    """Why nothing came at all, where the child's own account tells it."""
    if not evidence.setup:
        return ""
    if not evidence.setup.get("active"):
        return "after the setup the SDK has no DSN, or is switched off"
    lost = evidence.journal.discarded()
    if lost:
        listed = ", ".join(f"{n} {what} ({why})" for (what, why), n in sorted(lost.items()))
        return f"the SDK threw away: {listed}"
    return ""


def _ledger(expectation: Ledger, evidence: Evidence) -> Judged:
    found = sum(
        entry.quantity
        for entry in evidence.ledger
        if entry.category == expectation.category
        and str(entry.outcome) == expectation.outcome
        and expectation.reason in ("", entry.reason)
    )
    low, high = bounds(expectation.count)
    if found >= low and (high is None or found <= high):
        return Judged()
    reason = f" ({expectation.reason})" if expectation.reason else ""
    what = f"{expectation.category} {expectation.outcome}{reason}"
    entries = [
        f"{e.quantity} {e.category} {e.outcome}{f'({e.reason})' if e.reason else ''}"
        for e in evidence.ledger
    ]
    text = f"expected {worded(low, high)} {what} in the ledger, found {found}"
    return Judged(
        (
            Finding(
                kind="ledger",
                text=f"{text}\nthe ledger: {', '.join(entries) or 'empty'}",
                data={"found": found, "min": low, "max": high},
            ),
        )
    )


def bounds(count: Any) -> tuple[int, int | None]:
    """A count as least and most; raises `ScenarioError` for a promise that is no number."""
    if isinstance(count, Bounds):
        return count.min, count.max
    if isinstance(count, bool) or not isinstance(count, int | float) or count != int(count):
        raise ScenarioError(f"count needs a whole number, not {count!r}")
    return int(count), int(count)


def worded(low: int, high: int | None) -> str:
    """Bounds in words."""
    if high is None:
        return f"at least {low}"
    return str(low) if low == high else f"{low} to {high}"


def _journaled(expectation: Journaled, evidence: Evidence) -> Judged:
    lines = [
        line
        for line in evidence.journal.lines
        if line.kind in ("returned", "raised") and line.data.get("id") == expectation.step
    ]
    if not lines:
        return _wrong("journal", f"the step {expectation.step!r} did not come to its end")
    texts = [text for line in lines for text in _differences(expectation, line)]
    return _wrong("journal", *texts)


def _differences(expectation: Journaled, line: Any) -> Iterable[str]:
    name, data = expectation.step, line.data
    raised = data.get("type") if line.kind == "raised" else None
    wanted = expectation.raised
    told = f"{raised}: {data.get('message')}" if raised else "nothing"
    if isinstance(wanted, str) and raised != wanted:
        yield f"the step {name!r} should raise {wanted}, and raised {told}"
    elif wanted is True and not raised:
        yield f"the step {name!r} should raise, and did not"
    elif not wanted and raised:
        yield f"the step {name!r} raised {told}"
    if expectation.said and expectation.said not in str(data.get("message", "")):
        yield f"the step {name!r} should say {expectation.said!r}, and said {told}"
    if expectation.returned is not msgspec.UNSET and data.get("value") != expectation.returned:
        yield f"the step {name!r} should return {expectation.returned!r}, not {data.get('value')!r}"
    if expectation.below_ms is not None and data["cpu_ms"] >= expectation.below_ms:
        took = f"{data['cpu_ms']:.2f} ms of processor time"
        yield f"the step {name!r} took {took}, not below {expectation.below_ms:g}"


def _exited(expectation: Exited, evidence: Evidence) -> Judged:
    ending = evidence.ending
    texts = []
    if expectation.code is not None and ending.code != expectation.code:
        texts.append(f"the process should end with {expectation.code}; it {ending.describe()}")
    if expectation.signal and ending.signal != expectation.signal:
        texts.append(f"{expectation.signal} should end the process; it {ending.describe()}")
    if expectation.output and expectation.output not in ending.output:
        texts.append(f"the process should print {expectation.output!r}, and did not")
    return _wrong("exit", *texts)


def _check(expectation: Check, evidence: Evidence) -> Judged:
    try:
        answer = find(expectation.target)(evidence, **expectation.kwargs)
    except AssertionError as error:
        answer = str(error) or f"{expectation.target} asserts what does not hold"
    if isinstance(answer, Judged):
        return answer
    if answer in (None, True, ""):
        return Judged()
    if answer is False:
        return _wrong("check", f"{expectation.target} answers False")
    if isinstance(answer, str):
        return _wrong("check", answer)
    return Judged(tuple(answer))


def _wrong(kind: str, *texts: str) -> Judged:
    return Judged(tuple(Finding(kind=kind, text=text) for text in texts))


def _by_room(name: str) -> Callable[[Any, Evidence], Judged]:
    """The `judge` of a room, imported when the first expectation asks for it."""

    def judged(expectation: Any, evidence: Evidence) -> Judged:
        room: Any = importlib.import_module(name)
        found: Judged = room.judge(expectation, evidence)
        return found

    return judged


JUDGES: dict[type, Callable[[Any, Evidence], Judged]] = {
    Accounted: _by_room("scenarios.ledgers"),
    Check: _check,
    Exited: _exited,
    Items: _items,
    Journaled: _journaled,
    Ledger: _ledger,
    NoLeaks: _by_room("scenarios.canary"),
    Order: _order,
    Sampling: _by_room("scenarios.sampling"),
}
"""Kind of expectation -> what judges it."""

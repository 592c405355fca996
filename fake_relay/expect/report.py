"""A verdict for people and for machines: near misses, what else arrived, what was dropped.

May import: expect, match, records, items, protocol.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fake_relay.expect.wording import ASKED_FOR, REASONS, listed, plural
from fake_relay.match import ABSENT_VALUE, Candidates, Lookup, Mismatch
from fake_relay.protocol.outcome import Fate

if TYPE_CHECKING:
    from fake_relay.expect.judge import NearMiss, Verdict

MAX_SHOWN = 200
"""Characters of a value that are shown; a payload can be large."""


def text(verdict: Verdict) -> str:
    """What was expected, how many matched, the closest, what else arrived, what was dropped."""
    expectation = verdict.expectation
    lines = [f"expected {expectation.describe()}; {len(verdict.matched) or 'none'} matched"]
    count = expectation.count
    if count.maximum is not None and len(verdict.matched) > count.maximum:
        lines += ["matched:", *(f"  {_name(subject)}" for subject in verdict.matched[:10])]
    elif verdict.near_misses:
        lines.append("closest:")
        for near in verdict.near_misses:
            lines += _near(near)
    lines += verdict.hints
    lines += _arrived(verdict)
    lines += _dropped(verdict)
    if verdict.evicted:
        items = plural("item", verdict.evicted)
        lines.append(f"{verdict.evicted} older {items} had to make room in the store")
    return "\n".join(lines)


def _name(subject: Any) -> str:
    return f"{subject.item.type} {subject.item.id}: {shown(subject.title, bare=True)}"


def _near(near: NearMiss) -> list[str]:
    lines = [f"  {_name(near.subject)}"]
    if not near.found_by_query:
        lines.append("    - not found by the search")
    for lookup, differences in near.differences:
        lines += [f"    - {line}" for line in (_difference(lookup, d) for d in differences)]
    return lines


def _difference(lookup: Lookup, difference: Mismatch) -> str:
    where = ".".join((lookup.name, *map(str, difference.path)))
    return f"{where}: expected {difference.expected}, got {shown(difference.actual)}"


def shown(value: Any, *, bare: bool = False) -> str:
    """A value in one line, cut to `MAX_SHOWN` characters."""
    if value is ABSENT_VALUE:
        return "nothing"
    if isinstance(value, Candidates):
        return " and ".join(shown(each) for each in value.values[:5])
    line = " ".join(str(value).split()) if bare else repr(value)
    return line if len(line) <= MAX_SHOWN else line[: MAX_SHOWN - 1] + "…"


def _arrived(verdict: Verdict) -> Iterable[str]:
    matched = Counter(subject.item.type for subject in verdict.matched)
    total = verdict.others + matched
    if total:
        yield "arrived: " + listed(total)
    elif verdict.refused:
        yield "nothing was accepted"
    else:
        yield "nothing arrived"
        if not verdict.dropped:
            yield "was the SDK initialised with this relay's DSN, and had it time to send (flush)?"
    if verdict.expectation.count.minimum:
        missing = (kind for kind in verdict.expectation.types if not total[kind])
        yield from dict.fromkeys(ASKED_FOR[kind] for kind in missing if kind in ASKED_FOR)


def _dropped(verdict: Verdict) -> Iterable[str]:
    for item in verdict.refused[:5]:
        yield f"dropped: {item.type} {item.id}: {item.title or '<unreadable>'} was {item.outcome}"
    for entry in verdict.dropped:
        units = f"{entry.quantity} {plural(entry.category, entry.quantity)}"
        reason = entry.reason or "no reason"
        if entry.outcome is Fate.CLIENT_DISCARD:
            why = f": {REASONS[reason]}" if reason in REASONS else ""
            yield f"the SDK discarded {units} ({reason}){why}"
        else:
            yield f"dropped: {units} {entry.outcome}({reason})"


def to_json(verdict: Verdict) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "held": verdict.held,
        "settled": verdict.settled,
        "expected": verdict.expectation.describe(),
        "count": len(verdict.matched),
        "matched": [subject.item.id for subject in verdict.matched],
        "near_misses": [_near_json(near) for near in verdict.near_misses],
        "arrived": dict(verdict.others),
        "dropped": [
            {
                "category": entry.category,
                "outcome": str(entry.outcome),
                "reason": entry.reason,
                "quantity": entry.quantity,
            }
            for entry in verdict.dropped
        ],
        "evicted": verdict.evicted,
        "hints": list(verdict.hints),
        "text": "" if verdict.held else verdict.text,
    }


def _near_json(near: NearMiss) -> dict[str, Any]:
    return {
        "id": near.subject.item.id,
        "type": near.subject.item.type,
        "title": near.subject.title,
        "differences": [
            {
                "field": ".".join((lookup.name, *map(str, difference.path))),
                "expected": difference.expected,
                "actual": shown(difference.actual),
            }
            for lookup, differences in near.differences
            for difference in differences
        ],
    }

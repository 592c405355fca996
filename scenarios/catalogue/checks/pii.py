"""What the expectations of personal data cannot say.

May import: evidence, canary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from scenarios.canary.surfaces import BY_ID, MEASURED
from scenarios.canary.trace import leaks, place_of, planted_of
from scenarios.evidence import Evidence


def leak_table(evidence: Evidence) -> str:
    """Where the leaks of the planted surfaces differ from the table, cell by cell."""
    planted = planted_of(evidence)
    if not planted:
        return "no canary was planted, so that nothing is proven"
    surface_of = {one.value: one.surface for one in planted}
    found: dict[str, set[str]] = defaultdict(set)
    for leak in leaks(evidence, planted):
        found[surface_of[leak.canary]].add(place_of(leak))
    return "\n".join(_differences(sorted(set(surface_of.values())), found))


def _differences(surfaces: Sequence[str], found: dict[str, set[str]]) -> Iterator[str]:
    for surface in surfaces:
        listed = set(BY_ID[surface].leaks)
        for place in sorted(found[surface] - listed):
            yield f"{surface!r} leaks in {place}, which the table of {MEASURED} does not say"
        for place in sorted(listed - found[surface]):
            yield f"{surface!r} leaks no more in {place}, which the table of {MEASURED} says"


def kept(evidence: Evidence, type: str, texts: Sequence[str], share: float = 0.0) -> str:  # noqa: A002 - as in Items
    """Which of these texts is in no item of a type, where more than a share of them is missing.

    A number is a text as JSON writes it.
    """
    bodies = [
        exhibit.data.decode("utf-8", "replace")
        for exhibit in evidence.items
        if exhibit.item.type == type
    ]
    if not bodies:
        return f"no {type} arrived, so that nothing can be said of what is kept in it"
    missing = [text for text in texts if not any(text in body for body in bodies)]
    if len(missing) <= share * len(texts):
        return ""
    return f"{len(missing)} of {len(texts)} harmless values did not arrive: {missing}"


def told(evidence: Evidence, step: str, text: str) -> str:
    """Empty if this text is among what the step returned; else what it returned."""
    for line in evidence.journal.of("returned"):
        if line.data.get("id") == step:
            value = line.data.get("value")
            return "" if text in (value or ()) else f"{text!r} is not among {value!r}"
    return f"the step {step!r} did not come to its end"

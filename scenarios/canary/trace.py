"""Where canaries came out: item type, JSON path, surface, class, and what would have kept them.

Rule: all that left is searched, by the relay's one finder: payloads, headers, senders' names,
refused requests, and what other services were told where the child noted it.
May import: canary.surfaces, canary.values, evidence, judged, result; fake_relay's public names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fake_relay import Leak, Sought, find_leaks
from fake_relay.expect.judge import new_items
from fake_relay.leaks import Finder, Place
from scenarios.canary.surfaces import closed_by
from scenarios.canary.values import KINDS, parts
from scenarios.evidence import Evidence
from scenarios.expectations import NoLeaks
from scenarios.judged import Judged
from scenarios.result import Finding

NAMES = {
    "item header": "{0.item_type} header",
    "payload": "{0.item_type}",
    "elsewhere": "outgoing",
}
"""What a place is called in a grid; the other kinds are called as they are."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A value that must not leave, its class, and the surface where it was planted, if known."""

    value: str
    kind: str = ""
    surface: str = ""

    def sought(self) -> Sought:
        """What is looked for."""
        return Sought(self.value, parts(self.value, self.kind))


def judge(expectation: NoLeaks, evidence: Evidence) -> Judged:
    """Judge that none of the values left: those that are named, or all that were planted."""
    planted = [Planted(value) for value in expectation.values] or planted_of(evidence)
    if not planted:
        text = "no canary was planted and no value is named, so that nothing is proven"
        raised = [line.data for line in evidence.journal.of("raised")]
        said = f"a step ended with {raised[0]['type']}: {raised[0]['message']}" if raised else ""
        cause = said or "the steps plant nothing"
        return Judged((Finding(kind="leak", text=text, cause=cause),))
    found = leaks(evidence, planted)
    broken = tuple(_broken(evidence))
    by_value = {one.value: one for one in planted}
    findings = tuple(finding(leak, by_value[leak.canary]) for leak in found)
    return Judged(broken + findings, {"leaks": facts(planted, found)})


def _broken(evidence: Evidence) -> Iterator[Finding]:
    """Planting that came to no end: what was not planted cannot be found."""
    planting = {line.step for line in evidence.journal.of("canary")}
    for line in evidence.journal.of("raised"):
        if line.step in planting:
            said = f"{line.data.get('type')}: {line.data.get('message')}"
            yield Finding(
                kind="leak",
                text=f"planting ended with {said}, so that nothing is proven of what was to follow",
                cause="a planter does not work with this SDK or configuration",
            )


def planted_of(evidence: Evidence) -> list[Planted]:
    """What the child journaled as planted."""
    return [
        Planted(
            str(data.get("value", "")), str(data.get("class", "")), str(data.get("surface", ""))
        )
        for data in evidence.journal.canaries()
        if data.get("value")
    ]


def leaks(evidence: Evidence, planted: Iterable[Planted]) -> list[Leak]:
    """Each way in which a value left."""
    sought = list({one.value: one.sought() for one in planted}.values())
    items = new_items(evidence.live.reader, evidence.project, 0)
    found = find_leaks(evidence.live.reader, items, sought, refused=evidence.project)
    finder, elsewhere = Finder(sought), Place("elsewhere")
    for line in evidence.journal.of("note"):
        if told := line.data.get("told"):
            found += finder.look(elsewhere, str(told).encode())
    return list(dict.fromkeys(found))


def place_of(leak: Leak) -> str:
    """The column of a leak: its item type, or the header that had it."""
    kind = leak.place.kind
    return NAMES.get(kind, kind).format(leak.place)


def finding(leak: Leak, planted: Planted) -> Finding:
    """A leak in words, with the setting that would have kept it."""
    kind = KINDS[planted.kind].title if planted.kind in KINDS else "a value"
    part = f"a part ({leak.part!r}) of {kind}" if leak.part else kind
    place = place_of(leak)
    where = f"{leak.place} at {leak.path}" if leak.path else str(leak.place)
    surface = planted.surface or "an unknown surface"
    return Finding(
        kind="leak",
        text=f"{part} of the surface {surface!r} left in {where}, written {leak.encoding}",
        cause=f"the surface {surface!r} is not scrubbed in {place}",
        setting=closed_by(planted.surface, place),
        item=leak.place.item or None,
        item_type=place,
        path=leak.path,
        surface=planted.surface,
        # A value of the user's own may be a real one, and reports are passed around.
        data={"class": planted.kind, "encoding": leak.encoding},
    )


def facts(planted: Iterable[Planted], found: Iterable[Leak]) -> Mapping[str, Any]:
    """The grid: surfaces by places, how many values leaked there; and what was planted where."""
    where = {one.value: one.surface for one in planted}
    cells = Counter((where[leak.canary], place_of(leak)) for leak in found)
    return {
        "planted": dict(Counter(where.values())),
        "cells": [list(cell) for cell in _rows(cells)],
    }


def _rows(cells: Counter[tuple[str, str]]) -> Iterator[tuple[str, str, int]]:
    for (surface, place), amount in sorted(cells.items()):
        yield surface, place, amount

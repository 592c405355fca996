"""The expectation `Accounted`: evidence becomes books, and each difference a finding.

May import: ledgers.books, ledgers.gaps, evidence, expectations, judged, result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from scenarios.evidence import Evidence
from scenarios.expectations import Accounted
from scenarios.judged import Judged
from scenarios.ledgers.books import Books, Entry, Row, rows
from scenarios.ledgers.gaps import (
    MISSING,
    SURPLUS,
    UNREPORTED,
    Facts,
    Gap,
    misfiled,
    possible,
    shown,
)
from scenarios.result import Finding

DISCARDED = "client_discard"


def judge(expectation: Accounted, evidence: Evidence) -> Judged:
    """Judge that generated = received + lost, in these data categories or in all."""
    found = rows(books_of(evidence), expectation.categories)
    if not any(row.generated for row in found):
        text = "nothing was generated, so that nothing is proven"
        return Judged((Finding(kind="ledger", text=text, cause="the steps send nothing"),))
    findings = tuple(findings_of(found, facts_of(evidence)))
    return Judged(findings, {"ledgers": {"rows": [_told(row) for row in found]}})


def books_of(evidence: Evidence) -> Books:
    """What child, SDK, sdk_config and relay wrote down."""
    received: Counter[Entry] = Counter()
    reported: Counter[Entry] = Counter()
    for entry in evidence.ledger:
        if str(entry.outcome) == DISCARDED:
            reported[entry.category, entry.reason] += entry.quantity
        else:
            received[entry.category, str(entry.outcome)] += entry.quantity
    received["session", "accepted"] += _beyond_buckets(evidence)
    return Books(
        generated=evidence.journal.generated(),
        received=received,
        discarded=evidence.journal.discarded(),
        dropped=_dropped(evidence),
        reported=reported,
    )


def _beyond_buckets(evidence: Evidence) -> int:
    """Sessions of requests beyond one for each bucket, which is what a relay counts."""
    more = 0
    for exhibit in evidence.items:
        buckets = exhibit.payload.get("aggregates") if exhibit.item.type == "sessions" else None
        for bucket in buckets or ():
            counts = (bucket.get(name, 0) for name in ("exited", "errored", "abnormal", "crashed"))
            more += max(sum(counts) - 1, 0)
    return more


def _dropped(evidence: Evidence) -> Counter[Entry] | None:
    lines = evidence.journal.of("dropped")
    if not lines:
        return None
    found: Counter[Entry] = Counter()
    for category, reason, quantity in lines[-1].data.get("entries", ()):
        found[str(category), str(reason)] += int(quantity)
    return found


def facts_of(evidence: Evidence) -> Facts:
    """What explains a difference."""
    options = evidence.setup.get("options", {})
    done = bool(evidence.journal.of("done"))
    return Facts(
        ended_early="" if done and not evidence.ending.signal else evidence.ending.describe(),
        ignored=tuple(map(str, evidence.setup.get("ignored", ()))),
        refused=len(evidence.refused),
        release=str(evidence.setup.get("release") or ""),
        client_reports=options.get("send_client_reports") is not False,
        reasons=frozenset(reason for _, reason in evidence.journal.discarded()),
    )


def findings_of(found: list[Row], facts: Facts) -> Iterator[Finding]:
    """What does not add up, explained where the evidence shows why."""
    by_category = {row.category: row for row in found}
    filed_as_errors = misfiled(by_category)
    if filed_as_errors:
        yield _misfiled(filed_as_errors)
    for row in found:
        sign = {"monitor": 1, "error": -1}.get(row.category, 0)
        yield from _of_row(row, row.missing - sign * filed_as_errors, facts)


def _of_row(row: Row, missing: int, facts: Facts) -> Iterator[Finding]:
    if missing > 0:
        text = f"{missing} {row.category} left no trace: {row}"
        yield _finding(row, text, MISSING, facts, missing)
    elif missing < 0:
        text = f"{-missing} {row.category} are there that were not generated: {row}"
        yield _finding(row, text, SURPLUS, facts, missing)
    if row.unreported:
        text = (
            f"the SDK noted {row.noted} {row.category} as lost,"
            f" and reported {row.reported} to the relay"
        )
        yield _finding(row, text, UNREPORTED, facts, row.unreported)


def _finding(row: Row, text: str, gaps: tuple[Gap, ...], facts: Facts, amount: int) -> Finding:
    gap = shown(gaps, row.category, facts)
    maybe = possible(gaps, row.category)
    cause = f"{gap.cause}: {gap.explanation}" if gap else f"unexplained; possible: {maybe}"
    if gap is None and amount < 0:
        cause = "unexplained; sent twice, as a forked child does with what its parent had queued?"
    return Finding(
        kind="ledger",
        text=text,
        cause=cause,
        setting=gap.setting if gap else "",
        known=gap is not None,
        data={"category": row.category, "missing": amount},
    )


def _misfiled(amount: int) -> Finding:
    return Finding(
        kind="ledger",
        text=f"{amount} check-ins were dropped by a hook and reported as errors",
        cause="misfiled check-in: the SDK files a dropped check-in under the category error",
        setting="sdk_config.setup(), which does not show check-ins to hooks for errors",
        known=True,
        data={"category": "monitor", "missing": amount},
    )


def _told(row: Row) -> dict[str, Any]:
    return {**asdict(replace(row, received=dict(row.received))), "missing": row.missing}

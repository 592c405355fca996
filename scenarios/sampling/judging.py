"""The expectation `Sampling`: evidence becomes decisions, and a verdict becomes findings.

May import: sampling.*, evidence, expectations, judged, result.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from scenarios.errors import ScenarioError
from scenarios.evidence import Evidence
from scenarios.expectations import Sampling
from scenarios.judged import Judged
from scenarios.result import Finding
from scenarios.sampling.decisions import Decision, joined, number, received
from scenarios.sampling.verdict import SHOWN, Verdict, judge_decisions, judge_number

SETTINGS = {
    "error": "sample_rate, or what error_sampler gives",
    "transaction": "traces_sample_rate, or what traces_sampler gives",
    "profile": "profiles_sample_rate, or profile_session_sample_rate",
}
"""What decides the share of a data category."""

KEPT = {"error": ("event",), "profile": ("profile",)}
"""The item types that are kept units of a category which has no decisions."""


def judge(expectation: Sampling, evidence: Evidence) -> Judged:
    """Judge that the share that was kept fits the promised rate."""
    verdict = verdict_of(expectation, evidence)
    told = facts(verdict, expectation.category)
    if verdict.holds:
        return Judged((), {"sampling": told})
    setting = SETTINGS[expectation.category]
    finding = Finding(
        kind="sampling",
        text=str(verdict),
        cause=_cause(verdict, expectation.category),
        setting=setting,
        item=next((one.decision.item for one in verdict.wrong if one.decision.item), None),
        data=told,
    )
    return Judged((finding,), {"sampling": told})


def verdict_of(expectation: Sampling, evidence: Evidence) -> Verdict:
    """What the evidence says of a rate; raises `ScenarioError` for a rate that is none."""
    rate, category = expectation.rate, expectation.category
    if isinstance(rate, str) or not 0 <= rate <= 1:
        raise ScenarioError(f"a sampling rate is a number from 0 to 1, not {rate!r}")
    kept = [one for one in evidence.items if one.item.type in KEPT.get(category, ())]
    if category == "profile":
        total = sum(one.item.type == "transaction" for one in evidence.items)
        return judge_number(len(kept), total, rate, expectation.confidence)
    if category == "error":
        total = evidence.journal.generated()["error"]
        return judge_number(len(kept), max(total, len(kept)), rate, expectation.confidence)
    decisions = decisions_of(evidence)
    if not expectation.decisions:
        number = sum(one.kept for one in decisions)
        return judge_number(number, len(decisions), rate, expectation.confidence)
    return judge_decisions(
        decisions, rate, confidence=expectation.confidence, discarded=_discarded(evidence)
    )


def decisions_of(evidence: Evidence) -> list[Decision]:
    """Each transaction that was begun or arrived."""
    return joined(_made(evidence), _arrived(evidence))


def _made(evidence: Evidence) -> Iterator[Decision]:
    for line in evidence.journal.of("generated"):
        data = line.data
        if data.get("category") == "transaction" and data.get("trace_id"):
            yield Decision(
                trace_id=str(data["trace_id"]),
                kept=False,
                span_id=str(data.get("span_id") or ""),
                name=str(data.get("name") or ""),
                continued=bool(data.get("continued")),
                parent=data.get("parent"),
                incoming_rand=number(data.get("incoming_rand")),
                incoming_rate=number(data.get("incoming_rate")),
                drawn=data.get("drawn") is not False,
            )


def _arrived(evidence: Evidence) -> Iterator[Decision]:
    headers: dict[int, Any] = {}
    for exhibit in (*evidence.items, *evidence.not_accepted):
        if exhibit.item.type != "transaction" or not isinstance(exhibit.payload, dict):
            continue
        place = exhibit.item.envelope_id
        if place not in headers:
            headers[place] = _header(evidence, place)
        yield received(headers[place], exhibit.payload, exhibit.item.id)


def _header(evidence: Evidence, envelope_id: int) -> dict[str, Any]:
    envelope = evidence.live.reader.envelope(envelope_id)
    decoded = msgspec.json.decode(envelope.headers) if envelope is not None else {}
    return decoded if isinstance(decoded, dict) else {}


def _discarded(evidence: Evidence) -> dict[str, int] | None:
    """The SDK's own account of lost transactions; None where the child could not hear it."""
    lost = evidence.journal.discarded()
    found = {reason: n for (category, reason), n in lost.items() if category == "transaction"}
    return found or None


def _cause(verdict: Verdict, category: str) -> str:
    if not verdict.total:
        return f"nothing of the category {category} was generated"
    if verdict.wrong:
        return f"{len(verdict.wrong)} decisions are wrong, such as: {verdict.wrong[0].text}"
    return verdict.objections[0]


def facts(verdict: Verdict, category: str) -> dict[str, Any]:
    """A verdict as plain data for the reports."""
    fits = verdict.interval
    return {
        "category": category,
        "rate": verdict.rate,
        "kept": verdict.kept,
        "total": verdict.total,
        "low": fits.low if fits else 0.0,
        "high": fits.high if fits else 1.0,
        "confidence": verdict.confidence,
        "holds": verdict.holds,
        "recomputed": verdict.recomputed,
        "finds": verdict.finds,
        "wrong": [str(one) for one in verdict.wrong[:SHOWN]],
        "wrong_in_all": len(verdict.wrong),
        "objections": list(verdict.objections),
    }

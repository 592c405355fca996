"""From evidence to a result: did it run, what holds, what is known, what happened when.

Rule: a scenario that could not be judged is an error, never a pass.
May import: judge, evidence, scenario, result, judged; fake_relay's names.
"""

from __future__ import annotations

import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from scenarios.evidence import Evidence
from scenarios.expectations import Exited
from scenarios.judge import judge
from scenarios.judged import Judged
from scenarios.result import Finding, Moment, Result, Status
from scenarios.scenario import Scenario

ASKED_TO_END = (b'"do":"raise"', b'"do":"exit"', b'"through":true')
"""Steps that end a process, as JSON has them."""
MAX_MOMENTS = 200
"""Of the time line; two thousand transactions are no picture."""


def result_of(
    scenario: Scenario, status: Status, *, findings: Sequence[Finding] = (), reason: str = ""
) -> Result:
    """A result without evidence."""
    return Result(
        id=scenario.id,
        title=scenario.title,
        group=scenario.group,
        tags=scenario.tags,
        status=status,
        findings=tuple(findings),
        reason=reason,
    )


def from_evidence(evidence: Evidence) -> Result:
    """The result of a scenario that ran."""
    scenario = evidence.scenario
    for line in evidence.journal.of("skip"):
        return result_of(scenario, "skipped", reason=str(line.data.get("reason", "")))
    broken = list(_broken(evidence))
    judged, unjudged = ([], broken) if broken else _judged(evidence)
    findings = tuple(unjudged) + tuple(finding for one in judged for finding in one.findings)
    status, reason = _status(evidence, judged, unjudged)
    if status == "known":
        findings = tuple(msgspec.structs.replace(finding, known=True) for finding in findings)
    return msgspec.structs.replace(
        result_of(scenario, status, findings=findings, reason=reason),
        arrived=dict(Counter(exhibit.item.type for exhibit in evidence.items)),
        facts=_facts(judged),
        timeline=tuple(timeline(evidence)),
        ending=evidence.ending,
    )


def _status(
    evidence: Evidence, judged: Sequence[Judged], unjudged: Sequence[Finding]
) -> tuple[Status, str]:
    if evidence.ending.timed_out:
        return "timed out", f"it did not end within {evidence.scenario.time_limit:g} s"
    if unjudged:
        return "error", unjudged[0].first_line
    if all(one.held for one in judged):
        return "passed", ""
    known = evidence.scenario.known
    why = known.get(evidence.target.kind) or known.get("*")
    return ("known", why) if why else ("failed", "")


def _broken(evidence: Evidence) -> Iterator[Finding]:
    """What kept the scenario from being judged."""
    ending, journal = evidence.ending, evidence.journal
    for line in journal.of("broken"):
        text = f"the setup raised {line.data.get('type')}: {line.data.get('message')}"
        yield Finding(kind="setup", text=text, data={"traceback": line.data.get("traceback", "")})
        return
    if ending.timed_out:
        last = journal.lines[-1] if journal.lines else None
        where = f" in step {last.step}" if last and last.step else ""
        limit = f"{evidence.scenario.time_limit:g} s"
        yield Finding(kind="hang", text=f"the process still ran after {limit}{where}")
    elif not journal.of("start"):
        yield Finding(kind="crash", text=f"the process {ending.describe()} before it began")
    elif _crashed(evidence):
        text = f"the process {ending.describe()}, which no expectation speaks of"
        output = ending.output.strip().splitlines()[-1:]
        yield Finding(kind="crash", text="\n".join([text, *output]))


def _crashed(evidence: Evidence) -> bool:
    """Whether the end was not the point: nothing expects it, and no step asked for it."""
    if evidence.ending.stopped:
        return False
    if any(isinstance(one, Exited) for one in evidence.scenario.expect):
        return False
    if evidence.journal.of("done"):
        return bool(evidence.ending.signal or evidence.ending.code)
    text = msgspec.json.encode(evidence.scenario.steps)
    return not any(asked in text for asked in ASKED_TO_END)


def _judged(evidence: Evidence) -> tuple[list[Judged], list[Finding]]:
    """What each expectation found, and what could not be judged."""
    found: list[Judged] = []
    for place, expectation in enumerate(evidence.scenario.expect):
        try:
            judged = judge(expectation, evidence)
        except Exception as error:  # noqa: BLE001 - a check of the user's; a result like others
            where = traceback.format_exc(limit=-3)
            text = f"expectation {place} could not be judged: {type(error).__name__}: {error}"
            finding = Finding(kind="judge", text=text, expectation=place, data={"traceback": where})
            return found, [finding]
        found.append(_placed(judged, place, expectation))
        if expectation.fail_fast and not judged.held:
            break
    return found, []


def _placed(judged: Judged, place: int, expectation: Any) -> Judged:
    """The findings with their place, and with what the expectation itself says of the cause."""
    placed = tuple(
        msgspec.structs.replace(
            finding,
            expectation=place,
            cause=finding.cause or expectation.because,
            setting=finding.setting or expectation.setting,
        )
        for finding in judged.findings
    )
    return Judged(placed, judged.facts)


def _facts(judged: Sequence[Judged]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for one in judged:
        for name, fact in one.facts.items():
            found[name].append(msgspec.to_builtins(fact))
    return dict(found)


def timeline(evidence: Evidence) -> list[Moment]:
    """What the child did and what the relay got, in the order of time."""
    moments = [
        Moment(
            at=line.at - evidence.started - float(line.data.get("seconds", 0.0)),
            where="child",
            text=_named(line.kind, line.data),
            seconds=float(line.data.get("seconds", 0.0)),
        )
        for line in evidence.journal.lines
        if line.kind in ("start", "setup", "returned", "raised", "done")
    ]
    moments += [
        Moment(exhibit.item.received_at - evidence.started, "relay", exhibit.item.type)
        for exhibit in evidence.items
    ]
    return sorted(moments, key=lambda moment: moment.at)[:MAX_MOMENTS]


def _named(kind: str, data: dict[str, Any]) -> str:
    if kind not in ("returned", "raised"):
        return kind
    name = f"{data.get('do')} {data.get('id') or ''}".strip()
    return f"{name} raised {data.get('type')}" if kind == "raised" else name

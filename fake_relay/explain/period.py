"""Everything that was not accepted since some moment, grouped, with examples.

May import: explain, expect.wording, store, records.
"""

from __future__ import annotations

from collections.abc import Iterator

from fake_relay.expect.wording import counted, listed
from fake_relay.explain import reasons, room, traces
from fake_relay.explain.event import KINDS
from fake_relay.explain.finding import (
    MAX_SHOWN,
    Evidence,
    Explanation,
    Finding,
    answered,
    number_of,
)
from fake_relay.records import RefusedRequest, StoredItem
from fake_relay.store import Reader


def explain_period(reader: Reader, *, since: float, project: str | None = None) -> Explanation:
    """Explain what was refused, left out or thrown away since a moment; the most first."""
    accepted, left_out = _looked_at(reader, since, project)
    findings = [
        *_refused(reader, since, project),
        *_left_out(left_out),
        *_discarded(reader, since, project),
    ]
    findings.sort(key=lambda finding: -finding.evidence.quantity)
    findings += room.since_ever(reader, project)
    if not findings and not accepted:
        findings.append(_silence(project))
    return Explanation(
        bool(findings), _headline(accepted, findings), tuple(findings), "", project or "", since
    )


def _headline(accepted: int, findings: list[Finding]) -> str:
    kept = f"{number_of(accepted, 'item')} accepted"
    if not findings:
        return f"{kept}, and nothing was refused, left out or thrown away"
    if not accepted and findings[0].kind == "never_seen":
        return "nothing arrived"
    return f"{kept}; what was not:"


def _looked_at(
    reader: Reader, since: float, project: str | None
) -> tuple[int, dict[tuple[str, str, str], list[StoredItem]]]:
    """How many items were accepted, and the others by project, type and outcome."""
    accepted = 0
    left_out: dict[tuple[str, str, str], list[StoredItem]] = {}
    for item in traces.newest_items(reader, project, since):
        if item.outcome:
            left_out.setdefault((item.project, item.type, item.outcome), []).append(item)
        else:
            accepted += 1
    return accepted, left_out


def _left_out(groups: dict[tuple[str, str, str], list[StoredItem]]) -> Iterator[Finding]:
    for (project, kind, outcome), items in groups.items():
        fate, _, rest = outcome.partition("(")
        reason = rest.removesuffix(")")
        meaning = reasons.of_outcome(fate, reason)
        yield Finding(
            KINDS.get(fate, "invalid"),
            f"{counted(len(items), kind)} of project {project} {outcome}: {meaning.what}",
            Evidence(
                items=tuple(item.id for item in items[:MAX_SHOWN]),
                project=project,
                category=kind,
                reason=reason,
                quantity=len(items),
            ),
            meaning.advice,
        )


def _refused(reader: Reader, since: float, project: str | None) -> Iterator[Finding]:
    groups: dict[tuple[str, int, str, str], list[RefusedRequest]] = {}
    for refused in traces.newest_refused(reader, project, since):
        key = (refused.project, refused.status, refused.reason, refused.detail)
        groups.setdefault(key, []).append(refused)
    for (name, status, reason, detail), alike in groups.items():
        meaning = reasons.of_refusal(alike[0])
        whose = f" of project {name}" if name else ""
        yield Finding(
            "faulted" if reasons.is_fault(reason) else "refused",
            f"{number_of(len(alike), 'request')}{whose} refused with {answered(status)} ({detail}):"
            f" {meaning.what}",
            Evidence(
                refused=tuple(one.id for one in alike[:MAX_SHOWN]),
                project=name,
                reason=reason,
                quantity=len(alike),
            ),
            meaning.advice,
        )


def _discarded(reader: Reader, since: float, project: str | None) -> Iterator[Finding]:
    for (name, reason), found in traces.discards(reader, project, since).items():
        meaning = reasons.of_discard(reason)
        yield Finding(
            "discarded",
            f"{listed(found.quantities)} of project {name} thrown away by the SDK itself"
            f" ({reason}): {meaning.what}",
            found.evidence(name, reason),
            meaning.advice,
        )


def _silence(project: str | None) -> Finding:
    whose = "" if project is None else f" from project {project}"
    return Finding(
        "never_seen",
        f"nothing has arrived{whose} in that time, accepted or not",
        Evidence(project=project or ""),
        "Is the DSN of this server set where the process runs (an empty DSN switches the SDK off,"
        " silently)? Does its host and port lead here? Was the SDK flushed before the process"
        " ended?",
    )

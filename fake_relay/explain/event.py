"""What became of one event.

Rule: what is known of it comes first: its items, refused requests that name it. Only where it
was not kept follows what may have become of it, the likeliest first.
May import: explain, expect.wording, store, items, records, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Iterator

from fake_relay.errors import ConfigError
from fake_relay.expect.wording import listed
from fake_relay.explain import reasons, room, traces
from fake_relay.explain.finding import (
    MAX_SHOWN,
    Evidence,
    Explanation,
    Finding,
    Kind,
    answered,
    number_of,
)
from fake_relay.protocol.envelope import normalize_event_id
from fake_relay.records import RefusedRequest, StoredItem
from fake_relay.store import Reader, Selection

BESIDE = frozenset({"attachment", "form_data", "user_report", "profile", "replay_recording"})
"""Item types that have the id of an event which they are not."""

KINDS: dict[str, Kind] = {
    "invalid": "invalid",
    "filtered": "filtered",
    "rate_limited": "rate_limited",
    "abuse": "abuse",
}
NO_REPORT = (
    "What an SDK drops itself it reports with the next envelope, or every half minute; no report"
    " has come."
)


def explain_event(
    reader: Reader, event_id: str, *, since: float | None = None, project: str | None = None
) -> Explanation:
    """Explain what became of an event; `since` and `project` narrow where to look."""
    try:
        wanted = normalize_event_id(event_id)
    except ValueError:
        raise ConfigError(f"{event_id!r:.80} is not an event id; use 32 hex digits") from None
    items = reader.find(Selection(project=project, event_id=wanted, limit=100)).items
    items.sort(key=lambda item: (item.type in BESIDE, item.id))
    findings = [of_item(reader, item) for item in items]
    stored = any(not item.outcome for item in items)
    naming: list[RefusedRequest] = []
    if not stored:
        naming, unreadable = search_refused(reader, wanted, since, project)
        findings += [of_refused(refused) for refused in naming[:MAX_SHOWN]]
        if not findings:
            findings += maybes(reader, unreadable, since, project)
    return Explanation(
        not stored,
        headline(wanted, items, naming),
        tuple(findings),
        wanted,
        project or "",
        since,
    )


def headline(event_id: str, items: list[StoredItem], naming: list[RefusedRequest]) -> str:
    """In one sentence, what became of it."""
    kept = next((item for item in items if not item.outcome), None)
    if kept is not None:
        return f"event {event_id} was stored, in project {kept.project}"
    if items:
        return f"event {event_id} arrived and was left out: {items[0].outcome}"
    if naming:
        return f"event {event_id} arrived and was refused with {answered(naming[0].status)}"
    return f"nothing here names event {event_id}"


def of_item(reader: Reader, item: StoredItem) -> Finding:
    """What became of an item of the event."""
    evidence = Evidence(items=(item.id,), envelopes=(item.envelope_id,), project=item.project)
    title = f" ({item.title})" if item.title else ""
    named = f"{item.type} {item.id}{title} of project {item.project}"
    if not item.outcome:
        envelope = reader.envelope(item.envelope_id)
        faults = () if envelope is None else envelope.faults
        if faults:
            return Finding(
                "faulted",
                f"{named} was stored, but its request met a fault ({', '.join(faults)}), so the"
                " SDK may believe that it was lost and send it again",
                evidence,
                reasons.FAULT.advice,
            )
        return Finding("stored", f"{named} was stored{_left_out(item)}", evidence)
    fate, _, reason = item.outcome.partition("(")
    meaning = reasons.of_outcome(fate, reason.removesuffix(")"))
    return Finding(
        KINDS.get(fate, "invalid"),
        f"{named} arrived and was answered 200, then it was {item.outcome}: {meaning.what}",
        evidence,
        meaning.advice,
    )


def _left_out(item: StoredItem) -> str:
    """The records or spans of an item that fell alone, as the end of a sentence."""
    parts = [f"{one.count} {one.what}: {one.outcome}" for one in item.refused_records]
    return f", without {' and '.join(parts)}" if parts else ""


def search_refused(
    reader: Reader, event_id: str, since: float | None, project: str | None
) -> tuple[list[RefusedRequest], list[RefusedRequest]]:
    """The refused requests that name the event, and those that cannot be searched."""
    pattern = traces.pattern_of(event_id)
    naming: list[RefusedRequest] = []
    unreadable: list[RefusedRequest] = []
    for refused in traces.newest_refused(reader, project, since):
        found = traces.names(reader, refused, pattern)
        if found:
            naming.append(refused)
        elif found is None:
            unreadable.append(refused)
    return naming, unreadable


def of_refused(refused: RefusedRequest) -> Finding:
    """The refusal of a request that names the event."""
    meaning = reasons.of_refusal(refused)
    words = ": ".join((refused.detail, *refused.causes))
    return Finding(
        "faulted" if reasons.is_fault(refused.reason) else "refused",
        f"request {refused.id}, {refused.method} {refused.path}, names it and got"
        f" {answered(refused.status)} ({words}): {meaning.what}",
        Evidence(refused=(refused.id,), project=refused.project, reason=refused.reason),
        meaning.advice,
    )


def maybes(
    reader: Reader, unreadable: list[RefusedRequest], since: float | None, project: str | None
) -> Iterator[Finding]:
    """What may have become of an event that left no trace."""
    discarded = list(_discarded(reader, since, project))
    yield from discarded
    yield from _unreadable(unreadable)
    yield from room.perhaps(reader, project)
    yield _never_seen(reader, project, reported=bool(discarded))


def _discarded(reader: Reader, since: float | None, project: str | None) -> Iterator[Finding]:
    for (name, reason), found in traces.discards(reader, project, since).items():
        meaning = reasons.of_discard(reason)
        yield Finding(
            "discarded",
            f"the SDK of project {name} reports that it threw away {listed(found.quantities)}"
            f" itself ({reason}): {meaning.what}; it may be among them",
            found.evidence(name, reason),
            meaning.advice,
            certain=False,
        )


def _unreadable(refused: list[RefusedRequest]) -> Iterator[Finding]:
    by_cause: dict[tuple[int, str], list[RefusedRequest]] = {}
    for one in refused:
        by_cause.setdefault((one.status, one.reason), []).append(one)
    for (status, reason), alike in by_cause.items():
        meaning = reasons.of_refusal(alike[0])
        yield Finding(
            "faulted" if reasons.is_fault(reason) else "refused",
            f"{number_of(len(alike), 'request')} whose body cannot be searched, such as"
            f" {alike[0].method} {alike[0].path}, got {answered(status)} ({alike[0].detail}):"
            f" {meaning.what}; it may have been in one of them",
            Evidence(
                refused=tuple(one.id for one in alike[:MAX_SHOWN]),
                reason=reason,
                quantity=len(alike),
            ),
            meaning.advice,
            certain=False,
        )


def _never_seen(reader: Reader, project: str | None, *, reported: bool) -> Finding:
    known = {summary.project: summary for summary in reader.projects()}
    refused = reader.refused(limit=1).refused
    active = [name for name, summary in known.items() if summary.envelopes]
    evidence = Evidence(project=project or "")
    if not active and not refused:
        return Finding(
            "never_seen",
            "nothing at all has arrived here from anybody",
            evidence,
            "Is the DSN of this server set where the process runs (an empty DSN switches the SDK"
            " off, silently)? Does host and port lead here, from within a container too? Was the"
            " SDK initialised, and flushed before the process ended?",
        )
    if project is not None and project not in active:
        others = f"; project {', '.join(active[:MAX_SHOWN])} did" if active else ""
        return Finding(
            "never_seen",
            f"project {project} has never sent anything that was accepted{others}",
            evidence,
            "Compare the project at the end of the DSN; what was refused: fake-relay refused."
            " An empty DSN switches the SDK off, silently.",
        )
    quiet = "this project" if project is not None else f"project {', '.join(active[:MAX_SHOWN])}"
    sent = f"{quiet} has sent other things" if active else "only refused requests have arrived"
    return Finding(
        "never_seen",
        f"{sent}, but no request that names this event",
        evidence,
        "Was the SDK flushed (sentry_sdk.flush()) before the process ended? Is the id of this"
        " run? debug=True in init() has the SDK say what it does with each event."
        + ("" if reported else f" {NO_REPORT}"),
    )

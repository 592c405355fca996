"""What the expectations of resilience cannot say.

May import: evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from scenarios.evidence import Evidence

TRIMMED = "sdk_config.trimmed"


def lost(evidence: Evidence, category: str, reasons: Sequence[str], quantity: int) -> str:
    """What is wrong with the SDK's own count of what it lost, or an empty text."""
    counted = evidence.journal.discarded()
    found = sum(n for (what, why), n in counted.items() if what == category and why in reasons)
    if found == quantity:
        return ""
    told = {f"{what} {why}": n for (what, why), n in counted.items()}
    return f"the SDK noted {found} {category} as {' or '.join(reasons)}, not {quantity}: {told}"


def only_this_stops(evidence: Evidence, category: str) -> str:
    """What else stopped than the limited data category, or an empty text."""
    made = evidence.journal.generated()
    came = Counter[str]()
    for entry in evidence.ledger:
        if str(entry.outcome) == "accepted":
            came[entry.category] += entry.quantity
    if not made[category]:
        return f"no {category} was made, so that nothing is proven"
    if came[category]:
        return f"{came[category]} {category} came through a limit on that category"
    wrong = {name: n for name, n in made.items() if name != category and came[name] != n}
    listed = ", ".join(f"{came[name]} of {n} {name} arrived" for name, n in wrong.items())
    return f"a limit on {category} alone stopped others: {listed}" if wrong else ""


def known_to_somebody(evidence: Evidence, category: str, quantity: int, step: str) -> str:
    """Whether a loss stands in the relay's ledger or in the process's own, as a text if not."""
    reported = sum(
        entry.quantity
        for entry in evidence.ledger
        if entry.category == category and str(entry.outcome) == "client_discard"
    )
    counted = [
        line.data["value"] for line in evidence.journal.of("returned") if line.data["id"] == step
    ]
    own = int(counted[-1]) if counted else 0
    if max(reported, own) >= quantity:
        return ""
    return (
        f"{quantity} {category} were lost, of which the SDK reported {reported}"
        f" and the process itself knows {own}"
    )


def bounded(evidence: Evidence, step: str, size: int, held: float) -> str:
    """Whether a queue of this size took what it can, lost the rest and held nobody up, or a text.

    `held` is how many seconds the relay keeps its first answer back: until then one event is
    under way, and nothing leaves the queue.
    """
    calls = [line for line in evidence.journal.of("returned") if line.data["id"] == step]
    items = [exhibit.item for exhibit in evidence.items if exhibit.item.type == "event"]
    if not calls or not items:
        return "nothing was captured, or nothing arrived, so that nothing is proven"
    room, counted = size + 1, evidence.journal.discarded()["error", "queue_overflow"]
    early = sum(line.at < items[0].received_at + held for line in calls)
    if early <= room:
        slowest = max(float(line.data["seconds"]) for line in calls)
        return f"calls waited for the relay: {early} came back meanwhile, one took {slowest:.2f} s"
    if len(items) < room or counted < early - room or len(items) + counted != len(calls):
        told = f"{len(items)} arrived and {counted} were counted as lost"
        return f"of {len(calls)} events, {early} of them made meanwhile, {told}"
    return ""


def in_time(evidence: Evidence, step: str, seconds: float) -> str:
    """Whether a step came back in less than so many seconds, as a text if not."""
    for line in evidence.journal.of("returned"):
        if line.data["id"] == step:
            took = float(line.data["seconds"])
            return "" if took < seconds else f"it took {took:.2f} s, not below {seconds:g}"
    return f"the step {step!r} did not come to its end"


def once_each(evidence: Evidence) -> str:
    """Which events arrived more than once, as a text."""
    ids = Counter(exhibit.item.event_id for exhibit in evidence.items if exhibit.item.event_id)
    doubled = {event_id: n for event_id, n in ids.items() if n > 1}
    if not doubled:
        return ""
    first, times = next(iter(doubled.items()))
    return f"{len(doubled)} of {len(ids)} events arrived more than once, {first} {times} times"


def one_client(evidence: Evidence) -> str:
    """Whether the setup started the SDK once, as a text if not."""
    started = len(evidence.journal.of("client"))
    return "" if started == 1 else f"the setup started the SDK {started} times"


def checked(evidence: Evidence, says: Sequence[str] = (), hides: Sequence[str] = ()) -> str:
    """What a check of the configuration should have printed, or should not have."""
    text = "".join(str(line.data.get("checked", "")) for line in evidence.journal.of("note"))
    for wanted in says:
        if wanted not in text:
            return f"the check does not say {wanted!r}; it says: {text.strip()}"
    shown = [value for value in hides if value in text or value in evidence.ending.output]
    return f"the check prints {len(shown)} values that are secret" if shown else ""


def marked_as_cut(evidence: Evidence) -> str:
    """Whether the event that was too large says that it was cut, as a text if not."""
    events = [exhibit.payload for exhibit in evidence.items if exhibit.item.type == "event"]
    if any((event.get("tags") or {}).get(TRIMMED) or event.get("_meta") for event in events):
        return ""
    return f"none of {len(events)} events says that it was cut: no tag {TRIMMED}, no _meta"


def hook_time(evidence: Evidence, below_ms: float, share: float = 0.95) -> str:
    """Whether this share of a hook's calls took less processor time, as a text if not."""
    found = [line.data["hook_ms"] for line in evidence.journal.of("note") if "hook_ms" in line.data]
    took = sorted(found[-1]) if found else []
    if not took:
        return ""
    at = took[int(len(took) * share)]
    return "" if at < below_ms else f"before_send takes {at:.1f} ms of processor time"

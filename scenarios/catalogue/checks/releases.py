"""What the expectations of releases cannot say.

May import: evidence, judged, result; fake_relay's public names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from scenarios.evidence import Evidence
from scenarios.judged import Judged
from scenarios.result import Finding

VAGUE = frozenset({"latest", "main", "master", "dev", "unknown", "head", "none", "null"})
"""Names that mean another release tomorrow (S3-59)."""


def _told(evidence: Evidence) -> Iterator[tuple[str, str | None]]:
    """What said which release: an item's type, or its envelope's trace header."""
    for one in evidence.items:
        kind, payload = one.item.type, one.payload
        if kind in ("event", "transaction", "check_in"):
            yield kind, payload.get("release")
        elif kind in ("session", "sessions"):
            yield kind, (payload.get("attrs") or {}).get("release")
        elif kind in ("log", "trace_metric"):
            for record in payload.get("items") or ():
                yield kind, _attribute(record, "sentry.release")
    for envelope in evidence.envelopes:
        trace = msgspec.json.decode(envelope.headers).get("trace")
        if trace:
            yield "trace header", trace.get("release")


def _attribute(record: Mapping[str, Any], name: str) -> str | None:
    found = (record.get("attributes") or {}).get(name)
    return found.get("value") if isinstance(found, dict) else found


def agree(evidence: Evidence, release: str = "") -> Judged:
    """What differs between the releases of all items; a session without one never leaves."""
    told = list(_told(evidence))
    names = {name for _, name in told}
    wanted = release or next((name for _, name in told if name), None)
    if wanted is None:
        return Judged((_UNRELEASED,))
    for kind, name in told:
        if name != wanted:
            listed = sorted(str(one) for one in names)
            return _wrong(f"the release of the {kind} is {name!r}, not {wanted!r}; all: {listed}")
    if not any(kind in ("session", "sessions") for kind, _ in told):
        return _wrong(
            f"items have the release {wanted!r}, and the session did not leave: the SDK itself"
            " knows no release"
        )
    return Judged()


_UNRELEASED = Finding(
    kind="release",
    text="no item has a release",
    cause="the SDK found none: no release=, no SENTRY_RELEASE, no git, no build's variable; it"
    " sends no sessions then",
    setting="SENTRY_RELEASE",
    known=True,
)


def _wrong(text: str) -> Judged:
    return Judged((Finding(kind="release", text=text),))


def orderable(evidence: Evidence) -> str:
    """What is wrong with the names of the releases: vague ones, and those that Sentry refuses."""
    for name in sorted({name for _, name in _told(evidence) if name}):
        version = name.rpartition("@")[2]
        if version.strip().lower() in VAGUE:
            return f"the release {name!r} is called like another one tomorrow"
        if name != name.strip() or any(char in name for char in "/\\\n\r\t"):
            return f"the release {name!r} has spaces around it, a slash or a control character"
    return ""


def is_head(evidence: Evidence) -> str:
    """What differs between the events' release and the commit of the checkout."""
    head = [line.data["head"] for line in evidence.journal.of("note") if "head" in line.data]
    found = [name for kind, name in _told(evidence) if kind == "event"]
    return "" if found == head else f"the release is {found}, the checkout's commit {head}"


def crash_free(evidence: Evidence, release: str, share: float, adoption: float) -> str:
    """What differs between a release's share of sessions without a crash, and of all sessions."""
    counted: dict[str, Counter[str]] = {}
    for one in evidence.items:
        if one.item.type == "sessions":
            mine = counted.setdefault(one.payload["attrs"]["release"], Counter())
            for minute in one.payload["aggregates"]:
                mine.update(
                    {key: n for key, n in minute.items() if isinstance(n, int) and key != "did"}
                )
    every = sum(sum(counts.values()) for counts in counted.values())
    own = counted.get(release, Counter())
    if not own:
        return f"no sessions of {release!r} arrived; there are those of {sorted(counted)}"
    found = 1 - own["crashed"] / sum(own.values()), sum(own.values()) / every
    if all(abs(one - other) < CLOSE for one, other in zip(found, (share, adoption), strict=True)):
        return ""
    return (
        f"{release!r} is free of crashes in {found[0]:.1%} of its sessions and has {found[1]:.1%}"
        f" of all, not {share:.1%} and {adoption:.1%}; counted: {dict(own)}"
    )


CLOSE = 1e-9


def nothing(evidence: Evidence) -> str:
    """What arrived all the same."""
    requests = len(evidence.envelopes) + len(evidence.refused)
    return f"{requests} requests arrived from an SDK that is off" if requests else ""


def baggage(evidence: Evidence, told: str, release: str) -> str:
    """What is wrong with the release in an outgoing baggage header."""
    wanted = f"sentry-release={release.replace('@', '%40')}"
    found = [part for part in told.split(",") if part.startswith("sentry-release=")]
    return "" if found == [wanted] else f"the baggage says {found}, not {wanted!r}"

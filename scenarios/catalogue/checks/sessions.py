"""What the expectations of sessions and jobs cannot say.

May import: evidence.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from scenarios.evidence import Evidence


def aggregates(evidence: Evidence, **wanted: int) -> str:
    """What differs between the counted sessions of all aggregates and these, by status."""
    found: Counter[str] = Counter()
    for payload in _payloads(evidence, "sessions"):
        for minute in payload["aggregates"]:
            found.update({key: value for key, value in minute.items() if key in STATUSES and value})
    return "" if found == wanted else f"sessions were counted as {dict(found)}, not {wanted}"


STATUSES = ("exited", "errored", "abnormal", "crashed", "unhandled")


def pair(evidence: Evidence, monitor: str, status: str) -> str:
    """What is wrong with a job's two check-ins, or an empty text."""
    found = [one for one in _payloads(evidence, "check_in") if one["monitor_slug"] == monitor]
    told = [one["status"] for one in found]
    if told != ["in_progress", status]:
        return f"the check-ins of {monitor!r} are {told}, not ['in_progress', {status!r}]"
    if found[0]["check_in_id"] != found[1]["check_in_id"]:
        return "the two check-ins have ids of their own, so the first never ends"
    return "" if found[1].get("duration") is not None else "the second check-in has no duration"


def _payloads(evidence: Evidence, kind: str) -> list[dict[str, Any]]:
    return [
        msgspec.json.decode(exhibit.data) for exhibit in evidence.items if exhibit.item.type == kind
    ]

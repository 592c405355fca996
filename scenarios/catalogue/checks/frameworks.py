"""What the expectations of frameworks cannot say.

May import: evidence.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from scenarios.evidence import Evidence

HEALTH = {
    "enabled",
    "dsn_configured",
    "environment",
    "release",
    "sample_rate",
    "traces_sample_rate",
}


def unhandled(evidence: Evidence, exception: str) -> str:
    """Whether an error is told as one that nobody handled, as a text if not."""
    for event in _payloads(evidence, "event"):
        last = (event.get("exception") or {}).get("values", [{}])[-1]
        if last.get("type") == exception:
            handled = (last.get("mechanism") or {}).get("handled", True)
            return f"{exception} is told as handled" if handled else ""
    return f"no event of {exception} arrived"


def with_request(evidence: Evidence, exception: str, path: str) -> str:
    """Whether an error knows the request that it happened in, as a text if not."""
    for event in _payloads(evidence, "event"):
        if (event.get("exception") or {}).get("values", [{}])[-1].get("type") == exception:
            url = (event.get("request") or {}).get("url", "")
            return "" if url.endswith(path) else f"{exception} has the URL {url!r}, not {path!r}"
    return f"no event of {exception} arrived"


def traced(evidence: Evidence, number: int) -> str:
    """Whether so many transactions began and the sampled ones arrived, as a text if not.

    Nothing is said where tracing is off.
    """
    options = evidence.setup.get("options", {})
    begun = [
        line.data
        for line in evidence.journal.of("generated")
        if line.data["category"] == "transaction"
    ]
    if not begun and options.get("traces_sample_rate") is None:
        return ""
    if len(begun) < number:
        return f"{len(begun)} transactions began, not {number}"
    arrived = {one["contexts"]["trace"]["trace_id"] for one in _payloads(evidence, "transaction")}
    names = [one["name"] for one in begun if one["sampled"] and one["trace_id"] not in arrived]
    return f"these transactions were sampled and did not arrive: {names}" if names else ""


def counted(evidence: Evidence, requests: int, failed: int) -> str:
    """Whether requests were counted as sessions, as a text if not.

    Nothing is said where sessions are switched off. Newer SDKs tell a request that failed as
    unhandled, older ones as crashed or errored.
    """
    if evidence.setup.get("options", {}).get("auto_session_tracking") is False:
        return ""
    found: Counter[str] = Counter()
    for payload in _payloads(evidence, "sessions"):
        for minute in payload["aggregates"]:
            found.update({name: n for name, n in minute.items() if isinstance(n, int) and n})
    bad = sum(n for name, n in found.items() if name != "exited")
    if (found.total(), bad) == (requests, failed):
        return ""
    return f"sessions were counted as {dict(found)}, not {requests} of which {failed} failed"


def spans(evidence: Evidence, transaction: str, op: str, number: int) -> str:
    """Whether a transaction has so many spans of an operation (and finer ones), as a text if not.

    Nothing is said where the SDK did not sample it.
    """
    begun = [line.data for line in evidence.journal.of("generated")]
    if not any(one.get("name") == transaction and one.get("sampled") for one in begun):
        return ""
    for found in _payloads(evidence, "transaction"):
        if found.get("transaction") == transaction:
            ops = Counter(str(span.get("op")) for span in found["spans"])
            right = sum(n for name, n in ops.items() if name == op or name.startswith(f"{op}."))
            return "" if right == number else f"{right} spans of {op}, not {number}: {dict(ops)}"
    return f"the transaction {transaction!r} did not arrive"


def healthy(evidence: Evidence) -> str:
    """Whether a health page says what it must and no secret, as a text if not."""
    told = [line.data["health"] for line in evidence.journal.of("note") if "health" in line.data]
    if not told:
        return "the health page was not asked"
    sentry = told[-1].get("sentry", {})
    if missing := sorted(HEALTH - set(sentry)):
        return f"the health page does not tell {missing}"
    dsn = str(evidence.setup.get("dsn"))
    return "the health page shows the DSN" if not dsn or dsn in str(told[-1]) else ""


def _payloads(evidence: Evidence, kind: str) -> list[dict[str, Any]]:
    return [exhibit.payload for exhibit in evidence.items if exhibit.item.type == kind]

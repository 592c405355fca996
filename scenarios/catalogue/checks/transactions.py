"""What the expectations of transactions cannot say.

May import: evidence, judged, result.
"""

from __future__ import annotations

from typing import Any

from scenarios.evidence import Evidence
from scenarios.judged import Judged
from scenarios.result import Finding


def transactions(evidence: Evidence) -> list[dict[str, Any]]:
    """The payloads of the transactions that arrived, oldest first."""
    return [one.payload for one in evidence.items if one.item.type == "transaction"]


def spans(evidence: Evidence, wanted: list[list[str]]) -> str:
    """What differs between the spans (op and name) of all transactions and these."""
    found = [
        [span.get("op"), span.get("description")]
        for transaction in transactions(evidence)
        for span in transaction.get("spans") or ()
    ]
    return "" if found == wanted else f"the spans are {found}, not {wanted}"


def in_one_tree(evidence: Evidence) -> str:
    """What is wrong with the tree of spans: times, parents, traces."""
    for transaction in transactions(evidence):
        root = transaction["contexts"]["trace"]
        ids = {root["span_id"], *(span["span_id"] for span in transaction.get("spans") or ())}
        for span in transaction.get("spans") or ():
            name = span.get("description")
            if span["trace_id"] != root["trace_id"]:
                return f"the span {name!r} is of another trace than its transaction"
            if span["parent_span_id"] not in ids:
                return f"the parent of the span {name!r} is not there"
            if not (
                transaction["start_timestamp"]
                <= span["start_timestamp"]
                <= span["timestamp"]
                <= transaction["timestamp"]
            ):
                return f"the span {name!r} is not within the time of its transaction"
    return ""


def one_trace(evidence: Evidence, names: list[str]) -> str:
    """What is wrong with transactions or spans of these names, which are of one trace."""
    told: dict[str, str] = {}
    for transaction in transactions(evidence):
        root = transaction["contexts"]["trace"]
        told[str(transaction["transaction"])] = root["trace_id"]
        for span in transaction.get("spans") or ():
            told[str(span.get("description"))] = root["trace_id"]
    if missing := [name for name in names if name not in told]:
        return f"nothing is called {missing[0]!r}; there are {sorted(told)}"
    traces = {told[name] for name in names}
    return "" if len(traces) == 1 else f"{names} are of {len(traces)} traces: {sorted(traces)}"


def measurement(evidence: Evidence, name: str, value: float, unit: str) -> str:
    """What is wrong with a number of a transaction."""
    for transaction in transactions(evidence):
        found = (transaction.get("measurements") or {}).get(name)
        if found == {"value": value, "unit": unit}:
            return ""
        return f"the transaction has {found!r} as {name!r}, not {value:g} {unit}"
    return "no transaction arrived"


def metric(evidence: Evidence, name: str, value: float | None = None, unit: str = "") -> str:
    """What is wrong with a metric: it is there, with this value and unit where they are said."""
    found = [one for one in metrics(evidence) if one.get("name") == name]
    if not found:
        return f"no metric {name!r} arrived; there are {[one['name'] for one in metrics(evidence)]}"
    told = found[0].get("value"), found[0].get("unit") or ""
    if value is not None and told != (value, unit):
        return f"the metric {name!r} is {told}, not {(value, unit)}"
    return ""


def metrics(evidence: Evidence) -> list[dict[str, Any]]:
    """The metrics that arrived."""
    return [
        metric
        for one in evidence.items
        if one.item.type == "trace_metric"
        for metric in one.payload.get("items") or ()
    ]


def breadcrumbs(evidence: Evidence, category: str, count: int) -> str:
    """What is wrong with the number of breadcrumbs of a category, of the only event."""
    crumbs = [
        crumb.get("message")
        for one in evidence.items
        if one.item.type == "event"
        for crumb in (one.payload.get("breadcrumbs") or {}).get("values") or ()
        if crumb.get("category") == category
    ]
    if len(crumbs) == count:
        return ""
    return f"the event has {len(crumbs)} breadcrumbs of {category!r}, not {count}: {crumbs}"


def logical_spans(evidence: Evidence, streams: bool, names: list[str]) -> Judged:
    """What differs between the spans that arrived, as transactions or one by one, and these."""
    streamed = [
        str(span.get("name"))
        for one in evidence.items
        if one.item.type == "span"
        for span in one.payload.get("items") or ()
    ]
    static = [
        str(name)
        for transaction in transactions(evidence)
        for name in (
            *(span.get("description") for span in transaction.get("spans") or ()),
            transaction["transaction"],
        )
    ]
    found, other = (streamed, static) if streams else (static, streamed)
    if other:
        return _wrong(f"{other} arrived as items of the other lifecycle")
    of_the_sdk = tuple(_OF_THE_SDK for name in found if name.endswith("/envelope/"))
    own = [name for name in found if not name.endswith("/envelope/")]
    if sorted(own) != sorted(names):
        return _wrong(f"the spans are {found}, not {names}")
    return Judged(of_the_sdk[:1])


_OF_THE_SDK = Finding(
    kind="spans",
    text="a span tells of the SDK's own request to its server",
    cause="the SDK compares host and port of the DSN with the host of a request alone, so that it"
    " does not know its own where the DSN names a port; in the static lifecycle no span is there"
    " to be its parent",
    setting="a DSN without a port, or trace_lifecycle='static'",
    known=True,
)


def _wrong(text: str) -> Judged:
    return Judged((Finding(kind="spans", text=text),))


def linked(evidence: Evidence) -> str:
    """What is wrong with the trace ids of events and transactions beside OpenTelemetry's."""
    wanted = [note.data["otel_trace"] for note in evidence.journal.of("note")]
    for one in evidence.items:
        if one.item.type in ("event", "transaction"):
            found = one.payload["contexts"]["trace"]["trace_id"]
            if [found] != wanted:
                return f"the {one.item.type} is of the trace {found}, OpenTelemetry's is {wanted}"
    return ""


def span_count(evidence: Evidence, count: int) -> str:
    """What is wrong with the number of spans of all transactions."""
    found = sum(len(one.get("spans") or ()) for one in transactions(evidence))
    return "" if found == count else f"{found} spans arrived, not {count}"

"""Containers of logs, metrics and spans: each record has an outcome (PROTOCOL.md 5.4 and 5.7)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.config import Limits, RelayConfig
from fake_relay.pipeline import DEFAULT_STAGES, Context, Walked, run
from fake_relay.pipeline.ledger import received
from fake_relay.protocol.envelope import make_envelope, make_item

NOW = 1_700_000_000.0
OLD = NOW - 91 * 24 * 3600
TRACE_ID = "771a43a4192642f0b136d5159a501700"
LOG = {"timestamp": NOW, "trace_id": TRACE_ID, "level": "info", "body": "hi"}
METRIC = {"timestamp": NOW, "trace_id": TRACE_ID, "name": "n", "type": "counter", "value": 1}
SPAN = {
    "trace_id": TRACE_ID,
    "span_id": "1" * 16,
    "name": "n",
    "status": "ok",
    "start_timestamp": NOW,
    "end_timestamp": NOW,
}
LEGACY = {"trace_id": TRACE_ID, "span_id": "1" * 16, "start_timestamp": NOW, "timestamp": NOW}
SAMPLING = {"trace": {"trace_id": TRACE_ID, "public_key": "a" * 32}}
V2 = {"content_type": "application/vnd.sentry.items.span.v2+json"}


def outcomes(walked: list[Walked]) -> dict[str, dict[str, int]]:
    """Quantities of the first item by category and outcome."""
    item, outcome = walked[0]
    found: dict[str, Counter[str]] = {}
    for fate, units in ((outcome, item.quantities), *item.refused):
        for unit in units:
            found.setdefault(str(unit.category), Counter())[str(fate)] += unit.amount
    return {category: dict(+counts) for category, counts in found.items()}


def container(kind: str, records: list[Any], **headers: Any) -> tuple[str, Any, dict[str, Any]]:
    fields = {"item_count": len(records), **(V2 if kind == "span" else {}), **headers}
    return kind, {"items": records}, fields


def units(walk: Any, kind: str, records: list[Any], category: str, **limits: int) -> Any:
    return outcomes(walk(container(kind, records), header=SAMPLING, **limits))[category]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"body": None}, "invalid_log"),
        ({"body": 5}, "invalid_log"),
        ({"trace_id": None}, "invalid_log"),
        ({"trace_id": "zz"}, "invalid_log"),
        ({"timestamp": None}, "invalid_log"),
        ({"timestamp": "yesterday"}, "invalid_log"),
        ({"timestamp": OLD}, "timestamp"),
        ({"body": "x" * 300}, "too_large:log"),
    ],
)
def test_a_log_that_relay_refuses_is_counted_alone(walk: Any, record: Any, reason: str) -> None:
    bad = LOG | record
    found = outcomes(walk(container("log", [LOG, bad, LOG]), max_log_size=200))
    whole = len(json.dumps({"items": [LOG, bad, LOG]}))
    alone = len(json.dumps(bad))
    assert found == {
        "log_item": {"accepted": 2, f"invalid({reason})": 1},
        "log_byte": {"accepted": whole - alone, f"invalid({reason})": alone},
    }


@pytest.mark.parametrize("record", [{"level": None}, {"level": "what"}, {"timestamp": NOW + 1e6}])
def test_a_log_that_relay_repairs_is_accepted(walk: Any, record: dict[str, Any]) -> None:
    assert units(walk, "log", [LOG | record], "log_item") == {"accepted": 1}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"name": None}, "invalid_trace_metric"),
        ({"type": None}, "invalid_trace_metric"),
        ({"value": "1"}, "invalid_trace_metric"),
        ({"value": True}, "invalid_trace_metric"),
        ({"trace_id": None}, "invalid_trace_metric"),
        ({"timestamp": None}, "invalid_trace_metric"),
        ({"timestamp": OLD}, "timestamp"),
        ({"unit": "x" * 300}, "too_large:trace_metric"),
    ],
)
def test_a_metric_that_relay_refuses_is_counted_alone(walk: Any, record: Any, reason: str) -> None:
    found = units(
        walk, "trace_metric", [METRIC | record, METRIC], "trace_metric", max_trace_metric_size=200
    )
    assert found == {"accepted": 1, f"invalid({reason})": 1}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"name": None}, "invalid_span"),
        ({"status": None}, "invalid_span"),
        ({"span_id": "0" * 16}, "invalid_span"),
        ({"trace_id": None}, "invalid_span"),
        ({"start_timestamp": None}, "invalid_span"),
        ({"end_timestamp": None}, "invalid_span"),
        ({"start_timestamp": NOW + 1}, "timestamp"),
        ({"start_timestamp": OLD, "end_timestamp": OLD}, "timestamp"),
        ({"span_id": "1" * 16}, "duplicate"),
        ({"name": "x" * 300}, "too_large:span"),
    ],
)
def test_a_span_that_relay_refuses_is_counted_alone(walk: Any, record: Any, reason: str) -> None:
    spans = [SPAN, SPAN | {"span_id": "2" * 16} | record]
    found = outcomes(walk(container("span", spans), header=SAMPLING, max_span_size=250))
    counts = {"accepted": 1, f"invalid({reason})": 1}
    assert found == {"span": counts, "span_indexed": counts}


@pytest.mark.parametrize(
    ("item", "header", "expected"),
    [
        (container("log", [LOG], item_count=2), {}, "invalid(invalid_json)"),
        (("log", {"items": [LOG]}), {}, "invalid(invalid_json)"),
        (("trace_metric", {"items": [METRIC]}), {}, "invalid(invalid_json)"),
        (("log", {"version": 2}, {"item_count": 0}), {}, "invalid(invalid_json)"),
        (container("log", [LOG]), {}, "accepted"),
        (container("log", []), {}, "accepted"),
        (container("span", [SPAN]), SAMPLING, "accepted"),
        (container("span", [SPAN], item_count=2), SAMPLING, "invalid(invalid_json)"),
        (container("span", [SPAN]), {}, "invalid(missing_dsc)"),
        (container("span", [SPAN]), {"trace": {"trace_id": 5}}, "invalid(missing_dsc)"),
        (container("span", [SPAN]), {"trace": {"trace_id": TRACE_ID}}, "invalid(missing_dsc)"),
        (
            container("span", [SPAN, SPAN | {"trace_id": "b" * 32, "span_id": "2" * 16}]),
            SAMPLING,
            "invalid(invalid_dsc)",
        ),
        (("span", LEGACY), {}, "accepted"),
        (("span", LEGACY | {"span_id": None}), {}, "invalid(invalid_span)"),
        (("span", LEGACY | {"start_timestamp": NOW + 1}), {}, "invalid(timestamp)"),
        (("span", LEGACY | {"start_timestamp": OLD, "timestamp": OLD}), {}, "invalid(timestamp)"),
    ],
)
def test_a_container_as_a_whole(fate: Any, item: Any, header: Any, expected: str) -> None:
    assert fate(item, header=header) == expected


def test_a_container_of_nothing_good_is_refused_with_each_reason(walk: Any) -> None:
    walked = walk(container("log", [{}, {}, LOG | {"timestamp": OLD}]))
    assert str(walked[0][1]) == "invalid(invalid_log)"
    assert outcomes(walked)["log_item"] == {"invalid(invalid_log)": 2, "invalid(timestamp)": 1}


def test_an_old_clock_makes_no_log_too_old(walk: Any) -> None:
    logs = container("log", [LOG | {"timestamp": OLD}])
    assert str(walk(logs, header={"sent_at": "2023-08-15T22:13:20Z"})[0][1]) == "accepted"


records = st.sampled_from(
    [LOG, METRIC, SPAN, {}, LOG | {"timestamp": OLD}, SPAN | {"end_timestamp": OLD}]
)


@settings(max_examples=100)
@given(
    st.sampled_from(["log", "trace_metric", "span"]),
    st.lists(records, max_size=6),
    st.integers(0, 1),
)
def test_units_received_are_the_sum_of_their_outcomes(
    kind: str, listed: list[dict[str, Any]], miscount: int
) -> None:
    _, payload, headers = container(kind, listed, item_count=len(listed) + miscount)
    item = received(make_item(kind, json.dumps(payload).encode(), headers))
    envelope = make_envelope(SAMPLING, [item.item])
    context = Context(RelayConfig(limits=Limits(max_log_size=80)), "42", NOW, (kind,), envelope)
    found = outcomes(run([item], context, DEFAULT_STAGES))
    assert {category: sum(counts.values()) for category, counts in found.items()} == {
        str(unit.category): unit.amount for unit in item.quantities
    }

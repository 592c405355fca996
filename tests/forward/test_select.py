"""The rules of an upstream: each item goes, or stays behind for one reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.config import Upstream
from fake_relay.errors import ConfigError
from fake_relay.forward.select import (
    Candidate,
    Selector,
    TraceContext,
    keeps,
    role_of,
    trace_context,
)
from fake_relay.protocol.envelope import make_item
from fake_relay.query.document import read_facts
from fake_relay.records import StoredItem

NOW = 1_795_348_800.0
DSN = "http://k@sentry.example/1"
NO_TRACE = TraceContext()


def candidate(
    item_type: str = "event",
    payload: dict[str, Any] | None = None,
    *,
    outcome: str = "",
    trace: TraceContext = NO_TRACE,
    project: str = "1",
    event_id: str = "1" * 32,
    headers: dict[str, Any] | None = None,
) -> Candidate:
    """An item as rules look at it."""
    data = msgspec.json.encode({} if payload is None else payload)
    item = make_item(item_type, data, headers)
    stored = StoredItem(
        id=1,
        envelope_id=1,
        type=item_type,
        project=project,
        public_key="k",
        event_id=event_id,
        trace_id="",
        received_at=NOW,
        timestamp=None,
        duration=None,
        level=str((payload or {}).get("level", "")),
        title="",
        count=1,
        size=len(data),
        outcome=outcome,
        headers=msgspec.Raw(item.raw_header),
    )
    role = role_of(item_type, item.raw_header)
    return Candidate(stored, read_facts(stored, data), lambda: data, trace, role)


def reasons(settings: dict[str, Any], *candidates: Candidate) -> list[str]:
    return Selector(Upstream(name="up", dsn=DSN, **settings)).judge(candidates, NOW)


@pytest.mark.parametrize(
    ("rules", "one", "reason"),
    [
        ({}, candidate(), ""),
        ({"item_types": ("event",)}, candidate(), ""),
        ({"item_types": ("transaction",)}, candidate(), "item_type"),
        ({"exclude_types": ("event",)}, candidate(), "item_type"),
        ({"item_types": ("unknown",)}, candidate("made_up"), ""),
        ({"exclude_types": ("unknown",)}, candidate("made_up"), "item_type"),
        ({"exclude_types": ("unknown",)}, candidate(), ""),
        ({"other_projects": False}, candidate(), "project"),
        ({"query": "level:error"}, candidate(payload={"level": "error"}), ""),
        ({"query": "level:error"}, candidate(payload={"level": "info"}), "query"),
        ({"query": "level:error"}, candidate("client_report"), ""),
        ({"environments": ("prod*",)}, candidate(payload={"environment": "production"}), ""),
        ({"environments": ("prod*",)}, candidate(payload={"environment": "dev"}), "environment"),
        ({"environments": ("prod*",)}, candidate(), "environment"),
        ({"environments": ("prod*",)}, candidate("client_report"), ""),
        ({"environments": ("!dev",)}, candidate(payload={"environment": "dev"}), "environment"),
        ({"environments": ("!dev",)}, candidate(), ""),
        ({"environments": ("a",)}, candidate(trace=TraceContext(environment="a")), ""),
        ({"releases": ("shop@2.*",)}, candidate(payload={"release": "shop@2.1"}), ""),
        ({"releases": ("shop@2.*",)}, candidate(payload={"release": "shop@3"}), "release"),
        ({"sample_rate": 0.0}, candidate(), "sample_rate"),
        ({"sample_rate": 0.0}, candidate("session"), ""),
        ({"sample_rate": 0.0}, candidate("client_report"), ""),
        ({}, candidate(outcome="filtered(error-message)"), "filter"),
        ({}, candidate(outcome="filtered(Sampled:1400)"), "sampling"),
        ({}, candidate(outcome="rate_limited(quota)"), "quota"),
        ({}, candidate(outcome="invalid(invalid_json)"), "invalid"),
    ],
)
def test_an_item_goes_or_stays_for_one_reason(
    rules: dict[str, Any], one: Candidate, reason: str
) -> None:
    assert reasons(rules, one) == [reason]


def test_what_came_in_spotlight_mode_stays() -> None:
    one = candidate()
    marked = msgspec.structs.replace(one.item, spotlight=True)
    assert reasons({}, replace(one, item=marked)) == ["spotlight"]


def test_what_belongs_to_an_event_goes_where_it_goes() -> None:
    rules = {"query": "level:error"}
    file = candidate("attachment", headers={"filename": "a"})
    session = candidate("session")
    error, info = candidate(payload={"level": "error"}), candidate(payload={"level": "info"})
    assert reasons(rules, error, file, session) == ["", "", "query"]
    assert reasons(rules, info, file, session) == ["query", "query", "query"]


def test_an_excluded_attachment_stays_though_its_event_goes() -> None:
    file = candidate("attachment", headers={"filename": "a"})
    assert reasons({"exclude_types": ("attachment",)}, candidate(), file) == ["", "item_type"]


def test_an_attachment_that_was_limited_here_stays_though_its_event_goes() -> None:
    file = candidate("attachment", outcome="rate_limited(quota)")
    assert reasons({}, candidate(), file) == ["", "quota"]


@settings(max_examples=200)
@given(st.uuids(version=4), st.floats(0, 1), st.floats(0, 1))
def test_a_trace_that_a_share_has_every_larger_share_has(
    trace: Any, one: float, two: float
) -> None:
    assert not keeps(trace.hex, min(one, two)) or keeps(trace.hex, max(one, two))
    assert keeps(trace.hex, 1.0)
    assert not keeps(trace.hex, 0.0)
    assert keeps(trace.hex.upper(), one) == keeps(trace.hex, one)


def test_a_share_of_traces_is_that_share() -> None:
    kept = sum(keeps(f"{number:032x}", 0.25) for number in range(20_000))
    assert 4_700 < kept < 5_300


def test_a_search_that_means_nothing_is_refused_with_the_upstreams_name() -> None:
    with pytest.raises(ConfigError, match="upstream 'up': query 'level:'"):
        reasons({"query": "level:"})


@pytest.mark.parametrize("raw", [b"{}", b'{"trace":null}', b'{"trace":[1]}', b'{"trace":"x"}'])
def test_a_trace_that_cannot_be_read_counts_as_none(raw: bytes) -> None:
    assert trace_context(raw) == TraceContext()

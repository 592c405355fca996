"""Records of containers are filtered one by one, and sessions as they come (PROTOCOL.md 9.1)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.config import Filters, RelayConfig
from fake_relay.config.filters import GenericFilter
from fake_relay.pipeline import Context, run, stages_for
from fake_relay.pipeline.ledger import received
from fake_relay.protocol.envelope import make_envelope, make_item
from fake_relay.records import ReceivedItem

NOW = 1_700_000_000.0
TRACE_ID = "771a43a4192642f0b136d5159a501700"
RECORDS: dict[str, dict[str, Any]] = {
    "log": {"timestamp": NOW, "trace_id": TRACE_ID, "level": "info", "body": "hi"},
    "trace_metric": {
        "timestamp": NOW,
        "trace_id": TRACE_ID,
        "name": "n",
        "type": "counter",
        "value": 1,
    },
    "span": {
        "trace_id": TRACE_ID,
        "span_id": "1" * 16,
        "name": "n",
        "status": "ok",
        "start_timestamp": NOW,
        "end_timestamp": NOW,
    },
}
UNIT = {"log": "log_item", "trace_metric": "trace_metric", "span": "span"}
V2 = "application/vnd.sentry.items.span.v2+json"
IE9 = "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0"
OLD_BROWSERS = Filters(legacy_browsers=("default",))


def record(kind: str, number: int = 0, **attributes: Any) -> dict[str, Any]:
    """A record with attributes; `__` in their names stands for a dot."""
    made = {**RECORDS[kind], "attributes": typed(attributes)}
    return made | {"span_id": f"{number + 1:016x}"} if kind == "span" else made


def typed(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        name.replace("__", "."): {"value": value, "type": "string"}
        for name, value in attributes.items()
    }


def sent(filters: Filters, kind: str, payload: Any, agent: str = "", **headers: Any) -> Any:
    """An item and its outcome, as it leaves the stages."""
    item = make_item(kind, json.dumps(payload).encode(), headers)
    sampling = {"trace": {"trace_id": TRACE_ID, "public_key": "a" * 32}}
    envelope = make_envelope(sampling, [item])
    context = Context(
        RelayConfig(), "42", NOW, (kind,), envelope, headers={"user-agent": agent} if agent else {}
    )
    stages = stages_for(RelayConfig(filters=filters).settings_of("42"))
    return run([received(item)], context, stages)[0]


def contained(filters: Filters, kind: str, *records: Any, agent: str = "") -> dict[str, int]:
    """How many records of a container have which outcome."""
    fields: dict[str, Any] = {"content_type": V2} if kind == "span" else {}
    item, outcome = sent(
        filters, kind, {"items": records}, agent, item_count=len(records), **fields
    )
    return units(item, outcome, UNIT[kind])


def units(item: ReceivedItem, outcome: Any, category: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for fate, quantities in ((outcome, item.quantities), *item.refused):
        for unit in quantities:
            if str(unit.category) == category:
                found[str(fate)] += unit.amount
    return dict(+found)


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_falls_alone_by_its_release(kind: str) -> None:
    records = [record(kind, at, sentry__release=release) for at, release in enumerate("1212")]
    records.append(record(kind, 4))
    assert contained(Filters(releases=("2",)), kind, *records) == {
        "accepted": 3,
        "filtered(release-version)": 2,
    }


@pytest.mark.parametrize("kind", RECORDS)
def test_a_container_falls_with_its_last_record(kind: str) -> None:
    walked = sent(
        Filters(releases=("2",)),
        kind,
        {"items": [record(kind, sentry__release="2")]},
        item_count=1,
        **({"content_type": V2} if kind == "span" else {}),
    )
    assert str(walked[1]) == "filtered(release-version)"


@pytest.mark.parametrize(
    ("kind", "condition", "falls"),
    [
        ("log", {"op": "glob", "name": "log.body", "value": "h*"}, True),
        ("log", {"op": "eq", "name": "log.attributes.shop.plan.value", "value": "pro"}, True),
        ("log", {"op": "eq", "name": "log.attributes.shop.plan", "value": "pro"}, False),
        ("log", {"op": "eq", "name": "log.level", "value": "info"}, False),
        ("log", {"op": "eq", "name": "span.attributes.shop.plan.value", "value": "pro"}, False),
        ("log", {"op": "eq", "name": "event.release", "value": "1"}, False),
        ("trace_metric", {"op": "eq", "name": "trace_metric.name", "value": "n"}, True),
        ("trace_metric", {"op": "gte", "name": "trace_metric.value", "value": 0}, False),
        ("span", {"op": "eq", "name": "span.name", "value": "n"}, True),
        ("span", {"op": "eq", "name": "span.status", "value": "ok"}, True),
        ("span", {"op": "not", "inner": {"op": "eq", "name": "span.kind", "value": "x"}}, True),
    ],
)
def test_conditions_name_a_record_by_its_type(kind: str, condition: Any, falls: bool) -> None:
    filters = Filters(generic=(GenericFilter("mine", condition=condition),))
    found = contained(filters, kind, record(kind, sentry__release="1", shop__plan="pro"))
    assert found == {"filtered(mine)" if falls else "accepted": 1}


@pytest.mark.parametrize(
    ("attributes", "agent", "falls"),
    [
        ({"browser__name": "IE", "browser__version": "9.0"}, "", True),
        ({"sentry__browser__name": "IE", "sentry__browser__version": "9"}, "", True),
        ({"browser__name": "IE", "browser__version": "11.0"}, "", False),
        ({"browser__name": "IE", "browser__version": "many"}, "", False),
        ({"user_agent__original": IE9}, "", True),
        ({"user_agent__original": CHROME}, IE9, False),
        ({"browser__name": "Chrome", "browser__version": "150.0"}, IE9, False),
        ({"browser__name": "Chrome"}, IE9, False),
        ({}, IE9, True),
        ({}, "sentry.python/2.75.0", False),
    ],
)
def test_old_browsers(attributes: dict[str, Any], agent: str, falls: bool) -> None:
    """Normalisation writes the browser of the request into records that name none."""
    found = contained(OLD_BROWSERS, "log", record("log", **attributes), agent=agent)
    assert found == {"filtered(legacy-browsers)" if falls else "accepted": 1}


def test_crawlers_are_known_by_what_the_record_says_alone() -> None:
    records = [record("log", user_agent__original="Googlebot/2.1"), record("log")]
    assert contained(Filters(web_crawlers=True), "log", *records, agent="Googlebot/2.1") == {
        "accepted": 1,
        "filtered(web-crawlers)": 1,
    }


def test_spans_fall_by_the_name_of_their_segment() -> None:
    health = [record("span", at, sentry__segment__name="/health") for at in range(2)]
    other = record("span", 3, sentry__segment__name="/")
    filters = Filters(ignore_transactions=("/health",))
    assert contained(filters, "span", *health, other) == {
        "accepted": 1,
        "filtered(filtered-transaction)": 2,
    }
    log = record("log", sentry__segment__name="/health")
    assert contained(filters, "log", log) == {"accepted": 1}


@pytest.mark.parametrize(
    "filters",
    [
        Filters(error_messages=("*",)),
        Filters(localhost=True),
        Filters(browser_extensions=True),
        Filters(csp=("*",)),
    ],
)
def test_filters_of_events_let_records_pass(filters: Filters) -> None:
    local = record("log", url__full="http://localhost/", user_agent__original="x")
    assert contained(filters, "log", local) == {"accepted": 1}


def test_a_record_that_was_refused_is_not_filtered_as_well() -> None:
    bad = record("log", sentry__release="2") | {"body": 5}
    records = [bad, record("log", sentry__release="2"), record("log"), bad]
    assert contained(Filters(releases=("2",)), "log", *records) == {
        "accepted": 1,
        "invalid(invalid_log)": 2,
        "filtered(release-version)": 1,
    }


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        (Filters(releases=("2",)), "release-version"),
        (Filters(localhost=True), "localhost"),
        (Filters(ignore_transactions=("/health",)), "filtered-transaction"),
        (Filters(web_crawlers=True), "web-crawlers"),
    ],
)
def test_a_span_that_is_an_item_of_its_own_is_known_by_its_data(
    filters: Filters, reason: str
) -> None:
    data = {
        "sentry.release": "2",
        "url.full": "http://localhost/",
        "sentry.segment.name": "/health",
        "user_agent.original": "Googlebot/2.1",
    }
    span = {"trace_id": TRACE_ID, "span_id": "1" * 16, "start_timestamp": NOW, "timestamp": NOW}
    assert str(sent(filters, "span", span)[1]) == "accepted"
    assert str(sent(filters, "span", {**span, "data": data})[1]) == f"filtered({reason})"


@pytest.mark.parametrize("kind", ["session", "sessions"])
@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        (Filters(releases=("2",)), "release-version"),
        (Filters(localhost=True), "localhost"),
        (OLD_BROWSERS, "legacy-browsers"),
        (Filters(error_messages=("*",)), ""),
    ],
)
def test_sessions_are_known_by_what_they_share(kind: str, filters: Filters, reason: str) -> None:
    shared = {"release": "2", "ip_address": "127.0.0.1", "user_agent": IE9}
    started = "2023-11-14T22:13:20Z"
    payload = {
        "sid": "b" * 32,
        "started": started,
        "timestamp": started,
        "attrs": shared,
        "aggregates": [{"started": started, "exited": 1}],
    }
    found = str(sent(filters, kind, payload)[1])
    assert found == (f"filtered({reason})" if reason else "accepted")


@settings(max_examples=60)
@given(releases=st.lists(st.sampled_from(["1", "2", "3", "bad"]), min_size=1, max_size=6))
def test_every_byte_of_a_container_has_one_outcome(releases: list[str]) -> None:
    records = [
        {**record("log", sentry__release=release), **({"body": 5} if release == "bad" else {})}
        for release in releases
    ]
    payload = {"items": records}
    condition = {"op": "eq", "name": "log.attributes.sentry.release.value", "value": "3"}
    filters = Filters(generic=(GenericFilter("mine", condition=condition),), releases=("2",))
    item, outcome = sent(filters, "log", payload, item_count=len(records))
    assert sum(units(item, outcome, "log_byte").values()) == len(json.dumps(payload))
    names = {"1": "accepted", "2": "filtered(release-version)", "3": "filtered(mine)"}
    expected = Counter(names.get(release, "invalid(invalid_log)") for release in releases)
    assert units(item, outcome, "log_item") == dict(expected)
    told = {found.outcome: found.count for found in item.refused_records}
    assert told == {fate: count for fate, count in expected.items() if fate != "accepted"}

"""A fault plan says what is wrong with it, by entry and field; what is right is kept as it is."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from fake_relay.config.faults import Fault
from fake_relay.errors import ConfigError
from fake_relay.faults import check_plan, plan_of, read_plan

CONTRACT: list[dict[str, Any]] = [
    {
        "project": "42",
        "match": {"door": "envelope", "categories": ["error"], "q": "release:shop@2.*"},
        "effect": {
            "rate_limit": {
                "categories": ["error"],
                "retry_after": 60,
                "scope": "organization",
                "reason": "quota",
            }
        },
        "times": 3,
        "probability": 0.5,
        "seed": 7,
    },
    {"effect": {"quota": {"categories": ["transaction"], "limit": 100, "window": 60}}},
    {"effect": {"status": 503, "headers": {"Retry-After": "7"}, "body": "…"}},
    {"effect": {"latency": {"ms": 250, "jitter_ms": 50}}},
    {"effect": {"hang": {"seconds": 30}}},
    {"effect": {"reset": "before_body"}},
    {"effect": {"reset": "after_body"}},
    {"effect": {"truncate": {"bytes": 10}}},
    {"effect": {"garbage": True}},
    {"effect": {"bad_json": True}},
    {"effect": {"content_type": "text/html"}},
]


@pytest.mark.parametrize("entry", CONTRACT, ids=lambda entry: next(iter(entry["effect"])))
def test_every_effect_of_the_contract_is_read_and_written_back_the_same(
    entry: dict[str, Any],
) -> None:
    (fault,) = read_plan(json.dumps({"faults": [entry]}).encode(), doors=("envelope",))

    assert msgspec.convert(msgspec.to_builtins(fault), Fault) == fault
    assert plan_of({"faults": [msgspec.to_builtins(fault)]}) == (fault,)


def test_null_is_as_good_as_leaving_a_field_out() -> None:
    entry = {"project": None, "times": None, "effect": {"garbage": True, "status": None}}
    (fault,) = plan_of({"faults": [entry]})
    assert (fault.project, fault.times) == (None, None)


def with_effect(**effect: Any) -> dict[str, Any]:
    return {"effect": effect}


@pytest.mark.parametrize(
    ("entry", "field", "word"),
    [
        ({}, "faults[1]:", "effect"),
        ({"effect": {}}, "faults[1].effect:", "none given"),
        (with_effect(status=503, garbage=True), "faults[1].effect:", "status and garbage given"),
        (with_effect(status=99), "faults[1].effect.status:", ">= 200"),
        (with_effect(status=600), "faults[1].effect.status:", "<= 599"),
        (with_effect(status="503"), "faults[1].effect.status:", "int"),
        (with_effect(latency={"ms": -1}), "faults[1].effect.latency.ms:", ">= 0"),
        (with_effect(latency={}), "faults[1].effect.latency:", "ms"),
        (with_effect(latency={"ms": 5, "jitter_ms": 6}), "latency.jitter_ms:", "more than ms"),
        (with_effect(hang={"seconds": 1e9}), "faults[1].effect.hang.seconds:", "<= 3600"),
        (with_effect(reset="sometime"), "faults[1].effect.reset:", "sometime"),
        (with_effect(truncate={"bytes": 1.5}), "faults[1].effect.truncate.bytes:", "int"),
        (with_effect(flood=True), "faults[1].effect:", "flood"),
        (with_effect(garbage=True, body="x"), "faults[1].effect.body:", "belongs to a status"),
        (with_effect(status=503, headers={"a b": ""}), "effect.headers:", "no header's name"),
        (with_effect(status=503, headers={"X": "a\r\nB: c"}), "headers['X']:", "cannot stand"),
        (with_effect(status=503, headers={"Content-Length": "1"}), "headers:", "frames"),
        (with_effect(content_type="a\nb"), "effect.content_type:", "cannot stand"),
        (
            with_effect(rate_limit={"categories": ["error", "errors"]}),
            "faults[1].effect.rate_limit.categories[1]:",
            "did you mean 'error'?",
        ),
        (with_effect(rate_limit={"reason": "a:b"}), "rate_limit.reason:", "break the header"),
        (with_effect(rate_limit={"scope": "planet"}), "effect.rate_limit.scope:", "planet"),
        (with_effect(quota={"categories": ["error"]}), "faults[1].effect.quota:", "limit"),
        (with_effect(quota={"limit": 1}) | {"times": 2}, "effect.quota:", "counts all"),
        (with_effect(garbage=True) | {"times": 0}, "faults[1].times:", ">= 1"),
        (with_effect(garbage=True) | {"probability": 1.5}, "faults[1].probability:", "<= 1"),
        (with_effect(garbage=True) | {"bucket": {"rate": 1}}, "faults[1].bucket:", "burst"),
        (with_effect(garbage=True) | {"project": 42}, "faults[1].project:", "str"),
        (with_effect(garbage=True) | {"match": {"door": "back"}}, "match.door:", "'back'"),
        (with_effect(garbage=True) | {"match": {"q": "level:"}}, "match.q:", "column"),
        (
            with_effect(garbage=True) | {"match": {"categories": ["log"]}},
            "faults[1].match.categories[0]:",
            "'log'",
        ),
        (
            with_effect(reset="before_body") | {"match": {"types": ["event"]}},
            "faults[1].effect.reset:",
            "after_body",
        ),
    ],
)
def test_a_mistake_is_named_by_its_entry_and_field(
    entry: dict[str, Any], field: str, word: str
) -> None:
    plan = {"faults": [{"effect": {"garbage": True}}, entry]}

    with pytest.raises(ConfigError) as caught:
        read_plan(json.dumps(plan).encode(), doors=("envelope", "store"))

    assert field in str(caught.value)
    assert word in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"faults": {}}', b"\xff", b"[" * 100_000])
def test_what_is_no_plan_at_all_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(ConfigError, match="fault"):
        read_plan(data)


def test_a_plan_has_a_bound() -> None:
    entry = {"effect": {"garbage": True}}
    with pytest.raises(ConfigError, match="1001 entries"):
        plan_of({"faults": [entry] * 1001})


def test_what_a_server_tells_beside_its_plan_can_be_sent_back() -> None:
    told = {"faults": [{"effect": {"garbage": True}}], "state": [{}], "fired": []}
    check_plan(plan_of(told))

"""The language of conditions: every operator, every kind of path, every mistake."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.config import Filters
from fake_relay.config.filters import GenericFilter
from fake_relay.errors import ConfigError
from fake_relay.pipeline.filters.conditions import compile_condition

EVENT = {
    "release": "shop@1.2",
    "environment": "prod",
    "transaction": "/cart",
    "level": "error",
    "platform": "python",
    "logger": "shop.cart",
    "dist": "7",
    "start_timestamp": 100,
    "timestamp": 101.5,
    "message": {"formatted": "card declined"},
    "user": {"id": "5", "email": "Jane@example.com", "ip_address": "192.0.2.9"},
    "tags": [["plan", "pro"], ["a.b", "dotted"], ["count", 3]],
    "contexts": {"os": {"name": "Linux"}, "trace": {"op": "http"}},
    "extra": {"n": 5, "flag": True, "list": [1, 2]},
    "request": {"url": "https://a.example/x", "method": "GET", "headers": [["X-Kind", "probe"]]},
    "sdk": {"name": "sentry.python"},
    "exception": {"values": [{"type": "A", "value": "one"}, {"type": "B", "value": "two"}]},
}
TRACE = {"trace_id": "c" * 32, "public_key": "k", "release": "web@9", "user_id": "77"}


def op(kind: str, name: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"op": kind, "name": name, "value": value, **more}


TRUE = op("eq", "event.level", "error")
FALSE = op("eq", "event.level", "info")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (op("eq", "event.release", "shop@1.2"), True),
        (op("eq", "event.release", "shop@1.3"), False),
        (op("eq", "event.release", ["a", "shop@1.2"]), True),
        (op("eq", "event.release", []), False),
        (op("eq", "event.release", "SHOP@1.2"), False),
        (op("eq", "event.release", "SHOP@1.2", options={"ignoreCase": True}), True),
        (op("eq", "event.user.email", ["jane@EXAMPLE.com"], options={"ignoreCase": True}), True),
        (op("eq", "event.extra.flag", True), True),
        (op("eq", "event.extra.flag", 1), False),
        (op("eq", "event.extra.n", 5), True),
        (op("eq", "event.extra.n", "5"), False),
        (op("eq", "event.extra.none", None), True),
        (op("eq", "event.release", None), False),
        (op("eq", "event.extra.list", 2), True),
        (op("gt", "event.extra.n", 4), True),
        (op("gt", "event.extra.n", 5), False),
        (op("gte", "event.extra.n", 5), True),
        (op("lt", "event.extra.n", 5), False),
        (op("lte", "event.extra.n", 5), True),
        (op("lt", "event.duration", 1500.5), True),
        (op("gte", "event.duration", 1500), True),
        (op("gt", "event.release", 0), False),
        (op("gt", "event.extra.flag", 0), False),
        (op("gt", "event.extra.none", 0), False),
        (op("glob", "event.release", "shop@*"), True),
        (op("glob", "event.release", ["x", "SHOP@?.?"]), True),
        (op("glob", "event.release", ["shop@[2-9].*"]), False),
        (op("glob", "event.extra.n", "*"), False),
        (op("release", "event.release", ["shop@1.*"]), True),
        (op("cidr", "event.user.ip_address", ["192.0.2.0/24"]), True),
        (op("cidr", "event.user.ip_address", "192.0.3.0/24"), False),
        (op("cidr", "event.release", ["0.0.0.0/0"]), False),
        (op("cidr", "envelope.client_ip", ["198.51.100.7"]), True),
        ({"op": "and", "inner": [TRUE, TRUE]}, True),
        ({"op": "and", "inner": [TRUE, FALSE]}, False),
        ({"op": "and", "inner": []}, True),
        ({"op": "or", "inner": [FALSE, TRUE]}, True),
        ({"op": "or", "inner": []}, False),
        ({"op": "not", "inner": FALSE}, True),
        ({"op": "any", "name": "event.exceptions", "inner": op("eq", "ty", "B")}, True),
        ({"op": "any", "name": "event.exceptions", "inner": op("eq", "ty", "C")}, False),
        ({"op": "all", "name": "event.exceptions", "inner": op("glob", "value", "*o*")}, True),
        ({"op": "all", "name": "event.exceptions", "inner": op("eq", "ty", "A")}, False),
        ({"op": "all", "name": "event.extra.none", "inner": op("eq", "ty", None)}, False),
        ({"op": "any", "name": "event.release", "inner": op("eq", "ty", None)}, False),
        (op("eq", "event.environment", "prod"), True),
        (op("eq", "event.transaction", "/cart"), True),
        (op("eq", "event.platform", "python"), True),
        (op("eq", "event.logger", "shop.cart"), True),
        (op("eq", "event.dist", "7"), True),
        (op("eq", "event.logentry.formatted", "card declined"), True),
        (op("eq", "event.tags.plan", "pro"), True),
        (op("eq", "event.tags.a.b", "dotted"), True),
        (op("eq", "event.tags.count", "3"), True),
        (op("eq", "event.contexts.os.name", "Linux"), True),
        (op("eq", "event.request.method", "GET"), True),
        (op("eq", "event.request.url", "https://a.example/x"), True),
        (op("eq", "event.request.headers.x-kind", "probe"), True),
        (op("eq", "event.sdk.name", "sentry.python"), True),
        (op("eq", "event.exceptions.ty", "B"), True),
        (op("eq", "event.exceptions.value", "one"), True),
        (op("eq", "trace.release", "web@9"), True),
        (op("eq", "trace.user.id", "77"), True),
        (op("eq", "trace.environment", None), True),
        (op("eq", "nonsense", None), True),
        (op("eq", "event", None), True),
        (op("glob", "event.release.deeper", "*"), False),
    ],
)
def test_a_condition_holds_or_not(judge: Any, condition: dict[str, Any], holds: bool) -> None:
    filters = Filters(generic=(GenericFilter("it", condition=condition),))
    found = judge(filters, EVENT, client_ip="198.51.100.7", trace=TRACE)
    assert found == ("it" if holds else "")


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        (None, "condition is None"),
        ([], "condition is [], not an object"),
        ({}, "condition.op is None; use eq, gt"),
        ({"op": "nope"}, "condition.op is 'nope'"),
        ({"op": []}, "condition.op is []"),
        ({"op": "eq", "value": 1}, "condition.name is None; use a path"),
        ({"op": "and", "inner": TRUE}, "condition.inner of 'and' is"),
        ({"op": "and", "inner": [TRUE, 3]}, "condition.inner[1] is 3"),
        ({"op": "not", "inner": {"op": "x"}}, "condition.inner.op is 'x'"),
        ({"op": "any", "name": "event.exceptions"}, "condition.inner is None"),
        (op("gt", "event.extra.n", "4"), "condition.value is '4', not a number"),
        (op("glob", "event.release", 4), "condition.value is 4; use a pattern"),
        (op("glob", "event.release", [4]), "condition.value is [4]"),
        (op("glob", "event.release", "{a,b}" * 12), "more than 1000 patterns"),
        (op("cidr", "envelope.client_ip", "x"), "'x' is neither an IP address"),
        (op("cidr", "envelope.client_ip", 4), "condition.value: "),
        (op("cidr", "envelope.client_ip", [4]), "condition.value: "),
        (op("eq", "event.release", 1, options=4), "condition.options is 4"),
    ],
)
def test_a_condition_that_means_nothing_is_refused_by_its_part(condition: Any, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        compile_condition(condition)
    assert says in str(refused.value)


def test_conditions_have_a_greatest_depth() -> None:
    condition: dict[str, Any] = TRUE
    for _ in range(1000):
        condition = {"op": "not", "inner": condition}
    with pytest.raises(ConfigError, match="more than 50 deep"):
        compile_condition(condition)


json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab*.", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)
names = st.sampled_from(["event.a", "event.a.b", "event.tags.a", "event.exceptions", "a"])
conditions = st.recursive(
    st.builds(op, st.sampled_from(["eq", "gt", "gte", "lt", "lte", "glob", "cidr"]), names, json),
    lambda inner: (
        st.builds(lambda kind, part: {"op": kind, "inner": part}, st.just("not"), inner)
        | st.builds(
            lambda kind, parts: {"op": kind, "inner": parts},
            st.sampled_from(["and", "or"]),
            st.lists(inner, max_size=2),
        )
        | st.builds(
            lambda kind, name, part: {"op": kind, "name": name, "inner": part},
            st.sampled_from(["any", "all"]),
            names,
            inner,
        )
    ),
    max_leaves=4,
)


@settings(max_examples=150)
@given(
    conditions,
    st.dictionaries(st.sampled_from(["a", "tags", "exception", "user", "request"]), json),
)
def test_a_condition_is_refused_at_once_or_never_raises(
    condition: dict[str, Any], payload: dict[str, Any]
) -> None:
    """A condition and its negation never agree, whatever the event holds."""
    from fake_relay.pipeline.filters.conditions import descend

    try:
        holds = compile_condition(condition)
    except ConfigError:
        return

    def lookup(name: str) -> list[Any]:
        return descend(payload, name.split(".")[1:])

    negation = compile_condition({"op": "not", "inner": condition})
    assert holds(lookup) is not negation(lookup)

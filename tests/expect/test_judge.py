"""Verdicts: what holds, what is settled, and what a person reads when it does not hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_relay.expect import Count, Expectation, Watch, judge
from fake_relay.relay import Relay
from fake_relay.testing import sentences

TIMED = {
    "start_timestamp": 1.7e9,
    "timestamp": 1.7e9,
    "contexts": {"trace": {"trace_id": "b" * 32, "span_id": "c" * 16}},
}


def expecting(kind: str = "event", count: Any = None, since: int = 0, **where: Any) -> Expectation:
    data = {"type": kind, "where": where, "count": count, "project": "42", "since": since}
    return Expectation.from_json(data, reader_position=0)


def test_nothing_has_arrived(relay: Relay) -> None:
    verdict = judge(expecting(message="boom"), relay.store)
    assert (verdict.held, verdict.settled) == (False, False)
    assert verdict.text == (
        "expected at least 1 event with message = 'boom'; none matched\nnothing arrived\n"
        "was the SDK initialised with this relay's DSN, and had it time to send (flush)?"
    )


@pytest.mark.parametrize(
    ("sent", "count", "held", "settled"),
    [
        (0, None, False, False),
        (1, None, True, True),
        (3, None, True, True),
        (0, 1, False, False),
        (1, 1, True, False),
        (2, 1, False, True),
        (0, 0, True, False),
        (1, 0, False, True),
        (1, {"min": 2}, False, False),
        (2, {"min": 2}, True, True),
        (2, {"min": 1, "max": 3}, True, False),
        (4, {"min": 1, "max": 3}, False, True),
    ],
)
def test_a_count_holds_and_settles(
    relay: Relay, send: Any, sent: int, count: Any, held: bool, settled: bool
) -> None:
    for _ in range(sent):
        send({"message": "boom"})
    verdict = judge(expecting(count=count, message="boom"), relay.store)
    assert (verdict.held, verdict.settled) == (held, settled)


def test_the_closest_items_are_shown_with_the_fields_that_differ(relay: Relay, send: Any) -> None:
    send({"message": "hello", "level": "info", "release": "shop@1.0"})
    send({"exception": [{"type": "KeyError", "value": "card 7"}], "release": "shop@2.0"})
    send({"exception": [{"type": "ValueError", "value": "card declined"}], "release": "shop@1.9"})
    send({"transaction": "/checkout", **TIMED}, type="transaction")
    verdict = judge(
        expecting(exception="ValueError", message__contains="card", release="shop@2.0"), relay.store
    )
    assert verdict.text == (
        "expected at least 1 event with exception = 'ValueError', message contains 'card', "
        "release = 'shop@2.0'; none matched\n"
        "closest:\n"
        "  event 3: ValueError: card declined\n"
        "    - release: expected = 'shop@2.0', got 'shop@1.9'\n"
        "  event 2: KeyError: card 7\n"
        "    - exception: expected = 'ValueError', got 'KeyError'\n"
        "  event 1: hello\n"
        "    - exception: expected = 'ValueError', got nothing\n"
        "    - message: expected contains 'card', got 'hello'\n"
        "    - release: expected = 'shop@2.0', got 'shop@1.0'\n"
        "arrived: 3 events, 1 transaction"
    )


def test_what_was_dropped_and_why_is_shown(relay: Relay, send: Any) -> None:
    send(b"{broken", type="event")
    send(
        {"discarded_events": [{"reason": "before_send", "category": "error", "quantity": 2}]},
        type="client_report",
    )
    text = judge(expecting(), relay.store).text
    assert text.splitlines()[1:] == [
        "arrived: 1 client_report",
        "dropped: event 1: <unreadable> was invalid(invalid_json)",
        "dropped: 1 error invalid(invalid_json)",
        "the SDK discarded 2 errors (before_send): a before_send hook gave nothing back",
    ]


def test_too_many_are_listed(relay: Relay, send: Any) -> None:
    send({"message": "one"})
    send({"message": "two"})
    text = judge(expecting(count=1), relay.store).text
    assert text == (
        "expected exactly 1 event; 2 matched\nmatched:\n  event 1: one\n  event 2: two\n"
        "arrived: 2 events"
    )


def test_an_item_that_was_not_accepted_never_matches(relay: Relay, send: Any) -> None:
    send(b"{broken", type="event")
    assert judge(expecting(), relay.store).matched == ()


def test_items_of_other_projects_never_match(relay: Relay, send: Any) -> None:
    send({"message": "boom"}, project="43")
    assert judge(expecting(message="boom"), relay.store).text.splitlines()[1] == "nothing arrived"


def test_what_came_before_the_cursor_never_matches(relay: Relay, send: Any) -> None:
    earlier = send({"message": "boom"})
    assert not judge(expecting(since=earlier, message="boom"), relay.store).held


def test_more_items_than_a_page_are_all_looked_at(relay: Relay, send: Any) -> None:
    for number in range(450):
        send({"message": f"number {number}"})
    assert judge(expecting(message="number 3"), relay.store).held


def test_a_search_narrows_what_matches(relay: Relay, send: Any) -> None:
    send({"message": "one", "level": "warning"})
    send({"message": "two", "level": "error"})
    found = judge(replace(sentences.event(q="level:warning"), project="42"), relay.store)
    assert [subject.title for subject in found.matched] == ["one"]


def test_an_item_that_only_the_search_missed_is_a_near_miss(relay: Relay, send: Any) -> None:
    send({"message": "one", "level": "error"})
    verdict = judge(sentences.event(q="level:warning", message="one"), relay.store)
    assert "    - not found by the search" in verdict.text


def test_a_function_that_raises_raises_with_the_item_that_it_was_asked_of(
    relay: Relay, send: Any
) -> None:
    send({"message": "boom"})
    expectation = sentences.event(message=lambda text: text["x"])
    with pytest.raises(TypeError) as caught:
        judge(expectation, relay.store)
    assert caught.value.__notes__ == ["raised while item 1 (boom) was matched"]


def test_a_watch_reads_only_what_is_new(relay: Relay, send: Any) -> None:
    asked: list[str] = []
    watch = Watch(sentences.event(message=asked.append), relay.store)
    send({"message": "one"})
    watch.look()
    send({"message": "two"})
    watch.look()
    assert asked == ["one", "two"]


def test_a_verdict_for_machines_has_differences_and_the_text(relay: Relay, send: Any) -> None:
    send({"message": "hello"})
    verdict = judge(expecting(message="boom"), relay.store).to_json()
    assert verdict["near_misses"] == [
        {
            "id": 1,
            "type": "event",
            "title": "hello",
            "differences": [{"field": "message", "expected": "= 'boom'", "actual": "'hello'"}],
        }
    ]
    assert (verdict["held"], verdict["arrived"]) == (False, {"event": 1})


def test_a_very_long_value_is_cut(relay: Relay, send: Any) -> None:
    send({"message": "x" * 100_000})
    assert len(judge(expecting(message="boom"), relay.store).text) < 1000


@pytest.mark.parametrize("payload", [[], "text", 5, None, {"exception": 5, "tags": "no"}])
def test_a_payload_of_another_shape_is_a_miss_and_never_an_error(
    relay: Relay, send: Any, payload: Any
) -> None:
    send(payload)
    expectation = expecting(
        exception="E", message__contains="x", tags={"a": "b"}, spans__op="x", user__id="1"
    )
    assert not judge(expectation, relay.store).held


WHERE = st.dictionaries(
    st.sampled_from(["message", "level__in", "level__not", "message__contains"]),
    st.sampled_from([["error"], ["info", "error"]]) | st.sampled_from(["boom", "error", "b"]),
    max_size=3,
).filter(lambda where: not isinstance(where.get("level__in"), str))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(where=WHERE, count=st.none() | st.integers(0, 3))
def test_json_and_keywords_are_judged_alike(
    relay: Relay, send: Any, where: dict[str, Any], count: int | None
) -> None:
    if relay.store.position() == 0:
        send({"message": "boom", "level": "error"})
        send({"message": "bang", "level": "info"})
    by_words = sentences.event(**where)
    if count is not None:
        by_words = replace(by_words, count=Count(count, count))
    by_json = Expectation.from_json(
        {"type": "event", "where": where, "count": count}, reader_position=0
    )
    assert judge(by_words, relay.store).held == judge(replace(by_json, since=0), relay.store).held


@pytest.mark.parametrize(
    ("where", "guess"),
    [
        ({"exeption": "ValueError"}, "exception"),
        ({"environmnt": "production"}, "environment"),
        ({"usr__id": "7"}, "user"),
    ],
)
@pytest.mark.parametrize("sent", [0, 2])
def test_a_misspelt_field_is_told_with_the_one_that_was_meant(
    relay: Relay, send: Any, where: dict[str, Any], guess: str, sent: int
) -> None:
    for _ in range(sent):
        send({"exception": [{"type": "ValueError", "value": "boom"}]})
    verdict = judge(expecting(**where), relay.store)
    field = next(iter(where)).partition("__")[0]
    hint = f"nothing here has a field {field!r}; did you mean {guess!r}?"
    assert verdict.hints == (hint,)
    assert hint in verdict.text.splitlines()
    assert verdict.to_json()["hints"] == [hint]


def test_a_negative_that_holds_by_a_misspelt_field_tells_so(relay: Relay, send: Any) -> None:
    send({"exception": [{"type": "ValueError", "value": "boom"}]})
    verdict = judge(expecting(count=0, exeption="ValueError"), relay.store)
    assert verdict.held
    assert verdict.hints == ("nothing here has a field 'exeption'; did you mean 'exception'?",)


@pytest.mark.parametrize("key", ["exeption", "shop_id"])
def test_a_key_that_an_item_has_is_no_slip_of_the_pen(relay: Relay, send: Any, key: str) -> None:
    send({"message": "boom", key: "1"})
    where: dict[str, Any] = {key: "2"}
    assert judge(expecting(**where), relay.store).hints == ()


def test_an_unknown_key_that_resembles_nothing_is_not_guessed_at(relay: Relay, send: Any) -> None:
    send({"message": "boom"})
    assert judge(expecting(basket="full"), relay.store).hints == ()


def test_a_known_field_that_no_item_has_is_not_guessed_at(relay: Relay, send: Any) -> None:
    send({"message": "boom"})
    assert judge(expecting(user__id="7", contexts__trace__op="db"), relay.store).hints == ()


def test_a_misspelt_type_is_told_with_the_one_that_was_meant(relay: Relay, send: Any) -> None:
    send({"message": "boom"})
    verdict = judge(expecting("evnt"), relay.store)
    assert verdict.hints == ("SDKs send no item of type 'evnt'; did you mean 'event'?",)


def test_an_unknown_type_that_arrived_is_no_slip_of_the_pen(relay: Relay, send: Any) -> None:
    send({"message": "boom"}, type="evnt")
    assert judge(expecting("evnt", message="bang"), relay.store).hints == ()


def test_a_type_that_sdks_send_only_when_told_to_says_what_tells_them(
    relay: Relay, send: Any
) -> None:
    hint = "SDKs send transactions only when traces_sample_rate or a sampler is set"
    send({"message": "boom"})
    assert hint in judge(expecting("transaction"), relay.store).text.splitlines()
    assert hint not in judge(expecting("event", message="bang"), relay.store).text.splitlines()
    send({"transaction": "/", **TIMED}, type="transaction")
    missed = judge(expecting("transaction", name="/cart"), relay.store)
    assert hint not in missed.text.splitlines()


def test_nothing_is_asked_of_the_sdk_once_it_has_reported_a_discard(
    relay: Relay, send: Any
) -> None:
    report = {"discarded_events": [{"reason": "odd", "category": "error", "quantity": 1}]}
    send(report, type="client_report")
    lines = judge(expecting(message="boom"), relay.store).text.splitlines()
    assert lines[1:] == ["arrived: 1 client_report", "the SDK discarded 1 error (odd)"]

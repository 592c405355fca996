"""Transactions, spans, monitored functions and measured numbers, as the relay holds them."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import sentry_sdk

from fake_relay.testing import Relay
from sdk_config import measure, monitor, monitored_calls, shutdown, span, transaction


@pytest.fixture
def traced(service: Any) -> Any:
    """The service with every transaction kept."""
    return service(traces_sample_rate=1.0)


@pytest.mark.usefixtures("traced")
def test_a_transaction_arrives_with_its_spans_tags_and_numbers(relay: Relay) -> None:
    with transaction("process_order", op="task", queue="fast") as work:
        work.set_tag("priority", "high")
        with span("db", "select orders"):
            measure("rows", 12, "row")
        with work.start_child(op="http", description="charge the card") as child:
            child.set_data("attempt", 2)
        with span("db.query", description="insert order"):
            pass

    found = relay.expect_transaction(name="process_order").payload
    spans = [(one["op"], one["description"], one["status"]) for one in found["spans"]]
    assert spans == [
        ("db", "select orders", "ok"),
        ("http", "charge the card", "ok"),
        ("db.query", "insert order", "ok"),
    ]
    assert {one["parent_span_id"] for one in found["spans"]} == {
        found["contexts"]["trace"]["span_id"]
    }
    assert found["tags"]["priority"] == "high"
    assert found["contexts"]["trace"]["op"] == "task"
    assert found["contexts"]["trace"]["status"] == "ok"
    assert found["contexts"]["trace"]["data"]["queue"] == "fast"
    assert found["spans"][0]["data"]["rows"] == 12
    assert found["measurements"]["rows"] == {"value": 12, "unit": "row"}


@pytest.mark.usefixtures("traced")
def test_a_measured_number_is_a_metric_with_its_unit(relay: Relay) -> None:
    measure("checkout.total", 12.5, "euro", plan="pro")

    [item] = relay.items(type="trace_metric")
    [metric] = item.payload["items"]
    assert (metric["name"], metric["value"], metric["unit"]) == ("checkout.total", 12.5, "euro")
    assert metric["attributes"]["plan"]["value"] == "pro"


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "12", None])
def test_what_is_no_number_is_not_measured(value: Any, relay: Relay) -> None:
    with transaction("job"):
        measure("rows", value)

    assert "rows" not in relay.expect_transaction(name="job").payload.get("measurements", {})
    assert relay.items(type="trace_metric") == []


@pytest.mark.usefixtures("traced")
def test_a_transaction_within_a_transaction_is_its_child(relay: Relay) -> None:
    with transaction("outer"), transaction("inner", op="step"):
        pass

    [item] = relay.items(type="transaction")
    found = item.payload
    assert found["transaction"] == "outer"
    assert [one["description"] for one in found["spans"]] == ["inner"]


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [(("pay",), {"op": "api"}), ((), {"op": "api", "name": "pay"}), (("pay", "api"), {})],
)
def test_both_orders_of_the_documents_start_a_transaction(
    arguments: tuple[str, ...], keywords: dict[str, str], relay: Relay
) -> None:
    with transaction(*arguments, **keywords):
        pass

    found = relay.expect_transaction(name="pay").payload
    assert found["contexts"]["trace"]["op"] == "api"


@pytest.mark.usefixtures("traced")
def test_an_error_marks_its_spans_and_goes_on(relay: Relay) -> None:
    error = ValueError("out of stock")

    with (
        pytest.raises(ValueError, match="out of stock") as caught,
        transaction("sell"),
        span("step", "reserve"),
    ):
        raise error

    assert caught.value is error
    found = relay.expect_transaction(name="sell").payload
    assert found["contexts"]["trace"]["status"] == "internal_error"
    assert found["spans"][0]["status"] == "internal_error"
    relay.expect_no_event()


@pytest.mark.usefixtures("traced")
async def test_concurrent_tasks_do_not_become_each_others_children(relay: Relay) -> None:
    everybody = asyncio.Barrier(5)

    async def work(number: int) -> None:
        with transaction(f"task {number}"):
            await everybody.wait()
            with span("step", f"step {number}"):
                await everybody.wait()

    await asyncio.gather(*(work(number) for number in range(5)))

    found = {
        item.payload["transaction"]: [one["description"] for one in item.payload["spans"]]
        for item in relay.items(type="transaction")
    }
    assert found == {f"task {number}": [f"step {number}"] for number in range(5)}


@pytest.mark.usefixtures("traced")
def test_a_transaction_can_be_finished_by_hand_and_only_once(relay: Relay) -> None:
    work = transaction("by hand")
    work.finish()
    work.finish()

    relay.expect_transaction(name="by hand", count=1)


def add(left: int, right: int = 1) -> int:
    """Add."""
    return left + right


async def add_later(left: int, right: int = 1) -> int:
    await asyncio.sleep(0)
    return left + right


def numbers(top: int) -> Iterator[int]:
    yield from range(top)


async def numbers_later(top: int) -> AsyncIterator[int]:
    for number in range(top):
        yield number


@pytest.mark.parametrize("function", [add, add_later, numbers, numbers_later])
def test_a_monitored_function_keeps_its_kind_and_signature(function: Any) -> None:
    found = monitor("anything")(function)

    assert inspect.signature(found) == inspect.signature(function)
    assert (found.__name__, found.__doc__) == (function.__name__, function.__doc__)
    for is_kind in (
        inspect.iscoroutinefunction,
        inspect.isgeneratorfunction,
        inspect.isasyncgenfunction,
    ):
        assert is_kind(found) == is_kind(function)


@pytest.mark.usefixtures("traced")
async def test_monitored_functions_of_every_kind_give_what_they_gave(relay: Relay) -> None:
    assert monitor("plain")(add)(2) == 3
    assert await monitor("later")(add_later)(2, right=3) == 5
    assert list(monitor("numbers")(numbers)(3)) == [0, 1, 2]
    assert [one async for one in monitor("numbers later")(numbers_later)(2)] == [0, 1]

    found = {item.payload["transaction"] for item in relay.items(type="transaction")}
    assert found == {"plain", "later", "numbers", "numbers later"}


def active_op() -> str | None:
    """The op of the SDK's active span."""
    active = sentry_sdk.get_current_span()
    return active.op if active else None


@pytest.mark.usefixtures("traced")
def test_what_a_consumer_does_between_steps_is_not_the_generators() -> None:
    seen = []

    @monitor("rows")
    def rows() -> Iterator[int]:
        for number in range(2):
            seen.append(active_op())
            yield number

    with transaction("request", op="http"):
        seen.extend(active_op() for _ in rows())

    assert seen == ["function", "http", "function", "http"]


@pytest.mark.usefixtures("traced")
def test_generators_that_overlap_leave_the_right_span_active() -> None:
    steps = [monitor(name)(numbers)(1) for name in ("first", "second")]
    with transaction("request"):
        outside = sentry_sdk.get_current_span()
        for step in steps:
            next(step)
        for step in steps:
            assert next(step, None) is None
        assert sentry_sdk.get_current_span() is outside


@pytest.mark.usefixtures("traced")
def test_a_generator_still_hears_what_is_sent_and_thrown_and_closed(relay: Relay) -> None:
    heard: list[Any] = []

    @monitor("echo")
    def echo() -> Any:
        while True:
            try:
                heard.append((yield len(heard)))
            except KeyError as error:
                heard.append(error)
            except GeneratorExit:
                heard.append("closed")
                raise

    steps, thrown = echo(), KeyError("x")
    next(steps)
    assert steps.send("hello") == 1
    assert steps.throw(thrown) == 2
    steps.close()

    assert heard == ["hello", thrown, "closed"]
    found = relay.expect_transaction(name="echo").payload
    assert found["contexts"]["trace"]["status"] == "ok"


@pytest.mark.usefixtures("traced")
async def test_an_async_generator_still_hears_what_is_sent_and_thrown_and_closed() -> None:
    heard: list[Any] = []

    @monitor("echo")
    async def echo() -> Any:
        while True:
            try:
                heard.append((yield len(heard)))
            except KeyError as error:
                heard.append(error)
            except GeneratorExit:
                heard.append("closed")
                raise

    steps, thrown = echo(), KeyError("x")
    await anext(steps)
    assert await steps.asend("hello") == 1
    assert await steps.athrow(thrown) == 2
    await steps.aclose()

    assert heard == ["hello", thrown, "closed"]


@pytest.mark.usefixtures("traced")
def test_a_generators_value_reaches_who_delegates_to_it() -> None:
    @monitor("sum")
    def total() -> Any:
        yield 1
        return 41

    def outer() -> Any:
        return (yield from total()) + 1

    steps = outer()
    next(steps)
    with pytest.raises(StopIteration) as stopped:
        next(steps)
    assert stopped.value.value == 42


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("report", [False, True])
def test_a_monitored_error_goes_on_unchanged_and_is_reported_once(
    report: bool, relay: Relay
) -> None:
    error = ValueError("declined")

    @monitor("inner", report=report)
    def inner() -> None:
        raise error

    @monitor("outer", report=report)
    def outer() -> None:
        inner()

    with pytest.raises(ValueError, match="declined") as caught:
        outer()
    assert caught.value is error
    sentry_sdk.capture_exception(caught.value)  # as a framework does at its edge

    relay.expect_event(exception="ValueError", count=1)
    found = relay.expect_transaction(name="outer").payload
    assert found["contexts"]["trace"]["status"] == "internal_error"


@pytest.mark.usefixtures("traced")
async def test_a_cancelled_coroutine_is_no_error_to_report(relay: Relay) -> None:
    @monitor("sleeper", report=True)
    async def sleeper() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await sleeper()

    relay.expect_no_event()


@pytest.mark.usefixtures("traced")
def test_a_slow_call_is_tagged_and_leaves_one_breadcrumb(relay: Relay) -> None:
    @monitor("slowly", slow_ms=-1)
    def slowly() -> None:
        pass

    slowly()
    sentry_sdk.capture_message("after")

    found = relay.expect_transaction(name="slowly").payload
    assert found["tags"]["slow"] == "true"
    crumbs = relay.expect_event(message="after").payload["breadcrumbs"]["values"]
    assert [crumb["message"] for crumb in crumbs] == ["slow: slowly"]


@pytest.mark.usefixtures("traced")
def test_a_call_that_is_fast_enough_is_not_tagged(relay: Relay) -> None:
    monitor("quickly", slow_ms=60_000)(add)(1)

    assert "slow" not in relay.expect_transaction(name="quickly").payload.get("tags", {})


def test_calls_of_monitored_functions_are_counted_by_name() -> None:
    counted = monitor("counted only here")(add)
    for number in range(3):
        counted(number)

    assert monitored_calls()["counted only here"].count == 3


@pytest.mark.parametrize("rate", [0.0, 0.0000001])
def test_what_is_sampled_away_changes_nothing(rate: float, service: Any, relay: Relay) -> None:
    service(traces_sample_rate=rate)

    with transaction("job") as work:
        work.set_tag("a", "b")
        assert monitor("add")(add)(1) == 2

    assert relay.items(type="transaction") == []


def test_when_off_everything_still_runs_and_nothing_is_sent(relay: Relay, service: Any) -> None:
    service(dsn="")

    with transaction("job") as work, span("step") as step:
        work.set_tag("a", "b")
        work.set_context("order", {"id": 1})
        step.set_status("ok")
        with work.start_child(op="http", description="x") as child:
            child.set_measurement("n", 1)
        measure("rows", 3)
        assert work.trace_id is None
        assert list(monitor("numbers", slow_ms=-1, report=True)(numbers)(2)) == [0, 1]

    assert relay.items() == []


def test_before_setup_and_after_shutdown_it_is_off() -> None:
    shutdown()

    with transaction("job") as work:
        assert work.span_id is None


def streamed(relay: Relay) -> list[dict[str, Any]]:
    """The spans that arrived one by one, without the SDK's own requests.

    Where a DSN has a port, the SDK does not know its own server, and traces what it sends there.
    """
    # The SDK's own thread may hold the batch while a flush finds nothing to send.
    relay.expect_item("span")
    found = [one for item in relay.items(type="span") for one in item.payload["items"]]
    return [one for one in found if not one["name"].startswith("POST http://127.0.0.1:")]


def test_where_spans_stream_the_same_calls_send_spans(service: Any, relay: Relay) -> None:
    service(traces_sample_rate=1.0, trace_lifecycle="stream")

    with transaction("process_order", op="task", queue="fast") as work:
        work.set_tag("priority", "high")
        work.set_context("order", {"id": 7})
        with span("db", "select orders"):
            measure("rows", 12, "row")
        with work.start_child(op="http", description="charge") as child:
            child.set_status("internal_error")
        assert list(monitor("rows")(numbers)(2)) == [0, 1]

    spans = {one["name"]: one for one in streamed(relay)}
    assert set(spans) == {"process_order", "select orders", "charge", "rows"}
    root = spans.pop("process_order")
    assert {one["parent_span_id"] for one in spans.values()} == {root["span_id"]}
    assert {one["trace_id"] for one in spans.values()} == {root["trace_id"]}
    assert root["attributes"]["priority"]["value"] == "high"
    assert root["attributes"]["order.id"]["value"] == 7
    assert spans["select orders"]["attributes"]["rows"]["value"] == 12
    assert spans["charge"]["status"] == "error"
    assert relay.items(type="transaction") == []


async def test_where_spans_stream_concurrent_tasks_stay_apart(service: Any, relay: Relay) -> None:
    service(traces_sample_rate=1.0, trace_lifecycle="stream")
    everybody = asyncio.Barrier(3)

    async def work(number: int) -> None:
        with transaction(f"task {number}") as root:
            await everybody.wait()
            with span("step", f"step {number}") as step:
                assert step.sdk.get_attributes()["sentry.op"] == "step"
                await everybody.wait()
            assert root.span_id != step.span_id

    await asyncio.gather(*(work(number) for number in range(3)))

    spans = streamed(relay)
    ids = {one["span_id"]: one["name"] for one in spans}
    assert {one["name"]: ids.get(one.get("parent_span_id")) for one in spans} == {
        **{f"task {number}": None for number in range(3)},
        **{f"step {number}": f"task {number}" for number in range(3)},
    }


class Mute:
    """An object of the application's that cannot even be printed."""

    def __str__(self) -> str:
        raise RuntimeError("mute")

    __repr__ = __str__


def test_what_cannot_be_printed_does_not_reach_the_application(service: Any, relay: Relay) -> None:
    service(traces_sample_rate=1.0)
    mute: Any = Mute()

    with transaction(mute, op="task", order=mute) as work, span(mute, mute):
        work.set_tag(mute, mute)
        work.set_context("order", mute)
        work.set_attributes(mute)
        measure(mute, mute)

    relay.expect_transaction(name="task")


def test_a_span_that_outlives_its_client_ends_quietly(service: Any) -> None:
    service(traces_sample_rate=1.0)
    work = transaction("job")

    with work:
        shutdown()
        work.set_tag("late", True)
    work.finish()


def test_an_error_that_ends_iterators_passes_through_a_span(service: Any) -> None:
    service(traces_sample_rate=1.0)
    error = StopIteration("value")

    with pytest.raises(StopIteration) as caught, transaction("job"):
        raise error

    assert caught.value is error

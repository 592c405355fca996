"""Sessions, queries, tasks and cron jobs under watch, with what runs without other packages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk

from fake_relay.testing import Relay
from sdk_config import DatabaseMonitor, TaskMonitor, cron, monitored_session, transaction
from sdk_config.monitors import celery_monitor, database_monitor
from sdk_config.monitors.check_ins import parse_schedule
from sdk_config.monitors.tasks import outcome_of
from sdk_config.runtime import current


@pytest.fixture
def traced(service: Any) -> Any:
    """The service with every transaction kept."""
    return service(traces_sample_rate=1.0)


def connect() -> sqlite3.Connection:
    """A session as far as the standard library has one: it commits, rolls back and closes."""
    found = sqlite3.connect(":memory:")
    found.execute("create table orders (id integer primary key)")
    return found


def is_closed(connection: sqlite3.Connection) -> bool:
    """Whether it is; there is no other way to ask."""
    try:
        connection.total_changes  # noqa: B018
    except sqlite3.ProgrammingError:
        return True
    return False


@pytest.mark.usefixtures("traced")
def test_a_session_is_timed_and_closed(relay: Relay) -> None:
    with transaction("request"), monitored_session(connect) as session:
        session.execute("select * from orders")

    assert is_closed(session)
    [span] = relay.expect_transaction(name="request").payload["spans"]
    assert (span["op"], span["status"]) == ("db.session", "ok")


@pytest.mark.usefixtures("traced")
def test_a_database_error_is_reported_once_and_goes_on_unchanged(relay: Relay) -> None:
    with pytest.raises(sqlite3.OperationalError) as caught, monitored_session(connect) as session:
        session.execute("select * from nothing")
    sentry_sdk.capture_exception(caught.value)  # as a framework does at its edge

    assert is_closed(session)
    relay.expect_event(exception="OperationalError", count=1)


@pytest.mark.usefixtures("traced")
def test_another_error_in_a_session_is_left_to_who_catches_it(relay: Relay) -> None:
    with pytest.raises(KeyError), monitored_session(connect):
        raise KeyError("no such order")

    relay.expect_no_event()


@pytest.mark.usefixtures("traced")
def test_a_session_commits_nothing_and_rolls_back_after_an_error(tmp_path: Any) -> None:
    path = tmp_path / "shop.sqlite"
    first = sqlite3.connect(path)
    first.execute("create table orders (id integer primary key)")

    def count() -> int:
        found: int = first.execute("select count(*) from orders").fetchone()[0]
        return found

    with monitored_session(lambda: sqlite3.connect(path)) as session:
        session.execute("insert into orders default values")
    assert count() == 0
    with monitored_session(lambda: sqlite3.connect(path)) as session:
        session.execute("insert into orders default values")
        session.commit()
    assert count() == 1
    with (
        pytest.raises(sqlite3.IntegrityError),
        monitored_session(lambda: sqlite3.connect(path)) as it,
    ):
        it.executescript("begin; insert into orders values (7); insert into orders values (7)")
    assert count() == 1
    first.close()


@pytest.mark.usefixtures("traced")
def test_a_factory_that_fails_raises_its_own_error_and_is_reported(relay: Relay) -> None:
    def refuse() -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open")

    with (
        pytest.raises(sqlite3.OperationalError, match="unable to open"),
        monitored_session(refuse),
    ):
        pass

    relay.expect_event(exception="OperationalError", count=1)


class Frail:
    """A session whose server is gone: nothing of it works any more."""

    def rollback(self) -> None:
        raise ConnectionError("gone")

    def close(self) -> None:
        raise ConnectionError("gone too")


def test_the_applications_error_is_not_hidden_by_a_rollback_that_fails(service: Any) -> None:
    service()
    with pytest.raises(KeyError), monitored_session(Frail):
        raise KeyError("order")
    with pytest.raises(ConnectionError, match="gone too"), monitored_session(Frail):
        pass


class Later:
    """An asynchronous session."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def rollback(self) -> None:
        self.done.append("rollback")

    async def close(self) -> None:
        self.done.append("close")


@pytest.mark.usefixtures("traced")
async def test_an_asynchronous_session_is_awaited() -> None:
    async with monitored_session(Later) as session:
        pass
    assert session.done == ["close"]

    with pytest.raises(KeyError):
        async with monitored_session(Later) as session:
            raise KeyError
    assert session.done == ["rollback", "close"]


@pytest.mark.usefixtures("traced")
def test_a_slow_session_is_tagged(relay: Relay) -> None:
    with transaction("request"), monitored_session(connect, slow_ms=-1):
        pass

    assert relay.expect_transaction(name="request").payload["tags"]["slow"] == "true"


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.usefixtures("traced")
def test_a_slow_query_tags_its_transaction_and_leaves_one_breadcrumb(relay: Relay) -> None:
    clock = Clock()
    monitor = DatabaseMonitor(slow_ms=200, clock=clock)

    with transaction("request"):
        with monitor.query("select 1"):
            clock.now += 0.1
        with monitor.query("select * from orders"):
            clock.now += 0.3
        sentry_sdk.capture_message("after")

    found = relay.expect_transaction(name="request").payload
    assert found["tags"]["db.slow"] == "true"
    assert [one["op"] for one in found["spans"]] == ["db", "db"]
    crumbs = relay.expect_event(message="after").payload["breadcrumbs"]["values"]
    [crumb] = [one for one in crumbs if one["category"] == "db.slow"]
    assert crumb["message"] == "select * from orders"
    assert crumb["data"] == {"duration_ms": 300.0, "limit_ms": 200}
    assert (monitor.queries.count, monitor.queries.slow, monitor.queries.failed) == (2, 1, 0)
    assert round(monitor.queries.total_ms) == 400


@pytest.mark.usefixtures("traced")
def test_a_query_that_fails_is_counted_and_reported_once(relay: Relay) -> None:
    monitor = DatabaseMonitor()

    with pytest.raises(sqlite3.OperationalError), monitor.query("select * from nothing"):
        connect().execute("select * from nothing")

    assert monitor.queries.failed == 1
    relay.expect_event(exception="OperationalError", count=1)


def test_what_is_no_engine_is_refused_without_an_error(service: Any) -> None:
    service()

    assert DatabaseMonitor().attach(object()) is False
    assert database_monitor.attach(None) is False


def double(number: int) -> int:
    return number * 2


@pytest.mark.usefixtures("traced")
def test_a_task_is_timed_and_counted(relay: Relay) -> None:
    monitor = TaskMonitor()

    assert monitor.monitor_task_execution("double")(double)(4) == 8

    found = relay.expect_transaction(name="double").payload
    assert found["contexts"]["trace"]["op"] == "queue.task"
    assert found["tags"]["task.outcome"] == "succeeded"
    assert monitor.counts["double"].succeeded == 1
    metrics = [one for item in relay.items(type="trace_metric") for one in item.payload["items"]]
    assert {one["name"] for one in metrics} == {"task.runs", "task.duration"}


@pytest.mark.usefixtures("traced")
def test_a_task_that_fails_without_an_integration_is_reported_once(relay: Relay) -> None:
    monitor = TaskMonitor()

    @monitor.task("charge")
    def charge() -> None:
        raise ValueError("declined")

    with pytest.raises(ValueError, match="declined"):
        charge()

    assert monitor.counts["charge"].failed == 1
    relay.expect_event(exception="ValueError", count=1)


class Retry(Exception):
    """Control flow as Celery's, told by the module it is in."""

    __module__ = "celery.exceptions"


class Ignore(Exception):
    """Control flow as Celery's."""

    __module__ = "celery.exceptions"


class Own(Exception):
    """An application's error of a name like Celery's is a failure."""


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "succeeded"),
        (Retry(), "retried"),
        (Ignore(), "ignored"),
        (Own(), "failed"),
        (type("Retry", (Exception,), {})(), "failed"),
        (SystemExit(1), "failed"),
    ],
)
def test_how_a_task_ended_is_told_from_its_error(error: Any, outcome: str) -> None:
    assert outcome_of(error) == outcome


@pytest.mark.usefixtures("traced")
async def test_a_retry_is_no_failure(relay: Relay) -> None:
    @celery_monitor.monitor_task_execution("retried only here")
    async def send() -> None:
        raise Retry

    with pytest.raises(Retry):
        await send()

    assert celery_monitor.counts["retried only here"].retried == 1
    assert celery_monitor.counts["retried only here"].failed == 0
    relay.expect_no_event()
    found = relay.expect_transaction(name="retried only here").payload
    assert found["contexts"]["trace"]["status"] == "aborted"


def check_ins(relay: Relay) -> list[dict[str, Any]]:
    """Payloads in the order in which they were sent."""
    return [item.payload for item in relay.items(type="check_in")][::-1]


def test_a_job_checks_in_before_and_after(service: Any, relay: Relay) -> None:
    service()

    @cron("nightly-report", "*/10 * * * *", timezone="Europe/Vienna", margin=2, max_runtime=5)
    def report(day: int) -> int:
        return day

    assert report(3) == 3

    first, last = sorted(check_ins(relay), key=lambda one: one["status"])
    assert (first["status"], last["status"]) == ("in_progress", "ok")
    assert first["check_in_id"] == last["check_in_id"]
    assert last["duration"] >= 0
    assert first["monitor_slug"] == "nightly-report"
    assert first["environment"] == "test"
    assert first["monitor_config"] == {
        "schedule": {"type": "crontab", "value": "*/10 * * * *"},
        "timezone": "Europe/Vienna",
        "checkin_margin": 2,
        "max_runtime": 5,
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("x"), "error"),
        (KeyboardInterrupt(), "error"),
        (SystemExit(2), "error"),
        (SystemExit(0), "ok"),
    ],
)
def test_a_job_that_raises_checks_in_as_it_ended_and_is_not_reported(
    error: BaseException, status: str, service: Any, relay: Relay
) -> None:
    service()

    with pytest.raises(type(error)) as caught, cron("job"):
        raise error

    assert caught.value is error
    assert sorted(one["status"] for one in check_ins(relay)) == sorted(["in_progress", status])
    relay.expect_no_event()


async def test_jobs_of_every_kind_check_in(service: Any, relay: Relay) -> None:
    service()

    @cron("later")
    async def later() -> int:
        return 1

    @cron("steps")
    def steps() -> Iterator[int]:
        yield 2

    assert await later() == 1
    assert list(steps()) == [2]

    assert sorted((one["monitor_slug"], one["status"]) for one in check_ins(relay)) == [
        ("later", "in_progress"),
        ("later", "ok"),
        ("steps", "in_progress"),
        ("steps", "ok"),
    ]


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("0 3 * * 1-5", {"type": "crontab", "value": "0 3 * * 1-5"}),
        (" @daily ", {"type": "crontab", "value": "@daily"}),
        ("every 10 minutes", {"type": "interval", "value": 10, "unit": "minute"}),
        ("2 hours", {"type": "interval", "value": 2, "unit": "hour"}),
        ("Every day", {"type": "interval", "value": 1, "unit": "day"}),
    ],
)
def test_schedules_in_words_and_as_crontab(text: str, schedule: dict[str, Any]) -> None:
    assert parse_schedule(text) == schedule


@pytest.mark.parametrize("text", ["", "sometimes", "* * * *", "every 5 fortnights"])
def test_a_schedule_that_is_none_is_refused_but_the_job_runs(
    text: str, service: Any, relay: Relay
) -> None:
    with pytest.raises(ValueError, match="expected a crontab line"):
        parse_schedule(text)

    service()
    with cron("job", text):
        pass

    assert all("monitor_config" not in one for one in check_ins(relay))
    assert len(check_ins(relay)) == 2


def test_when_off_all_of_it_still_runs(service: Any, relay: Relay) -> None:
    service(dsn="")

    with monitored_session(connect, slow_ms=-1), cron("job", "@daily"):
        assert TaskMonitor().task("double")(double)(2) == 4
    with pytest.raises(sqlite3.OperationalError), DatabaseMonitor().query("x"):
        connect().execute("nonsense")

    running = current()
    assert running is not None
    assert running.failures == []
    assert relay.items() == []


class Mute:
    """An object of the application's that cannot even be printed."""

    def __str__(self) -> str:
        raise RuntimeError("mute")


@pytest.mark.usefixtures("traced")
def test_what_cannot_be_printed_does_not_reach_the_application(relay: Relay) -> None:
    mute: Any = Mute()

    with transaction("request"), DatabaseMonitor(slow_ms=-1).query(mute):
        pass
    with cron(mute, "@daily"):
        pass
    assert TaskMonitor().task(mute)(double)(2) == 4

    relay.expect_transaction(name="request")

"""SQLAlchemy's engines and Celery's tasks under watch, beside the SDK's own integrations."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from fake_relay.testing import Relay

pytestmark = pytest.mark.slow

DATABASE = """
import asyncio, json, sys
import sdk_config
from sdk_config import DatabaseMonitor, flush, monitored_session, setup, transaction
from sdk_config.monitors.database import pool_state
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError, TimeoutError
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import QueuePool

own = sys.argv[1] == "own"
if own:
    from sentry_sdk.integrations.sqlalchemy import SqlalchemyIntegration

    status = setup(disabled_integrations=[SqlalchemyIntegration()])
else:
    status = setup()
engine = create_engine(
    "sqlite://", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.01,
    connect_args={"check_same_thread": False},
)
now = [0.0]


def clock():
    now[0] += 0.05
    return now[0]


monitor = DatabaseMonitor(engine, slow_ms=60, clock=clock)
assert monitor.attach(engine)
SessionLocal = sessionmaker(engine)
with transaction("request"):
    with monitored_session(SessionLocal) as session:
        session.execute(text("select 1"))
        now[0] -= 0.04
    fast = monitor.queries
    monitor.slow_ms = 1
    with monitored_session(SessionLocal) as session:
        session.execute(text("select 2"))
try:
    with transaction("failing"), monitored_session(SessionLocal) as session:
        session.execute(text("select * from nothing"))
except OperationalError as error:
    sdk_config.capture_exception(error)
try:
    with transaction("waiting"), engine.connect(), monitored_session(SessionLocal) as session:
        session.execute(text("select 3"))
except TimeoutError:
    pass
state = pool_state(engine)
flush(5)
print(json.dumps({
    "counts": [monitor.queries.count, monitor.queries.failed],
    "slow": monitor.queries.slow,
    "fast": fast.slow,
    "free": [state.size, state.checked_out, state.exhausted],
    "failures": sdk_config.runtime.current().failures,
}))
"""


@pytest.mark.parametrize("spans", ["own", "integration"])
def test_an_engine_is_watched_and_no_query_is_a_span_twice(
    spans: str, run_app: Any, relay: Relay
) -> None:
    told = json.loads(run_app(DATABASE, spans, frameworks=("SQLAlchemy",)))

    assert told == {
        "counts": [3, 1],
        "slow": 2,
        "fast": 0,
        "free": [1, 0, False],
        "failures": [],
    }
    found = relay.expect_transaction(name="request").payload
    assert Counter(one["op"] for one in found["spans"]) == {"db": 2, "db.session": 2}
    assert found["tags"]["db.slow"] == "true"
    relay.expect_event(exception="OperationalError", count=1)
    event = relay.expect_event(exception="TimeoutError", count=1).payload
    crumbs = [one for one in event["breadcrumbs"]["values"] if one["category"] == "db.pool"]
    assert crumbs[-1]["data"]["limit"] == 1
    waiting = relay.expect_transaction(name="waiting").payload
    assert waiting["tags"]["db.pool_exhausted"] == "true"
    metrics = [one for item in relay.items(type="trace_metric") for one in item.payload["items"]]
    assert {"db.pool.size", "db.pool.checked_out", "db.pool.overflow"} <= {
        one["name"] for one in metrics
    }


TASKS = """
import json
import sdk_config
from celery import Celery
from sdk_config.monitors import celery_monitor

sdk_config.setup()
app = Celery("shop", broker="memory://", backend="cache+memory://")


@app.task
@celery_monitor.monitor_task_execution("send_email")
def send_email(to):
    return f"sent to {to}"


@app.task
@celery_monitor.monitor_task_execution("charge")
def charge():
    raise ValueError("declined")


@app.task(bind=True, max_retries=1)
@celery_monitor.monitor_task_execution("retry")
def retry(self):
    raise self.retry(countdown=0)


@app.task(bind=True)
@celery_monitor.monitor_task_execution("ignore")
def ignore(self):
    from celery.exceptions import Ignore

    raise Ignore


@celery_monitor.monitor_task_execution("own loop")
def step():
    raise LookupError("outside of any worker")


try:
    step()
except LookupError:
    pass
results = [send_email.apply(args=["a"]).get(), charge.apply().state, ignore.apply().state]
retry.apply()
sdk_config.flush(5)
print(json.dumps({"results": results, "counts": {
    name: [one.succeeded, one.failed, one.retried, one.ignored]
    for name, one in celery_monitor.counts.items()
}}))
"""


def test_tasks_of_celery_are_counted_and_a_failure_is_reported_once(
    run_app: Any, relay: Relay
) -> None:
    told = json.loads(run_app(TASKS, frameworks=("Celery",)))

    assert told["results"] == ["sent to a", "FAILURE", "IGNORED"]
    counts = told["counts"]
    assert counts["send_email"] == [1, 0, 0, 0]
    assert counts["charge"] == [0, 1, 0, 0]
    assert counts["ignore"] == [0, 0, 0, 1]
    assert counts["retry"][2] >= 1
    event = relay.expect_event(exception="ValueError", count=1).payload
    # The integration's own report, which knows that nobody handled it.
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is False
    # Celery is installed and its integration runs, but no worker called this one.
    relay.expect_event(exception="LookupError", count=1)
    assert [
        item.payload["exception"]["values"][-1]["type"]
        for item in relay.items(type="event")
        if item.payload["exception"]["values"][-1]["type"] in {"Retry", "Ignore"}
    ] == []
    found = relay.expect_transaction(name="shop.send_email").payload
    assert "queue.task" in {one["op"] for one in found["spans"]}

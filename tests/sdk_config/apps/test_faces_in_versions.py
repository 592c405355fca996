"""Performance, monitors, health page and recording under each SDK, warnings being errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.testing import Relay

APP = """
import asyncio, json, sqlite3, warnings
warnings.simplefilter("error")
import sdk_config
from sdk_config import (
    DatabaseMonitor, TaskMonitor, cron, flush, health_payload, measure, monitor, monitored_session,
    recording, setup, span, transaction,
)
from sdk_config.runtime import current

setup()
clock = iter([0.0, 1.0])
database = DatabaseMonitor(slow_ms=200, clock=lambda: next(clock))


def connect():
    return sqlite3.connect(":memory:")


@monitor("plain")
def plain():
    return 1


@monitor("later")
async def later():
    return 2


@monitor("steps")
def steps():
    yield 3


@monitor("later steps")
async def later_steps():
    yield 4


async def collect():
    return [await later(), *[step async for step in later_steps()]]


@cron("nightly", "every 10 minutes")
def job():
    return 5


with transaction("order", op="task", queue="fast") as work:
    work.set_tag("priority", "high")
    work.set_context("cart", {"lines": 2})
    with span("db", "select"):
        measure("rows", 12, "row")
    with work.start_child(op="http", description="charge") as child:
        child.set_data("attempt", 2)
    found = [plain(), *steps(), *asyncio.run(collect()), job(), TaskMonitor().task("task")(plain)()]
    with database.query("select 1"):
        pass
    with monitored_session(connect) as session:
        session.execute("select 1")
try:
    with transaction("bad"), monitored_session(connect) as session:
        session.execute("select * from nothing")
except sqlite3.OperationalError:
    pass
emptied = flush(5)
answer = {
    "found": found,
    "healthy": health_payload()["sentry"]["enabled"],
    "failures": current().failures,
    "emptied": emptied,
}
with recording() as kept:
    sdk_config.capture_message("kept")
    answer["recorded"] = [event["message"] for event in kept.events]
print(json.dumps(answer))
"""

NAMES = {"select", "charge", "plain", "steps", "later", "later steps", "task", "select 1"}


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("version", ["1.45.1", "2.0.1", "2.75.0", "3.0.0b2"])
def test_every_face_works_under_each_sdk(version: str, run_app: Any, relay: Relay) -> None:
    answer = json.loads(run_app(APP, version=version))

    assert answer == {
        "found": [1, 3, 2, 4, 5, 1],
        "healthy": True,
        "failures": [],
        "emptied": True,
        "recorded": ["kept"],
    }
    if version.startswith("3"):
        spans = [one for item in relay.items(type="span") for one in item.payload["items"]]
        names = {one["name"] for one in spans if one.get("parent_span_id")}
        roots = {one["name"] for one in spans if not one.get("parent_span_id")}
    else:
        found = relay.expect_transaction(name="order").payload
        names = {one["description"] for one in found["spans"]}
        roots = {item.payload["transaction"] for item in relay.items(type="transaction")}
        assert found["tags"]["priority"] == "high"
        assert found["tags"]["db.slow"] == "true"
        assert found["measurements"]["rows"] == {"value": 12, "unit": "row"}
        assert found["contexts"]["cart"] == {"lines": 2}
    assert names >= NAMES
    # This version traces its own requests too.
    assert roots & {*names, "order", "bad"} == {"order", "bad"}
    relay.expect_event(exception="OperationalError", count=1)
    statuses = sorted(item.payload["status"] for item in relay.items(type="check_in"))
    assert statuses == ["in_progress", "ok"]

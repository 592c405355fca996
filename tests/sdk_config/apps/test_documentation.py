"""The pages of sdk_config run: every example, from top to bottom, against a relay."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fake_relay.testing import Relay

pytestmark = pytest.mark.slow

PAGES = Path(__file__).parents[3] / "docs" / "sdk-config"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)


def page(name: str) -> str:
    """All examples of a page as one script."""
    return "\n".join(BLOCK.findall((PAGES / name).read_text("utf-8")))


def section(title: str) -> str:
    """The example of one framework."""
    sections = dict(SECTION.findall((PAGES / "frameworks.md").read_text("utf-8")))
    [found] = BLOCK.findall(sections[title])
    return str(found)


def transactions(relay: Relay) -> list[str]:
    """Names in alphabetical order."""
    return sorted(item.payload["transaction"] for item in relay.items(type="transaction"))


def test_the_quick_start_sends_an_error_in_a_transaction(run_app: Any, relay: Relay) -> None:
    assert run_app(page("README.md")) == "True test shop@2.0.3\n"

    event = relay.expect_event(exception="ValueError", release="shop@2.0.3").payload
    found = relay.expect_transaction(name="checkout").payload
    assert found["tags"]["plan"] == "pro"
    assert event["contexts"]["trace"]["trace_id"] == found["contexts"]["trace"]["trace_id"]


def test_the_page_of_performance_runs(run_app: Any, relay: Relay) -> None:
    run_app(page("performance.md"))

    assert transactions(relay) == ["booking_creation", "export_rows", "import", "process_order"]
    found = relay.expect_transaction(name="process_order").payload
    assert [one["description"] for one in found["spans"]] == ["select the order", "charge the card"]
    [item] = relay.items(type="trace_metric")
    assert [one["name"] for one in item.payload["items"]] == ["rows"]


def test_the_page_of_monitors_runs(run_app: Any, relay: Relay) -> None:
    told = run_app(page("monitors.md"), frameworks=("SQLAlchemy",))

    assert told.startswith("1 0 0\nTaskCounts(succeeded=1, failed=0, retried=0, ignored=0")
    relay.expect_event(exception="OperationalError", count=1)
    check_ins = relay.items(type="check_in")
    assert Counter((one.payload["monitor_slug"], one.payload["status"]) for one in check_ins) == {
        (slug, status): 1 for slug in ("nightly-report", "sync") for status in ("in_progress", "ok")
    }


def test_the_page_of_status_runs(run_app: Any, relay: Relay) -> None:
    run_app(page("status.md"))

    relay.expect_event(message="something to count", count=1)


def test_the_page_of_opentelemetry_runs(run_app: Any, relay: Relay) -> None:
    run_app(page("otel.md"), otel=True)

    found = relay.expect_transaction(name="process_export").payload
    event = relay.expect_event(message="half way").payload
    assert event["contexts"]["trace"]["trace_id"] == found["contexts"]["trace"]["trace_id"]


def test_the_page_of_testing_runs_and_sends_nothing(run_app: Any, relay: Relay) -> None:
    run_app(page("testing.md"))

    assert relay.items() == []


WEB = {
    "Django": """
from werkzeug.test import Client

client = Client(application)
answers = [client.get(path) for path in ("/orders/7", "/fail", "/health")]
assert [answer.status_code for answer in answers] == [200, 500, 200]
assert answers[-1].json["sentry"]["enabled"]
""",
    "FastAPI": """
import asyncio, json


async def get(path):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": path,
        "raw_path": path.encode(), "query_string": b"", "headers": [], "scheme": "http",
        "root_path": "", "server": ("shop", 80), "client": ("127.0.0.1", 1),
    }
    try:
        await app(scope, receive, send)
    except ZeroDivisionError:
        pass
    return sent[0]["status"], sent[1]["body"]


answers = [asyncio.run(get(path)) for path in ("/orders/7", "/fail", "/health")]
assert [status for status, body in answers] == [200, 500, 200]
assert json.loads(answers[-1][1])["sentry"]["enabled"]
""",
    "Flask": """
client = app.test_client()
answers = [client.get(path) for path in ("/orders/7", "/fail", "/health")]
assert [answer.status_code for answer in answers] == [200, 500, 200]
assert answers[-1].json["sentry"]["enabled"]
""",
    "aiohttp": """
import asyncio

from aiohttp.test_utils import TestClient, TestServer


async def drive():
    async with TestClient(TestServer(app)) as client:
        answers = [await client.get(path) for path in ("/orders/7", "/fail", "/health")]
        assert [answer.status for answer in answers] == [200, 500, 200]
        assert (await answers[-1].json())["sentry"]["enabled"]


asyncio.run(drive())
""",
}


@pytest.mark.parametrize("framework", WEB)
def test_the_example_of_a_web_framework_serves_and_reports_once(
    framework: str, run_app: Any, relay: Relay
) -> None:
    run_app(section(framework) + WEB[framework], frameworks=(framework,))

    event = relay.expect_event(exception="ZeroDivisionError", count=1).payload
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is False
    assert event["tags"]["request_id"]
    orders = [
        item.payload
        for item in relay.items(type="transaction")
        if "order" in item.payload["transaction"]
    ]
    assert [one["contexts"]["business"] for one in orders] == [{"order_id": 7}]


def test_the_example_of_celery_reports_a_failure_once(run_app: Any, relay: Relay) -> None:
    drive = """
assert send_email.apply(args=["a customer"]).get() == "sent to a customer"
assert charge.apply(args=[5]).state == "FAILURE"
assert (tasks.counts["send_email"].succeeded, tasks.counts["charge"].failed) == (1, 1)
"""
    run_app(section("Celery") + drive, frameworks=("Celery",))

    relay.expect_event(exception="ZeroDivisionError", count=1)
    assert transactions(relay) == ["shop.charge", "shop.send_email"]


def test_the_example_of_a_script_reports_what_nobody_catches(run_app: Any, relay: Relay) -> None:
    stop = "import sys, os; hook = sys.excepthook\n"
    # The interpreter ends with 1; the test's runner takes 0 for well done.
    end = "sys.excepthook = lambda *error: (hook(*error), flush(5), os._exit(0))\n"
    code = section("A script").replace("setup()\n", f"setup()\n{stop}{end}", 1)
    run_app("from sdk_config import flush\n" + code)

    event = relay.expect_event(exception="ZeroDivisionError", count=1).payload
    assert event["exception"]["values"][-1]["mechanism"]["type"] == "excepthook"
    assert sorted(one.payload["status"] for one in relay.items(type="check_in")) == [
        "error",
        "in_progress",
    ]
    found = relay.expect_transaction(name="import").payload
    assert found["contexts"]["trace"]["status"] == "internal_error"


def test_the_example_of_a_handler_sends_before_it_returns(run_app: Any, relay: Relay) -> None:
    drive = """
import os

assert handler({"order": 7, "lines": 4}, None) == {"status": 200, "share": 25.0}
assert handler({"order": 8, "lines": 0}, None) == {"status": 500}
os._exit(0)  # as the platform does: no exit handler runs
"""
    run_app(section("A Lambda-style handler") + drive)

    relay.expect_event(exception="ZeroDivisionError", count=1)
    assert transactions(relay) == ["handler", "handler"]

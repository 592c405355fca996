"""The documents' spellings of performance and monitors, in calls of our own writing."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

import sdk_config
from fake_relay.testing import Relay


@pytest.mark.parametrize(
    ("alias", "original"),
    [
        ("start_transaction", "transaction"),
        ("start_span", "span"),
        ("monitor_performance", "monitor"),
        ("monitored_db_session", "monitored_session"),
    ],
)
def test_an_alias_is_the_function_itself(alias: str, original: str) -> None:
    assert getattr(sdk_config, alias) is getattr(sdk_config, original)


def test_a_transaction_in_the_words_of_s2(service: Any, relay: Relay) -> None:
    service(traces_sample_rate=1.0)

    with sdk_config.start_transaction("process_order", op="task") as transaction:
        for name in ("order_id", "priority", "feature", "user_type"):
            transaction.set_tag(name, name.upper())
        with transaction.start_child(op="db", description="load the order"):
            pass
        with transaction.start_child(op="http", description="ask the bank"):
            pass

    found = relay.expect_transaction(name="process_order").payload
    tags = {"order_id", "priority", "feature", "user_type"}
    assert {name: found["tags"][name] for name in tags} == {name: name.upper() for name in tags}
    assert [(one["op"], one["description"]) for one in found["spans"]] == [
        ("db", "load the order"),
        ("http", "ask the bank"),
    ]


def test_a_transaction_in_the_words_of_s3(service: Any, relay: Relay) -> None:
    service(traces_sample_rate=1.0)

    with sdk_config.start_transaction(op="api", name="create_appointment"):
        with sdk_config.start_span(op="db.query", description="find a chair"):
            pass
        with sdk_config.start_span(op="business.logic", description="price it"):
            pass

    found = relay.expect_transaction(name="create_appointment").payload
    assert found["contexts"]["trace"]["op"] == "api"
    assert [(one["op"], one["description"]) for one in found["spans"]] == [
        ("db.query", "find a chair"),
        ("business.logic", "price it"),
    ]


def test_monitors_in_the_words_of_s3(service: Any, relay: Relay) -> None:
    service(traces_sample_rate=1.0)

    @sdk_config.monitor_performance("booking_creation")  # type: ignore[untyped-decorator]
    def create() -> str:
        with sdk_config.monitored_db_session(lambda: sqlite3.connect(":memory:")) as session:
            session.execute("select 1")
        with sdk_config.database_monitor.query("select 2"):
            return "booked"

    @sdk_config.celery_monitor.monitor_task_execution("send_email_notification")
    def send() -> str:
        return "sent"

    assert (create(), send()) == ("booked", "sent")

    found = relay.expect_transaction(name="booking_creation").payload
    assert sorted(one["op"] for one in found["spans"]) == ["db", "db.session"]
    relay.expect_transaction(name="send_email_notification")

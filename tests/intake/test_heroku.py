"""Heroku's log drains become logs (PROTOCOL.md 2.10)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.intake.containers import MAX_RECORDS

PATH = "/api/42/integration/heroku/logs"
LOGPLEX = "application/logplex-1"
LINE = "83 <40>1 2023-11-14T22:00:00+00:00 host app web.3 - State changed from starting to up"
DATABASE = (
    "99 <134>1 2023-11-14T22:00:01.500000+00:00 host app heroku-postgres pg"
    " source=DATABASE sample#tables=43"
)
FRAME = {
    "logplex-frame-id": "frame-1",
    "logplex-drain-token": "d.1",
    "user-agent": "Logplex/v72",
}


def post(sender: Any, body: bytes, content_type: str = LOGPLEX, path: str = PATH) -> Any:
    """The answer of the door."""
    return sender.send(body, path=path, headers={"content-type": content_type, **FRAME})


def records(sender: Any) -> list[dict[str, Any]]:
    """The log records of the only item, attributes without their types."""
    [item] = sender.items
    assert item.outcome == ""
    found: list[dict[str, Any]] = json.loads(sender.store.payload(item.id))["items"]
    for record in found:
        record["attributes"] = {name: each["value"] for name, each in record["attributes"].items()}
    return found


def test_a_line_becomes_a_log_with_what_syslog_and_the_frame_say(sender: Any) -> None:
    assert post(sender, f"{LINE}\n".encode()).status == 202
    [record] = records(sender)
    assert (record["timestamp"], record["level"]) == (1.6999992e9, "fatal")
    assert record["body"] == "State changed from starting to up"
    assert record["attributes"] == {
        "sentry.origin": "auto.log_drain.heroku",
        "heroku.logplex.frame_id": "frame-1",
        "heroku.logplex.drain_token": "d.1",
        "heroku.logplex.version": "Logplex/v72",
        "syslog.facility": 5,
        "syslog.version": 1,
        "syslog.procid": "web.3",
        "resource.host.name": "host",
        "resource.service.name": "app",
    }


def test_pairs_in_a_message_are_parameters_of_its_template(sender: Any) -> None:
    post(sender, f"{LINE}\n{DATABASE}\n".encode())
    _, record = records(sender)
    attributes = record["attributes"]
    assert (record["level"], attributes["syslog.msgid"]) == ("info", "pg")
    assert attributes["sentry.message.template"] == "source={source} sample#tables={sample#tables}"
    assert attributes["sentry.message.parameter.source"] == "DATABASE"
    assert attributes["sentry.message.parameter.sample#tables"] == "43"


@pytest.mark.parametrize(
    ("severity", "level"),
    list(enumerate(("fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug"))),
)
def test_a_severity_is_a_level(sender: Any, severity: int, level: str) -> None:
    post(sender, LINE.replace("<40>", f"<{40 + severity}>").encode())
    assert [record["level"] for record in records(sender)] == [level]


def test_lines_that_are_no_syslog_are_passed_over(sender: Any) -> None:
    bad = LINE.replace("2023-11-14", "2023-99-99")
    post(sender, f"nothing\n{LINE}\n\n{bad}\n{LINE}".encode())
    assert len(records(sender)) == 2


@pytest.mark.parametrize("body", [b"", b"nothing", b"\xff"])
def test_what_does_not_decode_is_kept_and_invalid(sender: Any, body: bytes) -> None:
    assert post(sender, body).status == 202
    [item] = sender.items
    assert (item.type, item.outcome) == ("integration", "invalid(invalid_json)")


@pytest.mark.parametrize("path", [PATH, PATH + "/"])
@pytest.mark.parametrize(("content_type", "status"), [(LOGPLEX, 202), ("text/plain", 415)])
def test_only_its_own_type_is_taken(sender: Any, path: str, content_type: str, status: int) -> None:
    assert post(sender, LINE.encode(), content_type, path).status == status


def test_more_records_than_are_converted_at_once_are_413(sender: Any) -> None:
    assert post(sender, f"{LINE}\n".encode() * (MAX_RECORDS + 1)).status == 413
    assert sender.items == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\x0b", "\x85", "\u2028"])
def test_empty_lines_count_too(sender: Any, end: str) -> None:
    assert post(sender, (LINE + end * (MAX_RECORDS + 1)).encode()).status == 413


def test_lines_of_two_characters_at_their_end_count_once(sender: Any) -> None:
    assert post(sender, f"{LINE}\r\n".encode() * (MAX_RECORDS // 2 + 1)).status == 202


def test_what_the_frame_says_of_each_line_does_not_make_a_small_request_a_huge_one(
    sender: Any,
) -> None:
    headers = {"content-type": LOGPLEX, "logplex-drain-token": "x" * 60_000}
    assert sender.send(f"{LINE}\n".encode() * 600, path=PATH, headers=headers).status == 413

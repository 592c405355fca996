"""`list`, `show`, `tail` and `clear` against a running server."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from fake_relay.client import RelayClient

Send = Callable[..., str]
Invoke = Callable[..., Result]
Start = Callable[..., "subprocess.Popen[str]"]

ERROR = {
    "level": "error",
    "release": "shop@2.0",
    "environment": "staging",
    "exception": {"values": [{"type": "ValueError", "value": "card declined"}]},
}
ID = "0123456789abcdef0123456789abcdef"


def test_list_says_so_when_nothing_is_stored(invoke: Invoke) -> None:
    result = invoke("list")
    assert (result.exit_code, result.stdout) == (
        0,
        "nothing stored yet; give SENTRY_DSN to an application as `fake-relay serve` printed it\n",
    )


def test_list_shows_title_level_release_and_environment(invoke: Invoke, send: Send) -> None:
    send(("event", ERROR))
    output = invoke("list").stdout
    shown = ("ValueError: card declined", "error", "shop@2.0", "staging")
    assert [text in output for text in shown] == [True] * 4


def test_list_is_newest_first(invoke: Invoke, send: Send) -> None:
    send(("event", {"message": "first"}))
    send(("event", {"message": "second"}))
    output = invoke("list").stdout
    assert output.index("second") < output.index("first")


def test_list_narrows_by_project_and_type(invoke: Invoke, send: Send) -> None:
    send(("event", {"message": "mine"}), ("client_report", {"discarded_events": []}), project="7")
    send(("event", {"message": "theirs"}), project="8")
    found = json.loads(invoke("list", "--project", "7", "--type", "event", "--json").stdout)
    assert [item["title"] for item in found["items"]] == ["mine"]


def test_list_finds_by_a_search_in_words(invoke: Invoke, send: Send) -> None:
    send(("event", ERROR))
    send(("event", {"message": "other", "level": "info"}))
    found = json.loads(invoke("list", "level:error", "release:shop@2.*", "--json").stdout)
    assert [item["level"] for item in found["items"]] == ["error"]


def test_list_reads_on_over_pages_up_to_its_limit(invoke: Invoke, send: Send) -> None:
    send(("event", {"message": "x"}), *[("x_new", b"a")] * 300)
    found = json.loads(invoke("list", "-n", "250", "--json").stdout)
    assert len(found["items"]) == 250


def test_a_wrong_search_points_at_its_column(invoke: Invoke) -> None:
    result = invoke("list", "level:error (release:x")
    lines = result.stderr.splitlines()
    assert (result.exit_code, lines[-2]) == (2, "  level:error (release:x")
    assert lines[-1].strip() == "^"


def test_nobody_there_is_status_3_and_a_question(invoke: Invoke) -> None:
    result = invoke("list", "--url", "http://127.0.0.1:9")
    assert result.exit_code == 3
    assert "is `fake-relay serve` running there?" in result.stderr


def test_something_else_there_is_status_3(invoke: Invoke, server: Any) -> None:
    result = invoke("list", "--url", server.url + "/api")
    assert result.exit_code in (2, 3)
    assert "Traceback" not in result.stderr


def test_a_url_that_is_none_is_a_usage_error(invoke: Invoke) -> None:
    result = invoke("list", "--url", "localhost:9119")
    assert (result.exit_code, "'localhost:9119'" in result.stderr) == (2, True)


def test_show_finds_an_item_by_its_number(invoke: Invoke, send: Send) -> None:
    send(("event", ERROR))
    assert "ValueError: card declined" in invoke("show", "1").stdout


@pytest.mark.parametrize("spelling", [ID, ID.upper(), "01234567-89ab-cdef-0123-456789abcdef"])
def test_show_finds_the_event_of_an_event_id_before_its_attachments(
    invoke: Invoke, send: Send, spelling: str
) -> None:
    send(("attachment", b"hello"), ("event", ERROR), event_id=ID)
    output = invoke("show", spelling).stdout
    assert "ValueError: card declined" in output
    assert "With the same event" in output


def test_show_latest_is_the_newest_of_its_type(invoke: Invoke, send: Send) -> None:
    send(("event", {"message": "old"}))
    send(("event", {"message": "new"}))
    send(("client_report", {"discarded_events": []}))
    shown = json.loads(invoke("show", "latest", "--type", "event", "--json").stdout)
    assert shown["payload"]["message"] == "new"


def test_show_raw_writes_the_payload_byte_for_byte(invoke: Invoke, send: Send) -> None:
    data = b'{ "message" :\t"as sent" }\xff\x00\x1b[31m'
    send(("attachment", data), event_id=ID)
    assert invoke("show", "1", "--raw").stdout_bytes == data


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ("99", "there is no item 99"),
        ("latest", "nothing is stored"),
        (ID, "nothing has the event id"),
        ("banana", "neither an item's number"),
        ("9" * 40, "neither an item's number"),
    ],
)
def test_show_says_what_there_is_not(invoke: Invoke, which: str, said: str) -> None:
    result = invoke("show", which)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_clear_forgets_one_project(invoke: Invoke, send: Send, client: RelayClient) -> None:
    send(("event", {}), project="1")
    send(("event", {}), project="2")
    result = invoke("clear", "--project", "1", "--yes", "--json")
    assert json.loads(result.stdout) == {"deleted": 1}
    assert [found.item.project for found in client.search().items] == ["2"]


def test_clear_wants_a_yes_where_nobody_can_be_asked(
    invoke: Invoke, send: Send, client: RelayClient
) -> None:
    send(("event", {}))
    result = invoke("clear")
    assert (result.exit_code, len(client.search().items)) == (2, 1)


def test_tail_prints_old_items_and_then_what_arrives(start: Start, server: Any, send: Send) -> None:
    send(("event", {"message": "old"}))
    child = start("tail", "-n", "1", "--json", "--url", server.url)
    assert child.stdout is not None
    first = json.loads(child.stdout.readline())
    send(("event", {"message": "new"}))
    second = json.loads(child.stdout.readline())
    assert (first["title"], second["title"]) == ("old", "new")


def test_tail_shows_only_what_its_search_finds(start: Start, server: Any, send: Send) -> None:
    send(("event", {"message": "here", "level": "error"}))
    child = start("tail", "-n", "5", "-q", "level:error", "--url", server.url)
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    send(("event", {"message": "quiet", "level": "info"}))
    send(("event", {"message": "loud", "level": "error"}))
    lines.append(child.stdout.readline())
    assert ["here" in lines[0], "loud" in lines[1]] == [True, True]


def test_ctrl_c_ends_tail_with_status_0(start: Start, server: Any, send: Send) -> None:
    send(("event", {"message": "old"}))
    child = start("tail", "-n", "1", "--url", server.url)
    assert child.stdout is not None
    child.stdout.readline()
    child.send_signal(signal.SIGINT)
    _, error = child.communicate(timeout=30)
    assert (child.returncode, error) == (0, "")


def test_a_line_of_tail_is_whole_where_nobody_looks(start: Start, server: Any, send: Send) -> None:
    send(("event", {"message": "x" * 190, "release": "shop@2.0"}))
    child = start("tail", "-n", "1", "--url", server.url)
    assert child.stdout is not None
    line = child.stdout.readline()
    assert (line.count("x"), line.endswith("shop@2.0\n")) == (190, True)


@pytest.mark.parametrize("command", [("list",), ("show", "1")])
def test_nothing_is_coloured_where_no_terminal_is(
    invoke: Invoke, send: Send, command: tuple[str, ...]
) -> None:
    send(("event", ERROR))
    assert "\x1b" not in invoke(*command, color=True).stdout


def test_tail_ends_with_status_3_when_the_server_stops(start: Start, server: Any) -> None:
    child = start("tail", "-n", "1", "--json", "--url", server.url)
    with RelayClient(server.url) as client:
        client.send_envelope(b'{}\n{"type":"event"}\n{}', project="1", public_key="k" * 32)
    assert child.stdout is not None
    child.stdout.readline()
    server.stop()
    _, error = child.communicate(timeout=30)
    assert (child.returncode, "Traceback" in error) == (3, False)


def test_a_reader_that_goes_away_is_no_error(start: Start, server: Any, send: Send) -> None:
    send(("event", {"message": "x" * 150}), *[("x_new", b"a")] * 300)
    child = start("list", "-n", "400", "--url", server.url)
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    assert "Traceback" not in child.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["level:fatal"], "nothing found among 2 items"),
        (["--type", "log"], "nothing found among 2 items"),
        (["--project", "77"], "nothing found among 2 items"),
        (
            ["--type", "evnt"],
            "nothing found; SDKs send no item of type 'evnt'; did you mean 'event'?",
        ),
    ],
)
def test_a_list_that_finds_nothing_says_why(
    invoke: Invoke, send: Send, arguments: list[str], told: str
) -> None:
    send(("event", {"message": "one"}))
    send(("event", {"message": "two"}), project="2")
    assert invoke("list", *arguments).stdout == f"{told}\n"


def test_show_says_where_it_found_nothing(invoke: Invoke, send: Send) -> None:
    send(("event", {"message": "one"}))
    result = invoke("show", "latest", "--type", "log", "--project", "7")
    assert result.exit_code == 2
    assert "nothing of type 'log' in project 7 is stored that could be shown" in result.stderr


def test_a_client_report_says_what_its_reasons_mean(invoke: Invoke, send: Send) -> None:
    discards = [
        {"reason": "before_send", "category": "error", "quantity": 2},
        {"reason": "of_its_own", "category": "error", "quantity": 1},
    ]
    send(("client_report", {"discarded_events": discards}))
    shown = invoke("show", "latest").stdout
    assert "a before_send hook gave nothing back" in shown
    assert "of_its_own" in shown


def test_list_marks_what_has_findings_and_show_prints_them(invoke: Invoke, send: Send) -> None:
    send(("event", ERROR | {"release": "a/b", "platform": "python", "timestamp": time.time()}))
    assert "card declined  1 finding" in invoke("list").stdout
    (listed,) = json.loads(invoke("list", "--json").stdout)["items"]
    assert [found["code"] for found in listed["findings"]] == ["invalid-release"]
    shown = invoke("show", "latest").stdout
    assert "What Sentry would change" in shown
    assert "error   release  Sentry drops this release's name" in shown


def test_a_clean_item_is_listed_without_a_mark(invoke: Invoke, send: Send) -> None:
    send(("event", ERROR | {"platform": "python", "timestamp": time.time()}))
    assert "finding" not in invoke("list").stdout
    assert "What Sentry would change" not in invoke("show", "latest").stdout


def test_records_that_were_refused_alone_are_told(invoke: Invoke, send: Send) -> None:
    record = {"timestamp": time.time(), "trace_id": "b" * 32, "level": "info", "body": "hi"}
    send(("log", {"items": [record, {}, {}]}, {"item_count": 3}))
    assert "2 of 3 not accepted" in invoke("list").stdout
    assert "2 records not accepted: invalid(invalid_log)" in invoke("show", "latest").stdout
    refused = json.loads(invoke("show", "latest", "--json").stdout)["refused_records"]
    assert refused == [{"outcome": "invalid(invalid_log)", "count": 2, "records": [1, 2]}]

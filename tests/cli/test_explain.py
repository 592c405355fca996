"""`explain` and `refused`, and what `tail` tells of refusals."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from click.testing import Result

Send = Callable[..., str]
Invoke = Callable[..., Result]
Start = Callable[..., "subprocess.Popen[str]"]
Post = Callable[..., int]

ID = "0123456789abcdef0123456789abcdef"
DOOR = "/api/42/envelope/?sentry_key=" + "a" * 32


@pytest.fixture
def post(server: Any) -> Post:
    """Post bytes to a path of the server; the status."""

    def send_bytes(body: bytes, path: str = DOOR) -> int:
        return urllib3.request("POST", server.url + path, body=body, retries=False).status

    return send_bytes


def test_a_stored_event_is_explained_with_status_0(invoke: Invoke, send: Send) -> None:
    send(("event", {"message": "hello"}), event_id=ID)
    result = invoke("explain", ID)
    assert result.exit_code == 0
    assert f"event {ID} was stored, in project 1" in result.stdout


def test_a_refused_event_is_explained_with_status_1_and_where_to_look(
    invoke: Invoke, post: Post
) -> None:
    assert post(b'{"event_id":"%b"}\nbroken' % ID.encode()) == 400
    result = invoke("explain", ID)
    assert result.exit_code == 1
    assert f"event {ID} arrived and was refused with status 400" in result.stdout
    assert "fake-relay refused 1" in result.stdout


def test_the_explanation_as_json_is_that_of_the_api(invoke: Invoke, client: Any) -> None:
    result = invoke("explain", ID, "--json")
    assert json.loads(result.stdout) == client.explain(ID)
    assert result.exit_code == 1


def test_without_an_event_everything_that_was_not_kept_is_told(invoke: Invoke, post: Post) -> None:
    post(b"")
    post(b"")
    result = invoke("explain", "--since", "5m")
    assert result.exit_code == 1
    assert "2 requests of project 42 refused with status 400" in result.stdout
    assert invoke("explain", "--since", "5m", "--project", "7").exit_code == 1


def test_nothing_lost_is_status_0(invoke: Invoke, send: Send) -> None:
    send(("event", {}))
    result = invoke("explain", "--since", "1h")
    assert (result.exit_code, "nothing was refused" in result.stdout) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("explain", "nonsense"), "not an event id"),
        (("explain", "--since", "soon"), "'soon' is no period"),
        (("refused", "99"), "there is no refused request 99"),
        (("refused", "--raw"), "needs the number"),
    ],
)
def test_what_cannot_be_asked_is_status_2(
    invoke: Invoke, arguments: tuple[str, ...], words: str
) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_refused_lists_requests_newest_first(invoke: Invoke, post: Post) -> None:
    assert "no request was refused" in invoke("refused").stdout
    post(b"")
    post(b"x", "/api/7/nowhere/")
    output = invoke("refused").stdout
    assert output.index("/api/7/nowhere/") < output.index("/api/42/envelope/")
    assert "empty_body" in output
    found = json.loads(invoke("refused", "--project", "7", "--json").stdout)["refused"]
    assert [one["reason"] for one in found] == ["no_door"]


def test_refused_reads_on_over_pages_up_to_its_limit(invoke: Invoke, post: Post) -> None:
    for _ in range(4):
        post(b"")
    found = json.loads(invoke("refused", "-n", "3", "--json").stdout)["refused"]
    assert [one["id"] for one in found] == [4, 3, 2]


def test_one_refused_request_is_shown_whole_and_cannot_act_on_the_terminal(
    invoke: Invoke, post: Post
) -> None:
    post(b"\x1b]0;title\x07 no envelope")
    result = invoke("refused", "1")
    assert "status 400, invalid_envelope" in result.stdout
    assert "␛]0;title␇ no envelope" in result.stdout
    assert invoke("refused", "1", "--raw").stdout_bytes == b"\x1b]0;title\x07 no envelope"
    assert json.loads(invoke("refused", "1", "--json").stdout)["id"] == 1


def test_tail_tells_of_refused_requests(start: Start, server: Any, send: Send, post: Post) -> None:
    send(("event", {"message": "old"}))
    child = start("tail", "-n", "1", "--json", "--url", server.url)
    assert child.stdout is not None
    assert json.loads(child.stdout.readline())["title"] == "old"
    # The stream may begin a moment later, so requests are refused until it tells of one.
    told: list[Any] = []
    while not told:
        post(b"")
        send(("event", {"message": "new"}))
        told += [found for found in [json.loads(child.stdout.readline())] if "refused" in found]
    assert told[0]["refused"]["reason"] == "empty_body"

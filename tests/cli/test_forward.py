"""`fake-relay forward`: an upstream made at run time, what it gets, and what could not be told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

EVENT = ("event", {"message": "boom"})


class _Upstream(BaseHTTPRequestHandler):
    """Takes everything, or nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server: Any = self.server
        server.bodies.append(body)
        self.send_response(403 if server.refuses else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def upstream() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Upstream)
    server.bodies, server.refuses = [], False
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.dsn = f"http://{'b' * 32}@127.0.0.1:{server.server_port}/7"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def told(invoke: Any, *arguments: str) -> Any:
    """What a command prints for machines."""
    found = invoke("forward", *arguments, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_status_says_first_whether_anything_leaves(invoke: Any, upstream: Any) -> None:
    assert invoke("forward", "status").stdout == "forwarding is off: nothing leaves by itself\n"
    invoke("forward", "add", "up", upstream.dsn, "--enable")
    assert "forwarding is ON: what arrives leaves for up\n" in invoke("forward", "status").stdout
    invoke("forward", "pause")
    assert "PAUSED: what arrives waits for up\n" in invoke("forward", "status").stdout
    invoke("forward", "resume", "--to", "up")
    invoke("forward", "add", "other", upstream.dsn, "--enable")
    found = invoke("forward", "pause", "--to", "other").stdout
    assert found.startswith("forwarding is ON: what arrives leaves for up, and waits for other\n")
    assert "other  [on, paused, scrubbed]" in found
    invoke("forward", "remove", "other")
    assert "[off, by hand only, scrubbed" in invoke("forward", "disable", "up").stdout
    assert "forwarding is off" in invoke("forward", "remove", "up").stdout


def test_an_item_is_sent_by_hand_to_an_upstream_that_is_off(
    invoke: Any, send: Any, upstream: Any
) -> None:
    send(EVENT)
    invoke("forward", "add", "up", upstream.dsn)
    sent = invoke("forward", "send", "1", "--to", "up")
    assert (sent.exit_code, sent.stdout) == (0, "item 1 to up: sent\n")
    assert len(upstream.bodies) == 1
    again = invoke("forward", "send", "1", "--to", "up")
    assert again.exit_code == 2
    assert "has event" in again.output
    whole = invoke("forward", "send", "1", "--envelope", "--to", "up", "--again")
    assert whole.stdout == "envelope 1 to up: sent\n"
    assert invoke("forward", "send", "99", "--to", "up").exit_code == 2
    assert "no upstream 'nobody'" in invoke("forward", "send", "1", "--to", "nobody").output


def test_what_waits_and_what_was_in_vain_is_told_in_lines_of_a_terminal(
    invoke: Any, send: Any
) -> None:
    nobody = f"http://{'b' * 32}@127.0.0.1:9/7"
    invoke("forward", "add", "up", nobody, "--enable")
    send(EVENT)
    while not told(invoke, "status")["upstreams"][0]["retried"]:
        continue
    sent = invoke("forward", "send", "1", "--to", "up", "--wait", "0.1")
    assert (sent.exit_code, sent.stdout) == (
        1,
        "item 1 to up: queued: 127.0.0.1:9: connection refused\n",
    )
    shown = invoke("forward", "status").stdout
    assert "waiting     2 (" in shown
    assert "became      0 sent, 0 dead; 2 were selected" in shown
    assert "127.0.0.1:9: connection refused" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_dead_letters_are_listed_shown_retried_and_dropped(
    invoke: Any, send: Any, upstream: Any
) -> None:
    send(EVENT)
    upstream.refuses = True
    invoke("forward", "add", "up", upstream.dsn)
    sent = invoke("forward", "send", "1", "--to", "up")
    assert (sent.exit_code, sent.stdout) == (
        1,
        "item 1 to up: dead: dead letter 1: status 403\n",
    )
    assert invoke("forward", "dead", "list").stdout == "1  up, project 1  status 403\n"
    assert "envelope 1, items 1" in invoke("forward", "dead", "show", "1").stdout
    assert told(invoke, "dead", "list", "--to", "up")["dead"][0]["status"] == 403

    upstream.refuses = False
    assert "1 dead letter queued again" in invoke("forward", "retry", "1").stdout
    assert invoke("forward", "dead", "list").stdout == "no dead letters\n"
    assert told(invoke, "retry", "--dead") == {"revived": 0}
    assert told(invoke, "dead", "drop", "--all") == {"deleted": 0}


def test_a_dry_run_shows_what_would_leave_and_sends_nothing(
    invoke: Any, send: Any, upstream: Any
) -> None:
    send(EVENT)
    send(("session", {"sid": "c" * 32, "init": True, "started": "x", "attrs": {"release": "a"}}))
    invoke("forward", "add", "up", upstream.dsn, "--type", "event")
    shown = invoke("forward", "dry-run", "up", "--payloads").stdout
    assert "-> http://127.0.0.1:" in shown
    assert "stays: item_type" in shown
    assert '"formatted": "boom"' in shown
    assert upstream.bodies == []
    assert told(invoke, "dry-run", "up")["upstream"] == "up"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "up", "nonsense"], "dsn 'nonsense'"),
        (["add", "a b", "http://k@localhost:9/1"], "upstream name 'a b'"),
        (["add", "up", "http://k@localhost:9/1", "-q", "level:"], "query 'level:'"),
        (["enable", "nobody"], "no upstream 'nobody'"),
        (["dead", "drop"], "say --all"),
        (["dead", "show", "7"], "no dead letter 7"),
    ],
)
def test_what_cannot_be_is_an_error_of_usage(invoke: Any, arguments: list[str], words: str) -> None:
    found = invoke("forward", *arguments)
    assert found.exit_code == 2
    assert words in found.output

"""Faults as a client meets them: real sockets, on both event loops."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3

from fake_relay.faults import plan_of
from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web import runner
from fake_relay.web.runner import ThreadServer

ENVELOPE = b'{}\n{"type":"event"}\n{"message":"hi"}\n'
HEAD = (
    b"POST /api/42/envelope/?sentry_key=%b HTTP/1.1\r\n"
    b"Host: localhost\r\nContent-Length: %d\r\n\r\n"
)
REQUEST = HEAD % (b"a" * 32, len(ENVELOPE)) + ENVELOPE


class Client:
    """Talks to a server with faults, byte by byte."""

    def __init__(self, server: ThreadServer) -> None:
        self.server = server
        self.relay = server.relay

    def plan(self, *effects: dict[str, Any], **fields: Any) -> None:
        """Replace the plan, where the server receives."""
        plan = plan_of({"faults": [{"effect": effect, **fields} for effect in effects]})
        self.server.call(lambda: self.relay.faults.set(plan))

    def connect(self) -> socket.socket:
        """A connection of its own."""
        port = int(self.server.url.rpartition(":")[2])
        return socket.create_connection(("127.0.0.1", port), timeout=20)

    def say(self, data: bytes = REQUEST) -> bytes:
        """Everything that the server says to some bytes until it ends the connection."""
        with self.connect() as connection:
            connection.sendall(data)
            return read_to_end(connection)

    @property
    def kept(self) -> list[tuple[str, ...]]:
        """The faults of each envelope that was kept."""
        return [found.faults for found in self.relay.store.find_envelopes().envelopes]

    @property
    def refused(self) -> list[str]:
        """The reasons of what was refused."""
        return [found.reason for found in self.relay.store.refused().refused]


def read_to_end(connection: socket.socket) -> bytes:
    found = b""
    while data := connection.recv(65536):
        found += data
    return found


def ended(connection: socket.socket) -> str:
    """How a connection ends: by "reset", or by "close" without a byte."""
    try:
        return "data" if connection.recv(65536) else "close"
    except ConnectionResetError:
        return "reset"


@pytest.fixture(params=["uvloop", "asyncio"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A server on each of the loops that it can run on."""
    if request.param == "uvloop":
        pytest.importorskip("uvloop")
    else:
        import asyncio

        monkeypatch.setattr(runner, "new_event_loop", asyncio.new_event_loop)
    with ThreadServer(lambda: Relay(open_store("memory:"))) as server:
        yield Client(server)
        assert server.errors == []


def test_a_truncated_answer_promises_more_than_it_brings(client: Client) -> None:
    client.plan({"truncate": {"bytes": 10}})
    head, _, body = client.say().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nContent-Length: 41" in head
    assert body == b'{"id":"' + body[7:]
    assert len(body) == 10
    assert client.kept == [("truncate_10",)]


def test_an_answer_that_is_shorter_than_the_cut_is_cut_all_the_same(client: Client) -> None:
    client.plan({"truncate": {"bytes": 1000}})
    head, _, body = client.say().partition(b"\r\n\r\n")
    assert b"\r\nContent-Length: 1001" in head
    assert len(body) == 41


def test_garbage_is_no_http_and_the_same_for_the_same_seed(client: Client) -> None:
    client.plan({"garbage": True}, seed=7)
    first = client.say()
    client.plan({"garbage": True}, seed=7)
    assert client.say() == first
    assert len(first) == 64
    assert not first.startswith(b"HTTP")
    assert client.kept == [("garbage",)] * 2


def test_a_reset_before_the_body_needs_no_body(client: Client) -> None:
    client.plan({"reset": "before_body"})
    with client.connect() as connection:
        connection.sendall(REQUEST[: -len(ENVELOPE)])
        assert ended(connection) == "reset"
    assert client.kept == []
    assert client.refused == ["fault:reset_before_body"]


def test_a_reset_after_the_body_keeps_the_envelope(client: Client) -> None:
    client.plan({"reset": "after_body"})
    with client.connect() as connection:
        connection.sendall(REQUEST)
        assert ended(connection) == "reset"
    assert client.kept == [("reset_after_body",)]
    assert client.refused == []


def test_a_hang_of_no_time_closes_without_a_byte(client: Client) -> None:
    client.plan({"hang": {"seconds": 0}})
    with client.connect() as connection:
        connection.sendall(REQUEST)
        # What is still in the socket when it closes makes the system send RST.
        assert ended(connection) in ("close", "reset")
    assert client.refused == ["fault:hang"]
    assert client.kept == []


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.parametrize("effect", [{"hang": {"seconds": 3600}}, {"latency": {"ms": 3_600_000}}])
def test_stopping_ends_what_is_held(client: Client, effect: dict[str, Any]) -> None:
    client.plan(effect)
    with client.connect() as connection:
        connection.sendall(REQUEST)
        until(lambda: bool(client.relay.faults.fired()))
        stopper = threading.Thread(target=client.server.stop)
        stopper.start()
        told = ended(connection)
        stopper.join(20)
    assert not stopper.is_alive()
    assert told == ("data" if "latency" in effect else "close") or told == "reset"


def test_requests_that_hang_hold_up_no_others(client: Client) -> None:
    client.plan({"hang": {"seconds": 3600}}, match={"door": "store"})
    with client.connect() as held:
        held.sendall(REQUEST.replace(b"envelope", b"store"))
        until(lambda: bool(client.relay.faults.fired()))
        with urllib3.PoolManager() as pool:
            path = f"{client.server.url}/api/42/envelope/?sentry_key={'a' * 32}"
            assert pool.request("POST", path, body=ENVELOPE).status == 200


def test_a_late_answer_is_late_and_whole(client: Client) -> None:
    client.plan({"latency": {"ms": 50}}, {"status": 202})
    began = time.monotonic()
    with urllib3.PoolManager() as pool:
        path = f"{client.server.url}/api/42/envelope/?sentry_key={'a' * 32}"
        answer = pool.request("POST", path, body=ENVELOPE)
    # Never early: how late it is depends on the machine.
    assert time.monotonic() - began >= 0.05
    assert answer.status == 202
    assert client.kept == [("latency_50ms", "status_202")]


def test_a_late_answer_for_an_item_is_late_too(client: Client) -> None:
    client.plan({"latency": {"ms": 50}}, match={"types": ["event"]})
    began = time.monotonic()
    assert b"200 OK" in client.say(REQUEST.replace(b"Host:", b"Connection: close\r\nHost:"))
    assert time.monotonic() - began >= 0.05


def test_headers_body_and_type_are_those_of_the_plan(client: Client) -> None:
    headers = {"Retry-After": "7", "X-Sentry-Rate-Limits": "7:error:key", "Content-Type": "a/b"}
    client.plan({"status": 413, "headers": headers, "body": "too much"})
    with urllib3.PoolManager() as pool:
        path = f"{client.server.url}/api/42/envelope/?sentry_key={'a' * 32}"
        answer = pool.request("POST", path, body=ENVELOPE)
    assert (answer.status, answer.data) == (413, b"too much")
    assert headers.items() <= dict(answer.headers).items()
    assert client.refused == ["fault:status_413"]


def test_a_preflight_and_a_wrong_method_meet_no_fault(client: Client) -> None:
    client.plan({"status": 503}, times=1)
    with urllib3.PoolManager() as pool:
        path = f"{client.server.url}/api/42/envelope/?sentry_key={'a' * 32}"
        statuses = [pool.request(name, path).status for name in ("OPTIONS", "GET")]
        assert statuses == [200, 405]
        assert pool.request("POST", path, body=ENVELOPE).status == 503


def test_many_requests_at_once_meet_exactly_the_times_of_the_plan(client: Client) -> None:
    client.plan({"status": 503}, times=5)
    with urllib3.PoolManager(maxsize=8) as pool, ThreadPoolExecutor(8) as threads:
        path = f"{client.server.url}/api/42/envelope/?sentry_key={'a' * 32}"

        def send(_: int) -> int:
            return pool.request("POST", path, body=ENVELOPE).status

        statuses = list(threads.map(send, range(20)))
    assert sorted(statuses) == [200] * 15 + [503] * 5
    assert len(client.kept) == 15
    assert len(client.refused) == 5


def test_a_door_with_answers_of_its_own_form_is_broken_all_the_same(client: Client) -> None:
    client.plan({"truncate": {"bytes": 2}})
    asked = REQUEST.replace(b"/envelope/", b"/integration/otlp/v1/traces/")
    head, _, body = client.say(asked).partition(b"\r\n\r\n")
    assert b"HTTP/1.1 4" in head
    assert len(body) == 2


def test_the_plan_over_http_is_told_as_it_was_set(client: Client) -> None:
    plan: list[dict[str, Any]] = [
        {"effect": {"status": 503}, "times": 2},
        {"effect": {"garbage": True}, "project": "7"},
    ]
    with urllib3.PoolManager() as pool:
        url = f"{client.server.url}/relay/v1/faults"

        def ask(method: str, query: str = "", body: Any = None) -> Any:
            data = None if body is None else json.dumps(body).encode()
            return pool.request(method, url + query, body=data).json()

        assert ask("PUT", "", {"faults": plan})["faults"] == plan
        pool.request(
            "POST", f"{client.server.url}/api/42/envelope/?sentry_key={'a' * 32}", body=ENVELOPE
        )
        told = ask("GET")
        assert told["faults"] == plan
        assert [(state["fired"], state["left"]) for state in told["state"]] == [(1, 1), (0, None)]
        assert [fired["label"] for fired in told["fired"]] == ["status_503"]
        assert ask("PUT", "", told)["faults"] == plan
        assert [entry["project"] for entry in ask("GET", "?project=7")["faults"]] == ["7"]
        assert (
            "'42'" in ask("PUT", "?project=7", {"faults": [{**plan[0], "project": "42"}]})["detail"]
        )
        assert ask("PUT", "?project=7", {"faults": plan[:1]})["faults"] == [
            {**plan[0], "project": "7"}
        ]
        (added,) = ask("POST", "", {"faults": plan[:1]})["ids"]
        assert ask("DELETE", f"?id={added}") == {"deleted": 1}
        assert ask("DELETE", "?project=7") == {"deleted": 1}
        assert (
            "faults[0].effect.status"
            in ask("PUT", "", {"faults": [{"effect": {"status": 1}}]})["detail"]
        )
        assert ask("GET")["faults"] == plan[:1]
        assert ask("DELETE") == {"deleted": 1}

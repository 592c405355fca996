"""What the tests of the command line share: a server, envelopes for it, and ways to call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fake_relay.cli import main
from fake_relay.client import RelayClient
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.runner import ThreadServer

Send = Callable[..., str]
Invoke = Callable[..., Result]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def server() -> Iterator[ThreadServer]:
    """A relay of the test's own, with nothing in it."""
    with ThreadServer(lambda: Relay(open_store("memory:"))) as running:
        yield running


@pytest.fixture
def client(server: ThreadServer) -> Iterator[RelayClient]:
    """A client of that server."""
    with RelayClient(server.url) as made:
        yield made


@pytest.fixture
def send(client: RelayClient) -> Send:
    """Send items of one envelope: `send(("event", {...}), project="2")`; a third is the header."""

    def send_items(*items: tuple[Any, ...], project: str = "1", event_id: str = "") -> str:
        made = [
            make_item(
                kind, value if isinstance(value, bytes) else json.dumps(value).encode(), *header
            )
            for kind, value, *header in items
        ]
        headers = {"event_id": event_id} if event_id else {}
        body = serialize(make_envelope(headers, made))
        return client.send_envelope(body, project=project, public_key="a" * 32)

    return send_items


@pytest.fixture
def invoke(server: ThreadServer, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Call a command in this process, pointed at the server."""
    monkeypatch.setenv("FAKE_RELAY_URL", server.url)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("FAKE_RELAY_TOKEN", raising=False)

    def call(*arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(main, list(arguments), prog_name="fake-relay", **more)

    return call


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the command in a process of its own; it is killed if the test forgets it."""
    children: list[subprocess.Popen[str]] = []
    clean = {key: value for key, value in os.environ.items() if not key.startswith("FAKE_RELAY")}

    def begin(*arguments: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "fake_relay", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**clean, "XDG_DATA_HOME": str(tmp_path / "data"), **(env or {})},
        )
        children.append(child)
        return child

    yield begin
    for child in children:
        if child.poll() is None:
            child.kill()
        child.communicate()

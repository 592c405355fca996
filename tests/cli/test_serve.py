"""`serve` in a process of its own: where it listens, how it stops, what it refuses."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from fake_relay.client import RelayClient
from fake_relay.errors import RequestRefused
from fake_relay.protocol.dsn import Dsn
from fake_relay.protocol.envelope import make_envelope, make_item, serialize

Start = Callable[..., subprocess.Popen[str]]
Invoke = Callable[..., Result]
EVENT = serialize(make_envelope({}, [make_item("event", b'{"message":"kept"}')]))


def ready(child: subprocess.Popen[str]) -> dict[str, str]:
    """The line that a server prints when it takes requests."""
    assert child.stdout is not None
    line = child.stdout.readline()
    assert line, child.stderr and child.stderr.read()
    told: dict[str, str] = json.loads(line)
    return told


def stopped(child: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> int:
    child.send_signal(number)
    return child.wait(20)


def test_machines_read_where_it_listens_and_a_dsn_until_a_signal_ends_it_with_status_0(
    start: Start,
) -> None:
    child = start("serve", "--port", "0", "--store", "memory:", "--json")
    told = ready(child)
    with RelayClient(told["url"]) as client:
        assert client.health()["status"] == "ok"
    # A key of another length is none that Sentry would take.
    dsn = Dsn.parse(told["dsn"], strict_key=True)
    assert (dsn.project_id, dsn.port) == ("1", int(told["port"]))
    assert stopped(child, signal.SIGTERM) == 0


def test_people_read_the_url_the_dsn_and_the_store_until_they_interrupt_it(start: Start) -> None:
    child = start("serve", "--port", "0", "--store", "memory:")
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(3)]
    assert ["http://127.0.0.1:" in lines[0], "DSN" in lines[1], "memory:" in lines[2]] == [True] * 3
    assert stopped(child, signal.SIGINT) == 0


def test_what_was_sent_is_there_after_a_restart_on_the_default_store(
    start: Start, tmp_path: Path
) -> None:
    first = start("serve", "--port", "0", "--json")
    told = ready(first)
    with RelayClient(told["url"]) as client:
        client.send_envelope(EVENT, project="1", public_key="a" * 32)
    stopped(first)
    again = ready(start("serve", "--port", "0", "--json"))
    with RelayClient(again["url"]) as client:
        titles = [found.item.title for found in client.search().items]
    assert (Path(told["store"]).is_relative_to(tmp_path / "data"), titles) == (True, ["kept"])


def test_a_busy_port_is_a_clear_error_with_status_3(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        child = start("serve", "--port", port, "--store", "memory:")
        _, error = child.communicate(timeout=30)
    assert (child.returncode, f"port {port}" in error, "Traceback" in error) == (3, True, False)


def test_a_store_that_cannot_be_opened_is_a_clear_error_with_status_3(
    start: Start, tmp_path: Path
) -> None:
    child = start("serve", "--port", "0", "--store", str(tmp_path))
    _, error = child.communicate(timeout=30)
    assert (child.returncode, str(tmp_path) in error, "Traceback" in error) == (3, True, False)


def test_listening_beyond_this_machine_needs_a_token(invoke: Invoke) -> None:
    done = invoke("serve", "--host", "0.0.0.0", "--port", "0", "--store", "memory:")
    assert (done.exit_code, "--insecure" in done.stderr) == (2, True)


def test_a_token_is_asked_of_readers(start: Start, invoke: Invoke) -> None:
    told = ready(start("serve", "--port", "0", "--store", "memory:", "--token", "s3cret", "--json"))
    listed = invoke("list", "--url", told["url"])
    given = {"FAKE_RELAY_URL": told["url"], "FAKE_RELAY_TOKEN": "s3cret"}
    with_token = invoke("list", "--json", env=given)
    assert (listed.exit_code, "FAKE_RELAY_TOKEN" in listed.stderr) == (2, True)
    assert json.loads(with_token.stdout) == {"items": []}


def test_the_projects_of_a_settings_file_are_the_only_ones_in_strict_mode(
    start: Start, tmp_path: Path
) -> None:
    settings = tmp_path / "relay.toml"
    settings.write_text('[[projects]]\nproject_id = "42"\npublic_keys = ["' + "b" * 32 + '"]\n')
    options = ("--strict", "--config", str(settings), "--json")
    told = ready(start("serve", "--port", "0", "--store", "memory:", *options))
    assert Dsn.parse(told["dsn"]).project_id == "42"
    with RelayClient(told["url"]) as client:
        client.send_envelope(EVENT, project="42", public_key="b" * 32)
        with pytest.raises(RequestRefused):
            client.send_envelope(EVENT, project="7", public_key="b" * 32)


def test_a_wrong_settings_file_is_a_clear_error_with_status_2(
    invoke: Invoke, tmp_path: Path
) -> None:
    settings = tmp_path / "relay.toml"
    settings.write_text("stric = true\n")
    done = invoke("serve", "--port", "0", "--config", str(settings))
    told = ("'stric'" in done.stderr, str(settings) in done.stderr)
    assert (done.exit_code, *told) == (2, True, True)


def test_a_server_that_forwards_says_so_when_it_starts_and_in_its_health(start: Start) -> None:
    # Nobody listens at the discard port, so nothing leaves.
    dsn = f"http://{'b' * 32}@127.0.0.1:9/7"
    child = start("serve", "--port", "0", "--store", "memory:", "--json", "--forward-to", dsn)
    told = ready(child)
    forwards: Any = told["forwards"]
    assert forwards == [f"127.0.0.1-7 ({dsn}), scrubbed"]
    with RelayClient(told["url"]) as client:
        assert client.health()["forwarding"] == "on"


def test_people_read_where_everything_goes_and_that_it_is_not_scrubbed(start: Start) -> None:
    dsn = f"http://{'b' * 32}@127.0.0.1:9/7"
    options = ("--store", "memory:", "--forward-unscrubbed")
    child = start("serve", "--port", "0", *options, env={"FAKE_RELAY_FORWARD_TO": dsn})
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(4)]
    assert lines[3] == f"  FORWARDS what arrives to 127.0.0.1-7 ({dsn}), NOT scrubbed\n"

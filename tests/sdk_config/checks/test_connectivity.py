"""The way to the DSN's host: what is answered, and what it means when nobody does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from sdk_config.checks import Report, check, connectivity

if TYPE_CHECKING:
    from fake_relay.testing import Relay

PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of the machine that runs the tests is not the subject."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that is taken, so that nobody else is, and where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def connected(dsn: str, **more: str) -> Report:
    env = {"SENTRY_DSN": dsn, "SENTRY_ENVIRONMENT": "test", **more}
    return check(env=env, types=["connectivity"])


def test_a_server_that_answers_is_ok_and_keeps_no_event(relay: Relay) -> None:
    report = connected(relay.dsn)

    assert report.findings == ()
    assert len(relay.items("client_report")) == len(relay.items()) == 1
    relay.expect_no_event()


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(401, "the key is not accepted"), (403, "is refused"), (503, "the server has trouble")],
)
def test_a_refusal_shows_the_status_and_what_it_means(
    status: int, meaning: str, relay: Relay
) -> None:
    relay.faults.status(status)

    report = connected(relay.dsn)

    [found] = report.findings
    assert found.rule == "CONNECT-REFUSED"
    assert f"answered {status}: " in found.text
    assert meaning in found.text
    assert report.exit_status == 1


def test_where_nobody_listens_the_status_is_3(silent_port: int) -> None:
    report = connected(f"http://0123456789ab@127.0.0.1:{silent_port}/1")

    assert report.rules() == {"CONNECT"}
    assert "no connection; is it down" in report.findings[0].text
    assert report.exit_status == 3


@pytest.mark.parametrize("broken", ["drop_connection", "garbage"])
def test_an_answer_that_is_none_is_told(broken: str, relay: Relay) -> None:
    getattr(relay.faults, broken)()

    report = connected(relay.dsn)

    assert report.rules() == {"CONNECT"}
    assert "the connection was cut" in report.findings[0].text


def test_a_server_that_says_nothing_is_told(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectivity, "TIMEOUT", 0.2)
    relay.faults.hang(1)

    assert "connected, but no answer within 0.2 s" in connected(relay.dsn).findings[0].text


def test_a_dead_proxy_is_told_from_a_dead_server(silent_port: int) -> None:
    proxy = f"http://user:hunter2hunter2@127.0.0.1:{silent_port}"

    report = connected("http://0123456789ab@sentry.test/1", SENTRY_HTTP_PROXY=proxy)

    assert report.rules() == {"CONNECT", "PROXY"}
    assert "the proxy cannot be reached" in report.findings[0].text
    assert "hunter2" not in str(report)


def test_a_name_that_is_not_known_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    report = connected("http://0123456789ab@nowhere.invalid/1")

    assert "its name is not known here" in report.findings[0].text


def test_tls_that_fails_is_told(relay: Relay) -> None:
    report = connected(relay.dsn.replace("http://", "https://"))

    assert "TLS fails" in report.findings[0].text
    assert report.exit_status == 3


def test_without_a_dsn_nothing_is_tried() -> None:
    report = connected("")

    assert report.rules() == {"CONNECT-NOT"}
    assert report.ok


def test_another_server_can_be_asked_in_its_place(relay: Relay) -> None:
    env = {"SENTRY_DSN": "http://0123456789ab@nowhere.invalid/1", "SENTRY_ENVIRONMENT": "test"}

    report = check(env=env, types=["connectivity"], connect_to=relay.dsn)

    assert report.ok


def test_an_error_of_the_configuration_weighs_more_than_nobody(silent_port: int) -> None:
    env: dict[str, Any] = {
        "SENTRY_DSN": f"http://0123456789ab@127.0.0.1:{silent_port}/1",
        "SENTRY_SAMPLE_RATE": "80",
    }

    assert check(env=env, types=["config", "connectivity"]).exit_status == 1

"""What an application should change in what it sends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fake_relay.config import Scrubbing
from fake_relay.lint import Finding, findings_of
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store import Selection, open_store
from fake_relay.stored_view.viewer import Views

NOW = 1_700_000_000
GOOD = {"event_id": "b" * 32, "timestamp": NOW, "platform": "python", "message": "boom"}

Lint = Callable[..., list[Finding]]


@pytest.fixture
def lint() -> Lint:
    """The findings of one item that a relay has stored."""

    def found(document: Any, kind: str = "event", **header: Any) -> list[Finding]:
        store = open_store("memory:")
        relay = Relay(store)
        item = make_item(kind, json.dumps(document).encode())
        body = serialize(make_envelope(header, [item]))
        path, query = "/api/42/envelope/", f"sentry_key={'a' * 32}"
        relay.receive(Inbound("POST", path, query, {}, body, "127.0.0.1", NOW, "b" * 32))
        relay.commit()
        (stored,) = store.find(Selection()).items
        payload = store.payload(stored.id) or b""
        view = Views(store, lambda project: Scrubbing()).view(stored)
        return findings_of(stored, payload, view)

    return found


def test_a_good_event_has_no_findings(lint: Lint) -> None:
    assert lint(GOOD) == []


def test_what_the_sdk_has_scrubbed_itself_is_no_finding(lint: Lint) -> None:
    noted = {"extra": {"password": {"": {"rem": [["!config", "s"]]}}}}

    assert lint({**GOOD, "extra": {"password": "[Filtered]"}, "_meta": noted}) == []


@pytest.mark.parametrize(
    ("wrong", "path", "code", "severity"),
    [
        ({"release": "a/b"}, "release", "invalid-release", "error"),
        ({"environment": "none"}, "environment", "invalid-environment", "error"),
        ({"dist": "a b"}, "dist", "invalid-dist", "error"),
        ({"platform": "rust"}, "platform", "unknown-platform", "warning"),
        ({"level": "loud"}, "level", "unknown-level", "warning"),
        ({"timestamp": NOW + 3600}, "timestamp", "time", "warning"),
        ({"timestamp": None}, "timestamp", "missing", "warning"),
        ({"platform": None}, "platform", "missing", "warning"),
        ({"my_own": 1}, "my_own", "unknown-attribute", "error"),
        ({"contexts": {"a": 5}}, "contexts.a", "dropped", "error"),
        ({"extra": {"a": "x" * 20_000}}, "extra.a", "trimmed", "warning"),
        ({"extra": {"password": "p"}}, "extra.password", "sensitive", "info"),
        ({"tags": {"a b": "x"}}, "tags.0", "tag", "warning"),
        ({"tags": {"release": "x"}}, "tags.0", "tag", "warning"),
        ({"tags": [["a", "x"], ["a", "y"]]}, "tags.1", "tag", "warning"),
        ({"tags": {"a": "x" * 300}}, "tags.0", "tag", "warning"),
    ],
)
def test_what_sentry_changes_is_found(
    lint: Lint, wrong: dict[str, Any], path: str, code: str, severity: str
) -> None:
    found = [(one.path, one.code, one.severity) for one in lint(GOOD | wrong)]
    assert (path, code, severity) in found


def test_what_sentry_refuses_is_the_only_finding_of_it(lint: Lint) -> None:
    (found,) = lint({"transaction": "t", "timestamp": NOW, "platform": "python"}, "transaction")
    assert (found.code, found.severity) == ("refused", "error")


def test_an_item_close_to_its_limit_is_found(lint: Lint) -> None:
    pieces = {str(number): "x" * 16_000 for number in range(60)}
    assert "size" in {one.code for one in lint(GOOD | {"extra": pieces})}


def test_the_gravest_come_first(lint: Lint) -> None:
    found = lint(GOOD | {"release": "a/b", "platform": "rust", "extra": {"password": "p"}})
    assert [one.severity for one in found] == ["error", "warning", "info"]


def test_a_finding_never_quotes_what_was_sent(lint: Lint) -> None:
    wrong = {"release": "secret/x", "level": "secret", "tags": {"secret key": "secret"}}
    assert "secret" not in repr(lint(GOOD | wrong))

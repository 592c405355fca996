"""`relay.assert_clean()`: nothing that Sentry would drop, cut or change."""

from __future__ import annotations

import time
from typing import Any

import pytest

from fake_relay.testing import ExpectationFailed, Relay


def good() -> dict[str, Any]:
    return {"event_id": "b" * 32, "platform": "python", "timestamp": time.time(), "message": "m"}


def test_what_sentry_keeps_as_sent_is_clean(relay: Relay, post: Any) -> None:
    post(relay.dsn, good() | {"extra": {"password": "worth knowing, not wrong"}})
    relay.assert_clean()


def test_a_report_tells_where_and_why(relay: Relay, post: Any) -> None:
    post(relay.dsn, good() | {"release": "a/b", "extra": {"a": "x" * 20_000}})
    with pytest.raises(ExpectationFailed) as failed:
        relay.assert_clean()
    lines = str(failed.value).splitlines()
    assert lines[0] == "Sentry would not keep it as sent:"
    assert "at release: Sentry drops this release's name [invalid-release]" in lines[1]
    assert "at extra.a: Sentry cuts this [trimmed] !limit, was 20000 long" in lines[2]


def test_findings_are_ignored_by_code_or_by_place(relay: Relay, post: Any) -> None:
    post(relay.dsn, good() | {"release": "a/b", "extra": {"a": "x" * 20_000}})
    relay.assert_clean(ignore=("invalid-release", "trimmed:extra.a"))
    with pytest.raises(ExpectationFailed, match="trimmed"):
        relay.assert_clean(ignore=("invalid-release", "trimmed:extra.b"))

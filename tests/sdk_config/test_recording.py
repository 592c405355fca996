"""A configuration under test without a server: what would have been sent, and what would not."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import sentry_sdk

from sdk_config import capture_exception, current_release, recording, status, transaction
from sdk_config.testing import trigger_error


def test_what_would_be_sent_is_kept() -> None:
    with recording(release="shop@1.0.0", environment="test", traces_sample_rate=1.0) as found:
        sentry_sdk.capture_message("hello")
        with transaction("job"):
            pass

        [event] = found.events
        assert (event["message"], event["release"], event["environment"]) == (
            "hello",
            "shop@1.0.0",
            "test",
        )
        assert [one["transaction"] for one in found.transactions] == ["job"]
        assert found.status.enabled
    assert not status().enabled


def test_it_is_production_up_to_the_transport() -> None:
    card = "4111 1111 1111 " + "1111"
    with recording() as found:
        sentry_sdk.capture_message(f"paid with {card}")

        assert found.events
        assert found.holds("paid with")
        if found.status.scrubber:
            assert found.holds(card) == []


def test_what_is_not_sent_is_told_with_its_reason() -> None:
    def quiet(event: dict[str, Any], hint: Any) -> dict[str, Any] | None:
        return None if event.get("message") == "noise" else event

    with recording(before_send=quiet, traces_sample_rate=0.0) as found:
        sentry_sdk.capture_message("noise")
        with transaction("unsampled"):
            pass

        assert found.items == []
        assert found.dropped == {("error", "user_hook"): 1}
        assert found.discards["transaction", "sample_rate"] == 1


def test_logs_are_there_when_they_are_read() -> None:
    with recording(enable_logs=True) as found:
        logging.getLogger("shop").warning("low on paper")

        [item] = [one for one in found.items if one.type == "log"]
        assert item.payload["items"][0]["body"] == "low on paper"


@pytest.mark.parametrize("dsn", ["", "  "])
def test_without_a_dsn_every_helper_gives_none_and_nothing_is_sent(dsn: str) -> None:
    with recording(dsn=dsn) as found:
        assert capture_exception(ValueError("x")) is None
        assert not found.status.enabled
        assert found.items == []


def test_an_error_in_the_block_passes_and_ends_the_recording() -> None:
    with pytest.raises(KeyError, match=r"shop@1\.0\.0"), recording(release="shop@1.0.0"):
        raise KeyError(current_release())
    assert not status().enabled


def test_a_view_that_fails_divides_by_zero_and_says_why() -> None:
    view = trigger_error("from the check-list")

    with recording() as found:
        for arguments in ((), (object(),)):
            with pytest.raises(ZeroDivisionError) as caught:
                view(*arguments)
            assert caught.value.__notes__ == ["from the check-list"]
        sentry_sdk.capture_exception(caught.value)

        assert found.events[0]["exception"]["values"][0]["type"] == "ZeroDivisionError"

"""`relay.configure()` gives a test's own project settings, wherever the relay runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fake_relay.config import Filters, Quota
from fake_relay.errors import ConfigError, FakeRelayError
from fake_relay.testing import Relay
from fake_relay.testing.attached import ServedElsewhere
from fake_relay.testing.live import LiveRelay


@pytest.fixture(params=["in this process", "elsewhere"])
def mine(request: pytest.FixtureRequest, live_relay: LiveRelay) -> Iterator[Relay]:
    """A relay of a test, on the session's server or attached to it over HTTP."""
    if request.param == "in this process":
        yield Relay(live_relay)
        return
    with ServedElsewhere(live_relay.url) as elsewhere:
        yield Relay(elsewhere)


def test_filters_and_quotas_hold_for_the_tests_project_alone(
    mine: Relay, relay: Relay, post: Any
) -> None:
    mine.configure(filters=Filters(error_messages=("noise",)))
    mine.configure(quotas=[Quota("q", ("error",), limit=1, window=86_400, scope="project")])
    for message in ("noise", "one", "two"):
        post(mine.dsn, {"message": message})
    post(relay.dsn, {"message": "noise"})
    assert mine.outcomes == {
        "error": {"accepted": 1, "filtered(error-message)": 1, "rate_limited": 1}
    }
    assert relay.outcomes == {"error": {"accepted": 1}}
    mine.assert_accounted()


def test_settings_are_taken_as_a_settings_file_spells_them(mine: Relay, post: Any) -> None:
    mine.configure(filters={"releases": ["1.*"]}, scrubbing={"scrub_data": False})
    post(mine.dsn, {"release": "1.2"})
    assert mine.outcomes == {"error": {"filtered(release-version)": 1}}


def test_a_wrong_setting_is_an_error_and_changes_nothing(mine: Relay, post: Any) -> None:
    mine.configure(filters={"releases": ["1.*"]})
    with pytest.raises((ConfigError, FakeRelayError), match=r"unknown key 'filters\.release'"):
        mine.configure(filters={"release": ["2.*"]})
    mine.configure(quotas=[])
    post(mine.dsn, {"release": "1.2"})
    assert mine.outcomes == {"error": {"filtered(release-version)": 1}}

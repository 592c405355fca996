"""Each of the documents' own names is there, and is ours or moves its arguments to ours."""

from __future__ import annotations

from importlib import import_module

import pytest

import sdk_config
from fake_relay.testing import Relay
from sdk_config import aliases
from tests.sdk_config.conftest import SetUp

CANARY = "canary" + "-4711"
"""In no line of source that travels with a stack."""


@pytest.mark.parametrize(
    ("alias", "original"),
    [
        ("configure_sentry", "setup"),
        ("init_sentry", "setup"),
        ("setup_sentry", "setup"),
        ("clear_user_context", "clear_user"),
        ("push_scope", "scope"),
        ("capture_deployment_event", "record_deployment"),
        ("capture_release_event", "record_release_event"),
        ("capture_release_health", "record_release_health"),
        ("set_release_context", "set_release"),
        ("get_current_release", "current_release"),
        ("get_release_info", "release_info"),
    ],
)
def test_an_alias_with_the_same_arguments_is_the_function_itself(alias: str, original: str) -> None:
    assert getattr(sdk_config, alias) is getattr(sdk_config, original)
    assert getattr(aliases, alias) is getattr(sdk_config, original)


@pytest.mark.parametrize("alias", aliases.ALIASES)
def test_every_alias_leads_to_something_that_is_there(alias: str) -> None:
    home, _, name = aliases.ALIASES[alias].rpartition(".")

    assert getattr(aliases, alias) is getattr(import_module(f"sdk_config.{home}"), name)


def test_a_name_that_is_no_alias_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'init_sentri'"):
        _ = aliases.init_sentri


@pytest.mark.parametrize("name", ["filter_sensitive_data", "before_send_hook"])
def test_the_documents_filter_gives_a_scrubbed_copy(name: str) -> None:
    """S2-45: whether or not setup() has run; the event that was given stays as it is."""
    event = {"extra": {"password": "canary", "order_id": 7}, "message": "token=canary"}

    found = getattr(sdk_config, name)(event, {})

    assert found["extra"]["order_id"] == 7
    assert "canary" not in str(found)
    assert event == {"extra": {"password": "canary", "order_id": 7}, "message": "token=canary"}


def test_what_the_filter_cannot_scrub_does_not_leave() -> None:
    class Hostile(dict[str, str]):
        def items(self) -> None:  # type: ignore[override]
            raise RuntimeError("no")

        __iter__ = keys = values = get = copy = items  # type: ignore[assignment]

    found = sdk_config.filter_sensitive_data(Hostile(password="canary"), None)

    assert "canary" not in str(found)


def test_the_filter_as_a_hook_of_ones_own(relay: Relay, service: SetUp) -> None:
    service(before_send=sdk_config.before_send_hook)
    sdk_config.capture_message("kept", extra={"password": CANARY})

    relay.expect_event(message="kept")
    relay.assert_no_leaks(CANARY)

"""A project's own settings, in our spelling and in Relay's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.config import Filters, ProjectConfig, Quota, Scrubbing
from fake_relay.config.filters import GenericFilter
from fake_relay.config.own_settings import read_own_settings
from fake_relay.errors import ConfigError

CONDITION = {"op": "eq", "name": "event.release", "value": "1"}
RELAYS = {
    "slug": "shop",
    "publicKeys": [{"publicKey": "a" * 32}],
    "config": {
        "allowedDomains": ["*.example.com"],
        "eventRetention": 90,
        "quotas": [
            {
                "id": None,
                "categories": ["error"],
                "scope": "project",
                "scopeId": 42,
                "limit": 0,
                "reasonCode": "over",
            },
            {"id": "q", "categories": [], "scope": "key", "limit": 5, "window": 60},
        ],
        "filterSettings": {
            "generic": {
                "version": 1,
                "filters": [
                    {"id": "mine", "isEnabled": True, "condition": CONDITION},
                    {"id": "off", "condition": CONDITION},
                ],
            },
            "csp": {"disallowedSources": ["evil.example"]},
            "clientIps": {"blacklistedIps": ["192.0.2.0/24"]},
            "releases": {"releases": ["1.*"]},
            "errorMessages": {"patterns": ["*boom*"]},
            "localhost": {"isEnabled": True},
            "browserExtensions": {"isEnabled": True},
            "legacyBrowsers": {"isEnabled": True, "options": ["default", "ie9"]},
            "webCrawlers": {"isEnabled": False},
            "ignoreTransactions": {"patterns": ["*health*"], "isEnabled": True},
            "tomorrow": {"isEnabled": True},
        },
        "datascrubbingSettings": {"scrubData": True, "sensitiveFields": ["pin"]},
        "piiConfig": {"rules": {}, "applications": {"$user": ["@ip:mask"]}},
    },
}


def test_what_sentry_hands_out_can_be_pasted() -> None:
    found = read_own_settings("42", RELAYS)
    assert found.config == ProjectConfig(
        "42",
        allowed_domains=("*.example.com",),
        filters=Filters(
            generic=(
                GenericFilter("mine", condition=CONDITION),
                GenericFilter("off", is_enabled=False, condition=CONDITION),
            ),
            csp=("evil.example",),
            client_ips=("192.0.2.0/24",),
            releases=("1.*",),
            error_messages=("*boom*",),
            localhost=True,
            browser_extensions=True,
            legacy_browsers=("default", "ie9"),
            ignore_transactions=("*health*",),
        ),
        quotas=(
            Quota(None, ("error",), "project", "42", 0, None, "over"),
            Quota("q", (), "key", None, 5, 60),
        ),
        scrubbing=Scrubbing(
            scrub_data=True,
            scrub_defaults=False,
            sensitive_fields=("pin",),
            pii_config='{"rules":{},"applications":{"$user":["@ip:mask"]}}',
        ),
    )
    assert found.ignored == ("eventRetention", "filterSettings.tomorrow")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, Filters()),
        ({"generic": {"version": 2, "filters": [{"id": "a"}]}}, Filters()),
        ({"legacyBrowsers": {"isEnabled": False, "options": ["ie9"]}}, Filters()),
        ({"ignoreTransactions": {"isEnabled": False, "patterns": ["a"]}}, Filters()),
        ({"ignoreTransactions": {"patterns": ["a"]}}, Filters()),
        ({"releases": {}}, Filters()),
        ({"localhost": {}}, Filters()),
    ],
)
def test_what_relay_has_switched_off_is_off(settings: Any, expected: Filters) -> None:
    assert read_own_settings("42", {"filterSettings": settings}).config.filters == expected


def test_our_own_spelling_is_the_settings_files() -> None:
    found = read_own_settings(
        "42",
        {
            "filters": {"generic": [{"id": "a", "condition": CONDITION}], "localhost": True},
            "quotas": [{"categories": ["error"], "limit": 0}],
            "scrubbing": {"scrub_data": False},
        },
    )
    assert found.config == ProjectConfig(
        "42",
        filters=Filters(generic=(GenericFilter("a", condition=CONDITION),), localhost=True),
        quotas=(Quota(categories=("error",), limit=0),),
        scrubbing=Scrubbing(scrub_data=False),
    )


def test_relays_quotas_alone_are_taken_too() -> None:
    quota = {"id": "q", "categories": ["error"], "scopeId": 7, "limit": 1, "window": 60}
    found = read_own_settings("42", {"quotas": [{**quota, "reasonCode": "over"}]}).config
    assert found.quotas == (Quota("q", ("error",), "organization", "7", 1, 60, "over"),)


def test_what_is_not_said_is_left_to_the_relay() -> None:
    assert read_own_settings("42", {}).config == ProjectConfig("42")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "settings are [], not an object"),
        ({"filter": {}}, "unknown key 'filter'; known here: allowed_domains, filters"),
        ({"filters": {"nope": 1}}, "unknown key 'filters.nope'"),
        ({"quotas": [{"limt": 1}]}, "unknown key 'quotas[0].limt'"),
        ({"project_id": "7"}, "key 'project_id' cannot be set at run time"),
        ({"filters": {"localhost": "yes"}}, "key 'filters.localhost': expected `bool`"),
        ({"filters": {"client_ips": ["x"]}}, "key 'filters': 'x' is neither an IP address"),
        ({"filters": {"legacy_browsers": ["ie7"]}}, "'ie7' is no group of old browsers"),
        ({"filters": {"generic": [{}]}}, "key 'filters.generic[0]': a generic filter needs an id"),
        ({"quotas": [{"limit": 5}]}, "a quota with limit 5 needs an id"),
        ({"quotas": [{"id": "a", "limit": 5}]}, "needs a window of 1 s or more"),
        ({"quotas": [{"id": "a", "limit": -1}]}, "limit -1 is below 0"),
        ({"quotas": [{"categories": ["errors"], "limit": 0}]}, "'errors' is no data category"),
        ({"quotas": [{"scope": "galaxy"}]}, "key 'quotas[0].scope'"),
        ({"quotas": [{"limit": 0, "group_by": ["color"]}]}, "cannot group by 'color'"),
        ({"filterSettings": 5}, "key 'filterSettings' is 5, not an object"),
        ({"filterSettings": {"releases": []}}, "key 'filterSettings.releases' is []"),
        ({"filterSettings": {"generic": {"filters": {"a": 1}}}}, "generic.filters' is"),
        ({"filterSettings": {"generic": {"filters": [3]}}}, "filters.generic[0]"),
        ({"allowedDomains": ["a"], "quotas": 3}, "key 'quotas': expected `array"),
        ({"sampling": {"rules": 3}}, "key 'sampling.rules' is 3, not an array"),
        ({"sampling": {"rules": [{"samplingvalue": 3}]}}, "'sampling.rules[0].samplingvalue'"),
    ],
)
def test_a_mistake_is_named_by_its_key(data: Any, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_own_settings("42", data)
    assert says in str(refused.value)


def test_settings_that_are_shown_can_be_set_again() -> None:
    """What the API answers is in the form that it takes."""
    import msgspec

    config = read_own_settings("42", RELAYS).config
    shown = {
        name: json.loads(msgspec.json.encode(getattr(config, name)))
        for name in ("allowed_domains", "filters", "quotas", "scrubbing")
    }
    assert read_own_settings("42", shown).config == config

"""What settings and advanced rules remove: the vectors of PROTOCOL.md 9.2 to 9.4."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from fake_relay.config import Scrubbing
from fake_relay.errors import ConfigError
from fake_relay.stored_view.scrub import get, get_meta

CARD = "4111111111111111"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("path", "sent", "kept", "rule"),
    [
        (
            "logentry.formatted",
            "paid 4111 1111 1111 1111 by a@example.com from 10.0.0.1",
            "paid [creditcard] by [email] from 10.0.0.1",
            "@creditcard:replace",
        ),
        ("user.ip_address", "203.0.113.9", None, "@ip:replace"),
        ("user.email", "jane@example.com", "jane@example.com", None),
        ("request.data.card", CARD, "[Filtered]", "@creditcard:filter"),
        ("request.data.password", "hunter2", "[Filtered]", "@password:filter"),
        ("request.data.x_internal", "any", "[Filtered]", "strip-fields"),
        ("request.data.keep_me", CARD, CARD, None),
        ("request.data.mail", "a@example.com", "a@example.com", None),
        ("request.env.REMOTE_ADDR", "10.0.0.2", None, "@ip:replace"),
        ("extra.authToken", "t", "[Filtered]", "@password:filter"),
        ("extra.the_secret", "t", "[Filtered]", "@password:filter"),
        ("extra.mac", "4a:00:04:10:9b:50", "4a:00:04:10:9b:50", None),
        ("extra.path", "/home/jane/x", "/home/jane/x", None),
        ("extra.mail", "a@example.com", "a@example.com", None),
        (
            "extra.pem",
            PEM,
            "-----BEGIN PRIVATE KEY-----\n[Filtered]\n-----END PRIVATE KEY-----",
            "@pemkey:filter",
        ),
    ],
)
def test_a_value_is_scrubbed_as_observed(
    view: Any, all_on: Scrubbing, path: str, sent: str, kept: str | None, rule: str | None
) -> None:
    """PROTOCOL.md 9.3, rows of values by path."""
    steps = tuple(path.split("."))
    nested: Any = sent
    for step in reversed(steps):
        nested = {step: nested}
    found = view(nested, scrubbing=all_on)
    assert get(found.document, steps) == kept
    scrubbed = [remark.rule for remark in found.remarks if remark.kind == "scrubbed"]
    assert scrubbed[:1] == ([rule] if rule else [])


def test_remarks_of_a_message_stand_in_meta_as_observed(view: Any, all_on: Scrubbing) -> None:
    message = "paid 4111 1111 1111 1111 by a@example.com from 10.0.0.1"
    found = view({"logentry": {"formatted": message}}, scrubbing=all_on)
    note = get_meta(found.meta, ("logentry", "formatted"))
    assert note == {
        "": {
            "rem": [["@creditcard:replace", "s", 5, 17], ["@email:replace", "s", 21, 28]],
            "len": 55,
        }
    }


def test_headers_and_cookies_are_scrubbed_once_normalised(view: Any, all_on: Scrubbing) -> None:
    headers = {
        "Authorization": "Bearer abc123",
        "Cookie": "sessionid=1; a=b",
        "X-Real-Ip": "10.0.0.2",
    }
    found = view({"request": {"headers": headers}}, scrubbing=all_on).document["request"]
    assert found["headers"] == [["Authorization", "[Filtered]"], ["X-Real-Ip", "[ip]"]]
    assert found["cookies"] == [["sessionid", "[Filtered]"], ["a", "b"]]


def test_variables_tags_exceptions_and_breadcrumbs_as_observed(
    view: Any, all_on: Scrubbing
) -> None:
    found = view(
        {
            "exception": {
                "values": [
                    {
                        "type": "E",
                        "value": f"password=hunter2 {CARD}",
                        "stacktrace": {"frames": [{"function": "f", "vars": {"password": "p"}}]},
                    }
                ]
            },
            "tags": {"password": "t"},
            "breadcrumbs": [{"data": {"url": "http://u:p@h/"}}],
            "request": {"url": f"http://u:p@h/?card={CARD}"},
        },
        scrubbing=all_on,
    ).document
    (error,) = found["exception"]["values"]
    assert error["value"] == f"password=hunter2 {CARD}"
    assert error["stacktrace"]["frames"][0]["vars"] == {"password": "[Filtered]"}
    assert found["tags"] == [["password", "t"]]
    assert found["breadcrumbs"]["values"][0]["data"] == {"url": "http://u:[Filtered]@h/"}
    assert found["request"]["url"] == "http://u:p@h/"


def test_addresses_stay_without_the_switch_for_them(view: Any, all_on: Scrubbing) -> None:
    found = view(
        {
            "user": {"ip_address": "203.0.113.9"},
            "request": {"headers": {"X-Real-Ip": "10.0.0.2"}, "env": {"REMOTE_ADDR": "10.0.0.3"}},
        },
        scrubbing=replace(all_on, scrub_ip_addresses=False),
    ).document
    assert found["user"]["ip_address"] == "203.0.113.9"
    assert found["request"]["headers"] == [["X-Real-Ip", "10.0.0.2"]]
    assert found["request"]["env"] == {"REMOTE_ADDR": "10.0.0.3"}


@pytest.mark.parametrize(
    "settings",
    [
        {"scrub_data": False},
        {"scrub_data": False, "sensitive_fields": ("password",)},
        {"scrub_defaults": False},
    ],
)
def test_nothing_is_scrubbed_without_the_master_switch(view: Any, settings: Any) -> None:
    found = view({"extra": {"password": "p"}}, scrubbing=Scrubbing(**settings))
    assert found.document["extra"] == {"password": "p"}


def test_addresses_have_a_switch_of_their_own(view: Any) -> None:
    settings = Scrubbing(scrub_data=False, scrub_ip_addresses=True)
    found = view(
        {"user": {"ip_address": "203.0.113.9"}, "extra": {"password": "p"}}, scrubbing=settings
    )
    assert found.document["user"]["ip_address"] is None
    assert found.document["extra"] == {"password": "p"}


def advanced(selector: str, *names: str, **rules: Any) -> Scrubbing:
    config = {"rules": rules, "applications": {selector: list(names)}}
    return Scrubbing(scrub_data=False, pii_config=json.dumps(config))


def test_a_pattern_is_hashed_as_observed(view: Any) -> None:
    """PROTOCOL.md 9.4, last row."""
    order = {"type": "pattern", "pattern": r"ord-\d+", "redaction": {"method": "hash"}}
    found = view(
        {"extra": {"a": "order ord-123 done"}}, scrubbing=advanced("$string", "order", order=order)
    )
    assert found.document["extra"]["a"] == "order 79A15F13D0A07131D5C915CAE235E7563305CCFD done"


def test_a_pair_is_masked_as_observed(view: Any) -> None:
    rule = {"type": "redact_pair", "keyPattern": "^zip$", "redaction": {"method": "mask"}}
    found = view({"extra": {"zip": "90210"}}, scrubbing=advanced("**", "zip", zip=rule))
    assert found.document["extra"] == {"zip": "*****"}


def test_advanced_rules_reach_what_settings_leave(view: Any) -> None:
    found = view(
        {"exception": {"type": "E", "value": "by a@example.com"}},
        scrubbing=advanced("$error.value", "@email:mask"),
    )
    assert found.document["exception"]["values"][0]["value"] == "by *************"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nope", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"rules": [1]}', "`rules` is not a JSON object"),
        ('{"applications": {"foo bar": ["@ip"]}}', "foo bar"),
        ('{"applications": {"$nope": ["@ip"]}}', "nope"),
        ('{"applications": {"**": ["typo"]}}', "'typo', which is no rule"),
        ('{"applications": {"**": ["@emial"]}}', "'@emial', which is no rule"),
        ('{"rules": {"a": {"type": "multiple", "rules": ["b"]}}}', "'b', which is no rule"),
        ('{"rules": {"a": {"type": "nope"}}}', "unknown variant `nope`"),
        ('{"rules": {"a": {"type": "pattern", "pattern": "(oops"}}}', "unclosed group"),
        ('{"rules": {"a": {"type": "redact_pair", "keyPattern": "(oops"}}}', "unclosed group"),
    ],
)
def test_wrong_advanced_rules_are_an_error_when_they_are_read(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Scrubbing(pii_config=text)
    assert "scrubbing.pii_config" in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)

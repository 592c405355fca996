"""`show --view stored` and `show --diff`: an item as Sentry would keep it."""

from __future__ import annotations

import json
from typing import Any

EVENT = {"message": "boom", "platform": "rust", "extra": {"password": "hunter2"}}


def test_an_item_is_shown_as_sentry_keeps_it(invoke: Any, send: Any) -> None:
    send(("event", EVENT))
    output = invoke("show", "latest", "--view", "stored").stdout
    assert "hunter2" not in output
    assert "[Filtered]" in output
    assert "scrubbed  extra.password  @password:filter, was 7 long" in output
    assert "repaired  platform" in output


def test_a_difference_has_both_sides_and_the_rules(invoke: Any, send: Any) -> None:
    send(("event", EVENT))
    output = invoke("show", "latest", "--diff").stdout
    assert '-    "password": "hunter2"' in output
    assert '+    "password": "[Filtered]"' in output
    assert "scrubbed  extra.password" in output


def test_as_sent_is_the_default(invoke: Any, send: Any) -> None:
    send(("event", EVENT))
    assert "hunter2" in invoke("show", "latest").stdout


def test_machines_get_the_shape_of_the_api(invoke: Any, send: Any) -> None:
    send(("event", EVENT))
    found = json.loads(invoke("show", "latest", "--view", "stored", "--json").stdout)
    assert found["payload"]["extra"] == {"password": "[Filtered]"}
    assert found["refused"] is None
    assert "extra.password" in {remark["path"] for remark in found["remarks"]}


def test_what_sentry_refuses_says_why(invoke: Any, send: Any) -> None:
    send(("transaction", {"transaction": "t"}))
    for options in (("--view", "stored"), ("--diff",)):
        assert "Sentry would not keep it: " in invoke("show", "latest", *options).stdout


def test_an_unchanged_item_says_so(invoke: Any, send: Any) -> None:
    send(("my_own_type", {"a": 1}))
    assert "Sentry would change nothing" in invoke("show", "latest", "--diff").stdout


def test_what_was_sent_cannot_act_on_the_terminal(invoke: Any, send: Any) -> None:
    send(("event", {"extra": {"password": "\x1b[31mred", "k\x1b[2Jey": {"token": "x"}}}))
    for options in (("--view", "stored"), ("--diff",)):
        assert "\x1b" not in invoke("show", "latest", *options).stdout


def test_raw_bytes_are_those_that_were_sent(invoke: Any, send: Any) -> None:
    send(("event", EVENT))
    result = invoke("show", "latest", "--raw", "--diff")
    assert (result.exit_code, "--raw writes what was sent" in result.stderr) == (2, True)

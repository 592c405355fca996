"""`expect` waits, and says what came close when it waited in vain."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from fake_relay.cli.expectations import read_count, read_expectations, read_where
from fake_relay.errors import ConfigError

Send = Callable[..., str]
Invoke = Callable[..., Result]

ERROR = {
    "environment": "staging",
    "tags": {"plan": "pro"},
    "exception": {"values": [{"type": "ValueError", "value": "card declined"}]},
}


def test_what_is_there_holds_at_once(invoke: Invoke, send: Send) -> None:
    send(("event", ERROR))
    result = invoke("expect", "--type", "event", "--where", "exception=ValueError")
    assert (result.exit_code, "✓" in result.stdout) == (0, True)


def test_what_does_not_come_fails_with_the_closest_item(invoke: Invoke, send: Send) -> None:
    send(("event", ERROR))
    where = ("--where", "exception=ValueError", "--where", "environment=production")
    result = invoke("expect", "--type", "event", *where, "--within", "0")
    assert (result.exit_code, "staging" in result.stdout) == (1, True)


def test_what_comes_later_is_waited_for(invoke: Invoke, send: Send) -> None:
    later = threading.Timer(0.2, send, [("event", ERROR)])
    later.start()
    try:
        assert invoke("expect", "--type", "event", "--within", "30").exit_code == 0
    finally:
        later.join()


def test_since_now_looks_only_at_what_is_new(invoke: Invoke, send: Send) -> None:
    send(("event", ERROR))
    result = invoke("expect", "--type", "event", "--since", "now", "--within", "0")
    assert result.exit_code == 1


def test_json_values_are_compared_as_json(invoke: Invoke, send: Send) -> None:
    send(("event", ERROR))
    result = invoke("expect", "--where", 'tags:={"plan": "pro"}', "--count", "1", "--json")
    assert json.loads(result.stdout)["held"] is True


def test_a_file_holds_many_expectations(invoke: Invoke, send: Send, tmp_path: Path) -> None:
    send(("event", ERROR))
    file = tmp_path / "expected.yaml"
    file.write_text(
        "- {type: event, count: 1}\n- {type: transaction, count: 0, quiet: 0, within: 0}\n"
        "- {type: session, within: 0}\n"
    )
    result = invoke("expect", str(file), "--json")
    assert result.exit_code == 1
    assert [verdict["held"] for verdict in json.loads(result.stdout)] == [True, True, False]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--where", "exception"),
        ("--where", "tags:={"),
        ("--count", "many"),
        ("--count", "3..1"),
        ("--since", "yesterday"),
        ("--count", "-1"),
        ("no-such-file.yaml",),
    ],
)
def test_a_wrong_expectation_is_a_usage_error(invoke: Invoke, arguments: tuple[str, ...]) -> None:
    result = (
        invoke("expect", "--within", "0", *arguments)
        if arguments[0][0] == "-"
        else invoke("expect", *arguments)
    )
    assert (result.exit_code, result.stderr.startswith("fake-relay: ")) == (2, True)


def test_file_and_options_exclude_each_other(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "expected.json"
    file.write_text('{"type": "event"}')
    assert invoke("expect", str(file), "--type", "event").exit_code == 2


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("3", 3),
        ("0", 0),
        ("1..3", {"min": 1, "max": 3}),
        ("2..", {"min": 2}),
        ("..4", {"min": 0, "max": 4}),
    ],
)
def test_a_count_is_a_number_or_a_range(text: str, count: Any) -> None:
    assert read_count(text) == count


def test_conditions_are_text_unless_they_say_json() -> None:
    assert read_where(("release=2.0", "n:=2", "q=a=b")) == {"release": "2.0", "n": 2, "q": "a=b"}


@pytest.mark.parametrize(
    "text", ["[]", "- 1", "a: [", "just words", "!!python/object:os.system {}"]
)
def test_a_file_without_expectations_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "expected.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"expected\.yaml"):
        read_expectations(file)

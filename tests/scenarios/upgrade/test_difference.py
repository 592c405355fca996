"""Two runs differ in what they would send, told once each; one run twice differs in nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from scenarios import Capture, Failure, Message, Scenario, Span, Target, Transaction
from scenarios.cli import scenarios as command
from scenarios.upgrade import Snapshot, compare, taken
from scenarios.upgrade.normal import Item, Told, normal
from tests.scripts.install_sdks import python_sdk


def snapshot(name: str, **scenarios: list[tuple[str, Any]]) -> Snapshot:
    told = {
        name_: Told("passed", tuple(Item(kind, {}, payload) for kind, payload in items))
        for name_, items in scenarios.items()
    }
    return Snapshot(name, told)


def changes(left: Snapshot, right: Snapshot) -> list[tuple[str, str, str, str, str]]:
    return [
        (one.kind, one.item_type, one.path, one.left, one.right)
        for one in compare(left, right).changes
    ]


def test_added_removed_and_changed_fields_are_told_apart() -> None:
    left = snapshot("a", E=[("event", {"a": 1, "b": "x", "same": [1]})])
    right = snapshot("b", E=[("event", {"b": "y", "c": None, "same": [1]})])
    assert changes(left, right) == [
        ("removed", "event", ".a", "1", ""),
        ("added", "event", ".c", "", "null"),
        ("changed", "event", ".b", '"x"', '"y"'),
    ]


def test_numbers_of_items_by_type_are_compared() -> None:
    left = snapshot("a", E=[("event", {"a": 1})] * 2)
    right = snapshot("b", E=[("event", {"a": 1}), ("log", {"body": "new"})])
    assert changes(left, right) == [
        ("items", "event", "", "2", "1"),
        ("items", "log", "", "0", "1"),
    ]


def test_a_change_of_many_scenarios_is_told_once() -> None:
    left = snapshot("a", **{f"S-{i}": [("event", {"a": i})] for i in range(9)})
    right = snapshot("b", **{f"S-{i}": [("event", {"a": i, "b": 1})] for i in range(9)})
    found = compare(left, right)
    [change] = found.changes
    assert len(change.scenarios) == 9
    assert "event .b: 1  [S-0, S-1, S-2, S-3, S-4, S-5 and 3 more]" in str(found)


def test_verdicts_and_scenarios_of_one_side_are_told() -> None:
    left = Snapshot("a", {"E": Told("passed"), "only": Told("passed")})
    right = Snapshot("b", {"E": Told("failed")})
    assert [(one.kind, one.scenarios) for one in compare(left, right).changes] == [
        ("status", ("E",)),
        ("missing", ("only",)),
    ]


def test_the_place_in_a_list_means_nothing() -> None:
    left = snapshot("a", E=[("event", {"values": [{"type": "A"}, {"type": "B"}]})])
    right = snapshot("b", E=[("event", {"values": [{"type": "B"}, {"type": "A"}]})])
    assert compare(left, right).same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"event_id": "a" * 32}, {"event_id": "b" * 32}),
        ({"timestamp": "2026-01-01T00:00:00Z"}, {"timestamp": 1.5}),
        ({"note": "<x at 0x7f00deadbeef>"}, {"note": "<x at 0x7f11deadbeef>"}),
        ({"frames": [{"lineno": 3}]}, {"frames": [{"lineno": 9, "context_line": "x"}]}),
        ({"frames": []}, {"frames": [{"module": "sentry_sdk.utils", "function": "f"}]}),
        ({"ua": "sentry.python/2.0.1"}, {"ua": "sentry.python/2.75.0"}),
        ({"url": "http://127.0.0.1:4001/x"}, {"url": "http://127.0.0.1:52/x"}),
        ({"sdk": {"name": "s", "version": "1"}}, {"sdk": {"name": "s", "version": "2"}}),
    ],
)
def test_what_differs_from_run_to_run_is_the_same(one: Any, other: Any) -> None:
    assert normal("event", {}, one) == normal("event", {}, other)


def test_integrations_that_are_on_are_compared() -> None:
    one = normal("event", {}, {"sdk": {"name": "s", "integrations": ["logging"]}})
    other = normal("event", {}, {"sdk": {"name": "s", "integrations": ["loguru", "logging"]}})
    assert one != other


CHOSEN = [
    Scenario(
        id="error", steps=(Capture(message="boom", locals={"n": 1}),), options={"release": "1"}
    ),
    Scenario(
        id="trace",
        steps=(Transaction(name="t", steps=(Span(op="db", name="q"),)),),
        options={"traces_sample_rate": 1.0},
    ),
    Scenario(
        id="chained", steps=(Capture(message="b", cause=Failure(message="a")), Message(text="m"))
    ),
]


@pytest.fixture(scope="session")
def snapshots() -> dict[str, Snapshot]:
    old = Target(setup="raw", sdk=str(python_sdk("2.0.1")))
    return {
        "old": taken("2.0.1", CHOSEN, old, jobs=2),
        "new": taken("newest", CHOSEN, Target(setup="raw"), jobs=2),
        "again": taken("newest, again", CHOSEN, Target(setup="raw"), jobs=2),
    }


@pytest.mark.slow(6)
def test_the_same_sdk_twice_would_send_the_same(snapshots: dict[str, Snapshot]) -> None:
    found = compare(snapshots["new"], snapshots["again"])
    assert [str(change) for change in found.changes] == []
    assert "nothing would be sent differently" in str(found)
    assert all(told.items for told in snapshots["new"].scenarios.values())


def test_another_sdk_would_send_other_fields(snapshots: dict[str, Snapshot]) -> None:
    found = compare(snapshots["old"], snapshots["new"])
    told = {(one.kind, one.item_type, one.path) for one in found.changes}
    # The newer one says in each span where it comes from, and in the header its sample_rand.
    assert ("added", "transaction", ".spans[].origin") in told
    assert "sentry-sdk: 2.0.1 -> " in str(found)


def test_the_command_compares_two_setups(tmp_path: Any) -> None:
    file = tmp_path / "mine.scenarios.yaml"
    file.write_text(
        "scenarios:\n  - id: one\n    steps:\n      - do: message\n        text: hello\n"
        "    expect: []\n"
    )
    arguments = ["diff", str(file), "--setup", "raw", "--setup", "sdk_config", "--json", "--fail"]
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 1, done.output
    found = json.loads(done.stdout)
    assert (found["left"], found["right"], found["scenarios"]) == ("raw", "sdk_config", 1)


def test_two_sides_that_are_the_same_are_refused() -> None:
    done = CliRunner().invoke(command, ["diff", "--sdk", "2.0.1"])
    assert done.exit_code
    assert "both sides are the same" in str(done.exception or done.output)

"""`fake-relay faults`: the plan of a running server, and what `serve` says of one in its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fake_relay.errors import RequestRefused

EVENT = ("event", {"message": "boom"})


def test_a_fault_is_added_shown_and_cleared(invoke: Any, send: Any) -> None:
    added = invoke("faults", "add", "status=503", "--times", "2", "--project", "42")
    assert (added.exit_code, added.stdout) == (0, "1  status=503, in project 42, times 2\n")
    with pytest.raises(RequestRefused, match="service unavailable"):
        send(EVENT, project="42")
    send(EVENT, project="7")

    shown = invoke("faults", "show")
    assert shown.stdout == "1  status=503, in project 42, times 2  [fired 1, 1 left]\n"

    assert invoke("faults", "clear", "1").stdout == "cleared 1 fault\n"
    send(EVENT, project="42")
    assert "as Sentry does" in invoke("faults", "show").stdout


def test_every_option_ends_up_in_the_entry(invoke: Any) -> None:
    options = ["--door", "envelope", "--category", "error", "--category", "transaction"]
    options += ["--type", "event", "-q", "level:error", "--probability", "0.5", "--seed", "7"]
    invoke("faults", "add", "latency=250ms", *options)
    (entry,) = json.loads(invoke("faults", "show", "--json").stdout)["faults"]
    assert entry == {
        "effect": {"latency": {"ms": 250.0, "jitter_ms": 0.0}},
        "match": {
            "door": "envelope",
            "categories": ["error", "transaction"],
            "types": ["event"],
            "q": "level:error",
        },
        "probability": 0.5,
        "seed": 7,
    }


def test_a_plan_comes_from_a_file_or_from_stdin(invoke: Any, tmp_path: Path) -> None:
    plan = json.dumps({"faults": [{"effect": {"garbage": True}}, {"effect": {"status": 500}}]})
    (tmp_path / "plan.json").write_text(plan)
    shown = invoke("faults", "set", str(tmp_path / "plan.json"))
    assert shown.stdout == "1  garbage  [fired 0]\n2  status=500  [fired 0]\n"
    assert "status=500" in invoke("faults", "set", "-", input=plan).stdout
    assert json.loads(invoke("faults", "clear", "--json").stdout) == {"deleted": 2}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "flood"], "'flood' is no effect"),
        (["add", "status=503", "--door", "back"], "no door is called 'back'"),
        (["add", "status=503", "-q", "level:"], "match.q"),
    ],
)
def test_a_mistake_is_a_usage_error_in_words(invoke: Any, arguments: list[str], words: str) -> None:
    result = invoke("faults", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_wrong_plan_is_named_by_its_file_entry_and_field(invoke: Any, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text('{"faults": [{"effect": {"status": 1}}]}')
    result = invoke("faults", "set", str(path))
    assert result.exit_code == 2
    assert f"{str(path)!r}: faults[0].effect.status" in result.stderr


def test_a_server_says_at_its_start_what_it_will_break(start: Any, tmp_path: Path) -> None:
    (tmp_path / "relay.toml").write_text(
        "[[faults]]\ntimes = 3\neffect = {status = 503}\n[[faults]]\neffect = {hang = {}}\n"
    )
    served = start(
        *("serve", "--port", "0", "--store", "memory:", "--json"),
        *("--config", str(tmp_path / "relay.toml")),
    )
    assert json.loads(served.stdout.readline())["faults"] == ["status=503, times 3", "hang=30s"]


def test_a_fault_in_the_settings_file_that_means_nothing_is_named(
    invoke: Any, tmp_path: Path
) -> None:
    path = tmp_path / "relay.toml"
    path.write_text("[[faults]]\neffect = {status = 503, garbage = true}\n")
    result = invoke("serve", "--port", "0", "--store", "memory:", "--config", str(path))
    assert result.exit_code == 2
    assert "faults[0].effect: status and garbage given" in result.stderr


def test_lists_and_items_show_which_fault_they_met(invoke: Any, send: Any) -> None:
    invoke("faults", "add", "latency=1ms")
    send(EVENT)
    assert "fault: latency_1ms" in invoke("list").stdout
    assert "its request met a fault on purpose: latency_1ms" in invoke("show", "latest").stdout
    (found,) = json.loads(invoke("list", "--json").stdout)["items"]
    assert found["faults"] == ["latency_1ms"]


def test_a_request_that_a_fault_lost_is_explained(invoke: Any, send: Any) -> None:
    invoke("faults", "add", "status=503", "--times", "1")
    with pytest.raises(RequestRefused):
        send(EVENT, event_id="f" * 32)
    assert "fault" in invoke("explain", "f" * 32).stdout

"""YAML and Python make the same records, and what is wrong is told with its place."""

from __future__ import annotations

import contextlib
import json
import textwrap
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import Capture, Exited, Items, Message, Order, Scenario, Span, Transaction
from scenarios.catalogue import built_in
from scenarios.errors import ScenarioError
from scenarios.schema import schema
from scenarios.starter import FILES
from scenarios.yaml_file import is_scenario_file, read_file, read_text


def read(text: str) -> list[Scenario]:
    """The scenarios of an indented text."""
    return read_text(textwrap.dedent(text), "my.scenarios.yaml")


def test_both_spellings_make_the_same_record() -> None:
    (found,) = read(
        """
        - id: MY-01
          title: a story
          tags: [slow]
          environment: {SHOP: berlin, GONE: null}
          steps:
            - {do: message, text: hi}
            - do: transaction
              name: pay
              steps: [{do: span, name: db}]
          expect:
            - {type: event, count: 1, where: {message: hi}}
            - check: order
              items: [{type: event}, {type: transaction}]
            - {check: exited, code: 0}
        """
    )
    assert found == Scenario(
        id="MY-01",
        title="a story",
        tags=("slow",),
        environment={"SHOP": "berlin", "GONE": None},
        steps=(Message("hi"), Transaction("pay", steps=(Span("db"),))),
        expect=(
            Items(type="event", count=1, where={"message": "hi"}),
            Order((Items(type="event"), Items(type="transaction"))),
            Exited(code=0),
        ),
    )


def test_every_built_in_scenario_can_be_written_as_yaml() -> None:
    written = json.dumps([msgspec.to_builtins(scenario) for scenario in built_in()])
    # A tuple in an argument is a list in JSON, and is one when it is called.
    assert json.dumps(msgspec.to_builtins(read_text(written, "f"))) == written


def test_what_stands_beside_the_scenarios_holds_for_each() -> None:
    first, second = read(
        """
        group: shop
        tags: [ours]
        options: {release: a}
        time_limit: 5
        scenarios:
          - {id: A, options: {debug: true}}
          - {id: B, group: other, tags: [own], setup: raw}
        """
    )
    assert (first.group, first.tags, first.time_limit) == ("shop", ("ours",), 5.0)
    assert first.options == {"release": "a", "debug": True}
    assert (second.group, second.tags, second.options) == ("other", ("ours", "own"), {})


def test_cases_are_told_apart_and_keep_their_types() -> None:
    (found,) = read(
        """
        - id: A
          cases: {few: {n: 1}, many: {n: 3}}
          steps: [{do: message, text: "${case.n} of them"}]
          expect: [{type: event, count: "${case.n}"}]
        """
    )
    few, many = found.expanded()
    assert (few.id, many.id) == ("A[few]", "A[many]")
    assert many.steps == (Message("3 of them"),)
    assert many.expect == (Items(type="event", count=3),)


def test_a_time_stays_a_text() -> None:
    (found,) = read("- {id: A, steps: [{do: clock, to: 2031-01-02T03:04:05Z}]}")
    assert msgspec.to_builtins(found.steps[0])["to"] == "2031-01-02T03:04:05Z"


WRONG = {
    "- id: A\n  steps:\n    - do: message\n      txt: hi\n": (
        "my.scenarios.yaml:4: 0.steps.0: there is no field 'txt'; did you mean 'text'?"
    ),
    "- id: A\n  steps:\n    - do: mesage\n": (
        "my.scenarios.yaml:3: 0.steps.0.do: 'mesage' means nothing here; did you mean 'message'?"
    ),
    "- id: A\n  stpes: []\n": (
        "my.scenarios.yaml:2: 0: there is no field 'stpes'; did you mean 'steps'?"
    ),
    "- title: x\n": "my.scenarios.yaml:1: 0: the field 'id' is missing",
    "- id: A\n  id: B\n": "my.scenarios.yaml:2: the key 'id' is there twice",
    "- id: A\n  expect:\n    - typ: event\n": (
        "my.scenarios.yaml:3: 0.expect.0: there is no field 'typ'; did you mean 'type'?"
    ),
    "- id: A\n  expect:\n    - check: leaks\n": (
        "my.scenarios.yaml:3: 0.expect.0.check: 'leaks' means nothing here;"
        " did you mean 'no_leaks'?"
    ),
    "- id: A\n  expect:\n    - {type: event, count: {mn: 3}}\n": (
        "my.scenarios.yaml:3: 0.expect.0.count: there is no field 'mn'; did you mean 'min'?"
    ),
    "- id: A\n  steps:\n    - do: capture\n      cause: {mesage: no}\n": (
        "my.scenarios.yaml:4: 0.steps.0.cause: there is no field 'mesage'; did you mean 'message'?"
    ),
    "- id: A\n  time_limit: soon\n": (
        "my.scenarios.yaml:2: 0.time_limit: expected `float`, got `str`"
    ),
    "scenarios: 3\n": "my.scenarios.yaml:1: scenarios: expected `array`, got `int`",
    "": "my.scenarios.yaml: holds no scenario; begin with '- id: MY-01'",
    "a: [": "my.scenarios.yaml: line 1, column 5: expected the node content",
    "&a [*a]": "my.scenarios.yaml",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told_with_file_line_field_and_what_was_meant(text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_text(text, "my.scenarios.yaml")
    assert str(caught.value).startswith(WRONG[text])


@settings(max_examples=150)
@given(st.text(alphabet=st.sampled_from("-:[]{}&*!|>'\"%@ \nidsteps0"), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ScenarioError):
        assert isinstance(read_text(text, "f"), list)


def test_a_python_file_holds_the_same_records(tmp_path: Path) -> None:
    path = tmp_path / "shop_scenarios.py"
    path.write_text(
        "from scenarios import Capture, Scenario\n"
        "SCENARIOS = [Scenario(id='A', steps=(Capture(message='no'),))]\n"
    )
    assert is_scenario_file(path)
    assert read_file(path) == [Scenario(id="A", steps=(Capture(message="no"),))]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("no", "", "has no 'SCENARIOS'"),
        ("list", "SCENARIOS = [3]", "holds 3, which is no Scenario"),
        ("broken", "1 / 0", "ZeroDivisionError: division by zero"),
        (
            "typed",
            "from scenarios import *\nSCENARIOS = [Scenario(id='A', steps=(Message(3),))]",
            "scenario 'A': Expected `str`, got `int` - at `$.steps[0].text`",
        ),
    ],
)
def test_a_python_file_that_is_wrong_is_told(
    name: str, text: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{name}_scenarios.py"
    path.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        read_file(path)
    assert told in str(caught.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot read"):
        read_file(tmp_path / "none.scenarios.yaml")


def test_the_starters_scenarios_can_be_read() -> None:
    (text,) = [text for name, text in FILES.items() if name.endswith(".yaml")]
    assert [scenario.id for scenario in read_text(text, "f")] == ["MY-01", "MY-02"]


def test_the_schema_names_every_step_and_lets_the_kind_of_an_expectation_be_left_out() -> None:
    made = schema()
    tags = {part["properties"]["do"]["enum"][0] for part in _tagged(made, "do")}
    assert {"message", "capture", "check_in", "await", "request"} <= tags
    assert "check" not in made["$defs"]["Items"].get("required", [])
    assert "check" in made["$defs"]["Exited"]["required"]


def _tagged(
    made: dict[str, object], field: str
) -> list[dict[str, dict[str, dict[str, list[str]]]]]:
    parts = made["$defs"]
    assert isinstance(parts, dict)
    return [part for part in parts.values() if field in part.get("properties", {})]

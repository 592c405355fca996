"""What is asked for is what runs, and a name that means nothing is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import Scenario
from scenarios.errors import ScenarioError
from scenarios.selection import Selection, chosen, gather, matches

ALL = [
    Scenario(id="E-02", title="an exception", group="errors", tags=("quick",)),
    Scenario(id="E-03[info]", title="a message", group="errors"),
    Scenario(id="E-03[fatal]", title="a message", group="errors", tags=("Slow",)),
    Scenario(id="SA-01", title="a thousand errors", group="sampling", tags=("Slow",)),
]


def ids(selection: Selection, *names: str) -> list[str]:
    """The ids of what is chosen."""
    return [one.id for one in chosen(ALL, selection, names)]


def test_an_id_means_itself_all_of_its_cases_or_a_pattern() -> None:
    assert ids(Selection(), "E-02") == ["E-02"]
    assert ids(Selection(), "E-03") == ["E-03[info]", "E-03[fatal]"]
    assert ids(Selection(), "E-03[info]") == ["E-03[info]"]
    assert ids(Selection(), "*A-*", "E-02") == ["E-02", "SA-01"]


def test_every_part_that_is_given_must_fit() -> None:
    assert ids(Selection(groups=("errors",), tags=("Slow", "quick"))) == ["E-02", "E-03[fatal]"]
    assert ids(Selection(only=frozenset({"SA-01"}))) == ["SA-01"]


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("message", False),
        ("sa-01", True),
        ("sampling and slow", True),
        ("sampling and not slow", False),
        ("quick or (errors and thousand)", True),
        ("not not thousand", True),
        ("notthousand", False),
    ],
)
def test_an_expression_is_about_id_title_group_and_tags(expression: str, fits: bool) -> None:
    assert matches(expression, ALL[3]) is fits


@pytest.mark.parametrize("expression", ["and", "a b", "(a", "not"])
def test_an_expression_that_makes_no_sense_is_told(expression: str) -> None:
    with pytest.raises(ScenarioError, match="makes no sense"):
        matches(expression, ALL[0])


@pytest.mark.parametrize(
    ("selection", "names", "told"),
    [
        (Selection(), ("E-20",), "no scenario is called 'E-20'; did you mean 'E-02'?"),
        (Selection(groups=("error",)), (), "no scenario has the group 'error'; did you mean"),
        (Selection(tags=("slow",)), (), "no scenario has the tag 'slow'; did you mean 'Slow'?"),
        (Selection(expression="nowhere"), (), "nothing is selected"),
    ],
)
def test_what_selects_nothing_is_told(
    selection: Selection, names: tuple[str, ...], told: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        chosen(ALL, selection, names)
    assert str(caught.value).startswith(told)


def test_a_named_file_runs_alone_and_globbed_files_run_beside_the_built_in(here: Path) -> None:
    (here / "a.scenarios.yaml").write_text("- {id: MY-1}\n- {id: MY-2}\n")
    assert [one.id for one in gather(Selection(("a.scenarios.yaml",)))] == ["MY-1", "MY-2"]
    both = [one.id for one in gather(Selection(), ["*.scenarios.yaml"])]
    assert {"E-02", "MY-1", "MY-2"} <= set(both)


def test_a_file_and_an_id_together_mean_that_one_of_the_file(here: Path) -> None:
    (here / "a.scenarios.yaml").write_text("- {id: MY-1}\n- {id: MY-2}\n")
    assert [one.id for one in gather(Selection(("a.scenarios.yaml", "MY-2")))] == ["MY-2"]


@pytest.mark.parametrize(
    ("selection", "files"),
    [(Selection(("none.scenarios.yaml",)), []), (Selection(), ["none.scenarios.yaml"])],
)
def test_a_file_that_is_not_there_is_told(
    selection: Selection, files: list[str], here: Path
) -> None:
    with pytest.raises(ScenarioError, match="none"):
        gather(selection, files)

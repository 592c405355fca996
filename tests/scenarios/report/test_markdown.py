"""The summary for a job's page: what failed and why, in tables that nothing can break."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.report import markdown
from scenarios.report.markdown import plain
from scenarios.result import Finding, Result, Run


def test_failures_come_with_cause_and_setting(everything: Run) -> None:
    text = markdown.text(everything)
    assert text.startswith(
        "## Scenarios: failed\n\n1 passed, 2 failed, 1 error, 1 known, 1 planned"
    )
    assert "### ✗ P-01 the leak table" in text
    assert "cause: the surface 'L22 extra\\_note' is not scrubbed in event" in text
    assert "to mend it: before\\_send, or sdk\\_config.setup\\(\\)" in text


def test_pictures_are_tables(everything: Run) -> None:
    text = markdown.text(everything)
    assert "| L22 extra\\_note | 2 |" in text
    assert "| 0.25 | 300 of 1000 | 0.2533 to 0.3498 | does not hold |" in text
    assert (
        "| error | 10 | accepted 6, rate\\_limited 1, lost: sample\\_rate 2, without a trace 1 |"
        in text
    )


def test_tables_have_the_same_number_of_cells_in_every_row(everything: Run) -> None:
    cells: list[int] = []
    for line in markdown.text(everything).splitlines():
        if line.startswith("|"):
            cells.append(len(re.findall(r"(?<!\\)\|", line)))
        else:
            assert len(set(cells)) <= 1, cells
            cells = []


def test_nothing_hostile_is_markup(everything: Run) -> None:
    text = markdown.text(everything)
    assert not re.search(r"<(?!br>|/?details>|/?summary>)", text)
    assert "&lt;script&gt;" in text


@given(st.text())
def test_any_text_is_one_line_without_markup(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    assert not re.search(r"[<>]|://|(?<!\\)[|`*_\[\]]", re.sub(r"\\\\", "", shown))


def test_many_findings_are_counted() -> None:
    many = tuple(Finding(kind="items", text=f"finding {i}") for i in range(100))
    text = markdown.text(
        Run(target="raw", results=(Result(id="a", status="failed", findings=many),))
    )
    assert "- and 95 more findings" in text


def test_clean_canaries_are_told() -> None:
    facts = {"leaks": [{"planted": {"L11 message": 3, "L22 extra_note": 2}, "cells": []}]}
    text = markdown.text(Run(target="raw", results=(Result(id="a", status="passed", facts=facts),)))
    assert "Nothing of 5 canaries left 2 surfaces." in text


@pytest.mark.parametrize("word", ["Nothing ran", "## Scenarios: passed"])
def test_a_run_of_nothing_has_a_summary(nothing: Run, word: str) -> None:
    assert word in markdown.text(nothing)

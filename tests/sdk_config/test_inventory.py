"""The inventory speaks of rows that are there and of tests that are there."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "sdk_config_rows.py"


@pytest.fixture(scope="module")
def script() -> Any:
    """The script that reads the inventory."""
    spec = importlib.util.spec_from_file_location("sdk_config_rows", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_there_are_231_rows_of_five_documents(script: Any) -> None:
    rows = script.read_rows()

    counts = Counter(row.id.partition("-")[0] for row in rows)
    assert counts == {"S0": 42, "S1": 33, "S2": 53, "S3": 61, "S4": 42}


def test_every_test_that_a_row_names_is_there(script: Any) -> None:
    assert script.absent_tests(script.read_rows()) == []


def test_a_test_that_is_not_there_is_found_absent(script: Any) -> None:
    here = "tests/sdk_config/test_inventory.py"
    row = script.Row("S0-01", "text", (f"{here}::test_nothing", f"{here}::script", "no.py::test_a"))

    assert script.absent_tests([row]) == [f"{here}::test_nothing", "no.py::test_a"]


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ('S9-01 = ["a.py::test_b"]', "there is no row 'S9-01'"),
        ('S0-01 = "done"', "S0-01 must list tests"),
        ("S0-01 = []", "S0-01 must list tests"),
    ],
)
def test_an_entry_that_says_nothing_is_an_error(
    entry: str, wrong: str, script: Any, tmp_path: Path
) -> None:
    (tmp_path / "rows.toml").write_text('S0-01 = "text"')
    (tmp_path / "area.toml").write_text(entry)

    with pytest.raises(ValueError, match=wrong):
        script.read_rows(tmp_path)


def test_the_table_has_a_line_for_each_row(script: Any) -> None:
    rows = script.read_rows()

    assert len(script.markdown(rows).splitlines()) == len(rows) + 2


def test_every_row_is_proven_or_says_when_it_comes(script: Any) -> None:
    assert [row.id for row in script.missing(script.read_rows())] == []


def test_the_page_counts_what_is_proven_and_what_comes_later(script: Any) -> None:
    rows = [
        script.Row("S0-01", "a | b", ("tests/a.py::test_b",)),
        script.Row("S0-02", "c", (), ("the relay's alerts",)),
    ]

    page = script.page(rows)

    assert "2 rows: 1 are proven, 1 come later." in page
    assert "| S0-01 | a \\| b | `test_b` |" in page
    assert "| S0-02 | c | later: the relay's alerts |" in page

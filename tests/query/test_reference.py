"""The reference page and the table of fields say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fake_relay.query import parse_query
from fake_relay.query.fields import FIELDS, Field

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "search.md").read_text("utf-8")


def row(field: Field) -> str:
    aliases = ", ".join(f"`{alias}`" for alias in field.aliases)
    return f"| `{field.name}` | {aliases} | {field.about} | `{field.example}` |"


def test_the_page_has_a_row_for_each_field_in_their_order() -> None:
    table = PAGE.partition("## Fields\n")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert rows == [row(field) for field in FIELDS]


def test_a_name_means_one_field() -> None:
    names = [name for field in FIELDS for name in (field.name, *field.aliases)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_an_example_on_the_page_is_a_search_by_its_field(field: Field) -> None:
    names = "|".join(re.escape(name) for name in (field.name, *field.aliases))
    assert re.search(rf"(^|[ !:])({names})(:|$)", field.example)
    assert parse_query(field.example, now=0.0) is not None

"""The pages about testing show code that runs: every example stands in one, verbatim."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "tests" / "examples").glob("*.py"))
PAGES = sorted((ROOT / "docs" / "how-to").glob("*.md"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_a_page_shows_the_example_as_it_is(example: Path) -> None:
    shown = f"```python\n{example.read_text()}```\n"
    assert [page.name for page in PAGES if shown in page.read_text()] != []

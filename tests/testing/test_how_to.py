"""The page about testing shows code that runs: every example stands in it, verbatim."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "tests" / "examples").glob("*.py"))
PAGE = ROOT / "docs" / "how-to" / "pytest.md"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_the_page_shows_the_example_as_it_is(example: Path) -> None:
    assert f"```python\n{example.read_text()}```\n" in PAGE.read_text()

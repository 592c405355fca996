"""The picture of the README can be drawn, and loads nothing from elsewhere."""

from __future__ import annotations

import re
import runpy
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def drawn() -> str:
    """A fresh picture."""
    picture: str = runpy.run_path(str(DOCS / "picture.py"))["draw"]()
    return picture


@pytest.mark.slow
def test_it_shows_the_error_of_the_demo(drawn: str) -> None:
    text = "".join(ET.fromstring(drawn).itertext()).replace("\xa0", " ")
    assert "CardDeclined: card declined: 120 is over the limit of 100" in text


@pytest.mark.slow
def test_a_fresh_picture_refers_to_nothing_outside(drawn: str) -> None:
    assert outside(drawn) == []


def test_the_picture_refers_to_nothing_outside() -> None:
    assert outside((DOCS / "images" / "show.svg").read_text("utf-8")) == []


def outside(picture: str) -> list[str]:
    found = re.findall(r"\w+://[^\s\"'<>)]+|@import|@font-face|href", picture)
    return [place for place in found if place != "http://www.w3.org/2000/svg"]

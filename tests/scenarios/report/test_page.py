"""The page shows everything, runs nothing, asks nobody, and whatever is in it is text."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scenarios.report import page
from scenarios.result import Finding, Result, Run

ROOT = Path(__file__).parents[3]


class Read(HTMLParser):
    """The elements, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


def test_whatever_came_from_a_process_is_text(everything: Run, hostile: str) -> None:
    read = Read(page.text(everything))
    assert not {"script", "img", "iframe", "object", "link"} & set(read.tags)
    assert [name for name, _ in read.attributes if name.startswith("on")] == []
    # Title, reason, finding, cause, setting, output and more of it.
    assert read.text.count("<script>alert(1)</script>") >= 8


def test_it_asks_no_other_host(everything: Run) -> None:
    text = page.text(everything)
    read = Read(text)
    addresses = [value for name, value in read.attributes if name in ("src", "href", "action")]
    assert all(value.startswith("#") for value in addresses)
    assert not re.search(r"url\(|@import", text)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in read.attributes


def test_failures_come_first_and_are_open(everything: Run) -> None:
    text = page.text(everything)
    order = [
        text.index(f"<h3>{name}</h3>", text.index('id="scenarios"'))
        for name in ("P-01", "X-07", "C-01")
    ]
    assert order == sorted(order)
    opened = re.findall(r"<details class=\"card\" open.*?<h3>(.*?)</h3>", text, re.DOTALL)
    assert opened[0] == "P-01"
    assert "C-01" not in opened


def test_each_leak_has_its_cause_and_what_closes_it(everything: Run) -> None:
    read = Read(page.text(everything))
    assert "before_send, or sdk_config.setup()" in read.text
    assert "event 7.extra.note" in read.text
    assert "2 surfaces leak, 1 are clean" in read.text


def test_rates_and_ledgers_are_told_in_words_as_well(everything: Run) -> None:
    labels = [
        value for name, value in Read(page.text(everything)).attributes if name == "aria-label"
    ]
    assert any("300 of 1000 kept (30.00%), promised 25.00%" in label for label in labels)
    assert any(
        "10 generated: accepted 6, rate_limited 1, lost: sample_rate 2" in one for one in labels
    )


def test_a_run_of_nothing_has_a_page(nothing: Run) -> None:
    assert "nothing ran" in Read(page.text(nothing)).text


@pytest.mark.parametrize("facts", [{"leaks": [{}]}, {"sampling": [{}, 7]}, {"ledgers": [{}, None]}])
def test_facts_that_are_incomplete_are_left_out(facts: dict[str, list[Any]]) -> None:
    run = Run(target="raw", results=(Result(id="a", status="passed", facts=facts),))
    assert "What leaked" not in page.text(run)
    assert "Sampling" not in page.text(run)


def test_of_very_many_findings_most_are_counted() -> None:
    many = tuple(Finding(kind="items", text=f"finding {i}") for i in range(1000))
    text = page.text(Run(target="raw", results=(Result(id="a", status="failed", findings=many),)))
    assert "and 800 more findings" in text
    assert len(text) < 150_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    found = runpy.run_path(str(ROOT / "tests" / "scripts" / "find_browser.py"))["find"]()
    if found is None:
        pytest.skip("there is no browser here")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.mark.slow(5)
def test_it_fits_and_reads_well_light_and_dark_wide_and_narrow(
    browser: Any, everything: Run, tmp_path: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # The longest words that a person may have to read, where there is least room.
    wide = msgspec.structs.replace(everything.results[1], id="W" * 90, title="w" * 200)
    run = msgspec.structs.replace(everything, results=(*everything.results, wide))
    file = tmp_path / "page.html"
    file.write_text(page.text(run), "utf-8")
    for scheme, width in (("light", 1440), ("dark", 390)):
        # The page's policy keeps out axe's script as well.
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
        )
        shown = context.new_page()
        said: list[str] = []
        shown.on("console", lambda message, said=said: said.append(message.text))
        shown.on("dialog", lambda dialog, said=said: said.append(dialog.message))
        shown.goto(file.as_uri())
        over = shown.evaluate("document.documentElement.scrollWidth - innerWidth")
        violations = [found["id"] for found in Axe().run(shown).response["violations"]]
        context.close()
        assert (over, violations, said) == (0, [], []), (scheme, width)

"""JUnit XML holds every scenario, whatever its process said."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import Finding, Result, Run
from scenarios.report import junit


def test_each_status_is_what_a_ci_server_makes_of_it() -> None:
    results = (
        Result(id="A", group="g", status="passed", seconds=0.5),
        Result(id="B", group="g", status="failed", findings=(Finding(kind="items", text="none"),)),
        Result(id="C", group="g", status="timed out", reason="too slow"),
        Result(id="D", group="g", status="skipped", reason="no celery"),
        Result(id="E", group="h", status="planned", reason="later"),
        Result(id="F", group="h", status="known", findings=(Finding(kind="x", text="a gap"),)),
    )
    root = ET.fromstring(junit.text(Run(target="raw", results=results)))
    first, second = root
    counted = {name: first.attrib[name] for name in ("tests", "failures", "errors", "skipped")}
    assert counted == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    assert [[child.tag for child in case] for case in first] == [
        [],
        ["failure"],
        ["error"],
        ["skipped"],
    ]
    assert [[child.tag for child in case] for case in second] == [["skipped"], ["system-out"]]


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_text_makes_xml_that_can_be_read(text: str) -> None:
    result = Result(
        id=text, title=text, group=text, status="failed",
        findings=(Finding(kind="x", text=text, cause=text),),
    )  # fmt: skip
    run = Run(target=text.replace("\ud800", ""), results=(result,))
    ET.fromstring(junit.text(run).encode())

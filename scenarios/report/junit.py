"""A run as JUnit XML: a test case for each scenario, a suite for each group.

May import: result, report.terminal; the standard library.
"""

from __future__ import annotations

import re
from collections import defaultdict
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from scenarios.report import terminal
from scenarios.result import Result, Run

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, escaped or not."""


def text(run: Run) -> str:
    """The run as XML with a declaration."""
    root = Element("testsuites", name=f"scenarios: {_clean(run.target)}", time=f"{run.seconds:.3f}")
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in run.results:
        groups[result.group].append(result)
    for group, results in groups.items():
        _suite(root, group, results)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: Element, group: str, results: list[Result]) -> None:
    suite = SubElement(root, "testsuite", name=_clean(group or "scenarios"))
    suite.set("tests", str(len(results)))
    suite.set("failures", str(sum(result.status == "failed" for result in results)))
    suite.set("errors", str(sum(result.status in ("error", "timed out") for result in results)))
    suite.set("skipped", str(sum(result.status in ("skipped", "planned") for result in results)))
    suite.set("time", f"{sum(result.seconds for result in results):.3f}")
    for result in results:
        _case(suite, result)


def _case(suite: Element, result: Result) -> None:
    case = SubElement(suite, "testcase", name=_clean(f"{result.id} {result.title}".strip()))
    case.set("classname", _clean(f"scenarios.{result.group}"))
    case.set("time", f"{result.seconds:.3f}")
    if result.status in ("skipped", "planned"):
        SubElement(case, "skipped", message=_clean(f"{result.status}: {result.reason}"))
    elif result.bad:
        kind = "failure" if result.status == "failed" else "error"
        first = result.findings[0].first_line if result.findings else result.reason
        told = SubElement(case, kind, message=_clean(first), type=result.status)
        told.text = _clean(terminal.text(result))
    elif result.findings:
        SubElement(case, "system-out").text = _clean(terminal.text(result))


def _clean(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)

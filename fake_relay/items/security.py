"""Security events, and the browser reports from which Sentry makes them (PROTOCOL.md 2.4).

Facts of a report have a `problem` when Relay makes no event of it: `reason` is then
`security_report_type` for what is no CSP report, `security_report` for one that is broken, and
`invalid-csp`, with which Relay filters, for other reports of the Reporting API.
May import: items.csp, items.event, items.facts, items.payload, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fake_relay.items import csp, event
from fake_relay.items.facts import (
    MAX_TEXT,
    Facts,
    ItemType,
    Term,
    always,
    first_line,
    one,
    terms,
)
from fake_relay.items.payload import Reader
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader

OTHER_REPORT: Final = "invalid-csp"
UNKNOWN_TYPE: Final = "security_report_type"
BROKEN_REPORT: Final = "security_report"


class ReportFields(msgspec.Struct, frozen=True, gc=False):
    """The two forms of a CSP report, undecided."""

    report: Any = msgspec.field(name="csp-report", default=None)
    type: Any = None
    body: Any = None


_read = Reader(ReportFields)


def read_raw(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a browser report: what was blocked, and on which page."""
    report, broken = _read(payload)
    known = (("release", header.sentry_release), ("environment", header.sentry_environment))
    try:
        violation = _violation(report)
    except _NoViolation as found:
        return Facts(
            title=first_line(found.title),
            terms=tuple(terms(known)),
            problem=broken or found.problem,
            reason="invalid_json" if broken else found.reason,
        )
    title, page = violation.title, violation.document_uri or ""
    return Facts(
        title=first_line(title),
        terms=(*terms(known), *_terms(violation)),
        text=f"{title}\n{page}"[:MAX_TEXT],
        problem=broken,
    )


class _NoViolation(Exception):
    """Relay makes no event of the report."""

    def __init__(self, title: str, problem: str, reason: str) -> None:
        super().__init__(problem)
        self.title = title
        self.problem = problem
        self.reason = reason


def _violation(report: ReportFields) -> csp.Violation:
    content = report.body if report.report is None else report.report
    if report.report is None and report.type != csp.VIOLATION:
        if isinstance(report.type, str):
            title = f"{report.type or 'untyped'} report"
            problem = f"a report of type {report.type!r:.80} is about no policy"
            raise _NoViolation(title, problem, OTHER_REPORT)
        problem = "neither `csp-report` nor `type` and `body` of a CSP report are there"
        raise _NoViolation("unknown browser report", problem, UNKNOWN_TYPE)
    if not isinstance(content, dict):
        problem = "the report has no object that says what was violated"
        raise _NoViolation("CSP report", problem, BROKEN_REPORT)
    try:
        violation = csp.read(content)
    except msgspec.ValidationError as error:
        raise _NoViolation("CSP report", str(error), BROKEN_REPORT) from None
    if not violation.directive:
        named = violation.effective_directive or violation.violated_directive
        problem = f"{named!r:.80} is no directive of a policy"
        raise _NoViolation("CSP report", problem, BROKEN_REPORT)
    return violation


def _terms(violation: csp.Violation) -> list[Term]:
    return terms(
        (
            ("url", violation.document_uri),
            ("blocked-uri", violation.blocked_uri),
            ("effective-directive", violation.directive),
            ("source-file", violation.source_file),
            ("disposition", violation.disposition),
        )
    )


SECURITY = ItemType(
    "security", event.read, one(Category.SECURITY), creates_event=always, needs_event=True
)
RAW_SECURITY = ItemType(
    "raw_security", read_raw, one(Category.SECURITY), creates_event=always, needs_event=True
)

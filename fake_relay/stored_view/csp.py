"""Browser reports become csp events (PROTOCOL.md 2.4).

May import: items.csp, msgspec.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fake_relay.items import csp

_CUT_QUERIES: Final = "://api.stripe.com/"
"""The one host whose queries Relay takes out of the tag."""


def event_of_report(
    report: dict[str, Any], release: str | None, environment: str | None
) -> dict[str, Any]:
    """The csp event of a report in either form; raises `msgspec.ValidationError`."""
    violation = csp.read(report.get("csp-report") or report.get("body") or {})
    described = {
        name: value for name, value in msgspec.structs.asdict(violation).items() if value
    } | {"effective_directive": violation.directive}
    event: dict[str, Any] = {
        "type": "csp",
        "csp": described,
        "logentry": {"formatted": violation.title},
        "culprit": violation.violated_directive or violation.directive,
        "tags": [
            ["effective-directive", violation.directive],
            ["blocked-uri", _tagged(violation.blocked_uri)],
        ],
        "release": release,
        "environment": environment,
    }
    if violation.document_uri:
        event["request"] = {"url": violation.document_uri}
        if violation.referrer:
            event["request"]["headers"] = [["Referer", violation.referrer]]
    return {key: value for key, value in event.items() if value is not None}


def _tagged(blocked: str) -> str:
    return blocked.partition("?")[0] if _CUT_QUERIES in blocked else blocked

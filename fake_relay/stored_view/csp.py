"""Browser reports become csp events (PROTOCOL.md 2.4).

May import: stored_view.context.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from fake_relay.stored_view.context import Refused

DIRECTIVES: Final = frozenset(
    [
        "base-uri",
        "block-all-mixed-content",
        "child-src",
        "connect-src",
        "default-src",
        "fenced-frame-src",
        "font-src",
        "form-action",
        "frame-ancestors",
        "frame-src",
        "img-src",
        "manifest-src",
        "media-src",
        "navigate-to",
        "object-src",
        "plugin-types",
        "prefetch-src",
        "referrer",
        "report-to",
        "report-uri",
        "require-sri-for",
        "require-trusted-types-for",
        "sandbox",
        "script-src",
        "script-src-attr",
        "script-src-elem",
        "style-src",
        "style-src-attr",
        "style-src-elem",
        "trusted-types",
        "upgrade-insecure-requests",
        "worker-src",
    ]
)

_FIELDS: Final = {
    "document-uri": "documentURL",
    "blocked-uri": "blockedURL",
    "effective-directive": "effectiveDirective",
    "violated-directive": "violatedDirective",
    "original-policy": "originalPolicy",
    "referrer": "referrer",
    "status-code": "statusCode",
    "source-file": "sourceFile",
    "line-number": "lineNumber",
    "column-number": "columnNumber",
    "script-sample": "sample",
    "disposition": "disposition",
}
_INLINE: Final = frozenset({"", "self", "inline", "unsafe-inline", "data", "eval"})


def event_of_report(
    report: dict[str, Any], release: str | None, environment: str | None
) -> dict[str, Any] | Refused:
    """The csp event of a report in either form, or why Sentry would refuse it."""
    fields = report.get("csp-report")
    if not isinstance(fields, dict):
        if "type" in report and report["type"] != "csp-violation":
            return Refused("invalid-csp", "the report's type is not csp-violation")
        fields = report.get("body")
    if not isinstance(fields, dict):
        return Refused("security_report_type", "neither `csp-report` nor a csp-violation's `body`")
    csp = _csp(fields)
    directive = _directive(csp)
    if directive not in DIRECTIVES:
        return Refused("security_report", f"unknown directive {directive[:40]!r}")
    csp["effective_directive"] = directive
    return _event(csp, directive, release, environment)


def _csp(fields: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, alias in _FIELDS.items():
        value = fields.get(name, fields.get(alias))
        if value is not None:
            found[name.replace("-", "_")] = value
    return found


def _directive(csp: dict[str, Any]) -> str:
    for name in ("effective_directive", "violated_directive"):
        words = str(csp.get(name) or "").split()
        if words:
            return words[0]
    return ""


def _event(
    csp: dict[str, Any], directive: str, release: str | None, environment: str | None
) -> dict[str, Any]:
    blocked, page = str(csp.get("blocked_uri") or ""), csp.get("document_uri")
    event: dict[str, Any] = {
        "type": "csp",
        "csp": csp,
        "logentry": {"formatted": _message(directive, blocked)},
        "culprit": directive,
        "tags": [["effective-directive", directive], ["blocked-uri", _tagged(blocked)]],
    }
    if page:
        event["request"] = {"url": page}
        if referrer := csp.get("referrer"):
            event["request"]["headers"] = [["Referer", referrer]]
    return event | {
        key: value
        for key, value in (("release", release), ("environment", environment))
        if value is not None
    }


def _message(directive: str, blocked: str) -> str:
    what = {"img-src": "image"}.get(directive, directive.partition("-src")[0])
    host = urlsplit(blocked).hostname if "//" in blocked else None
    if host is None and blocked in _INLINE:
        return f"Blocked inline {what!r}"
    return f"Blocked {what!r} from {host or blocked!r}".replace(repr(host), f"'{host}'")


def _tagged(blocked: str) -> str:
    # The one host whose queries Relay takes out of the tag.
    return blocked.partition("?")[0] if "://api.stripe.com/" in blocked else blocked

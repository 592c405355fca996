"""What a browser says when a Content Security Policy was violated (PROTOCOL.md 2.4).

Rule: both forms of a report, that of level 2 and that of the Reporting API, are one `Violation`.
May import: msgspec.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

VIOLATION: Final = "csp-violation"
"""The type of a report of the Reporting API that is about a policy."""

DIRECTIVES: Final = frozenset(
    [
        "base-uri",
        "child-src",
        "connect-src",
        "default-src",
        "font-src",
        "form-action",
        "frame-ancestors",
        "frame-src",
        "img-src",
        "manifest-src",
        "media-src",
        "object-src",
        "plugin-types",
        "prefetch-src",
        "referrer",
        "script-src",
        "script-src-attr",
        "script-src-elem",
        "style-src",
        "style-src-elem",
        "style-src-attr",
        "upgrade-insecure-requests",
        "worker-src",
        "sandbox",
        "navigate-to",
        "report-uri",
        "report-to",
        "block-all-mixed-content",
        "require-sri-for",
        "require-trusted-types-for",
        "trusted-types",
    ]
)

# The Reporting API's names; the rest are the same words in another case.
_NAMES: Final = {
    "blockedURL": "blocked-uri",
    "documentURL": "document-uri",
    "effectiveDirective": "effective-directive",
    "violatedDirective": "violated-directive",
    "originalPolicy": "original-policy",
    "sourceFile": "source-file",
    "lineNumber": "line-number",
    "columnNumber": "column-number",
    "statusCode": "status-code",
    "sample": "script-sample",
}
_NOUNS: Final = {
    "child-src": "child",
    "connect-src": "connect",
    "font-src": "font",
    "img-src": "image",
    "manifest-src": "manifest",
    "media-src": "media",
    "object-src": "object",
    "script-src": "script",
    "script-src-elem": "script",
    "style-src": "style",
    "style-src-elem": "style",
}
_OF_THE_PAGE: Final = {
    "script-src-attr": "Blocked unsafe 'script' element",
    "script-src-elem": "Blocked inline script attribute",
    "style-src-elem": "Blocked 'style' or 'link' element",
    "style-src-attr": "Blocked style attribute",
}
_FROM_ELSEWHERE: Final = {
    "form-action": "Blocked 'form' action to",
    "script-src-attr": "Blocked inline script attribute from",
    "style-src-attr": "Blocked style attribute from",
}
_HOSTLESS: Final = frozenset({"blob", "data", "filesystem", "mediastream", "about", "eval"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}


class Violation(msgspec.Struct, frozen=True, rename="kebab"):
    """A report; `directive` is what was violated, empty when it is none that Relay knows."""

    blocked_uri: str = "self"
    document_uri: str | None = None
    effective_directive: str | None = None
    violated_directive: str = ""
    original_policy: str | None = None
    referrer: str | None = None
    source_file: str | None = None
    line_number: int | None = None
    column_number: int | None = None
    status_code: int | None = None
    script_sample: str | None = None
    disposition: str | None = None

    @property
    def directive(self) -> str:
        # Level 2 has sources behind the name, and Firefox sends only the second of these.
        for text in (self.effective_directive or "", self.violated_directive):
            name = text.partition(" ")[0]
            if name in DIRECTIVES:
                return name
        return ""

    @property
    def title(self) -> str:
        """What Sentry calls it, such as `Blocked 'script' from 'evil.example'`."""
        directive = self.directive
        noun = _NOUNS.get(directive, directive)
        if self.blocked_uri in ("", "self", "'self'"):
            if directive == "script-src":
                return f"Blocked unsafe {self._unsafe()} 'script'"
            return _OF_THE_PAGE.get(directive, f"Blocked inline '{noun}'")
        words = _FROM_ELSEWHERE.get(directive, f"Blocked '{noun}' from")
        return f"{words} '{origin(self.blocked_uri)}'"

    def _unsafe(self) -> str:
        if "'unsafe-inline'" in self.violated_directive:
            return "inline"
        return "eval()" if "'unsafe-eval'" in self.violated_directive else "(eval() or inline)"


def read(fields: dict[str, Any]) -> Violation:
    """The violation in a report's `csp-report` or `body`; raises `msgspec.ValidationError`."""
    return msgspec.convert(
        {_NAMES.get(name, name): value for name, value in fields.items()}, Violation
    )


def origin(uri: str) -> str:
    """Where a blocked thing would have come from: host and port, or scheme if not HTTP."""
    if ":" not in uri:
        # Browsers report a bare scheme: `data`, `blob`, `inline`.
        return f"{uri}:"
    try:
        parts = urlsplit(uri)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        return uri
    if not scheme:
        return uri
    if scheme not in ("http", "https"):
        host = f"{scheme}:" if not host or scheme in _HOSTLESS else f"{scheme}://{host}"
    return host if port in (None, _DEFAULT_PORTS.get(scheme)) else f"{host}:{port}"

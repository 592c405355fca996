"""From which pages browsers may send: a project's allowed domains (PROTOCOL.md 9.1, 1.3).

Rule: a request that names no page passes, whatever the list says: only browsers name one.
May import: errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from fake_relay.errors import RequestRefused

ANY: Final = ("*",)
_SCHEMES: Final = ("http", "https")
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


class Pattern(NamedTuple):
    """An entry of the list; an empty part stands for anything."""

    scheme: str
    domain: str
    port: str


class Page(NamedTuple):
    """The origin of a page; the port is empty when it is the scheme's own."""

    scheme: str
    host: str
    port: str


def check_origin(headers: Mapping[str, str], allowed: Sequence[str]) -> None:
    """Refuse a request from a page that the list does not have: 403 `Cors`."""
    if "*" in allowed:
        return
    page = page_of(headers)
    if page is not None and not any(matches(page, pattern_of(entry)) for entry in allowed):
        raise RequestRefused(
            "event submission rejected with_reason: Cors", status=403, reason="cors"
        )


def page_of(headers: Mapping[str, str]) -> Page | None:
    """The page in `Origin`, or else in `Referer`; None when neither is a URL of the web."""
    for name in ("origin", "referer"):
        try:
            parts = urlsplit(headers.get(name, ""))
            port = parts.port
        except ValueError:
            continue
        if parts.scheme in _SCHEMES and parts.hostname:
            text = "" if port is None else str(port)
            own = text == _DEFAULT_PORTS[parts.scheme]
            return Page(parts.scheme, parts.hostname, "" if own else text)
    return None


@lru_cache(maxsize=1024)
def pattern_of(entry: str) -> Pattern:
    """`example.com`, `*.example.com`, `http://…`, `host:port` or `*:port`, taken apart."""
    scheme, separator, rest = entry.strip().lower().rpartition("://")
    host = rest.partition("/")[0]
    bracket = host.rfind("]")
    name, colon, port = host.rpartition(":") if host.rfind(":") > bracket else (host, "", "")
    parts = (scheme if separator else "", name.strip("[]"), port if colon else "")
    return Pattern(*("" if part == "*" else part for part in parts))


def matches(page: Page, pattern: Pattern) -> bool:
    """Whether the page is one that the entry means."""
    if pattern.scheme not in ("", page.scheme):
        return False
    port = page.port or _DEFAULT_PORTS[page.scheme]
    if pattern.port not in ("", port):
        return False
    domain = pattern.domain
    if domain.startswith("*."):
        return page.host.endswith(domain[1:]) or page.host == domain[2:]
    return domain in ("", page.host)

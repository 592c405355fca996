"""Filters by where something comes from: client addresses, localhost, sources of CSP reports.

May import: config, pipeline.filters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from fake_relay.pipeline.filters.conditions import address_of
from fake_relay.pipeline.filters.subject import Subject, string

Network = IPv4Network | IPv6Network

LOCAL_ADDRESSES: Final = frozenset({"127.0.0.1", "::1"})
LOCAL_HOSTS: Final = ("localhost", "127.0.0.1")


def is_from(subject: Subject, networks: Sequence[Network]) -> bool:
    """Whether the request came from one of the networks."""
    address = address_of(subject.client_ip)
    return address is not None and any(address in network for network in networks)


def is_local(subject: Subject) -> bool:
    """Whether it happened on localhost, by the user's address, the page's URL or its host."""
    if string(subject.user.get("ip_address")) in LOCAL_ADDRESSES:
        return True
    if subject.url and _is_local_url(subject.url):
        return True
    hosts = (subject.headers.get("host", ""), subject.headers.get("x-forwarded-host", ""))
    return any(_is_local_host(_without_port(host)) for host in hosts)


def _is_local_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "file" or _is_local_host(parts.hostname or "")
    except ValueError:
        return False


def _is_local_host(host: str) -> bool:
    name = host.lower()
    return name in LOCAL_HOSTS or name.endswith((".localhost", ".127.0.0.1"))


def _without_port(host: str) -> str:
    return re.sub(r":\d+$", "", host.strip())


class Source(NamedTuple):
    """A scheme, a host and a port; an empty one means any."""

    scheme: str
    host: str
    port: str

    def matches(self, other: Source) -> bool:
        """Whether another source is one of those that this one means; `*` opens a host's name."""
        if self.scheme and self.scheme != other.scheme:
            return False
        if self.port and self.port != other.port:
            return False
        if self.host.startswith("*"):
            return other.host.endswith(self.host[1:])
        return not self.host or self.host == other.host


_SOURCE = re.compile(
    r"(?:(?P<scheme>[^:/]*)://)?(?P<host>\[[^\]]*\]|[^:/?#]*)(?::(?P<port>[^/?#]*))?"
)


def source_of(text: str) -> Source:
    """The source that a pattern or a URL names: `https://*.example.com:8443`, `data`, `*`."""
    found = _SOURCE.match(text.strip().lower())
    parts = found.groupdict() if found else {}
    return Source(*("" if part in (None, "*") else part for part in map(parts.get, Source._fields)))


def is_disallowed_source(subject: Subject, sources: Sequence[Source]) -> bool:
    """Whether it is a CSP report about one of the sources: what was blocked, or which file did."""
    report = subject.csp
    names = (
        ("blocked_uri", "blocked-uri", "blockedURL"),
        ("source_file", "source-file", "sourceFile"),
    )
    for spellings in names:
        text = next((found for name in spellings if (found := string(report.get(name)))), "")
        if text and any(source.matches(source_of(text)) for source in sources):
            return True
    return False

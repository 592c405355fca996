"""A request as every framework can describe it, and what may be believed of it.

Rule: pure; an address or a header is evidence only as far as trusted proxies vouch for it.
May import: the standard library.
"""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_USER_ID = re.compile(r"[\w.@:|+=/-]{1,128}")
_VARIABLE_PART = re.compile(r"\d+|[0-9a-fA-F]{16,}|[0-9a-fA-F-]{36}|[^/]{41,}|[^/]*[@=%][^/]*")


@dataclass(frozen=True)
class Incoming:
    """A request: header names in lower case, repeated ones joined by a comma; `peer` an address."""

    method: str
    path: str
    headers: Mapping[str, str]
    peer: str = ""


@dataclass(frozen=True)
class PathRule:
    """What holds for requests of some path and method; the first rule that matches counts.

    `path` is a pattern with `*`; no methods stands for all. `skip` leaves such requests alone,
    `tags` are set on them, `record_server_errors` overrules the middleware's own choice.
    """

    path: str = "*"
    methods: tuple[str, ...] = ()
    tags: Mapping[str, Any] | None = None
    skip: bool = False
    record_server_errors: bool | None = None

    def matches(self, incoming: Incoming) -> bool:
        """Whether the rule is about this request."""
        known = {method.upper() for method in self.methods}
        if known and incoming.method.upper() not in known:
            return False
        return fnmatchcase(incoming.path, self.path)


class Proxies:
    """The peers that are believed: networks as text (`10.0.0.0/8`), or `*` for any.

    Raises `ValueError` for what is no network.
    """

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        names = [trusted] if isinstance(trusted, str) else list(trusted)
        self._all = "*" in names
        self._networks = [ipaddress.ip_network(name, strict=False) for name in names if name != "*"]

    def trusts(self, address: str) -> bool:
        """Whether what this peer says of others is believed."""
        if self._all:
            return True
        found = _address(address)
        return found is not None and any(
            found in network for network in self._networks if network.version == found.version
        )

    def client(self, incoming: Incoming) -> str | None:
        """The client's address: the last one that no trusted proxy has written for itself."""
        nearest = _address(incoming.peer)
        if not self.trusts(incoming.peer):
            return str(nearest) if nearest else None
        for hop in reversed(incoming.headers.get("x-forwarded-for", "").split(",")):
            found = _address(hop)
            if found is None:
                break
            nearest = found
            if not self.trusts(str(found)):
                break
        return str(nearest) if nearest else None


def request_id(incoming: Incoming, header: str) -> str:
    """The request's id from that header if it is a plain word, else a new one."""
    said = incoming.headers.get(header.lower(), "").strip()
    return said if _REQUEST_ID.fullmatch(said) else uuid.uuid4().hex


def user_id(incoming: Incoming, header: str, proxies: Proxies) -> str | None:
    """The user's id from that header, if a trusted proxy has written it, and only once."""
    said = incoming.headers.get(header.lower(), "").strip()
    if not said or not proxies.trusts(incoming.peer):
        return None
    return said if _USER_ID.fullmatch(said) else None


def shape(path: str) -> str:
    """A path without what differs from one request to the next: `/orders/17` is `/orders/*`."""
    parts = path.partition("?")[0].split("/")
    return "/".join("*" if _VARIABLE_PART.fullmatch(part) else part for part in parts)


def _address(text: str) -> Address | None:
    """An address, its port and brackets taken off; IPv4 in IPv6 is IPv4."""
    word = text.strip()
    if word.startswith("["):
        word = word[1:].partition("]")[0]
    elif word.count(":") == 1:
        word = word.partition(":")[0]
    try:
        found = ipaddress.ip_address(word)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found

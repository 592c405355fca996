"""How the shell listens and whom it lets in: one frozen record.

Rule: listening beyond this machine takes a token, or saying in so many words that it does not.
May import: errors.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from fake_relay.errors import ConfigError


@dataclass(frozen=True, slots=True)
class WebConfig:
    """The settings of the shell; times are in seconds.

    `allowed_hosts`: names, besides loopback's and the bound one, by which the server may be
    asked for anything but ingest. `token`: what everything but ingest has to bring.
    `insecure`: listen beyond loopback without a token. `chunk_timeout`: how long a body may
    pause, `body_timeout`: how long it may take, `drain_timeout`: how long requests in
    flight may take when the server stops.
    """

    allowed_hosts: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    insecure: bool = False
    chunk_timeout: float = 30.0
    body_timeout: float = 600.0
    drain_timeout: float = 10.0


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = address_of(name)
    return address is not None and address.is_loopback


def is_wildcard(host: str) -> bool:
    """Whether listening on this host means every interface."""
    address = address_of(host)
    return not host or (address is not None and address.is_unspecified)


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a text is, if it is one."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def check_binding(host: str, config: WebConfig) -> None:
    """Refuse to listen beyond loopback without a token; raises `ConfigError`."""
    if is_loopback(host) or config.token or config.insecure:
        return
    raise ConfigError(
        f"listening on {host or 'every interface'!r} lets other machines read what was caught;"
        " set a token, or say --insecure to mean it"
    )

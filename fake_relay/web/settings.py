"""How the shell listens and whom it lets in: one frozen record.

Rule: listening beyond this machine takes a token, or saying in so many words that it does not.
May import: config, errors.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from fake_relay.config import setting
from fake_relay.errors import ConfigError


@dataclass(frozen=True, slots=True)
class WebConfig:
    """The settings of the shell; times are in seconds."""

    allowed_hosts: tuple[str, ...] = setting(
        (), "names, besides loopback's and the bound one, by which the API may be asked"
    )
    token: str = field(
        default="",
        repr=False,
        metadata={"help": "what a request to anything but Sentry's doors has to bring"},
    )
    insecure: bool = setting(False, "listen beyond loopback without a token")
    idle_timeout: float = setting(
        75.0, "seconds that a connection may take for its next request, up to the end of its head"
    )
    chunk_timeout: float = setting(30.0, "seconds that a body may pause while it is read")
    body_timeout: float = setting(600.0, "seconds that the reading of a body may take")
    drain_timeout: float = setting(
        10.0, "seconds that requests in flight may take when the server stops"
    )
    reports: str = setting(
        ".fake-relay/reports", "the folder whose reports of scenarios the pages show"
    )


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

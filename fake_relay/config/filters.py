"""Inbound filters by Relay's names (PROTOCOL.md 9.1); all off until they are asked for.

May import: config.setting.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from fake_relay.config.setting import setting

LEGACY_BROWSERS = (
    *("default", "ie_pre_9", "ie9", "ie10", "ie11", "opera_pre_15", "opera_mini_pre_8"),
    *("android_pre_4", "safari_pre_6", "edge_pre_79"),
    *("ie", "edge", "chrome", "firefox", "safari", "opera", "opera_mini", "android"),
)
"""What `legacy_browsers` takes."""


@dataclass(frozen=True, slots=True)
class GenericFilter:
    """A condition that filters; its id is the reason in the outcome."""

    id: str = setting("", "the reason in the outcome")
    is_enabled: bool = setting(True, "whether it filters")
    condition: dict[str, Any] | None = setting(
        None, "a condition in Relay's language, such as `{op, name, value}`"
    )

    def __post_init__(self) -> None:
        """Refuse a filter without a name; raises ValueError."""
        if not self.id:
            raise ValueError("a generic filter needs an id: it becomes the outcome's reason")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is left out; patterns are globs, in any case."""

    generic: tuple[GenericFilter, ...] = setting(
        (), "conditions on the fields of an event or a record"
    )
    csp: tuple[str, ...] = setting(
        (), "sources whose CSP reports are left out: `example.com`, `https://*.example.com`"
    )
    client_ips: tuple[str, ...] = setting((), "addresses and networks of clients to leave out")
    releases: tuple[str, ...] = setting((), "patterns of releases")
    error_messages: tuple[str, ...] = setting(
        (), "patterns of messages and of an exception's type, value, and `type: value`"
    )
    localhost: bool = setting(False, "leave out what happened on localhost")
    browser_extensions: bool = setting(False, "leave out errors that browser extensions cause")
    legacy_browsers: tuple[str, ...] = setting(
        (), "old browsers to leave out: " + ", ".join(f"`{name}`" for name in LEGACY_BROWSERS)
    )
    web_crawlers: bool = setting(False, "leave out what crawlers cause")
    ignore_transactions: tuple[str, ...] = setting((), "patterns of transaction names")

    def __post_init__(self) -> None:
        """Refuse what could never match; raises ValueError."""
        for text in self.client_ips:
            network_of(text)
        for name in self.legacy_browsers:
            if name not in LEGACY_BROWSERS:
                known = ", ".join(LEGACY_BROWSERS)
                raise ValueError(f"{name!r} is no group of old browsers; known are {known}")


def network_of(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """The network that an address or CIDR text names; raises ValueError."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(
            f"{text!r} is neither an IP address nor a network; use '192.0.2.1' or '192.0.2.0/24'"
        ) from None

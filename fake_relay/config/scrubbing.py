"""Data scrubbing by Sentry's project settings and by advanced PII rules (PROTOCOL.md 9.2, 9.4).

May import: config.setting, config.pii_rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from fake_relay.config.pii_rules import check_pii_config
from fake_relay.config.setting import setting


@dataclass(frozen=True, slots=True)
class Scrubbing:
    """What the stored view leaves out; the defaults are those of a new project in Sentry.

    Raises `ConfigError` for advanced rules that Relay would not take.
    """

    scrub_data: bool = setting(True, "scrub by the default rules and by `sensitive_fields`")
    scrub_defaults: bool = setting(True, "with `scrub_data`: cards, passwords, tokens and the like")
    scrub_ip_addresses: bool = setting(False, "remove IP addresses")
    sensitive_fields: tuple[str, ...] = setting((), "names of fields whose values are scrubbed")
    exclude_fields: tuple[str, ...] = setting((), "names of fields that are never scrubbed")
    pii_config: str = setting("", "advanced rules: Relay's PII configuration as JSON")

    def __post_init__(self) -> None:
        if self.pii_config:
            check_pii_config(self.pii_config, "scrubbing.pii_config")

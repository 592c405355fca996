"""Sizes and counts above which Relay refuses or drops (PROTOCOL.md 3.2).

May import: config.setting.
"""

from __future__ import annotations

from dataclasses import dataclass

from fake_relay.config.setting import MIB, setting


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, with Relay's defaults."""

    max_envelope_size: int = setting(
        200 * MIB, "largest body of the envelope door, before and after decoding"
    )
    max_store_size: int = setting(
        1 * MIB, "largest body of the legacy store door, before and after decoding"
    )

"""Inbound filters by Relay's names (PROTOCOL.md 9.1); all off until they are asked for.

May import: config.setting.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filters:
    """Which errors and transactions are left out."""

"""What a stage is, and what it may know.

May import: records, config, protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fake_relay.config import RelayConfig
from fake_relay.protocol.outcome import Outcome
from fake_relay.records import ReceivedItem


@dataclass(frozen=True, slots=True)
class Context:
    """What stages may know beside the item: the settings, the project and the time."""

    config: RelayConfig
    project: str
    received_at: float


Stage = Callable[[ReceivedItem, Context], ReceivedItem | Outcome]

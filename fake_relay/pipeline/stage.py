"""What a stage is, and what it may know.

May import: records, config, protocol.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.protocol.outcome import Outcome
from fake_relay.records import ReceivedItem


class Context(msgspec.Struct, frozen=True, gc=False):
    """What stages may know beside the item: the settings, the project, the time, its company.

    `item_types` are the types of all items of the envelope.
    """

    config: RelayConfig
    project: str
    received_at: float
    item_types: tuple[str, ...] = ()


Stage = Callable[[ReceivedItem, Context], ReceivedItem | Outcome]

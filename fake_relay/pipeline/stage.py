"""What a stage is, and what it may know.

May import: records, config, protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from fake_relay.config import ProjectSettings, RelayConfig
from fake_relay.protocol.envelope import Envelope
from fake_relay.protocol.outcome import Outcome
from fake_relay.records import ReceivedItem


class Context(msgspec.Struct, frozen=True, gc=False):
    """What stages may know beside the item: its envelope, its sender, the settings, the time.

    `item_types` are the types of all items of the envelope; `headers` are those of the
    request; `settings` are what holds for the project, None meaning the defaults; `converted`
    tells that a door made the envelope.
    """

    config: RelayConfig
    project: str
    received_at: float
    item_types: tuple[str, ...] = ()
    envelope: Envelope | None = None
    settings: ProjectSettings | None = None
    public_key: str = ""
    remote_addr: str = ""
    headers: Mapping[str, str] = {}
    converted: bool = False


Walked = tuple[ReceivedItem, Outcome]
"""An item as it left the stages, and its outcome."""

Stage = Callable[[ReceivedItem, Context], ReceivedItem | Outcome | Walked]
"""Lets an item pass, perhaps changed, or ends its walk; perhaps both, where records of a
container have outcomes of their own."""

"""What travels between the rooms; all of it frozen.

Bytes come in as an `Inbound` and leave as a `Reply`. In between, an accepted envelope is
an `Arrival`, its items `ReceivedItem`s; what the store gives back is a `StoredItem` or a
`StoredEnvelope`. Time comes in with the data: nothing behind the shell asks a clock.
May import: config, protocol, items.facts.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from fake_relay.items.facts import Facts
from fake_relay.protocol.envelope import Envelope, Item
from fake_relay.protocol.outcome import Fate, Outcome, Quantity


class Inbound(msgspec.Struct, frozen=True, gc=False):
    """A request to an ingest door, as it came.

    `path` has its duplicate slashes collapsed; `headers` answer lower-case names; `body` is
    still compressed; `received_at` is in seconds since 1970; `new_id` is a fresh event id
    (32 hex digits) for an envelope that needs one.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str
    received_at: float
    new_id: str


class Reply(msgspec.Struct, frozen=True, gc=False):
    """The answer to a request."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Submission(msgspec.Struct, frozen=True, gc=False):
    """What a door makes of a request: an envelope and who sent it.

    `wire` is the body as it came, `coding` its content coding (empty for none). `converted`
    tells that the envelope was made by the door, so that it cannot be read from `wire`.
    """

    project: str
    public_key: str
    client: str
    door: str
    envelope: Envelope
    wire: bytes
    coding: str
    size: int
    converted: bool = False
    spotlight: bool = False


class ReceivedItem(msgspec.Struct, frozen=True, gc=False):
    """An item on its walk through the stages."""

    item: Item
    facts: Facts
    quantities: tuple[Quantity, ...]


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """An envelope and the fate of each of its items: what the store keeps."""

    submission: Submission
    received_at: float
    remote_addr: str
    user_agent: str
    items: tuple[tuple[ReceivedItem, Outcome], ...]


class LedgerEntry(msgspec.Struct, frozen=True, gc=False):
    """So many units of a category with one outcome in one project."""

    project: str
    category: str
    outcome: Fate
    reason: str
    quantity: int


class StoredItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item at rest; everything but its payload.

    `id` grows in the order of arrival; times are in seconds since 1970, `duration` in
    milliseconds, `size` in bytes. `outcome` is empty for an accepted item.
    """

    id: int
    envelope_id: int
    type: str
    project: str
    public_key: str
    event_id: str
    trace_id: str
    received_at: float
    timestamp: float | None
    duration: float | None
    level: str
    title: str
    count: int
    size: int
    outcome: str
    headers: msgspec.Raw
    spotlight: bool = False


class StoredEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope at rest; everything but its body.

    `wire_size` is the size of the body as it came, `size` that of the envelope in it.
    """

    id: int
    project: str
    public_key: str
    event_id: str
    received_at: float
    remote_addr: str
    user_agent: str
    client: str
    door: str
    content_encoding: str
    wire_size: int
    size: int
    headers: msgspec.Raw
    item_types: tuple[str, ...]
    spotlight: bool = False
    tolerated: tuple[str, ...] = ()


class ProjectSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A project, the keys that were seen, and what is stored of it."""

    project: str
    public_keys: tuple[str, ...]
    created_at: float
    items: int
    envelopes: int

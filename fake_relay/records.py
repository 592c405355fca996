"""What travels between the rooms; all of it frozen.

Bytes come in as an `Inbound` and leave as a `Reply`. In between, an accepted envelope is
an `Arrival`, its items `ReceivedItem`s; what the store gives back is a `StoredItem` or a
`StoredEnvelope`. A request that got no 200 is a `Refusal`, and at rest a `RefusedRequest`.
Time comes in with the data: nothing behind the shell asks a clock.
May import: config, protocol, items.facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

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


class Wire(msgspec.Struct, frozen=True, gc=False):
    """What the shell does to a connection on purpose, because of a fault.

    After `delay` seconds the answer goes out as it is (an empty `act`), or never comes: `hang`
    waits for `seconds`, `reset` breaks the connection, `truncate` sends `keep` bytes of the
    body, `garbage` sends `noise` instead of HTTP; the connection ends behind each of them.
    """

    act: str = ""
    delay: float = 0.0
    seconds: float = 0.0
    keep: int = 0
    noise: bytes = b""


class Reply(msgspec.Struct, frozen=True, gc=False):
    """The answer to a request; `wire` is what a fault does to it on its way."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    wire: Wire | None = None


class Submission(msgspec.Struct, frozen=True, gc=False):
    """What a door makes of a request: an envelope and who sent it.

    `wire` is the body as it came, `coding` its content coding (empty for none). `converted`
    tells that the envelope was made by the door, so that it cannot be read from `wire`.
    `size` is that of the envelope as it was sent or made, without the items that were derived
    from it and stand behind. `dropped` is what the door left out: counted, and not stored.
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
    dropped: tuple[tuple[Item, Outcome], ...] = ()


class RefusedRecords(msgspec.Struct, frozen=True):
    """Records of a container, or the spans of a transaction, that fell alone, by one outcome.

    `count` is how many, `records` their places in the container: the first thousand; none for
    spans, which fall together.
    """

    outcome: str
    count: int
    records: tuple[int, ...]

    @property
    def what(self) -> str:
        """What they are, in the right number."""
        noun = "record" if self.records else "span"
        return noun if self.count == 1 else f"{noun}s"


class ReceivedItem(msgspec.Struct, frozen=True, gc=False):
    """An item on its walk through the stages.

    `quantities` are what still walks; `refused` are the records of a container that have
    an outcome of their own already, so that both together are what was received.
    """

    item: Item
    facts: Facts
    quantities: tuple[Quantity, ...]
    refused: tuple[tuple[Outcome, tuple[Quantity, ...]], ...] = ()
    refused_records: tuple[RefusedRecords, ...] = ()


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """An envelope and the fate of each of its items: what the store keeps.

    `faults` are the labels of the faults that hit its request, `chain` the ids of the relays that
    it came through.
    """

    submission: Submission
    received_at: float
    remote_addr: str
    user_agent: str
    items: tuple[tuple[ReceivedItem, Outcome], ...]
    faults: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()


class LedgerEntry(msgspec.Struct, frozen=True, gc=False):
    """So many units of a category with one outcome in one project."""

    project: str
    category: str
    outcome: Fate
    reason: str
    quantity: int


class LedgerBucket(msgspec.Struct, frozen=True, gc=False):
    """What the ledger counted in `seconds` from `start` on, which is in seconds since 1970.

    With 0 seconds it has no time: it was counted too long ago to be told apart.
    """

    start: int
    seconds: int
    entry: LedgerEntry


class EvictedBucket(msgspec.Struct, frozen=True, gc=False):
    """So many items of a type that came in `seconds` from `start` on, and had to make room."""

    start: int
    seconds: int
    project: str
    type: str
    quantity: int


class StoredItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item at rest; everything but its payload.

    `id` grows in the order of arrival; times are in seconds since 1970, `duration` in
    milliseconds, `size` in bytes. `outcome` is empty for an accepted item; `faults` are the
    labels of the faults that hit its request. `refused_records` are those of an accepted
    container that were refused alone.
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
    faults: tuple[str, ...] = ()
    refused_records: tuple[RefusedRecords, ...] = ()


class StoredEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope at rest; everything but its body.

    `wire_size` is the size of the body as it came, `size` that of the envelope in it;
    `faults` are the labels of the faults that hit its request, `chain` the ids of the relays that
    it came through.
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
    faults: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()


class RefusedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was refused, at rest; everything but its body.

    `id` grows in the order of arrival, and is 0 until the store gives one. `door`, `project`,
    `public_key` and `client` are as far as they are known, else empty; `status` and `reason` are
    those of the answer and of the outcome, `detail` and `causes` its words. `wire_size` is the
    size of the whole body in bytes, `kept` how many of them the store holds.
    """

    id: int = 0
    received_at: float
    method: str
    path: str
    query: str = ""
    door: str = ""
    project: str = ""
    public_key: str = ""
    status: int
    reason: str
    detail: str
    causes: tuple[str, ...] = ()
    remote_addr: str = ""
    user_agent: str = ""
    client: str = ""
    headers: dict[str, str] = {}
    coding: str = ""
    wire_size: int = 0
    kept: int = 0


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A refused request on its way to the store, with the bytes of its body that are kept."""

    request: RefusedRequest
    wire: bytes = b""


Severity = Literal["error", "warning", "info"]


class Finding(msgspec.Struct, frozen=True):
    """What is wrong: in which item, where, how grave, in words; never a value that was sent."""

    item: int
    path: str
    code: str
    severity: Severity
    message: str
    detail: str = ""


class Judgement(msgspec.Struct, frozen=True):
    """The findings of an item, the gravest first, and a key of the settings they depend on."""

    settings: str
    findings: tuple[Finding, ...] = ()


class ProjectSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A project, the keys that were seen, and what is stored of it."""

    project: str
    public_keys: tuple[str, ...]
    created_at: float
    items: int
    envelopes: int

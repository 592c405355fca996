"""One parcel on its way out: what is sent of it, and what is written when it is known how it went.

Rule: everything here is synchronous and runs on the upstream's own thread, for it reads the store
and scrubs. A parcel stays in the spool until a settlement says otherwise.
May import: forward, store, records, config, protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from fake_relay.config import Scrubbing, Upstream
from fake_relay.forward.chain import HEADER, extended
from fake_relay.forward.rebuild import rebuild
from fake_relay.protocol.category import Category
from fake_relay.protocol.dsn import Dsn
from fake_relay.protocol.envelope import serialize
from fake_relay.records import StoredEnvelope
from fake_relay.store import Store
from fake_relay.store.spool import DeadLetter, ForwardEntry, Parcel, Part, entries_of
from fake_relay.version import __version__

AGENT = f"fake-relay/{__version__}"
CONTENT_TYPE = "application/x-sentry-envelope"
MAX_REFUSALS = 3
"""Items whose refusal a dead letter spells out."""

ScrubbingOf = Callable[[str], Scrubbing]


@dataclass(slots=True)
class Prepared:
    """What is sent of a parcel, and what became of the parts that are not sent.

    Without a `body` there is nothing to send. `gone` are parts whose items were removed,
    `known` those that the upstream has, `refused` those that may not leave.
    """

    dsn: Dsn | None = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    sent: tuple[Part, ...] = ()
    gone: tuple[Part, ...] = ()
    known: tuple[Part, ...] = ()
    refused: tuple[Part, ...] = ()
    why: str = ""
    event_id: str = ""
    thinned: dict[str, int] = field(default_factory=dict)

    def entries(self, parcel: Parcel) -> list[ForwardEntry]:
        """What the parts count that were not sent."""
        return [
            *entries_of(parcel, "evicted", "removed", self.gone),
            *entries_of(parcel, "duplicate", "event_id", self.known),
            *entries_of(parcel, "dead", "unscrubbed", self.refused),
        ]

    def sent_entries(self, parcel: Parcel) -> list[ForwardEntry]:
        """What the parts count that were sent, without the records that stayed behind."""
        entries = []
        thinned = dict(self.thinned)
        for entry in entries_of(parcel, "sent", "", self.sent):
            less = min(thinned.pop(entry.category, 0), entry.quantity)
            named = (entry.upstream, entry.project, entry.category)
            entries.append(ForwardEntry(*named, "sent", "", entry.quantity - less))
            if less:
                entries.append(ForwardEntry(*named, "left_out", "sample_rate", less))
        return entries

    def dead(self, parcel: Parcel, at: float) -> tuple[DeadLetter, ...]:
        """A dead letter for the parts that may not leave, if there are any."""
        if not self.refused:
            return ()
        return (dead_letter(parcel, self.refused, at, 0, "unscrubbed", self.why),)


def is_replay(part: Part) -> bool:
    """Whether a part is one of a replay."""
    return any(category == str(Category.REPLAY) for category, _ in part.quantities)


def dead_letter(
    parcel: Parcel, parts: Sequence[Part], at: float, status: int, reason: str, detail: str
) -> DeadLetter:
    """A dead letter of some parts of a parcel."""
    kept = msgspec.structs.replace(parcel, parts=tuple(parts))
    return DeadLetter(parcel=kept, died_at=at, status=status, reason=reason, detail=detail)


class Delivery:
    """Prepares what goes to one upstream."""

    def __init__(self, upstream: Upstream, store: Store, instance: str, of: ScrubbingOf) -> None:
        self.upstream = upstream
        self._store = store
        self._instance = instance
        self._scrubbing_of = of

    def prepare(self, parcel: Parcel, parts: Sequence[Part], now: float) -> Prepared:
        """Some parts of a parcel, ready to be sent; raises `StoreError`, `LibraryMissing`."""
        prepared = Prepared(dsn=self.upstream.dsn_of(parcel.project))
        envelope = self._store.envelope(parcel.envelope_id)
        if envelope is None or prepared.dsn is None:
            prepared.gone = tuple(parts)
            return prepared
        left = self._without_known(parcel, parts, envelope, prepared)
        self._build(parcel, left, envelope, prepared, now)
        return prepared

    def _without_known(
        self, parcel: Parcel, parts: Sequence[Part], envelope: StoredEnvelope, prepared: Prepared
    ) -> Sequence[Part]:
        """The parts without an event that the upstream has, and what goes with it."""
        # The segments of a replay share its id, and each of them is another one.
        leads = any(part.role == "leads" and not is_replay(part) for part in parts)
        if not (leads and envelope.event_id):
            return parts
        prepared.event_id = envelope.event_id
        if parcel.by_hand:
            return parts
        if self._store.spool.forwarded(self.upstream.name, [envelope.event_id]):
            prepared.known = tuple(part for part in parts if part.role)
            return [part for part in parts if not part.role]
        return parts

    def _build(
        self,
        parcel: Parcel,
        parts: Sequence[Part],
        envelope: StoredEnvelope,
        prepared: Prepared,
        now: float,
    ) -> None:
        found = self._store.payloads([part.item for part in parts])
        stored = {item_id: self._store.item(item_id) for item_id in found}
        items = [
            (item, found[part.item])
            for part in parts
            if (item := stored.get(part.item)) is not None
        ]
        there = {item.id for item, _ in items}
        prepared.gone = tuple(part for part in parts if part.item not in there)
        if not items or prepared.dsn is None:
            return
        scrubbing = self._scrubbing_of(parcel.project)
        rebuilt = rebuild(envelope, items, self.upstream, scrubbing, prepared.dsn, now)
        prepared.refused = self._refused(parts, rebuilt.refused)
        words = dict.fromkeys(rebuilt.refused.values())
        prepared.why = "; ".join(list(words)[:MAX_REFUSALS])
        away = {part.item for part in (*prepared.refused, *prepared.gone)}
        prepared.sent = tuple(part for part in parts if part.item not in away)
        prepared.thinned = rebuilt.thinned
        if rebuilt.envelope is not None and prepared.sent:
            prepared.body = serialize(rebuilt.envelope)
            types = {item.type for item, _ in items}
            prepared.headers = self._headers(prepared.dsn, envelope, types)

    def _refused(self, parts: Sequence[Part], words: Mapping[int, str]) -> tuple[Part, ...]:
        return tuple(part for part in parts if part.item in words)

    def _headers(self, dsn: Dsn, envelope: StoredEnvelope, types: set[str]) -> dict[str, str]:
        headers = headers_for(dsn, envelope.client, extended(envelope.chain, self._instance))
        # What normalisation would have read of the request is in the view already.
        if envelope.user_agent and (not self.upstream.scrub or "raw_security" in types):
            headers["User-Agent"] = plain(envelope.user_agent)
        if envelope.remote_addr and not self.upstream.scrub:
            headers["X-Forwarded-For"] = plain(envelope.remote_addr)
        return headers


def headers_for(dsn: Dsn, client: str, chain: str) -> dict[str, str]:
    """The head of a request to a DSN, in the name of the SDK that sent the envelope."""
    auth = f"Sentry sentry_version=7, sentry_client={plain(client) or AGENT}"
    auth += f", sentry_key={dsn.public_key}"
    if dsn.secret_key:
        auth += f", sentry_secret={dsn.secret_key}"
    return {
        "Content-Type": CONTENT_TYPE,
        "User-Agent": AGENT,
        "X-Sentry-Auth": auth,
        HEADER: chain,
    }


def plain(value: str) -> str:
    """A text that a header of HTTP can hold."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in value)[:500]

"""The upstreams in force, and what of an arrival goes to each of them.

Rule: asked once for each envelope, on the loop, and only where an upstream is on. What is
decided here is written with the items; nobody decides again later.
May import: forward.select, forward.chain, store, records, items, config, protocol, errors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import msgspec

from fake_relay.config import Upstream
from fake_relay.config.relay_library import relay_library
from fake_relay.config.table import converted
from fake_relay.errors import ConfigError
from fake_relay.forward.chain import refuse_loop
from fake_relay.forward.select import Candidate, Selector, role_of, trace_context
from fake_relay.records import Arrival, ReceivedItem, StoredItem
from fake_relay.store.memory_rows import stored_envelope, stored_item
from fake_relay.store.spool import (
    ForwardEntry,
    KnownUpstream,
    Part,
    Quantities,
    Spool,
    Ticket,
)

DERIVED = b'"derived_from"'
"""In the header of an item that was made here; an upstream makes its own."""


class Forwarding:
    """The upstreams of one relay: those of its configuration, and those that were made since.

    Raises `ConfigError` where one is on that could not scrub.
    """

    def __init__(self, spool: Spool, configured: Sequence[Upstream] = ()) -> None:
        self.spool = spool
        self._configured = {one.name: one for one in configured}
        if len(self._configured) < len(configured):
            names = Counter(one.name for one in configured)
            raise ConfigError(f"two upstreams are called {names.most_common(1)[0][0]!r}")
        self._selectors: dict[str, Selector] = {}
        self._listeners: list[Callable[[str], None]] = []
        self.enabled: tuple[Selector, ...] = ()
        self._instance = ""
        for upstream in (*self._remembered(), *configured):
            require_scrubber(upstream)
            self._selectors[upstream.name] = Selector(upstream)
        self._choose()

    def _remembered(self) -> list[Upstream]:
        found = []
        for known in self.spool.upstreams():
            if known.settings and known.name not in self._configured:
                data = msgspec.json.decode(known.settings)
                found.append(converted(data, Upstream, f"upstreams[{known.name!r}]."))
        return found

    def _choose(self) -> None:
        found = self._selectors.values()
        self.enabled = tuple(one for one in found if one.upstream.enabled)

    @property
    def instance(self) -> str:
        """The id of this relay in chains."""
        self._instance = self._instance or self.spool.instance()
        return self._instance

    @property
    def upstreams(self) -> list[Upstream]:
        """All upstreams, on or off."""
        return [selector.upstream for selector in self._selectors.values()]

    def upstream(self, name: str) -> Upstream | None:
        """The upstream of that name."""
        found = self._selectors.get(name)
        return None if found is None else found.upstream

    def selector(self, name: str) -> Selector:
        """The rules of an upstream that there is."""
        return self._selectors[name]

    def is_configured(self, name: str) -> bool:
        """Whether an upstream is in the configuration, so that a restart brings it back."""
        return name in self._configured

    # Changes while the server runs.

    def listen(self, listener: Callable[[str], None]) -> None:
        """Have a function called with the name of each upstream that changes."""
        self._listeners.append(listener)

    def put(self, upstream: Upstream) -> None:
        """Make or replace an upstream; raises `ConfigError` where it could not scrub.

        One that the configuration does not name is remembered by the store.
        """
        require_scrubber(upstream)
        selector = Selector(upstream)
        if upstream.name not in self._configured:
            known = {one.name: one for one in self.spool.upstreams()}.get(upstream.name)
            state = b"" if known is None else known.state
            settings = msgspec.json.encode(upstream)
            self.spool.remember(KnownUpstream(upstream.name, settings, state))
        self._selectors[upstream.name] = selector
        self._choose()
        self._tell(upstream.name)

    def switch(self, name: str, *, on: bool) -> None:
        """Switch automatic forwarding to an upstream on or off."""
        self.put(replace(self._selectors[name].upstream, enabled=on))

    def remove(self, name: str) -> None:
        """Forget an upstream; what waits for it is the spool's to forget."""
        if name in self._configured:
            raise ConfigError(
                f"upstream {name!r} is in the configuration; switch it off, or remove it there"
            )
        del self._selectors[name]
        self._choose()
        self._tell(name)

    def _tell(self, name: str) -> None:
        for listener in self._listeners:
            listener(name)

    # What the relay asks for each envelope.

    def refuse_loops(self, headers: Mapping[str, str]) -> None:
        """Refuse what was forwarded from here; raises `RequestRefused` (508)."""
        if self._selectors:
            refuse_loop(headers, self.instance)

    def tickets(self, arrival: Arrival) -> list[Ticket]:
        """What of an arrival goes where; called only where an upstream is on."""
        envelope = stored_envelope(0, arrival)
        trace = trace_context(envelope.headers)
        candidates: list[Candidate] = []
        for place, (received, outcome) in enumerate(arrival.items):
            made = stored_item(place, envelope, received, outcome)
            role = role_of(received.item.type, received.item.raw_header)
            payload = _payload(received)
            candidates.append(Candidate(made.stored, made.facts, payload, trace, role))
        return [_ticket(selector, candidates, arrival) for selector in self.enabled]


def _payload(received: ReceivedItem) -> Callable[[], bytes]:
    return lambda: received.item.payload


def _ticket(selector: Selector, candidates: Sequence[Candidate], arrival: Arrival) -> Ticket:
    parts: list[Part] = []
    left: Counter[tuple[str, str]] = Counter()
    reasons = selector.judge(candidates, arrival.received_at)
    for place, (candidate, reason) in enumerate(zip(candidates, reasons, strict=True)):
        received = arrival.items[place][0]
        quantities = quantities_of(received)
        if reason:
            for category, amount in quantities:
                left[category, reason] += amount
        elif not is_derived(candidate.item):
            parts.append(Part(place, len(received.item.payload), quantities, candidate.role))
    name, project = selector.upstream.name, candidates[0].item.project if candidates else ""
    entries = tuple(
        ForwardEntry(name, project, category, "left_out", reason, amount)
        for (category, reason), amount in left.items()
    )
    return Ticket(name, tuple(parts), entries)


def quantities_of(received: ReceivedItem) -> Quantities:
    """What an item counts, by the names of categories."""
    return tuple((str(one.category), one.amount) for one in received.quantities)


def is_derived(item: StoredItem) -> bool:
    """Whether an item was made here of others, which an upstream makes again itself."""
    return DERIVED in bytes(item.headers)


def require_scrubber(upstream: Upstream) -> None:
    """Refuse an upstream that is on and could not scrub; raises `LibraryMissing`."""
    if upstream.enabled and upstream.scrub:
        try:
            relay_library()
        except ConfigError as error:
            raise type(error)(
                f"upstream {upstream.name!r}: {error}; or say `scrub = false` to forward what"
                " was sent as it was sent"
            ) from None

"""The whole path on one page: bytes in, items stored, an answer out.

    Inbound -> intake -> Submission -> pipeline -> Arrival -> store -> publish
                                                                 Reply

This is the only file that sees every room. It is not async and asks no clock: the shell
calls `receive` for each request and `commit` once for all that arrived in one turn of its
loop, and sends the replies after that.
May import: every room below the shell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from fake_relay.config import ProjectSettings, RelayConfig
from fake_relay.errors import RequestRefused
from fake_relay.intake import Place, admit, answer, find_door
from fake_relay.items import ITEM_TYPES, client_report, item_type
from fake_relay.pipeline import Context, Stage, run, stages_for
from fake_relay.protocol.envelope import Item, trace_id_of
from fake_relay.protocol.outcome import Fate, Outcome
from fake_relay.publish.hub import Hub
from fake_relay.records import Arrival, Inbound, LedgerEntry, ReceivedItem, Reply, Submission
from fake_relay.store import Store


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items arrived by type, and requests were refused by reason, since the start."""

    items: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


class Relay:
    """Receives what SDKs send, into a store."""

    def __init__(
        self,
        store: Store,
        config: RelayConfig | None = None,
        stages: Sequence[Stage] | None = None,
    ) -> None:
        self.store = store
        self.config = config or RelayConfig()
        self.stages = stages_for(self.config) if stages is None else tuple(stages)
        self._common = self.config.settings_of("")
        self._settings = {
            known.project_id: self.config.settings_of(known.project_id)
            for known in self.config.projects
        }
        self.hub = Hub(store.position())
        self.tally = Tally()

    def receive(self, inbound: Inbound, place: Place | None = None) -> Reply:
        """Take a request into the open batch; the reply holds once `commit` has returned.

        `place` is the door behind the path, for a caller that has looked it up already.
        """
        place = place or find_door(inbound.path)
        if place is None:
            return answer.problem(404, f"there is no door at {inbound.path}")
        if inbound.method not in place.door.methods:
            return answer.wrong_method(inbound.method, place.door.methods)
        try:
            submissions = place.door.open(inbound, place, self.config)
        except RequestRefused as refused:
            self.tally.refused[refused.reason] += 1
            return answer.refusal(refused)
        for submission in submissions:
            self._keep(inbound, submission)
        return place.door.answer(inbound, submissions)

    def commit(self) -> None:
        """Commit what was received and tell subscribers; raises `StoreError`."""
        self.hub.announce(self.store.commit())

    def settings_of(self, project: str) -> ProjectSettings:
        """What holds for a project."""
        return self._settings.get(project, self._common)

    def _keep(self, inbound: Inbound, submission: Submission) -> None:
        envelope = submission.envelope
        types = tuple([item.type for item in envelope.items])
        address = admit.client_address(inbound.headers, inbound.peer)
        context = Context(
            self.config,
            submission.project,
            inbound.received_at,
            types,
            envelope,
            self.settings_of(submission.project),
            submission.public_key,
            address,
            inbound.headers,
        )
        trace_id = trace_id_of(envelope.header)
        items = [received(item, trace_id) for item in envelope.items]
        walked = run(items, context, self.stages)
        entries: list[LedgerEntry] = []
        for item, outcome in walked:
            entries += ledger_entries(submission.project, item, outcome)
        arrival = Arrival(
            submission,
            inbound.received_at,
            address,
            admit.header_text(inbound.headers, "user-agent"),
            tuple(walked),
        )
        self.store.add(arrival, entries)
        for name in types:
            self.tally.items[name if name in ITEM_TYPES else "unknown"] += 1


def received(item: Item, trace_id: str = "") -> ReceivedItem:
    """An item with its facts and what it counts.

    `trace_id` is that of the envelope's header, for an item that names no trace itself.
    """
    kind = item_type(item.type)
    facts = kind.facts(item.header, item.payload)
    if trace_id and kind.traced and not facts.trace_id:
        facts = msgspec.structs.replace(facts, trace_id=trace_id)
    return ReceivedItem(item, facts, kind.quantities(item.header, item.payload, facts))


def ledger_entries(project: str, received: ReceivedItem, outcome: Outcome) -> list[LedgerEntry]:
    """What an item adds to the ledger: its own quantities, and an SDK's reported discards."""
    entries = [
        LedgerEntry(project, str(quantity.category), outcome.fate, outcome.reason, quantity.amount)
        for quantity in received.quantities
    ]
    if received.item.type == "client_report" and not received.facts.problem:
        entries += [
            LedgerEntry(project, found.category, Fate.CLIENT_DISCARD, found.reason, found.quantity)
            for found in client_report.discards(received.item.payload)
        ]
    return entries

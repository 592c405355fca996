"""What client reports say is booked as they say it, as long as that is not without end."""

from __future__ import annotations

import json

from fake_relay.pipeline.ledger import MAX_DISCARDS, Discards, ledger_entries, received
from fake_relay.protocol.envelope import make_item
from fake_relay.protocol.outcome import ACCEPTED, Fate


def booked(discards: Discards, *entries: tuple[str, str]) -> list[tuple[str, str, int]]:
    said = [{"category": name, "reason": why, "quantity": 2} for name, why in entries]
    item = make_item("client_report", json.dumps({"discarded_events": said}).encode(), {})
    found = ledger_entries("42", [(received(item), ACCEPTED)], discards)
    assert {entry.outcome for entry in found} == {Fate.CLIENT_DISCARD}
    return [(entry.category, entry.reason, entry.quantity) for entry in found]


def test_discards_are_booked_as_they_were_reported() -> None:
    entries = ("error", "before_send"), ("made_up", "why not")
    assert booked(Discards(), *entries) == [
        ("error", "before_send", 2),
        ("made_up", "why not", 2),
    ]


def test_reports_of_countless_reasons_do_not_fill_the_ledger() -> None:
    discards = Discards()
    for number in range(MAX_DISCARDS):
        booked(discards, ("error", f"reason {number}"))
    assert booked(discards, ("error", "one more"), ("made_up", "x"), ("error", "reason 7")) == [
        ("error", "other", 2),
        ("unknown", "other", 2),
        ("error", "reason 7", 2),
    ]

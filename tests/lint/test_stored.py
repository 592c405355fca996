"""Findings are stored beside their items, and judged again when what they depend on changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fake_relay.config import Scrubbing
from fake_relay.errors import StoreError
from fake_relay.lint import Findings
from fake_relay.lint.findings import MAX_TEXT, MOST, STEP
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store import Store, open_store
from fake_relay.store.memory import MemoryStore
from fake_relay.stored_view.viewer import Views

NOW = 1_700_000_000
GOOD = {"event_id": "b" * 32, "timestamp": NOW, "platform": "python", "message": "boom"}


class Desk:
    """A store, what judges its items, and the scrubbing that holds for all of them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.relay = Relay(store)
        self.scrubbing = Scrubbing()
        views = Views(store, lambda project: self.scrubbing)
        self.findings = Findings(store, views, lambda project: self.scrubbing)

    def send(self, **wrong: Any) -> None:
        """Send one event."""
        body = serialize(make_envelope({}, [make_item("event", json.dumps(GOOD | wrong).encode())]))
        path, query = "/api/42/envelope/", f"sentry_key={'a' * 32}"
        self.relay.receive(Inbound("POST", path, query, {}, body, "127.0.0.1", NOW, "b" * 32))
        self.relay.commit()

    @property
    def judged(self) -> list[int]:
        """The items with a stored judgement."""
        return sorted(self.store.judgements(range(1, 100)))

    def codes(self, item_id: int) -> list[str]:
        """The codes of the findings of one item, as they are told."""
        item = self.store.item(item_id)
        assert item is not None
        return [found.code for found in self.findings.of([item])[item_id]]


@pytest.fixture(params=["memory:", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Desk]:
    url = request.param if request.param == "memory:" else str(tmp_path / "desk.sqlite")
    made = Desk(open_store(url))
    yield made
    made.store.close()


def test_nothing_is_judged_at_ingest(desk: Desk) -> None:
    desk.send(release="a/b")
    assert desk.judged == []


def test_what_was_asked_for_is_stored_even_if_it_is_clean(desk: Desk) -> None:
    desk.send(release="a/b")
    desk.send()
    assert (desk.codes(1), desk.codes(2)) == (["invalid-release"], [])
    assert desk.judged == [1, 2]
    assert [found.code for found in desk.store.judgements([1])[1].findings] == ["invalid-release"]


def test_what_is_stored_is_not_worked_out_again(desk: Desk) -> None:
    """Another judge of the same store, as after a restart, needs no payload and no library."""
    desk.send(release="a/b")
    first = desk.codes(1)
    blind = Findings(desk.store, None, lambda project: desk.scrubbing)  # type: ignore[arg-type]
    item = desk.store.item(1)
    assert item is not None
    assert [found.code for found in blind.of([item])[1]] == first


def test_other_scrubbing_makes_other_findings(desk: Desk) -> None:
    desk.send(extra={"shoe": "42"})
    assert desk.codes(1) == []
    desk.scrubbing = Scrubbing(sensitive_fields=("shoe",))
    assert desk.codes(1) == ["sensitive"]
    desk.scrubbing = Scrubbing()
    assert desk.codes(1) == []


def test_idle_steps_judge_nothing_until_somebody_asks(desk: Desk) -> None:
    desk.send()
    desk.findings.step()
    assert desk.judged == []
    desk.findings.of([])
    desk.findings.step()
    assert desk.judged == [1]


def test_idle_steps_judge_everything_in_the_order_of_arrival(desk: Desk) -> None:
    desk.findings.of([])
    for _ in range(STEP + 2):
        desk.send()
    desk.findings.step()
    assert desk.judged == list(range(1, STEP + 1))
    desk.findings.step()
    assert desk.judged == list(range(1, STEP + 3))
    desk.findings.step()


def test_large_items_take_more_steps(desk: Desk) -> None:
    desk.findings.of([])
    for _ in range(6):
        desk.send(extra={str(number): "x" * 10_000 for number in range(12)})
    desk.findings.step()
    assert desk.judged == [1, 2, 3, 4]


def test_a_larger_item_waits_until_somebody_asks(desk: Desk) -> None:
    desk.findings.of([])
    desk.send(extra={str(number): "x" * 10_000 for number in range(20)})
    desk.send()
    desk.findings.step()
    desk.findings.step()
    assert desk.judged == [2]
    desk.codes(1)
    assert desk.judged == [1, 2]


def test_after_settings_change_idle_steps_begin_again(desk: Desk) -> None:
    desk.findings.of([])
    desk.send(extra={"shoe": "42"})
    desk.findings.step()
    desk.scrubbing = Scrubbing(sensitive_fields=("shoe",))
    desk.findings.start_again()
    desk.findings.step()
    assert [found.code for found in desk.store.judgements([1])[1].findings] == ["sensitive"]


def test_what_is_kept_of_one_item_is_bounded(desk: Desk) -> None:
    desk.send(tags={f"a b{number}": "x" for number in range(2 * MOST)})
    assert len(desk.codes(1)) == MOST
    desk.send(extra={"k" * 3000: {"password": "p"}})
    desk.codes(2)
    assert all(len(found.path) <= MAX_TEXT for found in desk.store.judgements([2])[2].findings)


def test_a_store_that_cannot_write_tells_all_the_same() -> None:
    class Full(MemoryStore):
        def judge(self, judgements: Any) -> None:
            raise StoreError("the disk is full")

    desk = Desk(Full())
    desk.send(release="a/b")
    assert desk.codes(1) == ["invalid-release"]


def test_an_item_that_went_meanwhile_has_none(desk: Desk) -> None:
    desk.send(release="a/b")
    item = desk.store.item(1)
    assert item is not None
    desk.store.clear()
    assert desk.findings.of([item]) == {1: []}

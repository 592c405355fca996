"""Items walk through stages; each leaves with exactly one outcome."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.config import RelayConfig
from fake_relay.items import Facts, item_type
from fake_relay.pipeline import DEFAULT_STAGES, Context, Stage, run, validate
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import make_item
from fake_relay.protocol.outcome import ACCEPTED, Fate, Outcome, Quantity
from fake_relay.records import ReceivedItem

CONTEXT = Context(RelayConfig(), "42", 1.7e9)


def received(kind: str, payload: bytes, **headers: object) -> ReceivedItem:
    item = make_item(kind, payload, headers)
    row = item_type(kind)
    facts = row.facts(item.header, payload)
    return ReceivedItem(item, facts, row.quantities(item.header, payload, facts))


EVENT = received("event", b"{}")


def passes(item: ReceivedItem, context: Context) -> ReceivedItem:
    return item


def drops(item: ReceivedItem, context: Context) -> Outcome:
    return Outcome(Fate.FILTERED, "test")


def renames(item: ReceivedItem, context: Context) -> ReceivedItem:
    return ReceivedItem(item.item, Facts(title=item.facts.title + "!"), item.quantities)


@given(st.lists(st.sampled_from([passes, drops, renames])))
def test_an_item_is_accepted_unless_a_stage_ends_its_walk(stages: list[Stage]) -> None:
    """Stages behind the one that ends the walk do not see the item."""
    walked = stages[: stages.index(drops)] if drops in stages else stages
    [(item, outcome)] = run([EVENT], CONTEXT, stages)
    assert outcome == (Outcome(Fate.FILTERED, "test") if drops in stages else ACCEPTED)
    assert item.facts.title == EVENT.facts.title + "!" * walked.count(renames)


@pytest.mark.parametrize(
    ("item", "types", "outcome"),
    [
        pytest.param(EVENT, (), ACCEPTED, id="an event"),
        pytest.param(received("event", b"abc"), (), "invalid(invalid_json)", id="not JSON"),
        pytest.param(received("x_new", b"abc"), (), ACCEPTED, id="an unknown type"),
        pytest.param(received("attachment", b"abc"), (), ACCEPTED, id="bytes"),
        pytest.param(received("log", b'{"items":[{}]}', item_count=1), (), ACCEPTED, id="logs"),
        pytest.param(
            received("log", b'{"items":[{}]}', item_count=2),
            (),
            "invalid(invalid_json)",
            id="logs that miscount",
        ),
        pytest.param(
            received("trace_metric", b'{"items":[{}]}'),
            (),
            "invalid(invalid_json)",
            id="metrics without a count",
        ),
        pytest.param(
            received("replay_event", b"{}"),
            ("replay_event",),
            "invalid(invalid_replay_missing_recording)",
            id="a replay without recording",
        ),
        pytest.param(
            received("replay_event", b"{}"),
            ("replay_recording", "replay_event"),
            ACCEPTED,
            id="a replay with its recording",
        ),
        pytest.param(
            received("replay_recording", b"{}\n"), ("replay_recording",), ACCEPTED, id="recording"
        ),
    ],
)
def test_a_payload_is_validated_once_it_is_opened(
    item: ReceivedItem, types: tuple[str, ...], outcome: Outcome | str
) -> None:
    context = Context(RelayConfig(), "42", 1.7e9, types)
    [(_, found)] = run([item], context, DEFAULT_STAGES)
    assert str(found) == str(outcome)


def test_the_reason_of_a_problem_becomes_the_reason_of_the_outcome() -> None:
    item = ReceivedItem(
        EVENT.item, Facts(problem="no slug", reason="invalid_check_in"), EVENT.quantities
    )
    assert validate(item, CONTEXT) == Outcome(Fate.INVALID, "invalid_check_in")


def test_an_accepted_item_keeps_what_it_counts() -> None:
    [(item, _)] = run([EVENT], CONTEXT, DEFAULT_STAGES)
    assert item.quantities == (Quantity(Category.ERROR, 1),)

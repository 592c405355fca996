"""Items walk through stages; each leaves with exactly one outcome."""

from __future__ import annotations

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


def test_the_reason_of_a_problem_becomes_the_reason_of_the_outcome() -> None:
    item = ReceivedItem(
        EVENT.item, Facts(problem="no slug", reason="invalid_check_in"), EVENT.quantities
    )
    assert validate(item, CONTEXT) == Outcome(Fate.INVALID, "invalid_check_in")


def test_an_accepted_item_keeps_what_it_counts() -> None:
    [(item, _)] = run([EVENT], CONTEXT, DEFAULT_STAGES)
    assert item.quantities == (Quantity(Category.ERROR, 1),)

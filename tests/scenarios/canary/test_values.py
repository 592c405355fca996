"""Canaries look like what they stand for, are nobody else's, and are the same in every process."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from scenarios.canary.surfaces import HOOKS, SURFACES, closed_by
from scenarios.canary.values import BY_LOOKS, KINDS, LEAST, Canary, deal, parts

SHAPES = {
    "email": r"[a-z]{5}\.\d{8}@(clinic|mail)\.example",
    "phone": r"\+49 170 \d{7}",
    "name": r"[A-Z][a-z]+ [A-Z][a-z]+",
    "card": r"4\d{15}",
    "ssn": r"5\d\d-4\d-1\d{3}",
    "iban": r"DE\d{20}",
    "ip": r"2001:db8(:[0-9a-f]{1,4}){6}",
    "password": r"[a-z]{6}!\d{3}([A-Z]\d[a-z]){3}",
    "token": r"([A-Z]\d[a-z]){9}",
    "bearer": r"Bearer ([A-Z]\d[a-z]){9}",
    "cookie": r"sessionid=([A-Z]\d[a-z]){9}",
    "jwt": r"eyJhbGciOiJIUzI1NiJ9(\.([A-Z]\d[a-z]){9}){2}",
    "cloud": r"AKIA[A-Z2-7]{16}",
    "url": r"postgres://app:([A-Z]\d[a-z]){9}@db\.example/shop",
    "key": r"sk_live_[A-Za-z0-9]{24}",
    "plain": r"zq[a-z]{11}",
}
IDS = [surface.id for surface in SURFACES]


def test_every_class_has_a_shape() -> None:
    assert KINDS.keys() == SHAPES.keys()
    assert set(BY_LOOKS) <= KINDS.keys()


@pytest.mark.parametrize("kind", SHAPES)
def test_a_value_looks_like_its_class(kind: str) -> None:
    for canary in deal("seed", [kind], IDS):
        assert re.fullmatch(SHAPES[kind], canary.value)


def test_cards_and_accounts_have_their_check_digits() -> None:
    for canary in deal("seed", ["card", "iban"], IDS):
        if canary.kind == "card":
            doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(canary.value))]
            assert sum(sum(divmod(d, 10)) for d in doubled) % 10 == 0
        else:
            moved = canary.value[4:] + "1314" + canary.value[2:4]
            assert int(moved) % 97 == 1


def test_no_value_and_no_part_belongs_to_two_surfaces() -> None:
    dealt = deal("seed", KINDS, IDS)
    assert len(dealt) == len(KINDS) * len(IDS)
    every = [text for canary in dealt for text in {canary.value, *canary.parts}]
    assert len(every) == len(set(every))


def test_a_part_is_long_enough_not_to_be_found_by_chance() -> None:
    dealt = deal("seed", KINDS, IDS)
    assert min(len(part) for canary in dealt for part in canary.parts) >= LEAST
    assert parts("anything", "unknown") == ()


def test_another_seed_gives_other_values() -> None:
    ours, theirs = deal("one", KINDS, IDS), deal("two", KINDS, IDS)
    assert not {canary.value for canary in ours} & {canary.value for canary in theirs}


def test_values_are_the_same_in_every_process() -> None:
    code = (
        "from scenarios.canary.values import deal;"
        "print([c.value for c in deal('seed', ['email', 'jwt', 'ip'], ['a', 'b'])])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = [canary.value for canary in deal("seed", ["email", "jwt", "ip"], ["a", "b"])]
    assert done.stdout.strip() == str(here)


def test_the_child_needs_nothing_of_the_relay() -> None:
    code = (
        "import sys; from scenarios.canary import plant;"
        "assert len(plant.surfaces()) > 50, plant.surfaces();"
        "print([name for name in sys.modules if name.startswith(('fake_relay', 'msgspec'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_class_that_is_not_known_is_named() -> None:
    with pytest.raises(ValueError, match="no class of canaries is called 'shoe size'"):
        deal("seed", ["shoe size"], ["a"])


def test_a_canary_says_what_of_it_must_not_leave() -> None:
    assert Canary("ann.12345678@clinic.example", "email", "x").parts == ("ann.12345678",)
    assert Canary("501-42-1003", "ssn", "x").parts == ("501421003",)


@pytest.mark.parametrize("item_type", [*HOOKS, "attachment", "session", "envelope header"])
def test_every_leak_has_something_that_closes_it(item_type: str) -> None:
    for surface in [*IDS, "a surface of the user's own"]:
        assert "sdk_config.setup()" in closed_by(surface, item_type)


def test_a_setting_of_the_sdk_is_named_where_there_is_one() -> None:
    assert closed_by("L04 local_blob", "event").startswith("include_local_variables=False")
    assert closed_by("L27 sql_literal", "transaction").startswith("before_send_transaction")
    assert closed_by("L49 log_body", "log").startswith("before_send_log")
    assert closed_by("L24 attachment", "attachment").startswith("no hook of the SDK sees it")

"""For any tree of objects: no error, no change of what was given, nothing planted survives."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdk_config.privacy import PLACEHOLDER, Scrubber

SCRUBBER = Scrubber(hash_user_id=b"key")


class Word(str):
    """A string of an application's own kind."""

    __slots__ = ()


class Rude:
    """An object that answers nothing."""

    def __repr__(self) -> str:
        raise RuntimeError("no")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rude)

    __hash__ = None  # type: ignore[assignment]


ANY_TEXT = st.text(st.characters(categories=["L", "N", "P", "S", "Z", "Cs"]), max_size=30)
HINTS = st.sampled_from(
    ["password", "'token': '", "a@b.example", "https://u:p@h/?token=x",
     "4111111111111111", "--pin 1",
     "request", "headers", "exception", "user", "values", "data", "Authorization: x", "{'a': ["]
)  # fmt: skip
TEXTS = ANY_TEXT | HINTS | st.builds("".join, st.lists(HINTS | ANY_TEXT, max_size=4))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
WILD = st.recursive(
    SCALARS | st.binary(max_size=20) | st.builds(Word, TEXTS) | st.builds(Rude)
    | st.sets(TEXTS, max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner)
    | st.dictionaries(TEXTS | st.integers() | st.binary(max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
_SECTIONS = (
    "request user exception threads stacktrace breadcrumbs spans extra contexts tags message "
    "logentry transaction fingerprint attributes data body flags anything"
)
SECTIONS = st.sampled_from(_SECTIONS.split())
UNITS = ["a", "1", "a@", "password=", "{'a': ", "'", "\\", "/", "eyJ", "--x ", "(", "%40", "aB1"]
METHODS = ("event", "transaction", "span", "log", "metric", "breadcrumb")


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60)
@given(payload=st.dictionaries(SECTIONS, WILD, max_size=4))
def test_it_never_raises_and_never_changes_what_it_is_given(
    method: str, payload: dict[str, Any]
) -> None:
    before = copy.deepcopy(payload)

    getattr(SCRUBBER, method)(payload, {})

    assert payload == before


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60)
@given(payload=st.dictionaries(SECTIONS, JSON, max_size=4))
def test_json_stays_json_and_twice_is_once(method: str, payload: dict[str, Any]) -> None:
    once = getattr(SCRUBBER, method)(payload, {})

    json.dumps(once)
    assert getattr(SCRUBBER, method)(once, {}) == once


@settings(max_examples=100)
@given(
    path=st.lists(st.sampled_from(["a", "list", "tuple", "values", "data", "text"]), max_size=8),
    section=SECTIONS,
    secret=st.sampled_from(
        ["4111111111111111", "536-22-1234", "ann@clinic.example", "J4f9Kq2mX7bR8tZ1wL5v",
         "DE89370400440532013000", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.c2lnbg"]
    ),
)  # fmt: skip
def test_no_planted_secret_survives_at_any_depth(
    path: list[str], section: str, secret: str
) -> None:
    found: Any = f"it is {secret}"
    for step in path:
        if step == "list":
            found = [1, found]
        elif step == "tuple":
            found = (found, None)
        elif step == "text":
            found = repr(found)
        else:
            found = {step: found}

    assert secret not in repr(SCRUBBER.event({section: found}, {}))


@settings(max_examples=60)
@given(
    path=st.lists(st.sampled_from(["a", "list", "text"]), max_size=6),
    word=st.from_regex(r"[a-z]{9}", fullmatch=True),
)
def test_no_value_under_a_sensitive_name_survives(path: list[str], word: str) -> None:
    word = f"zq{word}"
    found: Any = {"db_password": word}
    for step in path:
        found = [found] if step == "list" else repr(found) if step == "text" else {"a": found}

    assert word not in repr(SCRUBBER.event({"extra": {"found": found}}, {}))


def test_cycles_and_bombs_end() -> None:
    cycle: dict[str, Any] = {"password": "x"}
    cycle["again"] = [cycle]
    bomb: Any = ["x"]
    for _ in range(40):
        bomb = [bomb, bomb]

    found = SCRUBBER.event({"extra": {"cycle": cycle, "bomb": bomb}}, {})

    assert found["extra"]["cycle"] == {"password": PLACEHOLDER, "again": [PLACEHOLDER]}


def test_past_the_depth_there_is_only_the_placeholder() -> None:
    deep: Any = "plain"
    for _ in range(30):
        deep = {"a": deep}

    assert "plain" not in repr(Scrubber().event({"extra": deep}, {}))


def test_long_texts_take_time_in_proportion() -> None:
    # A pattern that went back over what it saw would not end within the time limit of a test.
    for unit in (
        "a",
        "1",
        "a@",
        "password=",
        "{'a': ",
        "'",
        "\\",
        "/",
        "eyJ",
        "eyJ1",
        "--x ",
        "(",
        "%40",
        "aB1",
    ):
        SCRUBBER.text(unit * (100_000 // len(unit)))

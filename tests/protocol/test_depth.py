"""How deep JSON may nest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.errors import BadEnvelope
from fake_relay.items import item_type
from fake_relay.protocol.depth import MAX_DEPTH, depth, is_too_deep
from fake_relay.protocol.envelope import ItemHeader, parse

LISTS, OBJECTS, BOTH = (b"[", b"]"), (b'{"a":', b"}"), (b'{"a":[', b"]}")


def nested(levels: int, kind: tuple[bytes, bytes], inside: bytes = b"1") -> bytes:
    """JSON of so many levels."""
    times = levels // (2 if kind is BOTH else 1)
    return kind[0] * times + inside + kind[1] * times


@pytest.mark.parametrize("kind", [LISTS, OBJECTS, BOTH])
def test_the_last_level_that_is_read_is_the_127th(kind: tuple[bytes, bytes]) -> None:
    fits = nested(MAX_DEPTH - 1, kind)
    assert (depth(fits), is_too_deep(fits)) == (MAX_DEPTH - 1, False)
    assert is_too_deep(nested(MAX_DEPTH + 1, kind))


@pytest.mark.parametrize(
    "payload",
    [
        b"[]" * 1000,
        b'["' + b"]}" * 1000 + b'"]',
        b'{"a":"' + b"}" * 1000 + b'\\"' + b"[" * 1000 + b'"}',
        nested(100, LISTS) * 3,
    ],
)
def test_brackets_that_are_not_in_each_other_are_not_deep(payload: bytes) -> None:
    assert not is_too_deep(payload)


DOCUMENTS = st.recursive(
    st.none() | st.text('[]{}"\\ab', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("[}", max_size=2), inner),
    max_leaves=20,
)


def levels(value: Any) -> int:
    """The depth of a decoded document."""
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(levels, value), default=0) if isinstance(value, list) else 0


@given(DOCUMENTS)
def test_the_depth_is_that_of_the_document(document: Any) -> None:
    assert depth(json.dumps(document).encode()) == levels(document)


@given(st.binary(max_size=300))
def test_any_bytes_have_a_depth(data: bytes) -> None:
    assert 0 <= depth(data) <= len(data)


@pytest.mark.parametrize("kind", ["event", "log", "span"])
def test_an_item_that_nests_too_deeply_is_invalid(kind: str) -> None:
    for count, problem in ((MAX_DEPTH - 3, ""), (MAX_DEPTH, "recursion limit exceeded")):
        payload = b'{"items":[],"extra":%b}' % nested(count, LISTS)
        facts = item_type(kind).facts(ItemHeader(item_type=kind), payload)
        assert (facts.problem, facts.reason) == (problem, "invalid_json")


def test_a_session_is_read_without_what_nobody_reads_of_it() -> None:
    payload = b'{"extra":%b}' % nested(200, LISTS)
    facts = item_type("session").facts(ItemHeader(item_type="session"), payload)
    assert "recursion" not in facts.problem


@pytest.mark.parametrize("envelope", [b'{"x":%b}\n', b'{}\n{"type":"x","x":%b}\n'])
def test_a_header_that_nests_too_deeply_is_refused(envelope: bytes) -> None:
    parse(envelope % nested(MAX_DEPTH - 1, LISTS))
    with pytest.raises(BadEnvelope, match="header"):
        parse(envelope % nested(MAX_DEPTH, LISTS))

"""Msgpack that native SDKs leave beside a dump: how much of it is opened."""

from __future__ import annotations

import msgpack
import pytest

from fake_relay.intake.crash_msgpack import (
    MAX_CONTAINERS,
    BrokenMsgpack,
    breadcrumbs_of,
    event_of,
)

EMPTY = pytest.mark.parametrize("empty", [{}, []], ids=["maps", "lists"])


@EMPTY
def test_an_event_of_countless_parts_is_broken(empty: object) -> None:
    with pytest.raises(BrokenMsgpack, match="more than"):
        event_of(msgpack.packb({"a": [empty] * (MAX_CONTAINERS + 1)}))


@EMPTY
def test_an_event_of_many_parts_is_read(empty: object) -> None:
    event = {"a": [empty] * (MAX_CONTAINERS - 1)}
    assert event_of(msgpack.packb(event)) == event


def test_countless_breadcrumbs_are_broken() -> None:
    assert len(breadcrumbs_of(msgpack.packb({}) * MAX_CONTAINERS)) == MAX_CONTAINERS
    with pytest.raises(BrokenMsgpack, match="more than"):
        breadcrumbs_of(msgpack.packb({}) * (MAX_CONTAINERS + 1))

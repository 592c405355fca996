"""Payloads that would take many times their size in memory are known before they are decoded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.items import ITEM_TYPES
from fake_relay.items.facts import Facts
from fake_relay.items.payload import MAX_LOOSE, MAX_OBJECTS, MAX_PARTS, has_more
from fake_relay.protocol.envelope import ItemHeader


def facts(kind: str, payload: bytes, **header: Any) -> Facts:
    return ITEM_TYPES[kind].facts(ItemHeader(item_type=kind, **header), payload)


def container(number: int, record: bytes = b"{}", field: bytes = b"items") -> bytes:
    return b'{"%b":[%b]}' % (field, b",".join([record] * number))


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("log", b"items"),
        ("trace_metric", b"items"),
        ("span", b"items"),
        ("sessions", b"aggregates"),
    ],
)
def test_a_payload_of_too_many_records_is_not_opened(kind: str, field: bytes) -> None:
    found = facts(kind, container(MAX_OBJECTS, field=field), item_count=MAX_OBJECTS)
    assert found.problem == f"there are more than {MAX_OBJECTS} objects in it"


def test_as_many_records_as_a_container_can_usefully_hold_are_read() -> None:
    number = 30_000
    assert facts("log", container(number), item_count=number).count == number


def test_braces_within_strings_are_no_objects() -> None:
    record = json.dumps({"body": "{" * 1000 + '\\"{', "timestamp": 1.0}).encode()
    found = facts("log", container(500, record), item_count=500)
    assert (found.problem, found.count) == ("", 500)


def test_a_payload_of_an_odd_form_is_mended_as_long_as_that_is_cheap() -> None:
    odd = b'{"level":[],"items":[{"body":"kept"}],"x":[%b0]}'
    assert facts("log", odd % (b"0," * 1000)).problem == ""
    wrong = b'{"items":{},"x":[%b0]}'
    assert "too large to mend" in facts("log", wrong % (b"0," * (MAX_PARTS + 1))).problem


def test_a_huge_payload_of_an_odd_form_is_not_decoded_twice() -> None:
    payload = b'{"platform":NaN,"x":"%b"}' % (b"y" * MAX_LOOSE)
    assert "too large to mend" in facts("profile", payload).problem


@pytest.mark.parametrize(
    ("payload", "more"),
    [(b"{{{", True), (b"{{", False), (b'"{{{"', False), (b'"\\"{{{"{', False), (b'"{{{', False)],
)
def test_marks_are_counted_outside_of_strings(payload: bytes, more: bool) -> None:
    assert has_more(payload, b"{", 2) is more

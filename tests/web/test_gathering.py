"""A body that is gathered: whole, from its beginning, and in how much memory."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.web import gathering
from fake_relay.web.gathering import MOST_PIECES, Came
from fake_relay.web.memory import OWN_MAPPING

PIECE = 64 * 1024


def gathered(*pieces: bytes) -> Came:
    came = Came()
    for piece in pieces:
        came.add(piece)
    return came


@pytest.fixture
def soon_poured(monkeypatch):
    """Bodies that count as large, or as cut too often, after a few bytes."""
    monkeypatch.setattr(gathering, "OWN_MAPPING", 20)
    monkeypatch.setattr(gathering, "MOST_PIECES", 4)


@settings(max_examples=60)
@given(pieces=st.lists(st.binary(max_size=30)), most=st.integers(0, 80))
def test_pieces_make_the_body_in_their_order(pieces, most):
    came, body = gathered(*pieces), b"".join(pieces)
    assert (came.beginning(most), came.size) == (body[:most], len(body))
    assert came.whole() == came.whole() == body
    assert came.beginning(most) == body[:most]


@pytest.mark.parametrize("pieces", [[b"x" * 19, b"y", b"z" * 9], [b"1", b"2", b"3", b"4", b"5"]])
def test_what_is_large_or_cut_often_is_the_same_body(pieces, soon_poured):
    came, body = gathered(*pieces, b"end"), b"".join(pieces) + b"end"
    assert (came.beginning(12), came.whole(), came.size) == (body[:12], body, len(body))


def peak_of(size: int, piece: int) -> int:
    """Bytes that a body of a size takes at most, beside itself, while it comes in pieces."""
    whole = bytes(size)
    tracemalloc.start()
    try:
        came = Came()
        for at in range(0, size, piece):
            came.add(whole[at : at + piece])
        assert came.whole() == whole
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_large_body_is_never_there_twice():
    assert peak_of(4 * OWN_MAPPING, PIECE) < 1.4 * 4 * OWN_MAPPING


def test_a_body_that_comes_byte_by_byte_takes_little_more():
    assert peak_of(100 * MOST_PIECES, 1) < 2.5 * 100 * MOST_PIECES

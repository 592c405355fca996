"""Looking for leaks opens what is compressed, and no more of it than is looked at."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard

from fake_relay.leaks import layers as room
from fake_relay.leaks.layers import layers

MIB = 1024 * 1024
PACKERS = (gzip.compress, zstandard.compress)


@pytest.mark.parametrize("pack", PACKERS)
def test_what_is_compressed_is_opened(pack: Callable[[bytes], bytes]) -> None:
    [_, (layer, content)] = layers(pack(b"a secret"))
    assert (layer, content) == (", compressed", b"a secret")


@pytest.mark.parametrize("pack", PACKERS)
def test_a_bomb_is_opened_as_far_as_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(room, "MAX_UNPACKED", 2 * MIB)
    bomb = pack(bytes(64 * MIB))
    tracemalloc.start()
    try:
        [_, (_, content)] = layers(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(content) == 2 * MIB
    assert peak < 8 * MIB


def test_a_broken_stream_has_no_layers() -> None:
    assert len(list(layers(b"\x28\xb5\x2f\xfdnothing"))) == 1

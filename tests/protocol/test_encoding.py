"""Content codings, whole, cut, doubled and exploding (PROTOCOL.md 3.1)."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.errors import BadEncoding, TooLarge
from fake_relay.protocol.encoding import CODINGS, decode, normalize

MIB = 1024 * 1024


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=3),
    "zstd": zstandard.ZstdCompressor().compress,
}
every_coding = pytest.mark.parametrize("coding", CODINGS)


@given(st.binary(max_size=5000), st.sampled_from(CODINGS))
def test_what_was_encoded_is_decoded(data: bytes, coding: str) -> None:
    assert decode(ENCODERS[coding](data), coding, 5000) == data


@given(st.binary(min_size=1, max_size=200), st.sampled_from(CODINGS))
def test_any_bytes_decode_or_are_refused(data: bytes, coding: str) -> None:
    try:
        decoded = decode(data, coding, 10_000)
    except (BadEncoding, TooLarge):
        return
    assert len(decoded) <= 10_000


@given(st.data(), st.binary(min_size=1, max_size=300), st.sampled_from(CODINGS))
def test_a_cut_stream_is_refused(data: st.DataObject, content: bytes, coding: str) -> None:
    whole = ENCODERS[coding](content)
    cut = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises(BadEncoding) as refused:
        decode(whole[:cut], coding, MIB)
    assert (refused.value.status, refused.value.detail) == (400, "invalid request body")


@every_coding
def test_a_bomb_is_stopped_at_the_limit(coding: str) -> None:
    bomb = ENCODERS[coding](bytes(64 * MIB))
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge) as refused:
        decode(bomb, coding, MIB)
    assert refused.value.status == 413


@every_coding
def test_a_body_of_exactly_the_limit_is_taken(coding: str) -> None:
    assert len(decode(ENCODERS[coding](bytes(MIB)), coding, MIB)) == MIB


@every_coding
def test_one_byte_more_than_the_limit_is_refused(coding: str) -> None:
    with pytest.raises(TooLarge):
        decode(ENCODERS[coding](bytes(MIB + 1)), coding, MIB)


@every_coding
def test_a_bomb_behind_the_limit_takes_little_memory(coding: str) -> None:
    """What is large is measured before it is kept."""
    body = ENCODERS[coding](bytes(120 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decode(body, coding, 100 * MIB)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 64 * MIB


@pytest.mark.parametrize(("window_log", "taken"), [(23, True), (26, True), (27, False)])
def test_a_zstd_stream_with_a_giant_window_is_refused(window_log: int, taken: bool) -> None:
    """Its decoder would hold as much, however little comes out."""
    parameters = zstandard.ZstdCompressionParameters(window_log=window_log)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    body = packer.compress(b"hello") + packer.flush()
    if taken:
        assert decode(body, "zstd", 100) == b"hello"
        return
    with pytest.raises(BadEncoding):
        decode(body, "zstd", 100)


@every_coding
def test_a_large_body_within_the_limit_is_decoded_whole(coding: str) -> None:
    content = bytes(range(256)) * 4096 * 20

    assert decode(ENCODERS[coding](content), coding, len(content)) == content


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_several_members_are_one_body(coding: str) -> None:
    """Both formats allow streams one behind the other."""
    encode = ENCODERS[coding]
    assert decode(encode(b"one ") + encode(b"two ") + encode(b"three"), coding, 13) == (
        b"one two three"
    )


@given(
    st.lists(st.binary(max_size=5).map(lambda data: data * 900), min_size=1, max_size=5),
    st.sampled_from(["gzip", "zstd"]),
)
def test_members_of_any_sizes_are_one_body(parts: list[bytes], coding: str) -> None:
    whole = b"".join(parts)
    body = b"".join(map(ENCODERS[coding], parts))
    assert decode(body, coding, len(whole)) == whole
    for damaged in (body[:-1], body + b"x"):
        with pytest.raises(BadEncoding):
            decode(damaged, coding, len(whole))


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_body_of_nothing_but_empty_members_costs_no_more_than_its_size(coding: str) -> None:
    """Reading what is left again for each of them took minutes."""
    empty = ENCODERS[coding](b"")
    assert decode(empty * (4 * MIB // len(empty)), coding, MIB) == b""


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_the_limit_holds_for_all_members_together(coding: str) -> None:
    with pytest.raises(TooLarge):
        decode(2 * ENCODERS[coding](bytes(600)), coding, 1000)


@every_coding
def test_bytes_behind_the_stream_are_refused(coding: str) -> None:
    with pytest.raises(BadEncoding):
        decode(ENCODERS[coding](b"hello") + b"garbage", coding, MIB)


def test_deflate_without_its_wrapper_is_taken() -> None:
    assert decode(raw_deflate(b"hello hello"), "deflate", MIB) == b"hello hello"


def test_a_frame_that_does_not_tell_its_size_is_taken() -> None:
    packer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    assert decode(packer.compress(b"hello") + packer.flush(), "zstd", 5) == b"hello"


@pytest.mark.parametrize("name", ["gzip, gzip", "br, gzip", "x-gzip", "compress", "utf-16"])
def test_any_other_coding_is_not_supported(name: str) -> None:
    with pytest.raises(BadEncoding) as refused:
        decode(b"x", normalize(name), MIB)
    assert refused.value.status == 415


@pytest.mark.parametrize("name", [None, "", " ", "identity", "Identity", "UTF-8", "utf-8"])
def test_codings_that_mean_nothing_are_passed_over(name: str | None) -> None:
    assert decode(b"x", normalize(name), 1) == b"x"


def test_codings_are_told_in_any_case() -> None:
    assert decode(gzip.compress(b"x"), normalize(" GZip "), 1) == b"x"


def test_a_body_without_coding_has_the_same_limit() -> None:
    with pytest.raises(TooLarge):
        decode(b"xx", "", 1)


@every_coding
def test_no_bytes_are_no_stream_to_break(coding: str) -> None:
    """An empty body is refused as empty, by the door."""
    assert decode(b"", coding, 1) == b""

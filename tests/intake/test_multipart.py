"""Forms: parts with and without file names, bounds, broken boundaries (PROTOCOL.md 2.6)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.errors import BadPayload
from fake_relay.intake.multipart import (
    MAX_PARTS,
    boundary_of,
    embedded_boundary,
    read_parts,
)

TWO = (
    b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n'
    b'--X\r\nContent-Disposition: form-data; name="b"; filename="b.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\ntwo\r\nlines\r\n--X--\r\n"
)


def test_parts_have_a_name_a_file_name_a_content_type_and_bytes() -> None:
    parts = read_parts(TWO, "X")
    assert [(part.name, part.file_name, part.data) for part in parts] == [
        ("a", None, b"one"),
        ("b", "b.txt", b"two\r\nlines"),
    ]
    assert parts[1].content_type == "text/plain"


def test_a_form_may_have_no_parts() -> None:
    assert read_parts(b"--X--\r\n", "X") == []


def test_an_empty_file_is_a_part_all_the_same() -> None:
    body = b'--X\r\nContent-Disposition: form-data; name="f"; filename=""\r\n\r\n\r\n--X--'
    assert [(part.file_name, part.data) for part in read_parts(body, "X")] == [("", b"")]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no boundary at all", id="no boundary"),
        pytest.param(TWO.replace(b"--X--", b""), id="no end"),
        pytest.param(TWO[:-30], id="cut"),
        pytest.param(TWO.replace(b"--X", b"--Y"), id="another boundary"),
        pytest.param(b"--X\r\n\r\nno name\r\n--X--", id="no disposition"),
        pytest.param(b"--X\r\nA: " + b"x" * 100_000 + b"\r\n\r\n\r\n--X--", id="long header"),
        pytest.param(b"--X\r\n" + b"A: b\r\n" * 1000 + b"\r\n\r\n--X--", id="many headers"),
    ],
)
def test_a_broken_form_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayload) as caught:
        read_parts(body, "X")
    assert (caught.value.status, caught.value.reason) == (400, "invalid_multipart")


def test_a_form_of_too_many_parts_is_refused() -> None:
    part = b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    assert len(read_parts(part * MAX_PARTS + b"--X--", "X")) == MAX_PARTS
    with pytest.raises(BadPayload):
        read_parts(part * (MAX_PARTS + 1) + b"--X--", "X")


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", "abc"),
        ('multipart/form-data; charset=utf-8; boundary="a b"', "a b"),
        ("Multipart/Form-Data;boundary=abc", "abc"),
    ],
)
def test_the_boundary_stands_in_the_content_type(content_type: str, boundary: str) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed"],
)
def test_without_a_boundary_a_request_is_refused(content_type: str) -> None:
    with pytest.raises(BadPayload) as caught:
        boundary_of(content_type)
    assert caught.value.reason == "invalid_multipart"


@pytest.mark.parametrize(
    ("data", "boundary"),
    [
        (b"--abc", "abc"),
        (b"\r\n\n--abc\r\nrest", "abc"),
        (b"--abc\nrest", "abc"),
        (b"--\nrest", None),
        (b"--", None),
        (b"abc", None),
        (b"", None),
        (b"--\xff\xfe\r\n", None),
    ],
)
def test_data_may_begin_with_a_boundary_of_its_own(data: bytes, boundary: str | None) -> None:
    assert embedded_boundary(data) == boundary


@given(st.binary(max_size=300), st.sampled_from(["X", "\x00", "ä", "a" * 2000]))
def test_any_bytes_are_a_form_or_refused(data: bytes, boundary: str) -> None:
    for body in (data, TWO.replace(b"one", data), TWO[: len(data)] + data):
        with suppress(BadPayload):
            read_parts(body, boundary)


@given(st.lists(st.tuples(st.text("abc[]_", min_size=1), st.binary(max_size=50)), max_size=5))
def test_what_was_written_is_read(fields: list[tuple[str, bytes]]) -> None:
    boundary = "=b0undary="
    body = b"".join(
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (boundary.encode(), name.encode(), data)
        for name, data in fields
    )
    parts = read_parts(body + b"--%b--\r\n" % boundary.encode(), boundary)
    assert [(part.name, part.data) for part in parts] == fields

"""Values are found wherever and however they left, in one pass for all of them."""

from __future__ import annotations

import base64
import gzip
import json
import random
import zlib
from typing import Any
from urllib.parse import quote

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.leaks import Finder, Leak, Place, Sought, find_leaks, places
from fake_relay.leaks.index import Index
from fake_relay.leaks.spelling import spellings
from fake_relay.testing import Relay

HERE = Place("payload", "event", 7, 3)


def look(blob: bytes, *sought: Sought | str | bytes) -> list[Leak]:
    return list(Finder(sought).look(HERE, blob))


@settings(max_examples=150)
@given(
    patterns=st.lists(st.binary(min_size=1, max_size=24), min_size=1, max_size=12),
    pieces=st.lists(st.one_of(st.integers(0, 11), st.binary(max_size=9)), max_size=8),
)
def test_the_index_finds_what_looking_one_by_one_finds(
    patterns: list[bytes], pieces: list[int | bytes]
) -> None:
    parts = (patterns[one % len(patterns)] if isinstance(one, int) else one for one in pieces)
    blob = b"".join(parts)
    assert Index(patterns).search(blob) == [i for i, one in enumerate(patterns) if one in blob]


@given(st.lists(st.text("01", min_size=1, max_size=40), max_size=60), st.text("01", max_size=200))
@settings(max_examples=60)
def test_strings_that_have_much_in_common_are_found_as_well(given: list[str], text: str) -> None:
    patterns = [one.encode() for one in given]
    blob = text.encode()
    assert Index(patterns).search(blob) == [i for i, one in enumerate(patterns) if one in blob]


@pytest.mark.parametrize("length", range(1, 40))
def test_a_value_is_found_wherever_it_lies_on_the_words(length: int) -> None:
    pattern = bytes(range(65, 65 + length))
    index = Index([pattern])
    for before in range(9):
        for after in range(9):
            assert index.search(b"." * before + pattern + b"." * after) == [0]
    assert index.search(pattern[:-1]) == []


def test_a_leak_tells_item_path_and_spelling() -> None:
    blob = json.dumps({"contexts": {"x": ["a", "is hunter2-canary"]}}).encode()
    [leak] = look(blob, "hunter2-canary", "another-canary")
    assert leak == Leak("hunter2-canary", HERE, ".contexts.x[1]", "as it is")
    assert str(leak) == ("'hunter2-canary' in event 7 at .contexts.x[1], written as it is")


def test_every_path_of_a_value_is_told() -> None:
    blob = b'{"a": "hunter2-canary", "hunter2-canary": 1, "b": {"c": ["hunter2-canary"]}}'
    paths = [leak.path for leak in look(blob, "hunter2-canary")]
    assert paths == [".a", ".hunter2-canary", ".b.c[0]"]


def test_a_part_is_told_where_the_whole_does_not_stand() -> None:
    sought = Sought("ann.12345678@clinic.example", ("ann.12345678",))
    blob = b'{"whole": "ann.12345678@clinic.example", "part": "to ann.12345678 at home"}'
    assert [(leak.path, leak.part) for leak in look(blob, sought)] == [
        (".whole", ""),
        (".part", "ann.12345678"),
    ]
    assert "a part of 'ann.12345678@clinic.example'" in str(look(blob, sought)[1])


SECRET = "pä ss/w+rd 4711"


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        (SECRET.encode(), "as it is"),
        (json.dumps(SECRET)[1:-1].encode(), "with JSON escapes"),
        (json.dumps(json.dumps(SECRET))[1:-1].encode(), "with JSON escapes twice"),
        (quote(SECRET).encode(), "with URL escapes"),
        (quote(quote(SECRET, safe=""), safe="").encode(), "with URL escapes twice"),
        (b"x" + base64.b64encode(b"u:" + SECRET.encode() + b"!"), "in base64"),
        (SECRET.encode().hex().encode(), "in hexadecimal"),
        (SECRET.upper().encode(), "in capitals"),
        (gzip.compress(SECRET.encode(), mtime=0), "as it is, compressed"),
        (
            b"t=" + base64.b64encode(gzip.compress(SECRET.encode(), mtime=0)),
            "as it is, compressed in base64",
        ),
    ],
)
def test_a_value_is_found_in_each_spelling(written: bytes, encoding: str) -> None:
    assert encoding in {leak.encoding for leak in look(written, SECRET)}


@given(st.text(min_size=1, max_size=20), st.binary(max_size=6), st.binary(max_size=6))
@settings(max_examples=80)
def test_any_value_is_found_in_any_of_its_spellings(
    value: str, before: bytes, after: bytes
) -> None:
    value = value.encode("utf-8", "ignore").decode() or "x"
    finder = Finder([value])
    for pattern in spellings(value):
        assert list(finder.look(HERE, before + pattern + after))


def test_ordinary_text_raises_no_alarm() -> None:
    """Random JSON of the size of a day's events, and hundreds of values of every class."""
    dice = random.Random(4711)
    sought = [
        Sought(f"{dice.getrandbits(64):016x}", (f"{dice.getrandbits(32):08x}",)) for _ in range(200)
    ]
    blob = json.dumps([{"id": f"{dice.getrandbits(128):032x}", "t": i} for i in range(20_000)])
    assert look(blob.encode(), *sought) == []


@pytest.mark.parametrize("blob", [b"", b"x", b"{", b"[[[[", b"\x1f\x8b", b"\xff" * 99, b"[" * 9999])
def test_any_bytes_can_be_searched(blob: bytes) -> None:
    assert look(blob, "hunter2-canary") == []


@pytest.mark.parametrize("value", ["\ud800 lone surrogate", "x", b"\xff\x00", "é"])
def test_any_value_can_be_looked_for(value: str | bytes) -> None:
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    assert [leak.encoding for leak in look(b"a" + raw, value)] == ["as it is"]


def envelope(*items: tuple[dict[str, Any], bytes], **header: Any) -> bytes:
    parts = [json.dumps({"event_id": "a" * 32, **header}).encode()]
    for head, data in items:
        parts += [json.dumps({**head, "length": len(data)}).encode(), data]
    return b"\n".join(parts)


EVENT = ({"type": "event"}, b'{"message": "fine"}')


def test_headers_senders_and_refused_requests_are_searched(relay: Relay, send: Any) -> None:
    attachment = {"type": "attachment", "filename": "of-otter7-canary.txt"}
    assert send(relay.dsn, envelope(EVENT, (attachment, b"x")), agent="shop/otter7-canary") == 200
    assert send(relay.dsn, b"no envelope: otter7-canary") == 400
    items = [caught.item for caught in relay.items()]

    found = find_leaks(relay._live.reader, items, ["otter7-canary"], refused=relay.project)

    kinds = {leak.place.kind for leak in found}
    assert kinds == {"item header", "user agent", "refused body"}
    with pytest.raises(AssertionError, match="the body of refused request"):
        relay.assert_no_leaks("otter7-canary")


def test_an_envelope_of_several_items_is_searched_once(relay: Relay, send: Any) -> None:
    other = ({"type": "attachment", "filename": "a"}, b"x")
    send(relay.dsn, envelope(EVENT, other, other, trace={"transaction": "otter7-canary"}))
    items = [caught.item for caught in relay.items()]
    assert len(items) == 3
    [leak] = find_leaks(relay._live.reader, items, ["otter7-canary"])
    assert (leak.place.kind, leak.path) == ("envelope header", ".trace.transaction")


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_a_refused_body_is_opened_whatever_its_coding(relay: Relay, send: Any, coding: str) -> None:
    packed = {"br": brotli.compress, "gzip": gzip.compress}[coding](b"no envelope otter7-canary")
    assert send(relay.dsn, packed, coding=coding) == 400
    [leak] = find_leaks(relay._live.reader, [], ["otter7-canary"], refused=relay.project)
    assert leak.place.kind == "refused body"


def test_what_a_door_made_items_of_is_told_once(relay: Relay, send: Any) -> None:
    body = json.dumps({"message": "it is otter7-canary"}).encode()
    assert send(relay.dsn, body, door="store") == 200
    items = [caught.item for caught in relay.items()]
    [leak] = find_leaks(relay._live.reader, items, ["otter7-canary"])
    assert (leak.place.kind, leak.path) == ("payload", ".message")
    form = base64.b64encode(zlib.compress(b'{"message": "fine", "tags": {"a": "vole9-canary"}}'))
    assert send(relay.dsn, form, door="store") == 200
    items = [caught.item for caught in relay.items()]
    [leak] = find_leaks(relay._live.reader, items, ["vole9-canary"])
    assert leak.place.kind == "payload"


def test_many_items_are_read_in_batches(
    relay: Relay, send: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "AT_ONCE", 2)
    for _ in range(5):
        send(relay.dsn, envelope(({"type": "event"}, b'{"message": "otter7-canary"}')))
    items = [caught.item for caught in relay.items()]
    assert len(find_leaks(relay._live.reader, items, ["otter7-canary"])) == 5

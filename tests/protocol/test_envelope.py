"""Properties of reading and writing envelopes, and the edges that the vectors leave out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fake_relay.errors import BadEnvelope
from fake_relay.protocol.envelope import (
    Envelope,
    headers_of,
    make_envelope,
    make_item,
    normalize_event_id,
    parse,
    serialize,
    trace_id_of,
)

EVENT_ID = "9ec79c33ec9942ab8353589fcb2e04dc"
HYPHENATED = "9ec79c33-ec99-42ab-8353-589fcb2e04dc"

names = st.sampled_from(["event", "session", "x_new", "é", "a\nb"])
items = st.builds(
    make_item,
    names,
    st.binary(max_size=60),
    st.dictionaries(st.sampled_from(["filename", "platform"]), st.text(max_size=5)),
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "event_id": st.uuids().map(lambda made: made.hex),
        "sent_at": st.just("2024-01-01T00:00:00Z"),
        "trace": st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
        "other": st.lists(st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)),
    },
)
envelopes = st.builds(make_envelope, headers, st.lists(items, max_size=4))
FRAMING = [
    b"{}",
    b"\n",
    b" ",
    b"\r\n",
    b'{"type":"event"}',
    b'{"type":"x","length":3}',
    b"abc",
    b"}",
]
FRAMING += [b"{", b'"', b"\\", b"[", b'{"a":{"b":"}"}}', b"\xef\xbb\xbf", b"\xff", b'{"length":2}']
framed = st.lists(st.sampled_from(FRAMING), max_size=14).map(b"".join)


@settings(max_examples=300)
@given(st.binary(max_size=80) | framed, st.booleans())
@example(b"{" * 5000, False)
@example(b'{"a":' + b"[" * 5000, True)
def test_any_bytes_are_an_envelope_or_refused(body: bytes, lenient: bool) -> None:
    """Nothing but `BadEnvelope` comes out, and what is read can be written byte for byte."""
    try:
        envelope = parse(body, lenient=lenient)
    except BadEnvelope:
        return
    assert serialize(envelope) == body


@given(envelopes)
def test_what_was_made_is_read_again(envelope: Envelope) -> None:
    body = serialize(envelope)
    read = parse(body, strict_key=False)
    assert [(item.header, item.payload) for item in read.items] == [
        (item.header, item.payload) for item in envelope.items
    ]
    assert (read.event_id, headers_of(read.raw_header)) == (
        envelope.event_id,
        headers_of(envelope.raw_header),
    )


@given(envelopes)
def test_an_items_place_is_where_its_payload_starts(envelope: Envelope) -> None:
    body = serialize(envelope)
    places = [(item.start, item.payload) for item in parse(body, strict_key=False).items]
    assert places == [(item.start, item.payload) for item in envelope.items]
    assert all(body[start : start + len(payload)] == payload for start, payload in places)


@given(st.data(), envelopes, st.booleans())
def test_a_damaged_envelope_is_read_or_refused(
    data: st.DataObject, envelope: Envelope, lenient: bool
) -> None:
    """One byte short anywhere, or with more behind it: never anything but `BadEnvelope`."""
    body = serialize(envelope)
    cut = data.draw(st.integers(0, len(body) - 1))
    tail = data.draw(st.sampled_from([b"", b"\n", b"x", b"{", b"\r\n", b" "]))
    damaged = body[:cut] + body[cut + 1 :] + tail
    try:
        read = parse(damaged, lenient=lenient, strict_key=False)
    except BadEnvelope:
        return
    assert serialize(read) == damaged


@pytest.mark.parametrize(
    "spelling",
    [
        EVENT_ID,
        EVENT_ID.upper(),
        HYPHENATED,
        HYPHENATED.upper(),
        f"{{{HYPHENATED}}}",
        f"urn:uuid:{HYPHENATED}",
    ],
)
def test_an_event_id_is_taken_in_every_spelling_of_a_uuid(spelling: str) -> None:
    assert normalize_event_id(spelling) == EVENT_ID


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        EVENT_ID[:-1],
        EVENT_ID + "\n",
        EVENT_ID[:-1] + "g",
        EVENT_ID[:-1] + "٣",
        f"{{{EVENT_ID}}}",
        f"{{{HYPHENATED}",
        f"URN:UUID:{HYPHENATED}",
        f"urn:uuid:{EVENT_ID}",
        "-" + HYPHENATED.replace("-", "", 1),
        "9ec79c33_ec99_42ab_8353_589fcb2e04dc",
        "9ec79c33ec99-42ab-8353-589fcb2e04dc-",
    ],
)
def test_an_event_id_in_any_other_spelling_is_none(spelling: str) -> None:
    with pytest.raises(ValueError, match="invalid event id"):
        normalize_event_id(spelling)


@pytest.mark.parametrize(
    "header",
    [
        b'{"event_id":5}',
        b'{"sdk":NaN}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"version":-1}',
        b'{"no_cache":1}',
        b'{"origin":["a"]}',
        b'{"event_id":null,"event_id":null}',
        b'{"event_id":null,"event\\u005fid":null}',
    ],
)
def test_a_header_that_serde_refuses_is_refused(header: bytes) -> None:
    with pytest.raises(BadEnvelope) as refused:
        parse(header + b"\n")
    assert refused.value.causes[0] == "invalid envelope header"


@pytest.mark.parametrize(
    "header",
    [
        b'{"event_id":null,"dsn":null,"sent_at":null}',
        b'{"x":1,"x":2}',
        b'{"sdk":{"version":"1","name":"a"},"trace":{"version":"2"}}',
        b'{"a":"event_id \\" dsn dsn"}',
        b'{"trace":"garbage"}',
        b'{"sent_at":"2024-01-01T00:00:00.123456+02:00"}',
    ],
)
def test_a_header_with_unknown_or_empty_fields_is_taken(header: bytes) -> None:
    assert parse(header).raw_header == header


def test_a_type_error_counts_before_what_stands_behind_the_header() -> None:
    """Relay's streaming parser stops at the first error."""
    with pytest.raises(BadEnvelope, match="invalid envelope header"):
        parse(b'{"event_id":5}x\n')


def test_an_item_header_may_repeat_any_key_but_its_type() -> None:
    (item,) = parse(b'{}\n{"type":"x","length":9,"length":1}\na\n').items
    assert item.payload == b"a"


@pytest.mark.parametrize("field", ['"content_type":5', '"item_count":-1', '"sampled":"no"'])
def test_an_item_header_field_of_the_wrong_type_is_refused(field: str) -> None:
    with pytest.raises(BadEnvelope, match="invalid item header"):
        parse(f'{{}}\n{{"type":"x",{field}}}\n\n'.encode())


def test_a_cut_envelope_says_where_and_how_much_is_missing() -> None:
    with pytest.raises(BadEnvelope, match="at byte 3 declares 41 bytes, only 13 remain"):
        parse(b'{}\n{"type":"event","length":41}\n{"message":"\n')


def test_the_header_may_spread_over_lines_in_items_too() -> None:
    body = b'{}\n{\n"type":\n"x"}\nabc\n{ "type":"y",\n"length":0}'
    assert [(item.type, item.payload) for item in parse(body).items] == [("x", b"abc"), ("y", b"")]


@pytest.mark.parametrize(
    ("trace", "trace_id"),
    [
        (f'{{"trace_id":"{EVENT_ID}","public_key":"k"}}', EVENT_ID),
        (f'{{"trace_id":"{HYPHENATED}"}}', EVENT_ID),
        ('{"trace_id":5}', ""),
        ('{"trace_id":"zz"}', ""),
        ('"text"', ""),
        ("null", ""),
        ("{}", ""),
    ],
)
def test_the_trace_of_the_header_is_read_when_it_is_one(trace: str, trace_id: str) -> None:
    envelope = parse(f'{{"trace":{trace}}}'.encode())
    assert trace_id_of(envelope.header) == trace_id


def test_a_header_that_nobody_could_send_cannot_be_made() -> None:
    with pytest.raises(BadEnvelope, match="invalid envelope header"):
        make_envelope({"event_id": "zz"}, [])


def test_a_made_item_declares_its_own_length_and_type() -> None:
    item = make_item("x", b"abc", {"type": "y", "length": 1, "filename": "f"})
    fields: dict[str, Any] = json.loads(item.raw_header)
    assert fields == {"type": "x", "length": 3, "filename": "f"}

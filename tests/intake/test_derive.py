"""The event of a crash: one source, a placeholder, counted once (PROTOCOL.md 2.6, second table)."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.config import Limits
from fake_relay.intake import crash_form, crash_msgpack
from fake_relay.intake.crash_msgpack import BrokenMsgpack
from fake_relay.items.attachment import BREADCRUMBS, MINIDUMP, PAYLOAD
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.query import parse_query
from fake_relay.store import Selection

ID = "9ec79c33ec9942ab8353589fcb2e04dc"
DUMP = struct.pack("<4sIIIIIQ", b"MDMP", 0xA793, 0, 32, 0, 1_700_000_000, 0)


def attached(kind: str, data: bytes, **headers: Any) -> Any:
    """An attachment of a type."""
    return make_item("attachment", data, {"attachment_type": kind, **headers})


def form(*pairs: tuple[str, str]) -> Any:
    """An item of form data."""
    return make_item("form_data", json.dumps(pairs).encode())


def sent(sender: Any, *items: Any, **headers: Any) -> bytes:
    """Send an envelope of items, and give its bytes."""
    body = serialize(make_envelope({"event_id": ID, **headers}, items))
    assert sender.send(body).status == 200
    return body


def events(sender: Any) -> list[dict[str, Any]]:
    """The stored events."""
    return [
        json.loads(sender.store.payload(item.id)) for item in sender.items if item.type == "event"
    ]


def event(sender: Any, *items: Any) -> dict[str, Any]:
    """The one event that is made of the items."""
    sent(sender, *items)
    (found,) = events(sender)
    return found


def ledger(sender: Any) -> dict[tuple[str, str, str], int]:
    """Quantities by category, outcome and reason."""
    return {
        (entry.category, str(entry.outcome), entry.reason): entry.quantity
        for entry in sender.store.ledger()
    }


PLACEHOLDER = {
    "type": "Minidump",
    "value": "Invalid Minidump",
    "mechanism": {"type": "minidump", "handled": False, "synthetic": True},
}


def test_a_dump_makes_an_event_with_a_placeholder(sender: Any) -> None:
    assert event(sender, attached(MINIDUMP, DUMP)) == {
        "event_id": ID,
        "platform": "native",
        "level": "fatal",
        "timestamp": 1_700_000_000,
        "exception": {"values": [PLACEHOLDER]},
        "sdk": {"name": "minidump.unknown", "version": "0.0.0"},
    }


def test_the_derived_event_says_what_it_was_derived_from(sender: Any) -> None:
    sent(sender, attached(MINIDUMP, DUMP))
    *_, last = sender.items
    assert json.loads(bytes(last.headers))["derived_from"] == MINIDUMP
    assert (last.type, last.event_id, last.level) == ("event", ID, "fatal")


def test_what_was_sent_stays_as_it_was_sent(sender: Any) -> None:
    body = sent(sender, attached(MINIDUMP, DUMP))
    kept = sender.store.body(sender.envelopes[0].id)
    assert (kept.content, kept.wire) == (body, body)
    assert sender.store.payload(sender.items[0].id) == DUMP


def test_an_envelope_without_an_end_of_line_is_completed_for_the_derived_item(sender: Any) -> None:
    body = b'{}\n{"type":"attachment","attachment_type":"event.minidump"}\nMDMP'
    assert sender.send(body).status == 200
    assert [item.type for item in sender.items] == ["attachment", "event"]
    assert sender.content() == body
    assert events(sender)[0]["level"] == "fatal"


def test_a_crash_counts_as_one_error(sender: Any) -> None:
    sent(sender, attached(MINIDUMP, DUMP), form(("a", "b")))
    assert ledger(sender) == {
        ("attachment", "accepted", ""): len(DUMP),
        ("attachment_item", "accepted", ""): 1,
        ("error", "accepted", ""): 1,
    }


@pytest.mark.parametrize("kind", ["event", "transaction", "feedback"])
def test_an_event_that_was_sent_wins_exclusively(sender: Any, kind: str) -> None:
    own = make_item(kind, b'{"message":"mine"}')
    sent(sender, own, attached(MINIDUMP, DUMP), attached(PAYLOAD, msgpack.packb({"level": "info"})))
    assert [item.type for item in sender.items] == [kind, "attachment", "attachment"]
    assert sender.store.payload(sender.items[0].id) == b'{"message":"mine"}'


def test_msgpack_wins_over_form_data_and_nothing_is_merged(sender: Any) -> None:
    found = event(
        sender,
        form(("sentry", '{"release":"form","dist":"form"}')),
        attached(PAYLOAD, msgpack.packb({"release": "msgpack"})),
        attached(MINIDUMP, DUMP),
    )
    assert (found["release"], "dist" in found) == ("msgpack", False)


def test_form_data_is_the_last_resort(sender: Any) -> None:
    found = event(sender, form(("sentry[release]", "form")), attached(MINIDUMP, DUMP))
    assert found["release"] == "form"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("event.attachment", b"x"),
        ("event.view_hierarchy", b"{}"),
        ("event.nv_shader_debug", b"x"),
        ("unreal.logs", b"x"),
    ],
)
def test_other_attachments_make_no_event(sender: Any, kind: str, data: bytes) -> None:
    sent(sender, attached(kind, data), form(("sentry", "{}")))
    assert events(sender) == []


@pytest.mark.parametrize(
    "kind",
    ["playstation.prosperodump", "nswitch.dying_message", "event.nv_gpudmp", BREADCRUMBS],
)
def test_the_other_crash_attachments_make_an_event_without_a_placeholder(
    sender: Any, kind: str
) -> None:
    found = event(sender, attached(kind, msgpack.packb({"message": "a"})))
    assert (found["event_id"], "exception" in found) == (ID, False)


def test_an_apple_report_has_a_placeholder_of_its_own(sender: Any) -> None:
    found = event(sender, attached("event.applecrashreport", b"Incident Identifier: 1"))
    (exception,) = found["exception"]["values"]
    assert (exception["type"], exception["mechanism"]["type"]) == (
        "AppleCrashReport",
        "applecrashreport",
    )


def test_what_the_event_says_itself_stays(sender: Any) -> None:
    own = {
        "level": "error",
        "timestamp": 1.5,
        "sdk": {"name": "mine"},
        "platform": "c",
        "event_id": "c" * 32,
        "exception": {"values": [{"type": "Own"}]},
    }
    found = event(sender, attached(PAYLOAD, msgpack.packb(own)), attached(MINIDUMP, DUMP))
    assert (found["level"], found["timestamp"], found["sdk"]) == ("error", 1.5, {"name": "mine"})
    assert (found["platform"], found["event_id"]) == ("native", ID)
    assert found["exception"] == {"values": [PLACEHOLDER]}


@pytest.mark.parametrize(
    ("stream", "name"), [(0x43500001, "crashpad"), (0x47670001, "breakpad"), (3, "unknown")]
)
@pytest.mark.parametrize(("order", "magic"), [("<", b"MDMP"), (">", b"PMDM")])
def test_the_streams_of_a_dump_tell_who_wrote_it(
    sender: Any, stream: int, name: str, order: str, magic: bytes
) -> None:
    dump = struct.pack(order + "4sIIIIIQ", magic, 0xA793, 1, 32, 0, 1_600_000_000, 0)
    found = event(sender, attached(MINIDUMP, dump + struct.pack(order + "III", stream, 0, 0)))
    assert (found["sdk"]["name"], found["timestamp"]) == (f"minidump.{name}", 1_600_000_000)


@pytest.mark.parametrize("dump", [b"", b"MDMP", DUMP[:31], b"MDMP" + b"\xff" * 40])
def test_a_damaged_dump_makes_an_event_all_the_same(sender: Any, dump: bytes) -> None:
    assert event(sender, attached(MINIDUMP, dump))["exception"] == {"values": [PLACEHOLDER]}


def test_a_dump_that_was_uploaded_by_itself_has_a_placeholder(sender: Any) -> None:
    reference = b'{"location":"/api/42/upload/x/?upload_signature=y","content_type":"a/b"}'
    kind = "application/vnd.sentry.attachment-ref+json"
    found = event(sender, attached(MINIDUMP, reference, content_type=kind, attachment_length=9))
    assert found["sdk"] == {"name": "minidump.upload", "version": "0.0.0"}
    assert (found["exception"]["values"], "timestamp" in found) == ([PLACEHOLDER], False)


def test_a_switch_s_crash_is_known_by_name_and_first_bytes(sender: Any) -> None:
    sent(sender, make_item("attachment", b"sntr\0", {"filename": "dying_message.dat"}))
    assert [item.type for item in sender.items] == ["attachment", "event"]
    header = json.loads(bytes(sender.items[1].headers))
    assert header["derived_from"] == "nswitch.dying_message"


@pytest.mark.parametrize(("name", "data"), [("dying_message.dat", b"x"), ("other", b"sntr")])
def test_other_files_are_no_switch_s_crash(sender: Any, name: str, data: bytes) -> None:
    sent(sender, make_item("attachment", data, {"filename": name}))
    assert events(sender) == []


def crumbs(*times: str) -> bytes:
    """A breadcrumb file."""
    return b"".join(msgpack.packb({"timestamp": time, "message": time}) for time in times)


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        pytest.param([crumbs("1", "2", "3"), crumbs("4")], ["2", "3", "4"], id="second is newer"),
        pytest.param([crumbs("5"), crumbs("1", "2")], ["2", "5"], id="first is newer"),
        pytest.param([crumbs("1", "2"), crumbs("3", "4")], ["3", "4"], id="both full"),
        pytest.param([crumbs("1", "2")], ["1", "2"], id="one file"),
        pytest.param([b"", crumbs("1")], ["1"], id="an empty file"),
    ],
)
def test_breadcrumb_files_are_ordered_by_their_last_time_and_cut_to_the_longer(
    sender: Any, files: list[bytes], kept: list[str]
) -> None:
    found = event(sender, *[attached(BREADCRUMBS, data) for data in files])
    assert [crumb["message"] for crumb in found["breadcrumbs"]["values"]] == kept


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"\xc1", "invalid_msgpack", id="no msgpack"),
        pytest.param(b"", "invalid_msgpack", id="empty"),
        pytest.param(b"\x81\xa5messa", "invalid_msgpack", id="cut"),
        pytest.param(msgpack.packb([1]), "invalid_msgpack", id="no map"),
        pytest.param(b"\x91" * 200 + b"\xc0", "invalid_msgpack", id="deep"),
        pytest.param(b"\x91" * 100_000, "invalid_msgpack", id="very deep"),
        pytest.param(
            msgpack.packb({"a": "x" * 1024}), "too_large:attachment:event_payload", id="large"
        ),
    ],
)
def test_msgpack_that_cannot_be_used_makes_the_whole_crash_invalid(
    make_sender: Any, data: bytes, reason: str
) -> None:
    sender = make_sender(limits=Limits(max_event_size=1024 if reason[0] == "t" else 1024 * 1024))
    sent(sender, attached(PAYLOAD, data), attached(MINIDUMP, DUMP))
    assert {item.outcome for item in sender.items} == {f"invalid({reason})"}
    assert ledger(sender)["error", "invalid", reason] == 1


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (b"\xff\x00", "\N{REPLACEMENT CHARACTER}\x00"),
        (msgpack.Timestamp(5), 5.0),
        (msgpack.ExtType(7, b"x"), [7, "x"]),
        ([None, True, 1.5], [None, True, 1.5]),
        ({1: {b"k": "v"}}, {"1": {"k": "v"}}),
        (float("nan"), None),
    ],
)
def test_any_msgpack_value_becomes_json(sender: Any, value: Any, read: Any) -> None:
    assert event(sender, attached(PAYLOAD, msgpack.packb({"v": value})))["v"] == read


def test_nesting_is_bounded_at_128_levels() -> None:
    deep: Any = None
    for _ in range(127):
        deep = [deep]
    assert crash_msgpack.event_of(msgpack.packb({"a": deep}))
    with pytest.raises(BrokenMsgpack):
        crash_msgpack.event_of(msgpack.packb({"a": [[deep]]}))


@given(st.binary(max_size=200))
def test_any_bytes_are_msgpack_or_broken(data: bytes) -> None:
    try:
        found = crash_msgpack.breadcrumbs_of(data)
    except BrokenMsgpack:
        return
    json.dumps(found)


def made(*pairs: tuple[str, str]) -> dict[str, Any]:
    """The event in form fields."""
    return crash_form.event_of(pairs)


@pytest.mark.parametrize(
    ("pairs", "read"),
    [
        pytest.param([("sentry", '{"a":1}')], {"a": 1}, id="sentry"),
        pytest.param(
            [("sentry", '{"a":1,"t":{"x":1}}'), ("sentry___n", '{"a":2,"t":{"x":2,"y":2}}')],
            {"a": 1, "t": {"x": 1, "y": 2}},
            id="the first occurrence wins, at every depth",
        ),
        pytest.param(
            [("sentry__2", '"x"}'), ("sentry__10", ""), ("sentry__1", '{"a":')],
            {"a": "x"},
            id="chunks in numeric order",
        ),
        pytest.param([("sentry__1", '{"a":')], {}, id="broken chunks are ignored"),
        pytest.param([("sentry", "{"), ("sentry[a]", "1")], {"a": "1"}, id="broken JSON ignored"),
        pytest.param([("sentry", "[1]"), ("sentry", "null")], {}, id="no object"),
        pytest.param(
            [("sentry[tags][a]", "1"), ("sentry[tags][b]", "2"), ("sentry[tags][a]", "3")],
            {"tags": {"a": "1", "b": "2"}},
            id="nested",
        ),
        pytest.param([("sentry[a]", "1"), ("sentry[a][b]", "2")], {"a": "1"}, id="no room"),
        pytest.param([("sentry[a][b]", "1"), ("sentry[a]", "2")], {"a": {"b": "1"}}, id="taken"),
        pytest.param([("sentry", '{"a":null}'), ("sentry[a]", "1")], {"a": "1"}, id="null"),
        pytest.param(
            [("prod", "Electron"), ("sentry_x", "y"), ("sentry[", "z")],
            {"extra": {"prod": "Electron", "sentry_x": "y", "sentry[": "z"}},
            id="everything else is extra",
        ),
        pytest.param([("sentry[]", "1")], {"": "1"}, id="empty key"),
        pytest.param([("sentry__x", "1")], {"extra": {"sentry__x": "1"}}, id="no chunk"),
    ],
)
def test_fields_make_an_event(pairs: list[tuple[str, str]], read: dict[str, Any]) -> None:
    assert made(*pairs) == read


def test_fifteen_keys_are_a_path_and_sixteen_too_many(sender: Any) -> None:
    assert made(("sentry" + "[a]" * 15, "x"))
    with pytest.raises(crash_form.NestingTooDeep):
        made(("sentry" + "[a]" * 16, "x"))
    sent(sender, form(("sentry" + "[a]" * 16, "x")), attached(MINIDUMP, DUMP))
    assert {item.outcome for item in sender.items} == {"invalid(nesting_too_deep)"}


def test_json_in_a_field_may_be_deeper_than_python_goes(sender: Any) -> None:
    deep = '{"a":' + '{"a":' * 900 + "1" + "}" * 901
    sent(sender, form(("sentry", deep), ("sentry___b", deep)), attached(MINIDUMP, DUMP))
    assert len(events(sender)) == 1


@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.sampled_from(["sentry", "sentry___a", "sentry__1", "sentry__2", "sentry[a]"]),
                st.text("sentry_[]12", max_size=20),
            ),
            st.one_of(st.text(max_size=20), st.sampled_from(['{"a":{"b":1}}', "{", "[]", "1e999"])),
        ),
        max_size=8,
    )
)
def test_any_fields_make_an_event_that_can_be_written(pairs: Iterable[tuple[str, str]]) -> None:
    json.dumps(crash_form.event_of(list(pairs)))
    crash_form.event_id_of(list(pairs))


def test_broken_form_data_leaves_the_dump_alone(sender: Any) -> None:
    broken = make_item("form_data", b"[[")
    sent(sender, attached(MINIDUMP, DUMP), broken)
    assert {(item.type, item.outcome) for item in sender.items} == {
        ("attachment", ""),
        ("form_data", "invalid(invalid_json)"),
        ("event", ""),
    }


def test_an_ordinary_envelope_is_not_touched(sender: Any) -> None:
    sent(sender, make_item("event", b"{}"), attached("event.attachment", b"log"))
    body = sender.store.body(sender.envelopes[0].id)
    assert body.converted is False


def test_a_crash_can_be_found_as_the_event_that_sentry_shows(sender: Any) -> None:
    sent(sender, form(("sentry[release]", "shop@1.0")), attached(MINIDUMP, DUMP))
    query = parse_query("type:event release:shop@1.0 exception.type:Minidump", now=0)
    (found,) = sender.store.find(Selection(query=query)).items
    assert found.event_id == ID

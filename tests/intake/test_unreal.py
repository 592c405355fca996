"""The door of Unreal's crash reporter, and what is in its archives (PROTOCOL.md 2.7)."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any
from uuid import UUID

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.config import Limits
from fake_relay.config.setting import MIB
from fake_relay.intake import find_door
from fake_relay.intake.unreal_archive import BrokenArchive, files_of
from fake_relay.intake.unreal_context import BrokenContext, breadcrumbs_of, read_context
from fake_relay.protocol.envelope import make_envelope, make_item, serialize

KEY = "a" * 32
NEW_ID = "b" * 32
UNREAL = f"/api/42/unreal/{KEY}/"
DUMP = struct.pack("<4sIIIIIQ", b"MDMP", 0xA793, 0, 32, 0, 1_700_000_000, 0)
CONTEXT = b"""<?xml version="1.0" encoding="UTF-8"?>
<FGenericCrashContext>
  <RuntimeProperties>
    <UserName>ana</UserName>
    <LoginId>login-1</LoginId>
    <ErrorMessage>Access violation &amp; more</ErrorMessage>
    <UserDescription>I pressed
the button</UserDescription>
    <MemoryStats.TotalPhysical>6896832512</MemoryStats.TotalPhysical>
    <Misc.OSVersionMajor>Windows 10</Misc.OSVersionMajor>
    <Misc.PrimaryGPUBrand>Brand</Misc.PrimaryGPUBrand>
    <CrashReportClientVersion>1.0</CrashReportClientVersion>
    <GameStateName />
    <Modules>a.dll</Modules>
  </RuntimeProperties>
  <EngineData><RHI.AdapterName>Adapter</RHI.AdapterName></EngineData>
  <GameData><level>3</level></GameData>
</FGenericCrashContext>
"""
LOG = b"""Log file open, 12/13/18 15:54:53
LogInit: starting
[2018.12.13-15.55.00:250][  0]LogWindows: Failed to load 'x.dll'
plain words
"""


def text(value: str) -> bytes:
    """A text with its length."""
    return struct.pack("<i", len(value)) + value.encode()


def header(count: int) -> bytes:
    """A header of an archive."""
    return text("UECC-1\0") + text("crash.uecrash\0\0") + struct.pack("<ii", 0, count)


def archive(*files: tuple[str, bytes], marked: bool = False) -> bytes:
    """An inflated archive."""
    body = b"".join(
        struct.pack("<i", index) + text(name) + struct.pack("<i", len(data)) + data
        for index, (name, data) in enumerate(files)
    )
    if marked:
        return b"CR1" + header(len(files)) + body
    return header(0) + body + header(len(files))


FILES = (
    ("CrashContext.runtime-xml", CONTEXT),
    ("CrashReportClient.ini", b"[a]"),
    ("Game.log", LOG),
    ("UEMinidump.dmp", DUMP),
)


def stored(sender: Any) -> dict[str, Any]:
    """Payloads by attachment type or item type."""
    found = {}
    for item in sender.items:
        head = json.loads(bytes(item.headers))
        found[head.get("attachment_type", item.type)] = sender.store.payload(item.id)
    return found


def event(sender: Any) -> dict[str, Any]:
    """The event that was made."""
    found: dict[str, Any] = json.loads(stored(sender)["event"])
    return found


def ledger(sender: Any) -> dict[tuple[str, str, str], int]:
    """Quantities by category, outcome and reason."""
    return {
        (entry.category, str(entry.outcome), entry.reason): entry.quantity
        for entry in sender.store.ledger()
    }


def test_an_archive_is_kept_as_it_came_and_its_files_stand_beside(sender: Any) -> None:
    body = zlib.compress(archive(*FILES))
    reply = sender.send(body, path=UNREAL, query="")
    assert (reply.status, reply.body.decode()) == (200, str(UUID(NEW_ID)))
    assert reply.content_type.startswith("text/plain")
    found = stored(sender)
    assert found["unreal_report"] == body
    assert found["event.minidump"] == DUMP
    assert found["unreal.context"] == CONTEXT
    assert found["unreal.logs"] == LOG
    assert found["event.attachment"] == b"[a]"
    assert {item.event_id for item in sender.items} == {NEW_ID}


@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("pack", [zlib.compress, bytes])
def test_archives_of_all_ages_are_read(sender: Any, marked: bool, pack: Any) -> None:
    body = pack(archive(*FILES, marked=marked))
    sender.send(body, path=UNREAL, query="")
    assert event(sender)["level"] == "fatal"


def test_the_context_fills_the_event(sender: Any) -> None:
    sender.send(archive(*FILES), path=UNREAL, query="UserID=login%7Cepic-2%7Cmachine-3")
    found = event(sender)
    assert found["logentry"] == {"formatted": "Access violation & more"}
    assert found["user"] == {"id": "login", "username": "ana"}
    assert found["tags"] == {"epic_account_id": "epic-2", "machine_id": "machine-3"}
    assert found["sdk"] == {"name": "unreal.crashreporter", "version": "1.0"}
    contexts = found["contexts"]
    assert contexts["device"] == {"memory_size": 6896832512}
    assert contexts["os"] == {"raw_description": "Windows 10"}
    assert contexts["gpu"] == {"name": "Adapter"}
    assert contexts["game"] == {"level": "3"}
    assert (contexts["unreal"]["UserName"], "Modules" in contexts["unreal"]) == ("ana", False)
    assert found["exception"]["values"][0]["type"] == "Minidump"
    assert found["timestamp"] == 1_700_000_000


def test_the_user_id_becomes_a_header_of_the_envelope(sender: Any) -> None:
    sender.send(archive(*FILES), path=UNREAL, query="UserID=a%7Cb%7Cc")
    headers = json.loads(bytes(sender.envelopes[0].headers))
    assert headers["unreal_user_id"] == "a|b|c"


def test_what_the_player_wrote_becomes_a_user_report(sender: Any) -> None:
    sender.send(archive(*FILES), path=UNREAL, query="")
    assert json.loads(stored(sender)["user_report"]) == {
        "event_id": NEW_ID,
        "name": "ana",
        "email": "",
        "comments": "I pressed\nthe button",
    }
    assert ledger(sender)["feedback", "accepted", ""] == 1


def test_log_lines_become_breadcrumbs(sender: Any) -> None:
    sender.send(archive(*FILES), path=UNREAL, query="")
    assert event(sender)["breadcrumbs"]["values"] == [
        {"timestamp": 1544716493.0, "category": "LogInit", "message": "starting"},
        {
            "timestamp": 1544716500.25,
            "category": "LogWindows",
            "message": "Failed to load 'x.dll'",
        },
        {"timestamp": 1544716500.25, "message": "plain words"},
    ]


def test_the_last_forty_lines_of_a_log_are_kept() -> None:
    log = b"\n".join(b"LogA: line %d" % number for number in range(100))
    messages = [crumb["message"] for crumb in breadcrumbs_of(log)]
    assert messages == [f"line {number}" for number in range(60, 100)]


@pytest.mark.parametrize(
    "first", [b"", b"Log file open, 99/99/99 99:99:99", b"\xff\xfe", b"Log file open, x"]
)
def test_a_log_without_a_time_has_breadcrumbs_without_one(first: bytes) -> None:
    assert breadcrumbs_of(first + b"\nLogA: b") == [{"category": "LogA", "message": "b"}]


def test_an_empty_log_has_no_breadcrumbs() -> None:
    assert breadcrumbs_of(b"") == []


def test_the_game_s_own_event_is_the_event(sender: Any) -> None:
    own = '{"release":"game@1","level":"error","sdk":{"name":"mine"},"tags":[["a","b"]]}'
    context = CONTEXT.replace(b"<level>", b"<__sentry>%b</__sentry><level>" % own.encode())
    sender.send(
        archive(("CrashContext.runtime-xml", context), ("a.dmp", DUMP)),
        path=UNREAL,
        query="UserID=%7Cepic",
    )
    found = event(sender)
    assert (found["release"], found["level"], found["sdk"]) == ("game@1", "error", {"name": "mine"})
    assert found["tags"] == [["a", "b"], ["epic_account_id", "epic"]]
    assert found["contexts"]["game"] == {"level": "3"}


def test_a_game_s_event_that_is_no_json_makes_the_crash_invalid(sender: Any) -> None:
    context = CONTEXT.replace(b"<level>", b"<__sentry>{</__sentry><level>")
    sender.send(archive(("CrashContext.runtime-xml", context)), path=UNREAL, query="")
    assert {item.outcome for item in sender.items} == {"invalid(invalid_json)"}


def test_msgpack_in_an_archive_makes_the_event(sender: Any) -> None:
    files = (("__sentry-event", msgpack.packb({"release": "m"})), ("a.dmp", DUMP))
    sender.send(archive(*files), path=UNREAL, query="")
    assert event(sender)["release"] == "m"


def test_an_archive_with_all_its_files_counts_as_one_error(sender: Any) -> None:
    sender.send(archive(*FILES), path=UNREAL, query="")
    assert ledger(sender) == {
        ("error", "accepted", ""): 1,
        ("feedback", "accepted", ""): 1,
        ("attachment", "accepted", ""): sum(len(data) for _, data in FILES),
        ("attachment_item", "accepted", ""): 4,
    }


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"x", id="a byte"),
        pytest.param(zlib.compress(b""), id="nothing inside"),
        pytest.param(zlib.compress(archive(*FILES))[:-20], id="a cut stream"),
        pytest.param(archive(*FILES)[:-1], id="a cut archive"),
        pytest.param(archive(*FILES) + b"x", id="a byte too many"),
        pytest.param(header(0) + header(1), id="a file that is not there"),
        pytest.param(header(0)[:-4] + struct.pack("<i", -1), id="a negative count"),
        pytest.param(header(0)[:-4] + struct.pack("<i", 2**31 - 1), id="a huge count"),
        pytest.param(archive(("CrashContext.runtime-xml", b"<a><b>")), id="a cut context"),
    ],
)
def test_a_broken_archive_is_an_outcome_and_no_refusal(sender: Any, body: bytes) -> None:
    assert sender.send(body, path=UNREAL, query="").status == 200
    assert [(item.type, item.outcome) for item in sender.items] == [
        ("unreal_report", "invalid(process_unreal)")
    ]
    assert ledger(sender) == {("error", "invalid", "process_unreal"): 1}


def test_an_empty_body_is_refused(sender: Any) -> None:
    reply = sender.send(b"", path=UNREAL, query="")
    assert (reply.status, json.loads(reply.body)["detail"]) == (400, "empty request body")


def test_the_key_stands_in_the_path_and_nowhere_else(sender: Any) -> None:
    reply = sender.send(archive(), path=UNREAL, query=f"sentry_key={KEY}")
    assert reply.status == 401
    assert sender.send(archive(), path="/api/42/unreal/", query="").status == 404


def test_the_door_never_answers_with_a_limit() -> None:
    place = find_door(UNREAL)
    assert place is not None
    assert (place.door.limited, place.door.max_body(Limits())) == (False, 200 * MIB)


def test_a_bomb_is_cut_at_the_limit(make_sender: Any) -> None:
    sender = make_sender(limits=Limits(max_envelope_size=1 * MIB))
    bomb = zlib.compress(archive(("a", bytes(30 * MIB))))
    assert sender.send(bomb, path=UNREAL, query="").status == 200
    assert sender.items[0].outcome == "invalid(process_unreal)"


def test_an_archive_may_come_in_an_envelope_beside_its_event(sender: Any) -> None:
    items = [make_item("event", b'{"message":"mine"}'), make_item("unreal_report", archive(*FILES))]
    body = serialize(make_envelope({"event_id": NEW_ID}, items))
    sender.send(body)
    assert [item.type for item in sender.items].count("event") == 1
    assert ledger(sender)["error", "accepted", ""] == 1
    assert sender.content() == body


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
)
def test_a_context_that_declares_entities_is_refused(declaration: bytes) -> None:
    with pytest.raises(BrokenContext):
        read_context(declaration + b"<a><b><c>&x;</c></b></a>")


def test_a_long_text_in_a_context_is_read_in_linear_time() -> None:
    long = b"x" * (20 * MIB)
    assert len(read_context(b"<a><b><c>%b</c></b></a>" % long)["b"]["c"]) == 20 * MIB


@pytest.mark.parametrize(
    ("runtime", "level"),
    [
        (b"<IsAssert>true</IsAssert>", "error"),
        (b"<IsEnsure>true</IsEnsure>", "warning"),
        (b"", "fatal"),
    ],
)
def test_asserts_and_ensures_are_no_crashes(sender: Any, runtime: bytes, level: str) -> None:
    context = b"<F><RuntimeProperties><A>1</A>%b</RuntimeProperties></F>" % runtime
    sender.send(
        archive(("CrashContext.runtime-xml", context), ("a.dmp", DUMP)), path=UNREAL, query=""
    )
    assert event(sender)["level"] == level


@given(st.binary(max_size=200), st.booleans(), st.integers(0, 300))
def test_any_bytes_are_an_archive_or_broken(data: bytes, packed: bool, cut: int) -> None:
    for body in (data, archive(*FILES)[:cut] + data, b"CR1" + header(2) + data):
        try:
            files_of(zlib.compress(body) if packed else body, 1 * MIB)
        except BrokenArchive as error:
            assert str(error)  # noqa: PT017 - either way is right

"""The minidump door (PROTOCOL.md 2.6, first table)."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import struct
import tracemalloc
from typing import Any
from uuid import UUID

import msgpack
import pytest
import zstandard

from fake_relay.config import Limits, ProjectConfig
from fake_relay.config.setting import MIB
from fake_relay.errors import TooLarge
from fake_relay.intake import find_door
from fake_relay.intake.minidump import unpacked

KEY = "a" * 32
NEW_ID = "b" * 32
ID = "9ec79c33ec9942ab8353589fcb2e04dc"
MINIDUMP = "/api/42/minidump/"
DUMP = struct.pack("<4sIIIIIQ", b"MDMP", 0xA793, 0, 32, 0, 1_700_000_000, 0) + b"memory" * 20
DMP = "application/x-dmp"


def part(name: str, data: bytes, file_name: str | None = None) -> bytes:
    """One part of a form."""
    file = "" if file_name is None else f'; filename="{file_name}"'
    return f'--X\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + (
        data + b"\r\n"
    )


def form(*parts: bytes) -> bytes:
    """A form of parts with boundary X."""
    return b"".join(parts) + b"--X--\r\n"


def dump_part(data: bytes = DUMP, file_name: str | None = "crash.dmp") -> bytes:
    """The part that holds the dump."""
    return part("upload_file_minidump", data, file_name)


def upload(sender: Any, *parts: bytes, path: str = MINIDUMP) -> Any:
    """Send a form."""
    headers = {"content-type": "multipart/form-data; boundary=X"}
    return sender.send(form(*parts), path=path, headers=headers)


def stored(sender: Any) -> list[tuple[str, str | None, str | None, bytes]]:
    """Type, attachment type, file name and payload of what is stored."""
    found = []
    for item in sender.items:
        header = json.loads(bytes(item.headers))
        payload = sender.store.payload(item.id)
        found.append((item.type, header.get("attachment_type"), header.get("filename"), payload))
    return found


def dump_of(sender: Any) -> tuple[str | None, bytes]:
    """File name and payload of the stored dump."""
    ((_, _, file_name, payload),) = [
        found for found in stored(sender) if found[1] == "event.minidump"
    ]
    return file_name, payload


def ledger(sender: Any) -> dict[tuple[str, str, str], int]:
    """Quantities by category, outcome and reason."""
    return {
        (entry.category, str(entry.outcome), entry.reason): entry.quantity
        for entry in sender.store.ledger()
    }


@pytest.mark.parametrize("path", [MINIDUMP, "/api/42/minidump"])
@pytest.mark.parametrize("content_type", ["application/octet-stream", DMP])
def test_the_body_may_be_the_dump(sender: Any, path: str, content_type: str) -> None:
    reply = sender.send(DUMP, path=path, headers={"content-type": content_type})
    assert (reply.status, reply.body.decode()) == (200, str(UUID(NEW_ID)))
    assert reply.content_type.startswith("text/plain")
    assert dump_of(sender) == ("Minidump", DUMP)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-dmp; a=b", "Application/X-Dmp"]
)
def test_any_other_content_type_must_be_a_form(sender: Any, content_type: str) -> None:
    reply = sender.send(DUMP, path=MINIDUMP, headers={"content-type": content_type})
    assert (reply.status, json.loads(reply.body)["detail"]) == (400, "invalid multipart data")


def test_a_form_brings_the_dump_in_its_field(sender: Any) -> None:
    reply = upload(sender, dump_part())
    assert (reply.status, reply.body.decode()) == (200, str(UUID(NEW_ID)))
    assert dump_of(sender) == ("crash.dmp", DUMP)


def test_the_bytes_of_the_request_are_kept_beside(sender: Any) -> None:
    upload(sender, dump_part())
    body = sender.store.body(sender.envelopes[0].id)
    assert (body.wire, body.converted) == (form(dump_part()), True)


def test_both_byte_orders_are_dumps(sender: Any) -> None:
    assert upload(sender, dump_part(b"PMDM" + DUMP[4:])).status == 200


@pytest.mark.parametrize("dump", [b"", b"MDM", b"mdmp" + DUMP[4:], b"PK\x03\x04"])
def test_other_bytes_are_no_dump(sender: Any, dump: bytes) -> None:
    reply = upload(sender, dump_part(dump))
    assert (reply.status, json.loads(reply.body)["detail"]) == (400, "invalid minidump")
    raw = sender.send(dump, path=MINIDUMP, headers={"content-type": DMP})
    assert (raw.status, sender.items) == (400, [])


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((), id="nothing"),
        pytest.param((part("other", DUMP, "crash.dmp"),), id="another field"),
        pytest.param((dump_part(file_name=None),), id="no file name"),
    ],
)
def test_a_form_without_the_dump_is_refused(sender: Any, parts: tuple[bytes, ...]) -> None:
    reply = upload(sender, *parts)
    assert (reply.status, json.loads(reply.body)["detail"]) == (400, "missing minidump")


@pytest.mark.parametrize(
    ("suffix", "packed"),
    [
        (".gz", gzip.compress(DUMP)),
        (".xz", lzma.compress(DUMP)),
        (".bz2", bz2.compress(DUMP)),
        (".zst", zstandard.compress(DUMP)),
    ],
    # Not the bytes: gzip writes the time into them, and every worker must find the same tests.
    ids=["gzip", "xz", "bzip2", "zstd"],
)
def test_a_packed_dump_is_unpacked_and_its_suffix_goes(
    sender: Any, suffix: str, packed: bytes
) -> None:
    upload(sender, dump_part(packed, f"crash.dmp{suffix}"))
    assert dump_of(sender) == ("crash.dmp", DUMP)
    assert sender.send(packed, path=MINIDUMP, headers={"content-type": DMP}).status == 200


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(DUMP), lzma.compress(DUMP), bz2.compress(DUMP), zstandard.compress(DUMP)],
    ids=["gzip", "xz", "bzip2", "zstd"],
)
def test_a_broken_container_is_refused(sender: Any, packed: bytes) -> None:
    for broken in (packed[:-6], packed[:8] + b"\xff" * 30):
        reply = upload(sender, dump_part(broken))
        assert (reply.status, json.loads(reply.body)["detail"]) == (
            400,
            "invalid compression format",
        )


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, zstandard.compress])
def test_a_dump_that_swells_beyond_the_limit_is_refused(make_sender: Any, pack: Any) -> None:
    sender = make_sender(limits=Limits(max_attachment_size=1 * MIB))
    assert upload(sender, dump_part(pack(DUMP.ljust(MIB, b"\0")))).status == 200
    reply = upload(sender, dump_part(pack(DUMP.ljust(30 * MIB, b"\0"))))
    assert (reply.status, "attachment:minidump" in json.loads(reply.body)["detail"]) == (413, True)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, zstandard.compress])
def test_a_dump_that_swells_is_measured_before_it_is_kept(pack: Any) -> None:
    bomb = pack(bytes(70 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            unpacked(bomb, 60 * MIB)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 45 * MIB


def test_a_plain_dump_beyond_the_limit_is_refused(make_sender: Any) -> None:
    sender = make_sender(limits=Limits(max_attachment_size=1000))
    reply = sender.send(DUMP.ljust(1001, b"\0"), path=MINIDUMP, headers={"content-type": DMP})
    assert reply.status == 413


def test_the_body_may_be_compressed_as_well(sender: Any) -> None:
    headers = {"content-type": "multipart/form-data; boundary=X", "content-encoding": "gzip"}
    body = gzip.compress(form(dump_part(gzip.compress(DUMP), "a.gz")))
    assert sender.send(body, path=MINIDUMP, headers=headers).status == 200
    assert dump_of(sender) == ("a", DUMP)


def test_a_form_within_the_field_of_the_dump_is_unwrapped(sender: Any) -> None:
    """Old versions of Electron on Linux."""
    inner = (
        b'--Y\r\nContent-Disposition: form-data; name="upload_file_minidump"; filename="i"\r\n\r\n'
        + DUMP
        + b"\r\n--Y--\r\n"
    )
    assert upload(sender, dump_part(inner)).status == 200
    assert dump_of(sender) == ("crash.dmp", DUMP)


def test_a_broken_form_within_the_field_is_refused(sender: Any) -> None:
    reply = upload(sender, dump_part(b"--Y"))
    assert (reply.status, json.loads(reply.body)["detail"]) == (400, "invalid multipart data")


@pytest.mark.parametrize(
    ("field", "file_name", "kind"),
    [
        ("__sentry-event", "e", "event.payload"),
        ("__sentry-breadcrumb1", "b", "event.breadcrumbs"),
        ("__sentry-breadcrumb2", "b", "event.breadcrumbs"),
        ("view-hierarchy.json", "v", "event.view_hierarchy"),
        ("gpu", "crash.nv-gpudmp", "event.nv_gpudmp"),
        ("gpu", "shader.nvdbg", "event.nv_shader_debug"),
        ("log", "log.txt", "event.attachment"),
        ("log", "", "event.attachment"),
    ],
)
def test_the_field_or_the_file_name_says_what_an_attachment_is(
    sender: Any, field: str, file_name: str, kind: str
) -> None:
    upload(sender, dump_part(), part(field, msgpack.packb({"message": "x"}), file_name))
    assert (kind, file_name) in [(found[1], found[2]) for found in stored(sender)]


def test_an_attachment_that_is_too_large_falls_alone(make_sender: Any) -> None:
    sender = make_sender(limits=Limits(max_attachment_size=1000))
    reply = upload(
        sender, dump_part(), part("a", b"x" * 1001, "large.txt"), part("b", b"y", "small.txt")
    )
    assert reply.status == 200
    names = [found[2] for found in stored(sender) if found[0] == "attachment"]
    assert names == ["crash.dmp", "small.txt"]
    counted = ledger(sender)
    assert counted["attachment", "invalid", "too_large:attachment:attachment"] == 1001
    assert counted["attachment_item", "invalid", "too_large:attachment:attachment"] == 1
    assert counted["attachment", "accepted", ""] == len(DUMP) + 1


def test_fields_without_a_file_name_are_one_item_of_form_data(sender: Any) -> None:
    upload(sender, part("prod", b"Electron"), dump_part(), part("caf\u00e9", b"\xff"))
    (payload,) = [found[3] for found in stored(sender) if found[0] == "form_data"]
    assert json.loads(payload) == [["prod", "Electron"], ["café", "\N{REPLACEMENT CHARACTER}"]]


def test_fields_beyond_a_megabyte_are_refused(sender: Any) -> None:
    half = b"x" * (MIB // 2)
    assert upload(sender, dump_part(), part("a", half)).status == 200
    reply = upload(sender, dump_part(), part("a", half), part("b", half + b"y"))
    detail = json.loads(reply.body)["detail"]
    assert (reply.status, "for type 'form_data'" in detail) == (413, True)


MSGPACK_ID = part("__sentry-event", msgpack.packb({"event_id": ID}), "event")
JSON_ID = part("sentry", json.dumps({"event_id": "c" * 32}).encode())
BRACKET_ID = part("sentry[event_id]", b"d" * 32)


@pytest.mark.parametrize(
    ("parts", "event_id"),
    [
        pytest.param((BRACKET_ID, JSON_ID, MSGPACK_ID), ID, id="msgpack"),
        pytest.param((BRACKET_ID, JSON_ID), "c" * 32, id="json"),
        pytest.param((BRACKET_ID,), "d" * 32, id="field"),
        pytest.param((part("sentry", b"{"), BRACKET_ID), "d" * 32, id="broken json"),
        pytest.param((part("sentry", b'{"event_id":"zz"}'),), NEW_ID, id="bad id"),
        pytest.param((part("sentry__1", b'{"event_id":"%b"}' % ID.encode()),), NEW_ID, id="chunk"),
        pytest.param((), NEW_ID, id="none"),
    ],
)
def test_the_event_id_comes_from_the_first_that_names_one(
    sender: Any, parts: tuple[bytes, ...], event_id: str
) -> None:
    reply = upload(sender, *parts, dump_part())
    assert reply.body.decode() == str(UUID(event_id))
    assert {item.event_id for item in sender.items} == {event_id}


@pytest.mark.parametrize(
    "broken", [b"\xc1", b"\x81\xa1", b"", msgpack.packb([1]), msgpack.packb({"event_id": "zz"})]
)
def test_a_native_event_that_does_not_decode_is_refused(sender: Any, broken: bytes) -> None:
    reply = upload(sender, dump_part(), part("__sentry-event", broken, "event"))
    assert (reply.status, json.loads(reply.body)["detail"]) == (400, "invalid messagepack data")


def test_a_crash_counts_as_one_error_and_its_attachments(sender: Any) -> None:
    upload(sender, dump_part(), part("sentry[release]", b"shop@1"), part("l", b"123", "l.txt"))
    assert ledger(sender) == {
        ("attachment", "accepted", ""): len(DUMP) + 3,
        ("attachment_item", "accepted", ""): 2,
        ("error", "accepted", ""): 1,
    }


def test_without_credentials_nobody_enters(sender: Any) -> None:
    reply = sender.send(DUMP, path=MINIDUMP, query="", headers={"content-type": DMP})
    assert reply.status == 401


def test_strict_mode_knows_its_projects(make_sender: Any) -> None:
    sender = make_sender(strict=True, projects=(ProjectConfig("7", (KEY,)),))
    headers = {"content-type": DMP}
    assert sender.send(DUMP, path=MINIDUMP, headers=headers).status == 403
    assert sender.send(DUMP, path="/api/7/minidump/", headers=headers).status == 200


def test_crash_reporters_never_see_a_limit_and_may_send_a_gigabyte() -> None:
    place = find_door(MINIDUMP)
    assert place is not None
    assert (place.door.limited, place.door.max_body(Limits())) == (False, 1224 * MIB)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_dumps_are_posted(sender: Any, method: str) -> None:
    assert sender.send(DUMP, path=MINIDUMP, method=method).status == 405

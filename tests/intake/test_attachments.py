"""Attachments to an event that exists, or will (PROTOCOL.md 2.7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.config import Limits, ProjectConfig

KEY = "a" * 32
ID = "9ec79c33ec9942ab8353589fcb2e04dc"
HEADERS = {"content-type": "multipart/form-data; boundary=X"}
FILES = (
    b'--X\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\none\r\n"
    b'--X\r\nContent-Disposition: form-data; name="upload_file_minidump"; filename="b"\r\n\r\n'
    b"two\r\n"
    b'--X\r\nContent-Disposition: form-data; name="c"\r\n\r\nfield\r\n--X--'
)


def path(event_id: str = ID) -> str:
    """The door of an event."""
    return f"/api/42/events/{event_id}/attachments/"


def test_files_are_attached_to_the_event_in_the_path(sender: Any) -> None:
    reply = sender.send(FILES, path=path(), headers=HEADERS)
    assert (reply.status, reply.body) == (201, b"")
    assert [(item.type, item.event_id) for item in sender.items] == [("attachment", ID)] * 2
    headers = [json.loads(bytes(item.headers)) for item in sender.items]
    assert [header["filename"] for header in headers] == ["a.txt", "b"]
    assert {header["attachment_type"] for header in headers} == {"event.attachment"}
    assert headers[0]["content_type"] == "text/plain"
    assert sender.store.payload(sender.items[0].id) == b"one"


def test_only_the_files_of_the_form_are_taken(sender: Any) -> None:
    sender.send(FILES, path=path(), headers=HEADERS)
    assert [item.type for item in sender.items] == ["attachment", "attachment"]


@pytest.mark.parametrize(
    "event_id",
    [
        "9ec79c33-ec99-42ab-8353-589fcb2e04dc",
        ID.upper(),
        "%7B9EC79C33-ec99-42ab-8353-589fcb2e04dc%7D",
    ],
)
def test_the_event_id_has_any_spelling_of_a_uuid(sender: Any, event_id: str) -> None:
    assert sender.send(FILES, path=path(event_id), headers=HEADERS).status == 201
    assert sender.items[0].event_id == ID


@pytest.mark.parametrize("event_id", ["1", "zz", ID + "0", ID[:-1] + "g", "%20"])
def test_another_event_id_is_refused(sender: Any, event_id: str) -> None:
    assert sender.send(FILES, path=path(event_id), headers=HEADERS).status == 400


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"", HEADERS), (b"x", HEADERS), (FILES[:-4], HEADERS), (FILES, {})],
    ids=["empty", "no form", "cut", "no content type"],
)
def test_a_body_that_is_no_form_is_refused(
    sender: Any, body: bytes, headers: dict[str, str]
) -> None:
    reply = sender.send(body, path=path(), headers=headers)
    assert (reply.status, json.loads(reply.body)["detail"]) == (400, "invalid multipart data")


def test_a_form_without_files_is_taken_and_brings_nothing(sender: Any) -> None:
    assert sender.send(b"--X--", path=path(), headers=HEADERS).status == 201
    assert sender.items == []


def test_a_file_that_is_too_large_falls_alone(make_sender: Any) -> None:
    sender = make_sender(limits=Limits(max_attachment_size=3))
    body = FILES.replace(b"one", b"four")
    assert sender.send(body, path=path(), headers=HEADERS).status == 201
    assert [sender.store.payload(item.id) for item in sender.items] == [b"two"]
    dropped = [entry for entry in sender.store.ledger() if entry.reason]
    assert {(entry.category, entry.reason, entry.quantity) for entry in dropped} == {
        ("attachment", "too_large:attachment:attachment", 4),
        ("attachment_item", "too_large:attachment:attachment", 1),
    }


def test_who_may_enter_is_asked_first(make_sender: Any, sender: Any) -> None:
    assert sender.send(FILES, path=path(), headers=HEADERS, query="").status == 401
    strict = make_sender(strict=True, projects=(ProjectConfig("7", (KEY,)),))
    assert strict.send(FILES, path=path(), headers=HEADERS).status == 403

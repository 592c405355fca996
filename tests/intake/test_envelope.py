"""The envelope door beyond the vectors: leniency, keys, paths, answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.config import ProjectConfig

KEY = "a" * 32


def test_open_mode_takes_keys_of_any_length(sender: Any) -> None:
    reply = sender.send(query="sentry_key=public")
    assert (reply.status, sender.envelopes[0].public_key) == (200, "public")


def test_a_key_that_no_dsn_could_hold_is_refused_in_open_mode_too(sender: Any) -> None:
    reply = sender.send(query="sentry_key=%C3%A9")
    assert (reply.status, json.loads(reply.body)["detail"]) == (400, "bad sentry DSN public key")


def test_the_last_of_two_keys_in_one_query_counts(sender: Any) -> None:
    sender.send(query=f"sentry_key=first&sentry_key={KEY}")
    assert sender.envelopes[0].public_key == KEY


def test_the_content_type_of_an_envelope_is_never_looked_at(sender: Any) -> None:
    types = ("application/json", "text/plain;charset=UTF-8", "no type at all", "multipart/mixed")
    replies = [sender.send(headers={"content-type": name}) for name in types]
    assert [reply.status for reply in replies] == [200] * len(types)


def test_the_answer_carries_the_detail_for_old_clients_too(sender: Any) -> None:
    reply = sender.send(b"")
    assert dict(reply.headers)["X-Sentry-Error"] == "empty request body"


def test_a_refusal_can_quote_anything_that_a_request_holds(sender: Any) -> None:
    reply = sender.send(path="/api/\ud800\r\n/nowhere/")
    header = dict(reply.headers)["X-Sentry-Error"]
    assert (reply.status, header) == (404, "there is no door at /api/?  /nowhere/")


@pytest.mark.parametrize(
    ("segment", "project"),
    [
        ("%34%32", "42"),
        ("0042", "42"),
        ("0", "0"),
        ("18446744073709551615", "18446744073709551615"),
        ("0" * 5000 + "7", "7"),
    ],
)
def test_a_project_is_the_number_in_the_path(sender: Any, segment: str, project: str) -> None:
    reply = sender.send(path=f"/api/{segment}/envelope/")
    assert (reply.status, sender.envelopes[0].project) == (200, project)


@pytest.mark.parametrize("segment", ["18446744073709551616", "9" * 5000, "-1", "4.2", "²", "%zz"])
def test_a_project_that_is_no_unsigned_64_bit_number_is_refused(sender: Any, segment: str) -> None:
    reply = sender.send(path=f"/api/{segment}/envelope/")
    assert json.loads(reply.body)["detail"] == "bad project path parameter"
    assert len(reply.body) < 300


def test_strict_mode_refuses_a_project_that_is_not_configured(make_sender: Any) -> None:
    sender = make_sender(strict=True, projects=(ProjectConfig("7"),))
    reply = sender.send()
    assert (reply.status, json.loads(reply.body)["detail"]) == (
        403,
        "event submission rejected with_reason: ProjectId",
    )


def test_strict_mode_refuses_a_key_of_another_project(make_sender: Any) -> None:
    sender = make_sender(strict=True, projects=(ProjectConfig("42", ("c" * 32,)),))
    assert sender.send().status == 403


def test_without_credentials_the_dsn_names_the_project_whatever_the_path_says(sender: Any) -> None:
    reply = sender.send(b'{"dsn":"https://public@h.example/7"}\n', query="")
    envelope = sender.envelopes[0]
    assert (reply.status, envelope.project, envelope.public_key) == (200, "7", "public")


def test_the_id_in_the_header_wins_over_the_payloads(sender: Any) -> None:
    header, payload = "9ec79c33ec9942ab8353589fcb2e04dc", "f" * 32
    sender.send(
        f'{{"event_id":"{header}"}}\n{{"type":"event"}}\n{{"event_id":"{payload}"}}\n'.encode()
    )
    assert sender.items[0].event_id == header


@pytest.mark.parametrize(
    ("body", "flags"),
    [
        pytest.param(b"\xef\xbb\xbf{}\n", ("byte order mark",), id="BOM"),
        pytest.param(b'{}\r\n{"type":"x"}\r\nab\r\n', ("CRLF line ends",), id="CRLF"),
        pytest.param(
            b'{}\n{"type":"x","length":2}\nab\r\n', ("CRLF line ends",), id="CRLF behind a length"
        ),
        pytest.param(b'{}\n{"type":"x"}\nab\n\n', ("trailing blank lines",), id="blank lines"),
        pytest.param(b"{}\n \n\t\n", ("trailing blank lines",), id="blank lines, no items"),
        pytest.param(
            b'\xef\xbb\xbf{}\r\n{"type":"x","length":2}\r\nab\r\n \r\n',
            ("byte order mark", "CRLF line ends", "trailing blank lines"),
            id="all of it",
        ),
    ],
)
def test_lenient_reading_takes_framing_slips_and_names_them(
    make_sender: Any, body: bytes, flags: tuple[str, ...]
) -> None:
    """Taken and flagged, and not a byte is changed."""
    sender = make_sender(lenient=True)
    reply = sender.send(body)
    assert (reply.status, sender.envelopes[0].tolerated) == (200, flags)
    assert sender.content() == body


def test_lenient_reading_flags_nothing_that_relay_takes(make_sender: Any) -> None:
    sender = make_sender(lenient=True)
    sender.send(b'{}\n{"type":"event"}\n{"message":"a"}\r\n')
    assert sender.envelopes[0].tolerated == ()


def test_lenient_reading_still_refuses_what_has_no_header(make_sender: Any) -> None:
    assert make_sender(lenient=True).send(b" \n").status == 400


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({}, "192.0.2.1"),
        ({"x-forwarded-for": "198.51.100.7, 10.0.0.1"}, "198.51.100.7"),
        ({"x-forwarded-for": "10.0.0.1", "x-sentry-forwarded-for": "198.51.100.8"}, "198.51.100.8"),
        ({"x-vercel-forwarded-for": "2001:db8::1", "x-forwarded-for": "10.0.0.1"}, "2001:db8::1"),
        ({"cf-connecting-ip": "203.0.113.9", "x-forwarded-for": "10.0.0.1"}, "203.0.113.9"),
        ({"cf-connecting-ip": "", "x-forwarded-for": " 10.0.0.2 "}, "10.0.0.2"),
    ],
)
def test_the_client_is_the_first_of_the_first_forwarding_chain(
    sender: Any, headers: dict[str, str], address: str
) -> None:
    sender.send(headers=headers)
    assert sender.envelopes[0].remote_addr == address


def test_odd_bytes_in_headers_are_stored_as_text(sender: Any) -> None:
    """aiohttp hands over undecodable bytes as lone surrogates."""
    reply = sender.send(headers={"user-agent": "shop\udcff/1", "x-forwarded-for": "\udcfe"})
    envelope = sender.envelopes[0]
    assert (reply.status, envelope.user_agent, envelope.remote_addr) == (200, "shop?/1", "?")

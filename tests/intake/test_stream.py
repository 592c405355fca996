"""The door for SDKs in Spotlight mode (PROTOCOL.md 2.13)."""

from __future__ import annotations

from typing import Any

EVENT = b'{}\n{"type":"event"}\n{"message":"a"}\n'


def test_an_envelope_needs_no_credentials_and_is_marked(sender: Any) -> None:
    reply = sender.send(EVENT, path="/stream", query="")
    assert (reply.status, reply.body, dict(reply.headers)) == (
        200,
        b"",
        {"Cache-Control": "no-cache"},
    )
    assert (sender.envelopes[0].project, sender.items[0].spotlight) == ("spotlight", True)


def test_a_dsn_in_the_header_names_the_project(sender: Any) -> None:
    sender.send(b'{"dsn":"https://public@h.example/7"}\n', path="/stream/", query="")
    assert (sender.envelopes[0].project, sender.envelopes[0].public_key) == ("7", "public")


def test_an_empty_body_is_refused(sender: Any) -> None:
    assert sender.send(b"", path="/stream", query="").status == 400

"""The store door of older SDKs (PROTOCOL.md 2.3)."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any
from urllib.parse import quote

import pytest

from fake_relay.config import ProjectConfig

KEY = "a" * 32
NEW_ID = "b" * 32
STORE = "/api/42/store/"
HI = b'{"message":"hi"}'
RAVEN = f"sentry_key={KEY}&sentry_version=6&sentry_client=raven-python/6.0"


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        pytest.param(HI, HI, id="plain"),
        pytest.param(b"eNqrVspNLS5OTE9VslLKyFSqBQAwSwVx", HI, id="base64 of zlib"),
        pytest.param(b"eyJtZXNzYWdlIjoiaGkifQ==", HI, id="base64"),
    ],
)
def test_an_event_comes_in_any_of_the_old_spellings(
    sender: Any, body: bytes, payload: bytes
) -> None:
    reply = sender.send(body, path=STORE)
    assert (reply.status, json.loads(reply.body)) == (200, {"id": NEW_ID})
    assert sender.store.payload(sender.items[0].id) == payload


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        pytest.param(b"", "empty request body", id="empty"),
        pytest.param(b"[]", "invalid request body", id="array"),
        pytest.param(b' {"message":"hi"}', "invalid request body", id="leading blank"),
        pytest.param(b"eyJtZXNzYWdlIjoiaGkifQ", "invalid request body", id="no padding"),
        pytest.param(b"eNqr\nVspNLS5OTE9VslLKyFSqBQAwSwVx", "invalid request body", id="blank"),
        pytest.param(base64.b64encode(b"neither"), "invalid request body", id="not zlib"),
        pytest.param(b'{"event_id":"zz"}', "invalid JSON data", id="bad id"),
        pytest.param(b'{"event_id":5}', "invalid JSON data", id="numeric id"),
        pytest.param(b'{"a":NaN}', "invalid JSON data", id="NaN"),
        pytest.param(b'{"a":', "invalid JSON data", id="cut"),
        pytest.param(b'{"a":"\xff"}', "invalid JSON data", id="not UTF-8"),
        pytest.param(b'{"a":' + 9999 * b"[" + 9999 * b"]" + b"}", "invalid JSON data", id="deep"),
    ],
)
def test_a_body_that_is_no_event_is_refused(sender: Any, body: bytes, detail: str) -> None:
    reply = sender.send(body, path=STORE)
    assert reply.status == 400
    assert json.loads(reply.body)["detail"].startswith(detail)


def test_tokens_that_are_no_json_are_replaced_for_the_clients_that_send_them(sender: Any) -> None:
    body = b'{"a":[NaN,Infinity,-Infinity,"NaN \\" Infinity"]}'
    assert sender.send(body, path=STORE, query=RAVEN).status == 200
    payload = sender.store.payload(sender.items[0].id)
    assert payload == b'{"a":[0,0,-0,"NaN \\" Infinity"]}'


def test_a_cut_string_of_many_quotes_is_refused_at_once(sender: Any) -> None:
    """A megabyte that a backtracking pattern would chew on for hours."""
    reply = sender.send(b'{"a":"' + 500_000 * b'\\"', path=STORE, query=RAVEN)
    assert reply.status == 400


@pytest.mark.parametrize(
    ("declared", "stored"),
    [
        ("transaction", "transaction"),
        ("feedback", "feedback"),
        ("csp", "security"),
        ("default", "event"),
        ("x_new", "event"),
    ],
)
def test_the_type_of_the_event_makes_the_item(sender: Any, declared: str, stored: str) -> None:
    sender.send(json.dumps({"type": declared}).encode(), path=STORE)
    assert sender.items[0].type == stored


def test_the_event_keeps_its_own_id(sender: Any) -> None:
    reply = sender.send(b'{"event_id":"9EC79C33-EC99-42AB-8353-589FCB2E04DC"}', path=STORE)
    assert json.loads(reply.body) == {"id": "9ec79c33ec9942ab8353589fcb2e04dc"}


def test_a_get_from_an_image_is_answered_with_one(sender: Any) -> None:
    data = quote(base64.b64encode(zlib.compress(HI)).decode(), safe="")
    reply = sender.send(b"", path=STORE, method="GET", query=f"sentry_key={KEY}&sentry_data={data}")
    assert (reply.status, reply.content_type, reply.body[:6]) == (200, "image/gif", b"GIF89a")
    assert len(reply.body) == 26
    assert sender.store.payload(sender.items[0].id) == HI


def test_a_get_without_data_is_refused(sender: Any) -> None:
    assert sender.send(b"", path=STORE, method="GET").status == 400


def test_without_credentials_there_is_no_dsn_to_look_at(sender: Any) -> None:
    reply = sender.send(HI, path=STORE, query="")
    assert (reply.status, json.loads(reply.body)["detail"]) == (
        401,
        "missing authorization information",
    )


def test_an_envelope_may_come_through_the_old_door(sender: Any) -> None:
    """Only the exact content type switches to envelopes (PROTOCOL.md 2.3)."""
    body = b'{}\n{"type":"event"}\n{"message":"a"}\n'
    headers = {"content-type": "application/x-sentry-envelope"}
    reply = sender.send(body, path=STORE, headers=headers)
    assert (reply.status, sender.items[0].type, sender.envelopes[0].door) == (
        200,
        "event",
        "store",
    )
    assert sender.content() == body


def test_a_parameter_makes_it_another_content_type(sender: Any) -> None:
    headers = {"content-type": "application/x-sentry-envelope; charset=utf-8"}
    sender.send(HI, path=STORE, headers=headers)
    assert sender.store.payload(sender.items[0].id) == HI


def test_more_than_a_store_request_may_hold_is_refused(sender: Any) -> None:
    reply = sender.send(b'{"a":"' + 1024 * 1024 * b"x" + b'"}', path=STORE)
    assert reply.status == 413


def test_an_inflated_event_is_cut_at_the_limit_and_fails_as_json(sender: Any) -> None:
    bomb = base64.b64encode(zlib.compress(b'{"a":"' + 4 * 1024 * 1024 * b"x" + b'"}'))
    reply = sender.send(bomb, path=STORE)
    assert (reply.status, json.loads(reply.body)["detail"][:12]) == (400, "invalid JSON")


def test_a_path_without_project_means_project_zero_in_open_mode(sender: Any) -> None:
    assert sender.send(HI, path="/api/store/").status == 200
    assert sender.envelopes[0].project == "0"


def test_a_path_without_project_means_the_configured_project_of_the_key(make_sender: Any) -> None:
    sender = make_sender(projects=(ProjectConfig("6", ("c" * 32,)), ProjectConfig("7", (KEY,))))
    sender.send(HI, path="/api/store/")
    assert sender.envelopes[0].project == "7"


def test_a_path_without_project_and_an_unknown_key_are_refused_in_strict_mode(
    make_sender: Any,
) -> None:
    sender = make_sender(strict=True, projects=(ProjectConfig("6", ("c" * 32,)),))
    assert sender.send(HI, path="/api/store/").status == 403

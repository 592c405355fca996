"""What is kept of a refused request: who sent it, as far as it tells; everything bounded."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.errors import BadEnvelope
from fake_relay.intake import find_door
from fake_relay.intake.refusal import MAX_TEXT, MAX_WIRE, refusal
from fake_relay.records import Inbound, RefusedRequest

KEY = "a" * 32
ERROR = BadEnvelope("no", "because")


def refused(
    path: str = "/api/42/envelope/",
    query: str = "",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    method: str = "POST",
) -> RefusedRequest:
    inbound = Inbound(method, path, query, headers or {}, body, "10.0.0.1", 1.7e9, "f" * 32)
    return refusal(inbound, find_door(path), ERROR).request


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (f"sentry_key={KEY}&sentry_client=sdk%2F1", {}),
        ("", {"x-sentry-auth": f"Sentry sentry_key={KEY}, sentry_client=sdk/1"}),
        ("", {"authorization": f"Sentry sentry_key={KEY}, sentry_client=sdk/1"}),
        (
            f"sentry_key={'b' * 32}",
            {"x-sentry-auth": f"Sentry sentry_key={KEY}, sentry_client=sdk/1"},
        ),
        ("", {"x-sentry-auth": f"Sentry sentry_version=99, sentry_key={KEY}, sentry_client=sdk/1"}),
    ],
)
def test_key_and_client_are_those_that_the_request_claims(
    query: str, headers: dict[str, str]
) -> None:
    found = refused(query=query, headers=headers)
    assert (found.project, found.public_key, found.client) == ("42", KEY, "sdk/1")


@pytest.mark.parametrize("coding", ["", "gzip"])
@pytest.mark.parametrize("path", ["/elsewhere", "/stream", "/api/x/envelope/"])
def test_the_dsn_in_the_envelope_tells_the_rest(path: str, coding: str) -> None:
    body = json.dumps({"dsn": f"https://{KEY}@sentry.example/7"}).encode() + b"\n{}"
    packed = gzip.compress(body) if coding else body
    found = refused(path, body=packed, headers={"content-encoding": coding})
    assert (found.project, found.public_key, found.coding) == ("7", KEY, coding)


@pytest.mark.parametrize(
    ("path", "project"),
    [
        ("/sentry/api/42/envelope/", "42"),
        ("/api/42/nowhere/", "42"),
        ("/api/042/envelope/", "42"),
        ("/api/99999999999999999999999/nowhere/", ""),
        ("/nowhere", ""),
    ],
)
def test_a_wrong_path_still_names_its_project(path: str, project: str) -> None:
    assert refused(path).project == project


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token", ""])
def test_authorization_of_our_own_api_is_not_kept(scheme: str) -> None:
    headers = {"authorization": f"{scheme} secret", "x-fake-relay-token": "secret"}
    headers["cookie"] = "fake-relay-token=secret"
    assert refused(headers=headers).headers == {}


def test_what_is_long_is_cut() -> None:
    long = "x" * (MAX_WIRE * 2)
    found = refused(f"/{long}", long, headers={"user-agent": long, "origin": long})
    assert (len(found.path), len(found.query)) == (MAX_TEXT, MAX_WIRE)
    assert len(found.user_agent) == len(found.headers["origin"]) == MAX_TEXT


def test_the_beginning_of_a_large_body_is_kept_with_the_size_of_all() -> None:
    inbound = Inbound("POST", "/x", "", {}, b"x" * (MAX_WIRE + 1), "", 1.7e9, "f" * 32)
    found = refusal(inbound, None, ERROR)
    assert (len(found.wire), found.request.wire_size) == (MAX_WIRE, MAX_WIRE + 1)
    assert refusal(inbound, None, ERROR, wire_size=9).request.wire_size == 9


@given(
    path=st.one_of(st.text(max_size=40), st.just("/api/42/envelope/")),
    query=st.text(max_size=40).map(lambda text: f"sentry_key={text}"),
    body=st.binary(max_size=80),
    headers=st.dictionaries(
        st.sampled_from(["x-sentry-auth", "authorization", "content-encoding", "user-agent"]),
        st.one_of(st.text(max_size=40), st.sampled_from(["gzip", "br", "zstd", "Sentry sentry_"])),
    ),
)
def test_any_request_can_be_recorded(
    path: str, query: str, body: bytes, headers: dict[str, str]
) -> None:
    found = refused(path, query, body, headers)
    assert (found.status, found.detail, found.causes) == (400, "no", ("because",))

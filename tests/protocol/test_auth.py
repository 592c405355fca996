"""Credentials in the places that the vectors of the envelope door leave out (PROTOCOL.md 1.2)."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.errors import BadAuth
from fake_relay.protocol.auth import Credentials, from_request

KEY = "a" * 32


def basic(text: bytes) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(text).decode()}


@pytest.mark.parametrize(
    ("headers", "query", "path_key", "expected"),
    [
        ({}, "", None, None),
        ({}, "", KEY, Credentials(KEY)),
        ({"authorization": f"Sentry sentry_key={KEY}"}, "", None, Credentials(KEY)),
        (basic(b"public:ignored"), "", None, Credentials("public")),
        (basic(b"public"), "", None, None),
        ({"authorization": "Basic !!!"}, "", None, None),
        ({"authorization": "Sentry"}, "", None, None),
        ({"x-sentry-auth": "Sentry\udcff sentry_key=x"}, "", None, None),
        ({}, f"sentry_key={KEY}.no-cache", None, Credentials(KEY)),
        (
            {},
            "sentry_key=k&sentry_version=2.1&sentry_client=a%2F1",
            None,
            Credentials("k", 2, "a/1"),
        ),
        (
            {"x-sentry-auth": "Sentry sentry_key = k ,\n sentry_client=raven=x/1, sentry_secret=s"},
            "",
            None,
            Credentials("k", 7, "raven"),
        ),
        ({}, "sentry_key=k&sentry_client=%ED%A0%80", None, Credentials("k", 7, "\ufffd" * 3)),
    ],
)
def test_a_credential_is_found_wherever_it_is(
    headers: dict[str, str], query: str, path_key: str | None, expected: Credentials | None
) -> None:
    assert from_request(headers, query, path_key) == expected


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("sentry_release=1", 401, "bad x-sentry-auth header"),
        ("sentry_key=", 401, "bad x-sentry-auth header"),
        ("sentry_key=k&sentry_version=", 401, "bad x-sentry-auth header"),
        ("sentry_key=k&sentry_version=-1", 401, "bad x-sentry-auth header"),
        ("sentry_key=k&sentry_version=65536", 401, "bad x-sentry-auth header"),
        ("sentry_key=k&sentry_version=" + "7" * 5000, 401, "bad x-sentry-auth header"),
        ("sentry_key=k&sentry_version=65535", 400, "unsupported protocol version (65535)"),
        ("sentry_key=a%00b", 400, "bad sentry DSN public key"),
    ],
)
def test_a_bad_credential_is_refused(query: str, status: int, detail: str) -> None:
    with pytest.raises(BadAuth) as refused:
        from_request({}, query)
    assert (refused.value.status, refused.value.detail) == (status, detail)


def test_a_refusal_is_not_remembered_as_an_answer() -> None:
    """Credentials are cached, refusals are not; both come out the same each time."""
    for _ in range(2):
        with pytest.raises(BadAuth):
            from_request({}, "sentry_key=k&sentry_version=8")


@pytest.mark.parametrize("path_key", [None, KEY])
def test_two_credentials_are_refused_even_when_they_agree(path_key: str | None) -> None:
    headers = {"x-sentry-auth": f"Sentry sentry_key={KEY}"} | (
        {} if path_key else basic(f"{KEY}:".encode())
    )
    with pytest.raises(BadAuth, match="multiple authorization payloads detected"):
        from_request(headers, "", path_key)


@given(
    st.dictionaries(st.sampled_from(["x-sentry-auth", "authorization"]), st.text(max_size=50)),
    st.text(max_size=50).map(lambda text: "sentry_key=" + text) | st.text(max_size=50),
    st.booleans(),
)
def test_any_request_has_credentials_or_none_or_is_refused(
    headers: dict[str, str], query: str, strict: bool
) -> None:
    try:
        found = from_request(headers, query, strict_key=strict)
    except BadAuth:
        return
    assert found is None or found.public_key.isascii()

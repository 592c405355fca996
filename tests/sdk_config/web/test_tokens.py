"""A token names its user when it is verified, in time and meant for us, and never otherwise."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk_config.web.incoming import Incoming
from sdk_config.web.tokens import JWTReader

KEY = "not a secret, but long enough for a test"
HASHES: dict[str, Callable[..., Any]] = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}
NOW = 1_800_000_000.0


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def a_token(claims: Any, alg: str = "HS256", key: str = KEY, signed_as: str = "HS256") -> str:
    """A token as RFC 7515 describes it."""
    head = encoded(json.dumps({"alg": alg, "typ": "JWT"}).encode())
    body = f"{head}.{encoded(json.dumps(claims).encode())}"
    signature = hmac.new(key.encode(), body.encode(), HASHES[signed_as]).digest()
    return f"{body}.{encoded(signature)}"


def asked(token: str, scheme: str = "Bearer") -> Incoming:
    return Incoming("GET", "/", {"authorization": f"{scheme} {token}"})


def a_reader(**options: Any) -> JWTReader:
    return JWTReader(**{"key": KEY, "clock": lambda: NOW, **options})


def test_the_vector_of_the_specification_is_verified() -> None:
    """RFC 7515, appendix A.1; its token has no subject, so another claim is asked for."""
    key = base64.urlsafe_b64decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow=="
    )
    token = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    reader = JWTReader(key, claims={"id": ("iss",)}, clock=lambda: 1_300_819_379)

    assert reader.user(asked(token)) == {"id": "joe"}


def test_a_good_token_names_its_user() -> None:
    claims = {"sub": "u1", "email": "a@b.test", "role": "owner", "exp": NOW + 1, "nbf": NOW}

    assert a_reader().user(asked(a_token(claims))) == {
        "id": "u1",
        "email": "a@b.test",
        "role": "owner",
    }


@pytest.mark.parametrize(
    "token",
    [
        a_token({"sub": "u1"}, key="another key"),
        a_token({"sub": "u1", "exp": NOW}),
        a_token({"sub": "u1", "nbf": NOW + 1}),
        a_token({"sub": "u1", "exp": "soon"}),
        a_token({"sub": "u1"}, alg="none"),
        a_token({"sub": "u1"}, alg="HS512", signed_as="HS512"),
        a_token({"sub": "u1"}).rpartition(".")[0] + ".",
        a_token({"sub": "u1"}) + ".more",
        a_token(["u1"]),
        a_token({"sub": ""}),
        a_token({"sub": True}),
        a_token({}),
        "not.a.token",
        "",
        "é.é.é",
    ],
)
def test_any_other_token_names_nobody(token: str) -> None:
    assert a_reader().user(asked(token)) is None


@pytest.mark.parametrize("scheme", ["Basic", "", "Token"])
def test_another_scheme_names_nobody(scheme: str) -> None:
    assert a_reader().user(asked(a_token({"sub": "u1"}), scheme)) is None


@pytest.mark.parametrize(
    ("claims", "user"),
    [
        ({"aud": "shop", "iss": "login"}, {"id": "u1"}),
        ({"aud": ["shop", "blog"], "iss": "login"}, {"id": "u1"}),
        ({"aud": "blog", "iss": "login"}, None),
        ({"iss": "login"}, None),
        ({"aud": "shop", "iss": "other"}, None),
        ({"aud": "shop"}, None),
    ],
)
def test_a_token_meant_for_others_names_nobody(
    claims: dict[str, Any], user: dict[str, str] | None
) -> None:
    reader = a_reader(audience="shop", issuer="login")

    assert reader.user(asked(a_token({"sub": "u1", **claims}))) == user


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_nobody_is_named_and_the_reader_says_so(key: str | None) -> None:
    """S3-52: SECRET_KEY is not set."""
    reader = JWTReader(key)

    assert reader.user(asked(a_token({"sub": "u1"}, key=""))) is None
    assert reader.problem is not None
    assert "SECRET_KEY" in reader.problem
    assert a_reader().problem is None


def test_a_function_of_a_library_stands_in_for_the_key() -> None:
    def decode(token: str) -> dict[str, str]:
        if token != "signed-elsewhere":
            raise RuntimeError("bad signature")
        return {"sub": "u2"}

    reader = JWTReader(decode=decode, algorithms=["RS256"])

    assert reader.user(asked("signed-elsewhere")) == {"id": "u2"}
    assert reader.user(asked("other")) is None


def test_an_algorithm_that_is_not_known_here_needs_a_function() -> None:
    with pytest.raises(ValueError, match="need a decode"):
        JWTReader(KEY, algorithms=["RS256"])


@given(st.text(max_size=80))
def test_no_text_names_anybody_and_nothing_raises(token: str) -> None:
    assert a_reader().user(asked(token)) is None


@given(st.integers(0, 200), st.integers(1, 127))
def test_a_token_with_one_changed_character_names_nobody(place: int, change: int) -> None:
    token = a_token({"sub": "u1"})
    at = place % len(token)
    changed = token[:at] + chr((ord(token[at]) + change) % 128) + token[at + 1 :]

    found = a_reader().user(asked(changed))

    # The last character of a signature holds bits that base64 passes over.
    assert found is None or at == len(token) - 1

"""DSNs, good and bad (PROTOCOL.md 1.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.errors import InvalidDsn
from fake_relay.protocol.dsn import Dsn, is_project_id

KEY = "a" * 32


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"https://{KEY}@h.example/42", Dsn("https", KEY, "h.example", "42")),
        (f"http://{KEY}@localhost:9119/1", Dsn("http", KEY, "localhost", "1", 9119)),
        (f"https://{KEY}:secret@h/42", Dsn("https", KEY, "h", "42", secret_key="secret")),
        (f"https://{KEY}:@h/42", Dsn("https", KEY, "h", "42")),
        (f"https://{KEY}@h/a/b/42", Dsn("https", KEY, "h", "42", path="/a/b")),
        (f"https://{KEY}@h/42/", Dsn("https", KEY, "h", "42")),
        (f"  https://{KEY}@h/42\n", Dsn("https", KEY, "h", "42")),
        (f"http://{KEY}@[::1]:9119/42", Dsn("http", KEY, "::1", "42", 9119)),
        (f"http://{KEY}@[2001:db8::1]/42", Dsn("http", KEY, "2001:db8::1", "42")),
        (f"https://{KEY}.no-cache@h/42", Dsn("https", KEY, "h", "42")),
        (f"https://{KEY}@h:0/42", Dsn("https", KEY, "h", "42", 0)),
        (f"https://{KEY}@h/0042", Dsn("https", KEY, "h", "42")),
        (f"https://{KEY}@H.Example/{2**64 - 1}", Dsn("https", KEY, "h.example", str(2**64 - 1))),
    ],
)
def test_a_dsn_is_taken_apart(text: str, expected: Dsn) -> None:
    assert Dsn.parse(text, strict_key=True) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no valid scheme"),
        ("h.example/42", "no valid scheme"),
        (f"ftp://{KEY}@h/42", "no valid scheme"),
        (f"https://{KEY}@/42", "no valid url provided"),
        (f"https://{KEY}@h:99999/42", "no valid url provided"),
        (f"https://{KEY}@h:port/42", "no valid url provided"),
        (f"https://{KEY}@[::1/42", "no valid url provided"),
        ("https://h/42", "username is empty"),
        ("https://:secret@h/42", "username is empty"),
        (f"https://{KEY}@h", "empty path"),
        (f"https://{KEY}@h/", "empty path"),
        (f"https://{KEY}@h/abc", "invalid project id"),
        (f"https://{KEY}@h/-1", "invalid project id"),
        (f"https://{KEY}@h/{2**64}", "invalid project id"),
        (f"https://{KEY}@h/{'9' * 5000}", "invalid project id"),
        ("https://public@h/42", "invalid project key"),
        (f"https://{KEY}a@h/42", "invalid project key"),
        (f"https://{KEY}.other-flag@h/42", "invalid project key"),
    ],
)
def test_a_bad_dsn_says_what_is_wrong_with_it(text: str, problem: str) -> None:
    with pytest.raises(InvalidDsn, match=f"^{problem}$"):
        Dsn.parse(text, strict_key=True)


def test_short_keys_pass_unless_strictness_is_asked_for() -> None:
    assert Dsn.parse("http://public@localhost:9119/1").public_key == "public"


@given(st.text(max_size=60) | st.text("htps:/@[]0123456789.%#?ab \ud800", max_size=40))
def test_any_text_parses_or_is_an_invalid_dsn(text: str) -> None:
    try:
        dsn = Dsn.parse(text)
    except InvalidDsn:
        return
    assert is_project_id(dsn.project_id)


@given(
    st.sampled_from(["http", "https"]),
    st.text("abcdef0123456789", min_size=1, max_size=40),
    st.sampled_from(["localhost", "h.example", "127.0.0.1", "::1", "2001:db8::1"]),
    st.integers(0, 2**64 - 1),
    st.none() | st.integers(0, 65535),
    st.sampled_from(["", "secret"]),
    st.sampled_from(["", "/a", "/a/b"]),
)
def test_a_dsn_survives_being_written_and_read(
    scheme: str, key: str, host: str, project: int, port: int | None, secret: str, path: str
) -> None:
    dsn = Dsn(scheme, key, host, str(project), port, secret, path)
    assert Dsn.parse(str(dsn)) == dsn


def test_the_envelope_url_is_where_sdks_send() -> None:
    dsn = Dsn.parse(f"http://{KEY}@[::1]:9119/prefix/42")
    assert dsn.envelope_url == "http://[::1]:9119/prefix/api/42/envelope/"

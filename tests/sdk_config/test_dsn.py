"""DSNs: their parts, what is wrong with one, and no key in any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk_config.dsn import parse_dsn, redact


def test_the_parts_of_a_dsn_of_sentry() -> None:
    dsn = parse_dsn("https://abc@o123456.ingest.sentry.io/7654321")

    assert (dsn.scheme, dsn.public_key, dsn.host) == ("https", "abc", "o123456.ingest.sentry.io")
    assert (dsn.port, dsn.project_id, dsn.organization_id) == (443, "7654321", "123456")
    assert dsn.envelope_url == "https://o123456.ingest.sentry.io:443/api/7654321/envelope/"
    assert dsn.redacted == "https://***@o123456.ingest.sentry.io/7654321"


def test_a_dsn_with_port_and_path() -> None:
    dsn = parse_dsn("  http://abc@[::1]:9119/sentry/42 ")

    assert (dsn.host, dsn.port, dsn.path, dsn.organization_id) == ("::1", 9119, "/sentry/", None)
    assert dsn.envelope_url == "http://[::1]:9119/sentry/api/42/envelope/"
    assert dsn.redacted == "http://***@[::1]:9119/sentry/42"


def test_the_secret_half_is_seen() -> None:
    assert parse_dsn("https://abc:hush@example.com/1").secret_key == "hush"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('"https://abc@example.com/1"', "the DSN stands in quotes; remove them"),
        ("https://abc@exa mple.com/1", "the DSN has a space in it"),
        ("ftp://abc@example.com/1", "the DSN must begin with https://"),
        ("abc", "the DSN must begin with https://"),
        ("https://example.com/1", "the DSN has no public key before an @"),
        ("https://abc@/1", "the DSN names no host"),
        ("https://abc@example.com/", "the DSN names no project after its host"),
        ("https://abc@example.com/shop", "the DSN's project must be a number, got 'shop'"),
        ("https://abc@example.com:99999/1", "the DSN has a bad host or port"),
    ],
)
def test_what_is_wrong_is_said_without_the_key(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match="DSN") as error:
        parse_dsn(text)

    assert str(error.value).startswith(wrong)
    assert "abc" not in str(error.value)
    assert redact(text) == "a DSN that cannot be read"


@given(st.text(max_size=80) | st.from_regex(r"https?://[^/]{0,20}/\d{0,5}", fullmatch=True))
def test_any_text_is_a_dsn_or_a_value_error(text: str) -> None:
    try:
        dsn = parse_dsn(text)
    except ValueError:
        return
    assert dsn.public_key not in dsn.redacted.partition("@")[0]

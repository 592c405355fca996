# ruff: noqa: E501 - a text and what it becomes, on one line
"""What looks like a secret goes, what looks like ordinary text stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdk_config.privacy import Scrubber
from sdk_config.privacy.keys import Keys
from sdk_config.privacy.patterns import Patterns
from sdk_config.privacy.text import Text

PUT = "[Filtered]"

SECRETS = {
    "a card with spaces": ("paid with 4111 1111 1111 1111.", "paid with [Filtered]."),
    "a card of another issuer": ("5555555555554444", PUT),
    "a social security number": ("ssn is 536-22-1234", "ssn is [Filtered]"),
    "an account": ("to DE89 3704 0044 0532 0130 00", "to [Filtered]"),
    "an address": ("from ann.lee+x@mail.clinic.example!", "from [Filtered]!"),
    "an encoded address": ("mail=ann%40clinic.example", "mail=[Filtered]"),
    "a phone": ("call +49 170 1234567 now", "call [Filtered] now"),
    "a phone of the States": ("(212) 555-0123", PUT),
    "a web token": ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.c2lnbg", "got [Filtered]"),
    "a cloud key": ("key AKIA" + "IOSFODNN7EXAMPLE", "key [Filtered]"),
    "a bearer": ("sent Bearer abcdef123456", "sent Bearer [Filtered]"),
    "basic credentials": ("basic dXNlcjpwYXNz", "basic [Filtered]"),
    "a key block": (
        "x -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- y",
        "x [Filtered] y",
    ),
    "a key block that was cut": ("-----BEGIN PRIVATE KEY-----\\nMIIE", PUT),
    "a token by chance": ("got J4f9Kq2mX7bR8tZ1wL5v", "got [Filtered]"),
    "a token of a forge, in small letters": ("gloas-" + "ab12" * 16, PUT),
    "a key of a mailing list": ("key " + "0af7" * 8 + "-us10 set", "key [Filtered] set"),
    "a token of a package index": ("pypi-AgEIcHlwaS5vcmc" + "abcdefgh" * 6, PUT),
    "an option and a word": ("prog --password hunter", "prog --password [Filtered]"),
    "a short option": ("--pin 12", "--pin [Filtered]"),
    "an option in letters": ("--pin abcdefghijklmn", "--pin [Filtered]"),
    "credentials in capitals": ("BEARER abc123", "BEARER [Filtered]"),
    "a place in a document of GraphQL": (
        'no user\n\nGraphQL request:1:3\n1 | { user(name: "ann") { id } }',
        'no user\n\nGraphQL request:1:3\n1 | { user(name: "[Filtered]") { id } }',
    ),
    "a chat hook": (
        "https://hooks.example/services/T0000000/B0000000/" + "abcdefghijklmnopqrst",
        "https://hooks.example/services/T0000000/B0000000/[Filtered]",
    ),
    "a database's detail": ("Key (email)=(ann) exists", "Key (email)=([Filtered]) exists"),
    "a value in a representation": ("{'password': 'x', 'n': 1}", "{'password': '[Filtered]', 'n': 1}"),
    "a value in JSON in a string": (r'"{\"token\": \"x y\"}"', r'"{\"token\": \"[Filtered]\"}"'),
    "a whole collection": ("{'credentials': {'a': ['b']}, 'n': 1}", "{'credentials': [Filtered], 'n': 1}"),
    "a value that was cut": ("{'password': 'hunter", "{'password': '[Filtered]"),
    "a header": ("Authorization: Basic abc d\nHost: x", "Authorization: [Filtered]\nHost: x"),
    "headers as pairs": ("[(b'authorization', b'x'), (b'host', b'y')]", "[(b'authorization', b'[Filtered]'), (b'host', b'y')]"),
    "an option": ("prog --password hunter2 -n 3", "prog --password [Filtered] -n 3"),
    "a driver's parameters": ("[parameters: ('x', 7)]", "[parameters: [Filtered]]"),
    "a validator's input": ("[input_value='x', input_type=str]", "[input_value='[Filtered]', input_type=str]"),
    "a wrapped value": ("secret=Text('abc')", "secret=Text('[Filtered]')"),
    "user information": ("redis://app:pw@db:6379/0", "redis://[Filtered]:[Filtered]@db:6379/0"),
    "a query": ("GET /x?token=abc&page=2 HTTP/1.1", "GET /x?token=[Filtered]&page=2 HTTP/1.1"),
    "a path": ("/reset/a1b2c3D4/confirm", "/reset/[Filtered]/confirm"),
    "a literal": ("SELECT a FROM t WHERE b = 'x' AND c = 5", "SELECT a FROM t WHERE b = '[Filtered]' AND c = 5"),
}  # fmt: skip

ORDINARY = [
    "0af7651916cd43dd8448eb211c80319c",
    "550e8400-e29b-41d4-a716-446655440000",
    "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
    "2026-11-22T05:00:00.123456+00:00",
    "2026-11-22 05:00:00,123",
    "1700000000000",
    "1700000000.123456",
    "1732252800123456789",
    "shop@2.0.3",
    "backend@1.0.0-rc.1+build.5",
    "v2.0.3",
    "192.168.0.17:8000",
    "SELECT id, name FROM users WHERE id = %s AND state = ?",
    "INSERT INTO orders (id, total) VALUES ($1, $2)",
    "/usr/lib/python3.11/site-packages/sqlalchemy/engine/base.py",
    "sqlalchemy.engine.base.Connection._execute_context",
    "return self.view_functions[rule.endpoint](**view_args)",
    "<Order object at 0x7f1c2a3b4c5d>",
    "order 4711 of 19.90 EUR has 5 items",
    "card declined for 4711",
    "4111 1111 1111 1112",
    "000-12-3456",
    "DE00 3704 0044 0532 0130 00",
    "OAuth2AuthorizationCodeBearerError",
    "getUserById2FromDatabaseConnection",
    "gen_ai.usage.total_tokens=17, max_tokens: 500",
    "https://shop.example/users/12345/orders?page=2&sort=name#top",
    "password is required",
    "basic authentication failed",
    "expected ')' at line 3, column 14: x = (1, 2",
    "key: value, count: 3",
    "decorator @app.route used",
    "Timeout after 30.0s (attempt 3/5)",
    "{'id': 7, 'name': 'ab', 'items': [1, 2]}",
    '127.0.0.1 - - [22/Nov/2026:05:00:00 +0000] "GET /health HTTP/1.1" 200 15',
]


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber()


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_replaced_and_the_rest_of_the_text_stays(name: str, scrubber: Scrubber) -> None:
    text, expected = SECRETS[name]

    assert scrubber.text(text) == expected
    assert scrubber.text(expected) == expected


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_the_same_object_after(text: str, scrubber: Scrubber) -> None:
    assert scrubber.text(text) is text


def test_a_service_adds_keys_and_patterns_and_keeps_names() -> None:
    scrubber = Scrubber(
        extra_keys=["api_secret", "maiden"], allow_keys=["token"], patterns=[r"PAT-\d{6}"]
    )

    found = scrubber.event(
        {"extra": {"MaidenName": "Lee", "token": "t", "note": "PAT-123456", "api-secret": 1}}, {}
    )

    assert found == {"extra": {"MaidenName": PUT, "token": "t", "note": PUT, "api-secret": PUT}}


def test_lines_of_source_lose_literals_only(scrubber: Scrubber) -> None:
    lines = ["PASSWORD = 'x'", "password = os.environ['PASSWORD']", "token = make_token(user)"]
    frame = {"context_line": lines[0], "pre_context": lines[1:], "post_context": []}

    found = scrubber.event({"stacktrace": {"frames": [frame]}}, {})["stacktrace"]["frames"][0]

    assert found["context_line"] == "PASSWORD = '[Filtered]'"
    assert found["pre_context"] == lines[1:]


def test_a_detector_of_the_service_is_asked_about_every_text() -> None:
    def parcels(text: str) -> list[str]:
        return [word for word in text.split() if word.startswith("parcel-")]

    scrubber = Scrubber(detectors=[parcels])
    event = {"message": "lost parcel-x", "extra": {"parcel-y z": ["on parcel-x", "plain"]}}

    found = scrubber.event(event, {})

    assert found == {"message": f"lost {PUT}", "extra": {f"{PUT} z": [f"on {PUT}", "plain"]}}
    # What was clean is remembered; what was not is asked again.
    assert scrubber.event(event, {}) == found


PIECES = [
    "SELECT ", " FROM t", "'", '"', "12", "34567", "-", " -", "--pin ", "DE89 ", "3704 0044 ", "abcd",
    "ghp_", "sk_live_", "/services/T", "B", "/reset/", "word", "abcdefghijkl", "Bearer ", "(", ")",
    "[", ",", " ", "/", ".", "key", "_", "555-0123", "212-", "+49 ", "eyJ", "x", "GOCSPX-", "\n", "é",
]  # fmt: skip


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_what_the_first_look_calls_plain_is_clean_by_all_patterns(text: str) -> None:
    patterns = Patterns()
    without_first_look = Patterns(extra=["(?!)"])
    if patterns.is_plain(text) and "/" not in text:
        judged = Text(Keys(), without_first_look, PUT)
        assert judged.redact(text) == text


@pytest.mark.parametrize(
    "text",
    ["ghp_" + "abcdefgh" * 4, "key sk_live_" + "abcdefgh" * 3, "GOCSPX-" + "abcdefgh" * 3],
)
def test_a_token_without_a_digit_is_known_by_its_beginning(text: str, scrubber: Scrubber) -> None:
    assert scrubber.text(text).endswith(PUT)

"""Credentials of an ingest request, in every place where SDKs put them (PROTOCOL.md 1.2).

Rule: there is no precedence. Two credentials, even equal ones, are refused.
May import: errors, protocol.dsn.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fake_relay.errors import BadAuth
from fake_relay.protocol.dsn import is_strict_key

NEWEST_VERSION = 7


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who sends: the public key, the protocol version and the client's `name/version`."""

    public_key: str
    version: int = NEWEST_VERSION
    client: str = ""


def from_request(
    headers: Mapping[str, str],
    query: str,
    path_key: str | None = None,
    *,
    strict_key: bool = False,
) -> Credentials | None:
    """Find the one credential of a request; None when there is none.

    `headers` are looked up by lower-case name, `query` is the raw query string, `path_key`
    the key segment of paths that have one. Raises `BadAuth`.
    """
    found = list(_payloads(headers, query, path_key))
    if not found:
        return None
    if len(found) > 1:
        raise BadAuth("multiple authorization payloads detected")
    return _credentials(found[0], strict_key=strict_key)


def _payloads(
    headers: Mapping[str, str], query: str, path_key: str | None
) -> Iterator[dict[str, str]]:
    if text := headers.get("x-sentry-auth"):
        yield from _sentry_header(text)
    if text := headers.get("authorization"):
        yield from _sentry_header(text)
        yield from _basic_header(text)
    # Relay looks for the substring, so `?sentry_release=1` counts as an attempt.
    if "sentry_" in query:
        yield dict(parse_qsl(query, keep_blank_values=True))
    if path_key:
        yield {"sentry_key": path_key}


def _sentry_header(text: str) -> Iterator[dict[str, str]]:
    if len(text) < 7 or text[:7].lower() != "sentry ":
        return
    pairs = (piece.split("=") for piece in text[7:].split(","))
    yield {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) > 1}


def _basic_header(text: str) -> Iterator[dict[str, str]]:
    if text[:6].lower() != "basic ":
        return
    try:
        user, colon, _ = base64.b64decode(text[6:].strip(), validate=True).partition(b":")
        key = user.decode("ascii")
    except (binascii.Error, ValueError):
        return
    if colon:
        yield {"sentry_key": key}


def _credentials(fields: Mapping[str, str], *, strict_key: bool) -> Credentials:
    version_text = fields.get("sentry_version", str(NEWEST_VERSION)).partition(".")[0]
    if not (version_text.isascii() and version_text.isdigit()):
        raise BadAuth(
            "bad x-sentry-auth header", "invalid value for version", reason="auth_version"
        )
    key, _, flags = fields.get("sentry_key", "").partition(".")
    if not key:
        raise BadAuth("bad x-sentry-auth header", "missing public key in auth header")
    if strict_key and (not is_strict_key(key) or flags not in ("", "no-cache")):
        raise BadAuth("bad sentry DSN public key", "invalid project key", status=400)
    version = int(version_text)
    if version > NEWEST_VERSION:
        raise BadAuth(
            f"unsupported protocol version ({version})", status=400, reason="auth_version"
        )
    return Credentials(key, version, fields.get("sentry_client", ""))

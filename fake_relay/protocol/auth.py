"""Credentials of an ingest request, in every place where SDKs put them (PROTOCOL.md 1.2).

Rule: there is no precedence. Two credentials, even equal ones, are refused. Within one
query string the last `sentry_key` counts, as in Relay.
May import: errors, protocol.dsn.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

import msgspec

from fake_relay.errors import BadAuth
from fake_relay.protocol.dsn import is_public_key

NEWEST_VERSION = 7

_MAX_VERSION: Final = 0xFFFF
_QUERY_NAMES = frozenset({"sentry_key", "sentry_version", "sentry_client"})
_MAX_CACHED: Final = 4096
"""Characters of credentials that are remembered; more than that is an event in a query."""


class Credentials(msgspec.Struct, frozen=True, gc=False):
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
    own = headers.get("x-sentry-auth", "")
    general = headers.get("authorization", "")
    if len(own) + len(general) + len(query) > _MAX_CACHED:
        return _find(own, general, query, path_key, strict_key)
    # An SDK sends the same credentials with every request.
    return _find_cached(own, general, query, path_key, strict_key)


def claimed(headers: Mapping[str, str], query: str, path_key: str | None = None) -> Credentials:
    """What a request claims to be from, however wrong; empty for what it does not say."""
    general = headers.get("authorization", "")
    for fields in _payloads(headers.get("x-sentry-auth", ""), general, query, path_key):
        if key := fields.get("sentry_key", ""):
            client = fields.get("sentry_client", "").encode("utf-8", "replace").decode()
            return Credentials(key.encode("utf-8", "replace").decode(), client=client)
    return Credentials("")


def _find(
    own: str, general: str, query: str, path_key: str | None, strict_key: bool
) -> Credentials | None:
    found = list(_payloads(own, general, query, path_key))
    if not found:
        return None
    if len(found) > 1:
        raise BadAuth("multiple authorization payloads detected")
    return _credentials(found[0], strict_key=strict_key)


_find_cached = lru_cache(maxsize=1024)(_find)


def _payloads(own: str, general: str, query: str, path_key: str | None) -> Iterator[dict[str, str]]:
    # Relay does not read header values with bytes outside of ASCII.
    if own.isascii():
        yield from _sentry_header(own)
    if general.isascii():
        yield from _sentry_header(general)
        yield from _basic_header(general)
    # Relay looks for the substring, so `?sentry_release=1` counts as an attempt.
    if "sentry_" in query:
        yield _query_fields(query)
    if path_key:
        yield {"sentry_key": path_key}


def _query_fields(query: str) -> dict[str, str]:
    # Only these are decoded: the query of a GET can carry a whole event beside them.
    pairs = (piece.partition("=") for piece in query.split("&"))
    found = {name: value for name, _, value in pairs if name in _QUERY_NAMES}
    return {name: unquote_plus(value) for name, value in found.items()}


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
    version = _version(fields.get("sentry_version", str(NEWEST_VERSION)))
    key, _, flags = fields.get("sentry_key", "").partition(".")
    if not key:
        raise BadAuth("bad x-sentry-auth header", "missing public key in auth header")
    if not is_public_key(key, flags, strict=strict_key):
        raise BadAuth("bad sentry DSN public key", "invalid project key", status=400)
    if version > NEWEST_VERSION:
        raise BadAuth(
            f"unsupported protocol version ({version})", status=400, reason="auth_version"
        )
    client = fields.get("sentry_client", "").encode("utf-8", "replace").decode()
    return Credentials(key, version, client)


def _version(text: str) -> int:
    digits = text.partition(".")[0]
    if digits.isascii() and digits.isdigit() and len(digits) <= len(str(_MAX_VERSION)):
        version = int(digits)
        if version <= _MAX_VERSION:
            return version
    raise BadAuth("bad x-sentry-auth header", "invalid value for version", reason="auth_version")

"""Addresses: user information, queries, fragments, and segments that are secrets.

Rule: the shape of the route stays; a value is judged decoded and replaced as a whole.
May import: keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

from sdk_config.privacy.keys import Keys

Judge = Callable[[str], str]
"""Text to text without secrets."""

_URL = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]{0,20}+)://(?P<rest>(?:\[Filtered\]|[^\s'\"<>`\\])+)")
_QUERY = re.compile(r"\?(?P<query>[\w.%\[\]-]+=(?:\[Filtered\]|[^\s'\"<>`\\#])*)")
_USER = re.compile(r"[^/@?#]{1,400}@")
_AFTER = frozenset(
    [
        "reset",
        "verify",
        "verification",
        "confirm",
        "confirmation",
        "activate",
        "activation",
        "invite",
        "invitation",
        "invites",
        "unsubscribe",
        "magic",
        "magic-link",
        "magiclink",
        "token",
        "tokens",
        "reset-password",
        "password-reset",
        "reset_password",
        "password_reset",
        "accept-invite",
        "otp",
        "share",
        "secret",
        "secrets",
        "apikey",
        "sessions",
    ]
)
"""Segments after which a path names a secret."""
_WORD = re.compile(r"[a-z][a-z_.-]{0,30}|[0-9]{1,9}|v\d+|\{\w*\}|<[\w:]*>|:\w+|")


def redact_urls(text: str, keys: Keys, judge: Judge, put: str) -> str:
    """A text with addresses, each without its secrets."""
    if "://" in text:
        text = _URL.sub(lambda found: _url(found, keys, judge, put), text)
    if "?" in text and "=" in text:
        text = _QUERY.sub(lambda found: "?" + redact_query(found["query"], keys, judge, put), text)
    return text


def redact_query(query: str, keys: Keys, judge: Judge, put: str) -> str:
    """A query or form (`a=b&c=d`), without its leading question mark."""
    return "&".join(_parameter(part, keys, judge, put) for part in query.split("&"))


def redact_path(path: str, put: str) -> str:
    """A path without what follows words such as `reset` or `invite`; the shape stays."""
    segments = path.split("/")
    if _AFTER.isdisjoint(segment.lower() for segment in segments[:-1]):
        return path
    for index in range(1, len(segments)):
        if segments[index - 1].lower() in _AFTER and not _WORD.fullmatch(segments[index]):
            segments[index] = put
    return "/".join(segments)


def _url(found: re.Match[str], keys: Keys, judge: Judge, put: str) -> str:
    rest = found["rest"]
    user = _USER.match(rest)
    if user is not None:
        name, colon, secret = user[0][:-1].partition(":")
        kept = "" if not colon else f"{put if name else ''}:{put if secret else ''}"
        rest = f"{kept or put}@{rest[user.end() :]}"
    base, mark, query = rest.partition("?")
    base, hash_mark, fragment = base.partition("#")
    path = redact_path(base, put)
    if fragment:
        fragment = _fragment(fragment, keys, judge, put)
    if mark:
        query, hash_mark, fragment = query.partition("#")
        query = redact_query(query, keys, judge, put)
        fragment = _fragment(fragment, keys, judge, put)
    return f"{found['scheme']}://{path}{mark}{query}{hash_mark}{fragment}"


def _fragment(text: str, keys: Keys, judge: Judge, put: str) -> str:
    return redact_query(text, keys, judge, put) if "=" in text else text


def _parameter(part: str, keys: Keys, judge: Judge, put: str) -> str:
    name, equals, value = part.partition("=")
    if not equals or not value or value == put:
        return part
    plain = unquote_plus(value)
    if keys.is_sensitive(unquote_plus(name)) or judge(plain) != plain:
        return f"{name}={put}"
    return part

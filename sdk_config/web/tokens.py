"""The user in a JSON Web Token: read only when its signature is verified.

Rule: no key, no user. `alg` must be one that was asked for, so that "none" and a public key in
place of a secret get nobody in (RFC 8725, 3.1); times are checked.
May import: web.incoming.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sdk_config.web.incoming import Incoming

HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
"""What is verified here; for other algorithms give a `decode` of a JWT library."""

LONGEST = 16_384
"""Characters; more than servers take in a header."""

CLAIMS: Mapping[str, Sequence[str]] = {
    "id": ("sub", "user_id", "id"),
    "email": ("email",),
    "username": ("preferred_username", "username"),
    "role": ("role",),
}
"""A user's fields, and the claims that may hold each."""


class JWTReader:
    """Reads the user from `Authorization: Bearer ...`, by a shared secret or by `decode`.

    `decode` takes the token and gives its claims, or raises: for instance a function of a JWT
    library with a public key. Without either, no user is read, and `problem` says so.
    """

    def __init__(
        self,
        key: str | bytes | None = None,
        *,
        algorithms: Sequence[str] = ("HS256",),
        decode: Callable[[str], Mapping[str, Any]] | None = None,
        header: str = "Authorization",
        audience: str | None = None,
        issuer: str | None = None,
        leeway: float = 0.0,
        claims: Mapping[str, Sequence[str]] = CLAIMS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        unknown = sorted(set(algorithms) - HASHES.keys())
        if unknown and decode is None:
            raise ValueError(
                f"algorithms {unknown} need a decode= function; known here: {', '.join(HASHES)}"
            )
        self._key = key.encode() if isinstance(key, str) else key
        self._algorithms = frozenset(algorithms)
        self._decode = decode
        self._header = header.lower()
        self._audience = audience
        self._issuer = issuer
        self._leeway = leeway
        self._claims = claims
        self._clock = clock

    @property
    def problem(self) -> str | None:
        """Why no user will ever be read, or None (S3-52)."""
        if self._key or self._decode:
            return None
        return "there is no key to verify tokens with, so no user is read; is SECRET_KEY set?"

    def user(self, incoming: Incoming) -> dict[str, Any] | None:
        """The fields of the user whose valid token came with the request; None otherwise."""
        token = _bearer(incoming.headers.get(self._header, ""))
        if token is None or self.problem:
            return None
        try:
            claims = self._decode(token) if self._decode else self._verified(token)
        except Exception:  # noqa: BLE001 - whatever is wrong with a token, it names nobody
            return None
        found = {field: _first(claims, names) for field, names in self._claims.items()}
        user = {field: value for field, value in found.items() if value is not None}
        return user if "id" in user else None

    def _verified(self, token: str) -> Mapping[str, Any]:
        head, payload, signature = token.split(".")
        name = _json(head).get("alg")
        if name not in self._algorithms:
            raise ValueError(f"algorithm {name!r} was not asked for")
        signed = hmac.new(self._key or b"", f"{head}.{payload}".encode(), HASHES[name]).digest()
        if not hmac.compare_digest(signed, _bytes(signature)):
            raise ValueError("the signature is not ours")
        claims = _json(payload)
        self._check(claims)
        return claims

    def _check(self, claims: Mapping[str, Any]) -> None:
        now = self._clock()
        if "exp" in claims and now >= float(claims["exp"]) + self._leeway:
            raise ValueError("expired")
        if "nbf" in claims and now < float(claims["nbf"]) - self._leeway:
            raise ValueError("not valid yet")
        if self._issuer is not None and claims.get("iss") != self._issuer:
            raise ValueError("another issuer")
        said = claims.get("aud")
        if self._audience not in (None, said) and self._audience not in (
            said if isinstance(said, list) else ()
        ):
            raise ValueError("another audience")


def _bearer(header: str) -> str | None:
    scheme, _, token = header.strip().partition(" ")
    token = token.strip()
    good = scheme.lower() == "bearer" and token.isascii() and 0 < len(token) <= LONGEST
    return token if good else None


def _first(claims: Mapping[str, Any], names: Sequence[str]) -> Any:
    for name in names:
        value = claims.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            return value
    return None


def _json(part: str) -> dict[str, Any]:
    found = json.loads(_bytes(part))
    if not isinstance(found, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - every refusal is the same
    return found


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error

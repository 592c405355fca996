"""Parse and format a DSN (PROTOCOL.md 1.1).

A DSN is the only thing that an application changes to be caught, so it is parsed the
way Relay does it, and written so that every SDK takes it.
May import: errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from fake_relay.errors import InvalidDsn

KEY_LENGTH = 32
MAX_PROJECT_ID = 2**64 - 1
DEFAULT_PORTS = {"http": 80, "https": 443}


def is_strict_key(key: str) -> bool:
    """Whether Relay takes this public key: exactly 32 ASCII characters, hex or not."""
    return len(key) == KEY_LENGTH and key.isascii()


def is_public_key(key: str, flags: str = "", *, strict: bool) -> bool:
    """Whether a public key, and what stood behind its first dot, is taken.

    Strictly, as Relay does: 32 characters and no flag but `no-cache` (PROTOCOL.md 1.1).
    Otherwise any printable ASCII text, which is what can be in a DSN.
    """
    if strict:
        return is_strict_key(key) and flags in ("", "no-cache")
    return bool(key) and key.isascii() and key.isprintable()


def is_project_id(text: str) -> bool:
    """Whether Relay takes this project id: an unsigned 64-bit integer in decimal."""
    if not (text.isascii() and text.isdigit()):
        return False
    digits = text.lstrip("0")
    return len(digits) <= 20 and int(digits or "0") <= MAX_PROJECT_ID


def canonical_project_id(text: str) -> str:
    """A project id without leading zeros, the number as which Relay compares it."""
    return text.lstrip("0") or "0"


@dataclass(frozen=True, slots=True)
class Dsn:
    """`{scheme}://{public_key}[:{secret_key}]@{host}[:{port}][/{path}]/{project_id}`."""

    scheme: str
    public_key: str
    host: str
    project_id: str
    port: int | None = None
    secret_key: str = ""
    path: str = ""

    @classmethod
    def parse(cls, text: str, *, strict_key: bool = False) -> Dsn:
        """Read a DSN; raises `InvalidDsn` with the wording of sentry-types."""
        try:
            url = urlsplit(text.strip())
            port = url.port
        except ValueError as error:
            raise InvalidDsn("no valid url provided") from error
        if url.scheme not in DEFAULT_PORTS:
            raise InvalidDsn("no valid scheme")
        if not url.hostname:
            raise InvalidDsn("no valid url provided")
        key, _, flags = (url.username or "").partition(".")
        if not key:
            raise InvalidDsn("username is empty")
        if not is_public_key(key, flags, strict=strict_key):
            raise InvalidDsn("invalid project key")
        path, _, project_id = url.path.rstrip("/").rpartition("/")
        if not project_id:
            raise InvalidDsn("empty path")
        if not is_project_id(project_id):
            raise InvalidDsn("invalid project id")
        return cls(
            scheme=url.scheme,
            public_key=key,
            secret_key=url.password or "",
            host=url.hostname,
            port=port,
            path=path,
            project_id=canonical_project_id(project_id),
        )

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a browser would write them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port is None else f":{self.port}")

    @property
    def envelope_url(self) -> str:
        """Where an SDK with this DSN sends its envelopes."""
        return f"{self.origin}{self.path}/api/{self.project_id}/envelope/"

    def __str__(self) -> str:
        user = self.public_key + (f":{self.secret_key}" if self.secret_key else "")
        scheme, _, rest = self.origin.partition("://")
        return f"{scheme}://{user}@{rest}{self.path}/{self.project_id}"

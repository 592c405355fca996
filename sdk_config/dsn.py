"""Parse a DSN, and show one without its key.

Rule: what is accepted here, the SDK accepts; each refusal says what to change, and no text that
leaves this file holds a key.
May import: the standard library.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

_ORGANIZATION = re.compile(r"^o(\d+)\.")
_SHAPE = "a DSN reads https://KEY@HOST/PROJECT"


@dataclass(frozen=True)
class Dsn:
    """Where items go: `{scheme}://{public_key}@{host}:{port}{path}{project_id}`.

    `organization_id` is that of hosts like `o123.ingest.sentry.io`. `secret_key` is the
    obsolete second half of `key:secret@`; the SDK takes it, and it must not be there (K-26).
    """

    scheme: str
    public_key: str = field(repr=False)
    host: str
    port: int
    path: str
    project_id: str
    secret_key: str | None = field(default=None, repr=False)

    @property
    def organization_id(self) -> str | None:
        """The organization in the host's name, if it has one."""
        found = _ORGANIZATION.match(self.host)
        return found.group(1) if found else None

    @property
    def redacted(self) -> str:
        """The DSN without its key, for people to read."""
        standard = {"http": 80, "https": 443}[self.scheme]
        port = "" if self.port == standard else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://***@{host}{port}{self.path}{self.project_id}"

    @property
    def envelope_url(self) -> str:
        """Where the SDK posts envelopes (PROTOCOL.md 1)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}api/{self.project_id}/envelope/"


def parse_dsn(text: str) -> Dsn:
    """A DSN's parts; raises `ValueError` that says what is wrong without showing the key."""
    text = text.strip()
    if text[:1] in {'"', "'"} or text[-1:] in {'"', "'"}:
        raise ValueError("the DSN stands in quotes; remove them")
    if any(char.isspace() for char in text):
        raise ValueError("the DSN has a space in it; was a line of a file cut or joined?")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"the DSN has a bad host or port; {_SHAPE}") from error
    _check(parts)
    path, _, project = parts.path.rpartition("/")
    return Dsn(
        scheme=parts.scheme,
        public_key=parts.username or "",
        host=parts.hostname or "",
        port=port or (80 if parts.scheme == "http" else 443),
        path=f"{path}/",
        project_id=_project(project),
        secret_key=parts.password,
    )


def redact(text: str) -> str:
    """Any text that should be a DSN, without what may be its key."""
    try:
        return parse_dsn(text).redacted
    except ValueError:
        return "a DSN that cannot be read"


def _check(parts: SplitResult) -> None:
    if parts.scheme not in {"http", "https"}:
        raise ValueError(f"the DSN must begin with https:// (or http://); {_SHAPE}")
    if not parts.hostname:
        raise ValueError(f"the DSN names no host; {_SHAPE}")
    if not parts.username:
        raise ValueError(f"the DSN has no public key before an @; {_SHAPE}")


def _project(text: str) -> str:
    if not text:
        raise ValueError(f"the DSN names no project after its host; {_SHAPE}")
    try:
        return str(int(text))
    except ValueError:
        raise ValueError(f"the DSN's project must be a number, got {text!r}; {_SHAPE}") from None

"""How a relay behaves: one frozen record, from defaults, a file, the environment, arguments.

Every setting carries its help text; the reference page is made from this table.
May import: errors, protocol.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MIB = 1024 * 1024


def setting(default: Any, help_text: str) -> Any:
    """A field of a settings record, with the text that documents it."""
    return field(default=default, metadata={"help": help_text})


DEFAULT_URL = "http://127.0.0.1:9119"
"""Where `serve` listens unless it is told otherwise."""
DEFAULT_PROJECT = "1"
DEFAULT_KEY = "0fa4e0e1a70fa4e0e1a70fa4e0e1a700"
"""The same at every start, so that a pasted DSN stays good."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, with Relay's defaults (PROTOCOL.md 3.2)."""

    max_envelope_size: int = setting(
        200 * MIB, "largest body of the envelope door, before and after decoding"
    )
    max_store_size: int = setting(
        1 * MIB, "largest body of the legacy store door, before and after decoding"
    )


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """A project that strict mode knows, with the public keys that it takes."""

    project_id: str = setting("", "the project's number, as in its DSN")
    public_keys: tuple[str, ...] = setting(
        (), "keys that may send to the project; with none, every well-formed key may"
    )


@dataclass(frozen=True, slots=True)
class RelayConfig:
    """The settings of a relay."""

    strict: bool = setting(
        False, "refuse unknown projects and keys that Sentry would not have made, as Sentry does"
    )
    lenient: bool = setting(
        False, "take envelopes with framing slips that Sentry refuses, and flag them"
    )
    limits: Limits = field(default_factory=Limits)
    projects: tuple[ProjectConfig, ...] = ()

    def project(self, project_id: str) -> ProjectConfig | None:
        """The configured project of that id, if there is one."""
        return next((known for known in self.projects if known.project_id == project_id), None)

    def offered(self) -> tuple[str, str]:
        """Project and key of the DSN to paste: the first configured ones, or ours."""
        for known in self.projects[:1]:
            return known.project_id, (known.public_keys or (DEFAULT_KEY,))[0]
        return DEFAULT_PROJECT, DEFAULT_KEY

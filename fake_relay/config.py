"""How a relay behaves: one frozen record, from defaults, a file, the environment, arguments.

May import: errors, protocol.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes and counts, with Relay's defaults (PROTOCOL.md 3.2)."""

    max_envelope_size: int = 200 * MIB
    max_store_size: int = 1 * MIB


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """A project that strict mode knows, with the public keys that it takes."""

    project_id: str
    public_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RelayConfig:
    """The settings of a relay.

    `strict`: only configured projects and keys of 32 characters, as Sentry does.
    `lenient`: tolerate framing slips that Relay refuses; what was tolerated is flagged.
    """

    strict: bool = False
    lenient: bool = False
    limits: Limits = field(default_factory=Limits)
    projects: tuple[ProjectConfig, ...] = ()

    def project(self, project_id: str) -> ProjectConfig | None:
        """The configured project of that id, if there is one."""
        return next((known for known in self.projects if known.project_id == project_id), None)

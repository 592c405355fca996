"""How a relay behaves: one frozen record, from defaults, a file, the environment, arguments.

Every setting carries its help text; the reference page is made from these tables. What a
project says nothing about is as the top of the configuration says.
May import: address, errors, protocol, msgspec.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fake_relay.address import DEFAULT_URL
from fake_relay.config.faults import Fault
from fake_relay.config.filters import Filters
from fake_relay.config.limits import Limits
from fake_relay.config.quotas import Quota
from fake_relay.config.sampling import Sampling
from fake_relay.config.scrubbing import Scrubbing
from fake_relay.config.setting import setting
from fake_relay.config.upstreams import MappedProject, Upstream

DEFAULT_PROJECT = "1"
DEFAULT_KEY = "0fa4e0e1a70fa4e0e1a70fa4e0e1a700"
"""The same at every start, so that a pasted DSN stays good."""


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """A project that strict mode knows, with its keys and what differs from the top."""

    project_id: str = setting("", "the project's number, as in its DSN")
    public_keys: tuple[str, ...] = setting(
        (), "keys that may send to the project; with none, every well-formed key may"
    )
    allowed_domains: tuple[str, ...] | None = setting(
        None, "origins from which browsers may send, instead of those at the top"
    )
    filters: Filters | None = setting(None, "inbound filters instead of those at the top")
    quotas: tuple[Quota, ...] | None = setting(None, "quotas instead of those at the top")
    scrubbing: Scrubbing | None = setting(None, "scrubbing instead of that at the top")
    sampling: Sampling | None = setting(None, "rules of sampling instead of those at the top")


@dataclass(frozen=True, slots=True)
class RelayConfig:
    """The settings of a relay."""

    strict: bool = setting(
        False, "refuse unknown projects and keys that Sentry would not have made, as Sentry does"
    )
    lenient: bool = setting(
        False, "take envelopes with framing slips that Sentry refuses, and flag them"
    )
    allowed_domains: tuple[str, ...] = setting(
        ("*",), "origins from which browsers may send: `*`, `example.com`, `*.example.com`"
    )
    scrub_at_rest: bool = setting(
        False, "scrub before storing and keep only that, never the bytes as they were sent"
    )
    limits: Limits = field(default_factory=Limits)
    filters: Filters = field(default_factory=Filters)
    quotas: tuple[Quota, ...] = ()
    scrubbing: Scrubbing = field(default_factory=Scrubbing)
    sampling: Sampling = field(default_factory=Sampling)
    faults: tuple[Fault, ...] = ()
    upstreams: tuple[Upstream, ...] = ()
    projects: tuple[ProjectConfig, ...] = ()

    def project(self, project_id: str) -> ProjectConfig | None:
        """The configured project of that id, if there is one."""
        return next((known for known in self.projects if known.project_id == project_id), None)

    def settings_of(self, project_id: str) -> ProjectSettings:
        """What holds for a project: its own settings, and those at the top for the rest."""
        own = self.project(project_id) or ProjectConfig(project_id)
        return ProjectSettings(
            self.allowed_domains if own.allowed_domains is None else own.allowed_domains,
            self.filters if own.filters is None else own.filters,
            self.quotas if own.quotas is None else own.quotas,
            self.scrubbing if own.scrubbing is None else own.scrubbing,
            self.sampling if own.sampling is None else own.sampling,
        )

    def offered(self) -> tuple[str, str]:
        """Project and key of the DSN to paste: the first configured ones, or ours."""
        for known in self.projects[:1]:
            return known.project_id, (known.public_keys or (DEFAULT_KEY,))[0]
        return DEFAULT_PROJECT, DEFAULT_KEY


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What holds for one project."""

    allowed_domains: tuple[str, ...]
    filters: Filters
    quotas: tuple[Quota, ...]
    scrubbing: Scrubbing
    sampling: Sampling = field(default_factory=Sampling)


__all__ = [
    "DEFAULT_KEY",
    "DEFAULT_PROJECT",
    "DEFAULT_URL",
    "Fault",
    "Filters",
    "Limits",
    "MappedProject",
    "ProjectConfig",
    "ProjectSettings",
    "Quota",
    "RelayConfig",
    "Sampling",
    "Scrubbing",
    "Upstream",
    "setting",
]

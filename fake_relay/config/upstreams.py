"""Upstreams: the Sentries to which items are forwarded, and how (DESIGN.md 7).

Rule: nothing leaves unless `enabled` says so, and nothing unscrubbed unless `scrub` does.
May import: config.setting, config.scrubbing, errors, protocol.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal
from urllib.parse import urlsplit

from fake_relay.config.scrubbing import Scrubbing
from fake_relay.config.setting import MIB, setting
from fake_relay.errors import ConfigError
from fake_relay.protocol.dsn import Dsn

Compression = Literal["auto", "zstd", "br", "gzip", "none"]

UNKNOWN: Final = "unknown"
"""What stands for all item types that nobody knows, among the item types of an upstream."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class MappedProject:
    """A project here, and where its items go."""

    project: str = setting("", "the number of the project here")
    dsn: str = setting("", "the DSN of the project there")

    def __post_init__(self) -> None:
        """Refuse a mapping that leads nowhere; raises `ConfigError`."""
        if not self.project:
            raise ConfigError(f"the mapping to {self.dsn!r} names no project")
        Dsn.parse(self.dsn)


# Not slotted, for its DSNs are parsed once.
@dataclass(frozen=True)
class Upstream:
    """One upstream; times are in seconds.

    Raises `ConfigError` for settings by which nothing could be delivered.
    """

    name: str = setting("", "what it is called in commands, in the API and in metrics")
    dsn: str = setting("", "where items go: the DSN of a project there")
    enabled: bool = setting(False, "forward what arrives; without it, only what is sent by hand")
    query: str = setting("", "forward only what this search finds; client reports always go")
    item_types: tuple[str, ...] = setting(
        (), f"forward only these item types, `{UNKNOWN}` for those nobody knows; none means all"
    )
    exclude_types: tuple[str, ...] = setting((), "item types that are not forwarded")
    environments: tuple[str, ...] = setting(
        (), "patterns of environments that are forwarded; `!` in front leaves out"
    )
    releases: tuple[str, ...] = setting(
        (), "patterns of releases that are forwarded; `!` in front leaves out"
    )
    sample_rate: float = setting(
        1.0, "share of traces that is forwarded, of events where there is no trace"
    )
    scrub: bool = setting(True, "scrub before forwarding; needs the extra `fake-relay[relay]`")
    scrubbing: Scrubbing | None = setting(None, "scrubbing instead of that of the project")
    projects: tuple[MappedProject, ...] = setting((), "projects that go elsewhere than to `dsn`")
    other_projects: bool = setting(True, "forward projects that are not mapped, to `dsn`")
    client_reports: bool = setting(True, "tell the upstream what these rules and limits left out")
    report_every: float = setting(30.0, "seconds between such reports")
    compression: Compression = setting(
        "auto", "`zstd`, `br`, `gzip`, `none`, or `auto`: the first of them that is taken"
    )
    concurrency: int = setting(4, "requests at a time, for all projects")
    per_project: int = setting(
        1, "requests at a time for one project; with more, its envelopes can overtake each other"
    )
    connect_timeout: float = setting(10.0, "seconds until there is a connection")
    timeout: float = setting(30.0, "seconds until there is an answer")
    retry_base: float = setting(1.0, "most seconds before the first retry; doubles each time")
    retry_most: float = setting(300.0, "most seconds before any retry")
    breaker_after: int = setting(5, "failures in a row after which one request at a time tries")
    max_attempts: int = setting(
        20, "answers 500 to one envelope, while others are taken, that make it a dead letter"
    )
    max_age: float = setting(3 * _DAY, "seconds that an envelope may wait in the spool")
    max_envelopes: int = setting(100_000, "envelopes that may wait in the spool")
    max_bytes: int = setting(1024 * MIB, "bytes of items that may wait in the spool")
    max_dead: int = setting(10_000, "dead letters that are kept")
    verify_tls: bool = setting(True, "check the upstream's certificate")
    ca_file: str = setting("", "certificates to trust instead of the system's, a PEM file")
    proxy: str = setting("", "HTTP proxy: `http://user:password@host:port`")

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigError(
                f"upstream name {self.name!r} is not one; use letters, digits, `.`, `_` and `-`"
            )
        try:
            Dsn.parse(self.dsn)
        except ConfigError as error:
            raise ConfigError(f"upstream {self.name!r}: dsn {self.dsn!r}: {error}") from None
        if not 0 <= self.sample_rate <= 1:
            raise ConfigError(
                f"upstream {self.name!r}: sample_rate {self.sample_rate} is not from 0 to 1"
            )
        for setting_name in (
            *("concurrency", "per_project", "breaker_after", "max_attempts", "max_envelopes"),
        ):
            if getattr(self, setting_name) < 1:
                raise ConfigError(f"upstream {self.name!r}: {setting_name} is below 1")
        for setting_name in (
            "connect_timeout",
            "timeout",
            "retry_base",
            "retry_most",
            "max_age",
            "report_every",
        ):
            if not getattr(self, setting_name) > 0:
                raise ConfigError(f"upstream {self.name!r}: {setting_name} is not above 0")
        if self.proxy and urlsplit(self.proxy).scheme not in ("http", "https"):
            raise ConfigError(
                f"upstream {self.name!r}: proxy is no URL; write it like http://host:3128"
            )

    @cached_property
    def _dsns(self) -> dict[str, Dsn]:
        return {mapped.project: Dsn.parse(mapped.dsn) for mapped in self.projects}

    @cached_property
    def _default(self) -> Dsn:
        return Dsn.parse(self.dsn)

    def dsn_of(self, project: str) -> Dsn | None:
        """Where the items of a project here go; None where they do not go at all."""
        found = self._dsns.get(project)
        return self._default if found is None and self.other_projects else found

    @property
    def told_dsn(self) -> str:
        """The DSN as it may be shown: without a secret."""
        return without_secret(self.dsn)


def without_secret(dsn: str) -> str:
    """A DSN as it may be shown."""
    return str(replace(Dsn.parse(dsn), secret_key=""))

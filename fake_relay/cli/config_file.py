"""A TOML file of settings becomes settings records; every mistake is named with its key.

The top of the file is `RelayConfig`; `[web]` is `WebConfig`, `[retention]` is `Retention`;
`[scenarios]` is read by `fake-relay scenarios`.
May import: config, store, web.settings, errors.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from fake_relay.config import RelayConfig
from fake_relay.config.table import converted
from fake_relay.errors import ConfigError
from fake_relay.store.retention import Retention
from fake_relay.web.settings import WebConfig


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a settings file can say."""

    relay: RelayConfig = field(default_factory=RelayConfig)
    web: WebConfig = field(default_factory=WebConfig)
    retention: Retention = field(default_factory=Retention)


def read_settings(path: Path) -> Settings:
    """Read settings from a TOML file; raises `ConfigError` with file and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{str(path)!r} is not TOML: {error}") from error
    web, retention = data.pop("web", {}), data.pop("retention", {})
    # The same file may name a configuration to judge; `fake-relay scenarios` reads that.
    data.pop("scenarios", None)
    try:
        return Settings(
            relay=converted(data, RelayConfig, ""),
            web=converted(web, WebConfig, "web."),
            retention=converted(retention, Retention, "retention."),
        )
    except ConfigError as error:
        raise ConfigError(f"{str(path)!r}: {error}") from None

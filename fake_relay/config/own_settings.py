"""What a project says itself, read from our own table or from Relay's project configuration.

Our table has the names of `ProjectConfig`. Relay's has `filterSettings`, `quotas`,
`datascrubbingSettings`, `piiConfig`, `sampling` and `allowedDomains`, perhaps below `config`,
so that what Sentry hands out can be pasted; what it says beyond that is named as ignored.
May import: config, errors, msgspec.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from fake_relay.config import ProjectConfig
from fake_relay.config.table import converted
from fake_relay.errors import ConfigError

OWN: Final = ("allowed_domains", "filters", "quotas", "scrubbing", "sampling")

Table = Mapping[str, Any]


class OwnSettings(NamedTuple):
    """A project's settings, and the keys of Relay's configuration that mean nothing here."""

    config: ProjectConfig
    ignored: tuple[str, ...] = ()


def read_own_settings(project: str, data: Any) -> OwnSettings:
    """A project's settings from decoded JSON or TOML; raises `ConfigError` that names the key."""
    if not isinstance(data, Mapping):
        raise ConfigError(f"settings are {data!r:.40}, not an object with {', '.join(OWN)}")
    ignored: tuple[str, ...] = ()
    inner = data.get("config")
    if isinstance(inner, Mapping):
        data = inner
    if inner is not None or not RELAYS.keys().isdisjoint(data):
        data, ignored = _from_relay(data)
    for key in ("project_id", "public_keys"):
        if key in data:
            raise ConfigError(f"key {key!r} cannot be set at run time; settings are {OWN}")
    # These two have one name in both tables.
    if isinstance(data.get("quotas"), list):
        data = {**data, "quotas": [_quota(entry) for entry in data["quotas"]]}
    if isinstance(data.get("sampling"), Mapping):
        data = {**data, "sampling": _sampling(data["sampling"])}
    config = converted({**data, "project_id": project}, ProjectConfig, "")
    return OwnSettings(config, ignored)


def _from_relay(data: Table) -> tuple[dict[str, Any], tuple[str, ...]]:
    made: dict[str, Any] = {key: data[key] for key in OWN if key in data}
    ignored = [key for key in data if key not in (*OWN, *RELAYS)]
    if "allowedDomains" in data:
        made["allowed_domains"] = data["allowedDomains"]
    if "filterSettings" in data:
        made["filters"], left = _filters(_table(data["filterSettings"], "filterSettings"))
        ignored += left
    if "datascrubbingSettings" in data or "piiConfig" in data:
        made["scrubbing"] = _scrubbing(data)
    return made, tuple(ignored)


RELAYS: Final[dict[str, str]] = {
    "allowedDomains": "allowed_domains",
    "filterSettings": "filters",
    "datascrubbingSettings": "scrubbing",
    "piiConfig": "scrubbing",
}
"""Keys of Relay's configuration that tell it from ours."""


def _quota(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    made = _snake(entry)
    # Relay's scope ids are numbers, as text or not.
    if isinstance(made.get("scope_id"), int):
        made["scope_id"] = str(made["scope_id"])
    return {key: value for key, value in made.items() if value is not None}


def _filters(table: Table) -> tuple[dict[str, Any], list[str]]:
    made: dict[str, Any] = {}
    ignored = []
    for key, value in table.items():
        at = f"filterSettings.{key}"
        if key not in _READERS:
            ignored.append(at)
            continue
        fields = _table(value, at)
        if key == "generic" and fields.get("version", 1) != 1:
            ignored.append(f"{at} (version {fields['version']!r})")
        else:
            made[_snake_name(key)] = _READERS[key](fields)
    return made, ignored


def _patterns(name: str) -> Callable[[Table], Any]:
    return lambda fields: fields.get(name) or []


def _switch(fields: Table) -> Any:
    return fields.get("isEnabled", False)


def _if_enabled(name: str) -> Callable[[Table], Any]:
    return lambda fields: _patterns(name)(fields) if _switch(fields) else []


def _generic(fields: Table) -> list[Any]:
    return [
        {"is_enabled": False, **_snake(entry)} if isinstance(entry, Mapping) else entry
        for entry in _list(fields.get("filters") or [], "filterSettings.generic.filters")
    ]


_READERS: Final[dict[str, Callable[[Table], Any]]] = {
    "generic": _generic,
    "csp": _patterns("disallowedSources"),
    "clientIps": _patterns("blacklistedIps"),
    "releases": _patterns("releases"),
    "errorMessages": _patterns("patterns"),
    "localhost": _switch,
    "browserExtensions": _switch,
    "legacyBrowsers": _if_enabled("options"),
    "webCrawlers": _switch,
    "ignoreTransactions": _if_enabled("patterns"),
}


def _scrubbing(data: Table) -> dict[str, Any]:
    # Relay scrubs nothing that it was not told to.
    made: dict[str, Any] = {"scrub_data": False, "scrub_defaults": False}
    made |= _snake(_table(data.get("datascrubbingSettings") or {}, "datascrubbingSettings"))
    if data.get("piiConfig"):
        made["pii_config"] = msgspec.json.encode(data["piiConfig"]).decode()
    return made


def _sampling(table: Table) -> dict[str, Any]:
    """Relay's spelling of the rules in ours; both have one name for the whole."""
    return {
        **table,
        "rules": [_rule(rule) for rule in _list(table.get("rules", []), "sampling.rules")],
    }


def _rule(rule: Any) -> Any:
    if not isinstance(rule, Mapping):
        return rule
    made = {name: value for name, value in _snake(rule).items() if value is not None}
    if isinstance(made.get("decaying_fn"), Mapping):
        made["decaying_fn"] = _snake(made["decaying_fn"])
    return made


def _snake(table: Table) -> dict[str, Any]:
    return {_snake_name(key): value for key, value in table.items()}


def _snake_name(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _table(value: Any, at: str) -> Table:
    if not isinstance(value, Mapping):
        raise ConfigError(f"key {at!r} is {value!r:.40}, not an object")
    return value


def _list(value: Any, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise ConfigError(f"key {at!r} is {value!r:.40}, not an array")
    return value

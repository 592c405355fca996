"""The last look at what is printed: no secret of the environment or the settings is in it.

Rule: texts are made without secrets in the first place; what is taken out here is what a rule,
the application's own code or a traceback brought along. Works on values, never on finished JSON.
May import: settings, dsn, variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from sdk_config.dsn import parse_dsn
from sdk_config.settings import Settings
from sdk_config.variables import VARIABLES

PLACEHOLDER = "[redacted]"
SHORTEST = 4
"""A shorter secret is no secret, and taking its letters out would spoil every text."""
SHORTEST_GUESS = 8
"""For values that only their variable's name makes suspect."""

_SUSPECT = re.compile(
    r"TOKEN|SECRET|PASSW|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|_KEY$|^KEY$|DSN|COOKIE|AUTH",
    re.IGNORECASE,
)
_PIECES = re.compile(r"[\s/:@?&=,;\"'#]+")
_PREFIX = re.compile(r"^sntr(?:ys|yu|ya)_")
_TOKENS = re.compile(r"\bsntr(?:ys|yu|ya)_[\w=+/.-]{8,}|(?<=://)[^\s/@:]+(?::[^\s/@]*)?@")


@dataclass(frozen=True)
class Secrets:
    """Values that must not be printed, the longest first."""

    values: tuple[str, ...]

    def redacted(self, text: str) -> str:
        """The text without any of them, and without what looks like a token or URL credentials."""
        for value in self.values:
            text = text.replace(value, PLACEHOLDER)
        return _TOKENS.sub(_token, text)

    def cleaned(self, value: Any) -> Any:
        """A tree of JSON with every text and name redacted."""
        if isinstance(value, str):
            return self.redacted(value)
        if isinstance(value, Mapping):
            return {self.redacted(str(key)): self.cleaned(each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.cleaned(each) for each in value]
        return value


def secrets_of(env: Mapping[str, str], settings: Settings | None = None) -> Secrets:
    """The secrets of an environment and of settings."""
    found: set[str] = set()
    for name, value in env.items():
        if _SUSPECT.search(name):
            found.update(_pieces(value) if "DSN" in name.upper() else {value.strip()})
        found.update(_credentials(value))
    found = {value for value in found if len(value) >= SHORTEST_GUESS}
    own = {name for variable in VARIABLES if variable.secret for name in variable.names}
    for name in own & env.keys():
        found.update(_dsn_keys(env[name]) if "DSN" in name else {env[name].strip()})
    if settings is not None:
        found.update(_of_settings(settings))
    # Half of a token that somebody pasted elsewhere is as good as all of it.
    found |= {_PREFIX.sub("", value) for value in found}
    return Secrets(tuple(sorted((one for one in found if len(one) >= SHORTEST), key=_long_first)))


def _long_first(value: str) -> tuple[int, str]:
    return -len(value), value


def _token(found: re.Match[str]) -> str:
    # The DSN in its redacted form has stars where its key was.
    text = found.group()
    return (
        text if set(text) <= {"*", "@"} else f"{PLACEHOLDER}@" if text[-1] == "@" else PLACEHOLDER
    )


def _of_settings(settings: Settings) -> Iterable[str]:
    for variable in VARIABLES:
        value = getattr(settings, variable.field)
        if variable.secret and value:
            yield from _dsn_keys(value) if variable.field == "dsn" else {value}
            yield from _credentials(value)


def _dsn_keys(text: str) -> set[str]:
    try:
        dsn = parse_dsn(text)
    except ValueError:
        return _pieces(text)
    return {key for key in (dsn.public_key, dsn.secret_key) if key}


def _pieces(text: str) -> set[str]:
    """What may be a key in a DSN that cannot be read: every part that is no host and no scheme."""
    try:
        dsn = parse_dsn(text)
    except ValueError:
        parts = _PIECES.split(text)
        return {part for part in parts if "." not in part and part not in {"http", "https"}}
    return {key for key in (dsn.public_key, dsn.secret_key) if key}


def _credentials(value: str) -> set[str]:
    """User and password of a URL."""
    if "://" not in value or "@" not in value:
        return set()
    try:
        parts = urlsplit(value.strip())
        both = {parts.username, parts.password}
    except ValueError:
        return set()
    known = {one for one in both if one}
    return known | {unquote(one) for one in known}

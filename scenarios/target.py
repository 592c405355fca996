"""Whose configuration is judged, in which interpreter, and what is promised of it.

Rule: `fake-relay.toml` and flags say the same things, and flags win. A promise (`rate.traces`,
`release`, ...) stands for `${rate.traces}` in scenarios; one that is missing leaves the
scenarios out that need it, and says so.
May import: errors, msgspec.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from operator import eq, ge, gt, le, lt, ne
from pathlib import Path
from typing import Any, Literal

import msgspec

from scenarios.errors import ScenarioError

CONFIG_FILE = "fake-relay.toml"

DEFAULT_PROMISES: dict[str, Any] = {
    "rate.errors": 1.0,
    "pii.user": 1,
    "pii.classes": [],
    "pii.allowed": [],
    "pii.false_positives": 0.1,
}
"""What holds for an SDK that nobody told otherwise.

`pii.user` is whether events name a user by an id, plain or hashed (1 or 0); `pii.classes` are
the classes of values that must not leave (`email`, `card`, ...: scenarios.canary.values), all if
none is named; `pii.allowed` are the surfaces of the leak table that may hold them on purpose, by
row or name (`L18`, `user_id`); `pii.false_positives` is the share of harmless values that a
scrubber may redact.
"""

_BOUND = re.compile(r"\s*([A-Za-z_][\w.]*?)\s*(>=|<=|==|!=|<|>)\s*(-?[\d.]+)\s*")
_COMPARE = {">=": ge, "<=": le, "==": eq, "!=": ne, "<": lt, ">": gt}


class Target(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A configuration under test.

    `setup` is `sdk_config`, `raw` (sentry_sdk.init with its defaults) or `module:function`;
    `options` are its keywords. `environment` is set in the child, where `${dsn}` is the
    relay's DSN; SENTRY_DSN always is. `promises` are flat: `rate.traces`. `python` is another
    interpreter, `sdk` a folder with another sentry_sdk, `files` are globs of scenario files.
    """

    setup: str = "sdk_config"
    options: dict[str, Any] = {}
    environment: dict[str, str] = {}
    promises: dict[str, Any] = {}
    python: str = ""
    sdk: str = ""
    cwd: str = ""
    files: tuple[str, ...] = ()

    @property
    def kind(self) -> Literal["sdk_config", "raw", "own"]:
        """Whose it is."""
        if self.setup == "raw":
            return "raw"
        return "sdk_config" if self.setup == "sdk_config" else "own"

    @property
    def interpreter(self) -> str:
        """The Python that runs the child."""
        return self.python or sys.executable


def read_target(path: Path | None) -> Target:
    """The target of the `[scenarios]` table of a file (None: the usual one, if it is there).

    Raises `ScenarioError` that names the file and the key.
    """
    found = path or Path(CONFIG_FILE)
    if path is None and not found.exists():
        return Target()
    try:
        table = tomllib.loads(found.read_text("utf-8")).get("scenarios", {})
        read = msgspec.convert(table, Target)
    except OSError as error:
        raise ScenarioError(f"cannot read {str(found)!r}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{str(found)!r}, table [scenarios]: {error}") from error
    return msgspec.structs.replace(read, promises=dict(flat(read.promises)))


def flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """A table of tables with dotted names."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def unmet(bounds: Sequence[str], promises: Mapping[str, Any]) -> str:
    """Why promises do not fit bounds such as `rate.traces>0`; empty when they do, or say nothing.

    Raises `ScenarioError` for a bound that cannot be read.
    """
    return next((why for bound in bounds if (why := _unmet(bound, promises))), "")


def _unmet(bound: str, promises: Mapping[str, Any]) -> str:
    read = _BOUND.fullmatch(bound)
    if read is None:
        raise ScenarioError(f"promised: {bound!r} is no bound such as 'rate.traces>0'")
    name, operator, number = read.groups()
    if name not in promises:
        return ""
    found = promises[name]
    if isinstance(found, int | float) and _COMPARE[operator](found, float(number)):
        return ""
    return f"is about {bound}, and the target promises {name}={found}"


def read_promise(text: str) -> tuple[str, Any]:
    """`rate.traces=0.25` as a name and a JSON value, or a text where it is none."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ScenarioError(f"--promise {text!r} is not NAME=VALUE, such as rate.traces=0.25")
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value

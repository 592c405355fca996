"""What a scenario needs to be there: modules, distributions, versions.

May import: the standard library; sentry_sdk inside functions.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Callable, Sequence
from operator import eq, ge, gt, le, lt, ne

_NEED = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*(?:(>=|<=|==|!=|<|>)\s*([\d.]+))?\s*")
_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": ge,
    "<=": le,
    "==": eq,
    "!=": ne,
    "<": lt,
    ">": gt,
}


def missing(needs: Sequence[str]) -> str:
    """The first need that is not met, with what is there; empty when all are."""
    return next((why for need in needs if (why := _unmet(need))), "")


def _unmet(need: str) -> str:
    read = _NEED.fullmatch(need)
    if read is None:
        return f"{need!r}, which is neither a module nor a bound such as 'sentry-sdk>=2.35'"
    name, operator, bound = read.groups()
    found = _version(name)
    if found is None:
        return f"{need}, which is not installed"
    if operator and not _COMPARE[operator](_numbers(found), _numbers(bound)):
        return f"{need}, and {found} is there"
    return ""


def _version(name: str) -> str | None:
    if name == "python":
        return sys.version.split()[0]
    if name in ("sentry-sdk", "sentry_sdk"):
        # On a path of its own it has another version than the environment's metadata say.
        from sentry_sdk.consts import VERSION

        return str(VERSION)
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
    try:
        there = importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        there = False
    return "0" if there else None


def _numbers(version: str) -> tuple[int, ...]:
    released = version.partition("b")[0]
    return tuple(int(number) for number in re.findall(r"\d+", released)[:3])

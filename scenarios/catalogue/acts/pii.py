"""What the scenarios of personal data do and data cannot say: canaries, controls, dictionaries.

Rule: no local variable holds a canary, for a stack trace would carry it elsewhere.
May import: the standard library, sentry_sdk, scenarios.canary, process.journal.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Sequence
from typing import Any, NoReturn
from urllib.parse import quote

import sentry_sdk

from scenarios.canary.plant import isolation_scope, plant_all, surfaces
from scenarios.canary.plant.requests import sent
from scenarios.canary.values import BY_LOOKS, deal
from scenarios.process import journal

sdk: Any = sentry_sdk

AT_ONCE = 20
"""Surfaces between two flushes: the SDK's queue takes 100 envelopes, and drops the rest."""


def plant(
    rows: Sequence[str] = (),
    kinds: Sequence[str] = ("token",),
    phase: str = "",
    without: Sequence[str] = (),
    allowed: Sequence[str] = (),
    classes: Sequence[str] = (),
) -> int:
    """Plant in surfaces (all, or by row, name or id) but some of them; how many values.

    Classes that are not promised give way to one that is; one that only a name tells of does
    not. Where the target may send all of it, the scenario is skipped.
    """
    left_out = (*without, *allowed)
    chosen = [
        name
        for name in surfaces(phase)
        if (not rows or _is_named(name, rows)) and not _is_named(name, left_out)
    ]
    planting = [kind for kind in kinds if is_promised(kind, classes)]
    if not planting and set(kinds) <= set(BY_LOOKS):
        planting = [kind for kind in classes if kind in BY_LOOKS][:1]
    if not chosen or not planting:
        skip()
    planted = 0
    for start in range(0, len(chosen), AT_ONCE):
        planted += plant_all(
            kinds=planting, surfaces_only=chosen[start : start + AT_ONCE], phase=phase
        )
        sentry_sdk.flush(5)
    return planted


def is_promised(kind: str, classes: Sequence[str]) -> bool:
    """Whether values of a class must not leave; no classes are all of them."""
    return not classes or kind in classes


def skip() -> NoReturn:
    """End here: the target may send all that would be looked for."""
    journal.write("skip", reason="pii.allowed and pii.classes leave nothing to be looked for")
    sys.exit(0)


def _is_named(surface: str, names: Sequence[str]) -> bool:
    return any(name in (surface, *surface.split()) for name in names)


HEADERS = (
    "Authorization",
    "AUTHORIZATION",
    "proxy-authorization",
    "X-Api-Key",
    "x_api_key",
    "ApiKey",
    "X-Auth-Token",
    "x-csrf-token",
    "X-Amz-Security-Token",
    "Set-Cookie",
    "X-Session-Id",
    "Client-Secret",
)
"""Twelve spellings of what holds a secret; the value under each looks like any word."""


def headers(classes: Sequence[str] = ()) -> None:
    """A request with each of the headers, on an error and on a transaction."""
    __traceback_hide__ = True
    if not is_promised("plain", classes):
        return
    planted = deal("headers", ("plain",), [f"request header {name}" for name in HEADERS])
    values = [_planted(one) for one in planted]
    with sdk.isolation_scope():
        sent(headers=dict(zip(HEADERS, values, strict=True)))


ADDRESSES = {
    "password": ("password", "query"),
    "token": ("path", "query within a query", "fragment", "Referer"),
}
"""Parts of an address, by the class of the value in them."""


def addresses(classes: Sequence[str] = ()) -> None:
    """A request whose address holds values in each of its parts, some of them percent-encoded."""
    __traceback_hide__ = True
    if not all(is_promised(kind, classes) for kind in ADDRESSES):
        return
    found = [
        _planted(one)
        for kind, parts in ADDRESSES.items()
        for one in deal("addresses", (kind,), [f"request address: {part}" for part in parts])
    ]
    user, query, path, twice, fragment, referer = map(quote, found)
    with sdk.isolation_scope():
        sent(
            url=f"https://app:{user}@shop.example/reset/{path}#access_token={fragment}",
            query_string=f"password={query}&next=%2Fin%3Ftoken%3D{quote(twice)}",
            headers={"Referer": f"https://shop.example/in?access_token={referer}"},
        )


def told(**request: Any) -> None:
    """A request, on an error and on a transaction."""
    __traceback_hide__ = True
    with sdk.isolation_scope():
        sent(**request)


def _planted(canary: Any) -> str:
    return journal.canary(canary.value, **{"class": canary.kind, "surface": canary.surface})


def controls(texts: Sequence[str], numbers: Sequence[float] = ()) -> None:
    """An error that tells harmless values, each in a field of its own."""
    values = [*texts, *numbers]
    with sdk.new_scope() as scope:
        # Extra data are cut to ten fields, and contexts are not.
        scope.set_context("order", {f"field {place}": one for place, one in enumerate(values)})
        sdk.capture_message("an order with harmless values", "error")


def binary_attachment() -> None:
    """An attachment that nobody can look into."""
    with sdk.isolation_scope():
        isolation_scope().add_attachment(bytes=bytes(range(256)), filename="a.bin")
        sdk.capture_message("with a binary file", "error")


def changed_dictionaries() -> list[str]:
    """Hand the application's own dictionaries to the SDK; the names of those that it changed."""
    given: dict[str, Any] = {
        "user": {"id": "7", "ip_address": "203.0.113.7", "password": "hunter2-hunter2"},
        "breadcrumb": {"password": "hunter2-hunter2", "items": 3},
        "extra": {"form": {"password": "hunter2-hunter2"}},
        "context": {"card": {"password": "hunter2-hunter2"}},
    }
    before = copy.deepcopy(given)
    with sdk.isolation_scope() as scope:
        scope.set_user(given["user"])
        sdk.add_breadcrumb(message="a form", data=given["breadcrumb"])
        scope.set_extra("form", given["extra"])
        scope.set_context("payment", given["context"])
        sdk.capture_message("with the application's own dictionaries", "error")
    return [name for name, value in given.items() if value != before[name]]


def findings(*types: str) -> list[str]:
    """What `sdk-config check` finds in this process's environment: names of rules."""
    from sdk_config import check

    return sorted({found.rule for found in check(types=types).findings})

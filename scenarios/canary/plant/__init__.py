"""Put a canary into every surface that an SDK picks up, with the real SDK, in the child.

Rule: `C()` gives the value that is being planted; no local variable of ours holds one, for a
stack trace would carry it out where it was not planted. A surface that the installed SDK does
not have is left out and not journaled.
May import: canary.values, canary.surfaces, process.journal; sentry_sdk inside functions.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from scenarios.canary.values import Canary, deal
from scenarios.process import journal

Plant = Callable[[], None]

PHASES: dict[str, dict[str, Any]] = {
    "": {},
    "profiled": {"include_local_variables": False, "profiles_sample_rate": 1.0},
    "streamed": {"_experiments": {"trace_lifecycle": "stream"}},
}
"""What a surface needs of the configuration beside tracing and logs, by the name of its phase."""

ROOMS = ("errors", "events", "traces", "requests", "items", "outgoing")


class _Planted:
    """The canaries of this process; shown as nothing, so that it can stand in any frame."""

    def __init__(self) -> None:
        self.now = ""
        self.surface = ""
        self.left: list[Canary] = []

    def __repr__(self) -> str:
        return "<planted>"


class _Registered:
    def __init__(self, function: Plant, phase: str, exists: Callable[[], bool]) -> None:
        self.function, self.phase, self.exists = function, phase, exists


_planted = _Planted()
_registered: dict[str, _Registered] = {}


def C() -> str:  # noqa: N802 - as the specification calls it
    """The canary of the surface that is being planted."""
    return _planted.now


def surface(
    row: str, phase: str = "", exists: Callable[[], bool] = lambda: True
) -> Callable[[Plant], Plant]:
    """Register a function as the planter of the surface `row name`."""

    def add(function: Plant) -> Plant:
        _registered[f"{row} {function.__name__}"] = _Registered(function, phase, exists)
        return function

    return add


def surfaces(phase: str = "") -> list[str]:
    """The ids of the surfaces of a phase that the installed SDK has."""
    for room in ROOMS:
        importlib.import_module(f"{__name__}.{room}")
    return [name for name, one in _registered.items() if one.phase == phase and one.exists()]


def plant_all(
    seed: str = "canary",
    kinds: Sequence[str] = ("token",),
    surfaces_only: Iterable[str] = (),
    phase: str = "",
) -> int:
    """Plant a canary of each class in each surface, or in those that are named; how many.

    Names are ids, or rows such as `L01`. Raises `ValueError` for a class that is not known.
    """
    wanted = tuple(surfaces_only)
    chosen = [
        name
        for name in surfaces(phase)
        if not wanted or name in wanted or name.split()[0] in wanted
    ]
    _planted.left = deal(f"{seed}/{phase}", kinds, chosen)
    planted = 0
    while _planted.left:
        _plant_next()
        planted += 1
    return planted


def plant(surface_id: str, kind: str = "token", seed: str = "canary") -> None:
    """Plant one canary in one surface; raises `KeyError` for one that is not there."""
    if surface_id not in {name for phase in PHASES for name in surfaces(phase)}:
        raise KeyError(f"no surface {surface_id!r} in this SDK; see scenarios.canary.surfaces")
    _planted.left = deal(seed, (kind,), (surface_id,))
    _plant_next()


def _plant_next() -> None:
    _take_next()
    _in_a_scope_of_its_own(_registered[_planted.surface].function)


def _take_next() -> None:
    canary = _planted.left.pop(0)
    _planted.surface = canary.surface
    _planted.now = journal.canary(canary.value, **{"class": canary.kind, "surface": canary.surface})


INTENDED = (ValueError, LookupError, ExceptionGroup)
"""What planters raise on purpose; anything else is a planter that does not work here."""


def _in_a_scope_of_its_own(function: Plant) -> None:
    import sentry_sdk

    with sentry_sdk.isolation_scope() as scope:
        scope.clear()
        try:
            function()
        except INTENDED:
            sentry_sdk.capture_exception()


def isolation_scope() -> Any:
    """The isolation scope that is in force, also in the first versions that have one."""
    import sentry_sdk

    found = getattr(sentry_sdk, "get_isolation_scope", None)
    return found() if found else sentry_sdk.Scope.get_isolation_scope()

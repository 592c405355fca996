"""Where the time of an ingest request goes: cProfile over the served process, by room.

cProfile makes calls dearer than they are; the shares tell where to look, not how much it
would save.
May import: corpus, load, servers.
"""

from __future__ import annotations

import pstats
import tempfile
from collections import defaultdict
from pathlib import Path

import msgspec

from benchmarks.corpus import Kind, bodies
from benchmarks.load import burst
from benchmarks.servers import fake_relay

Times = dict[tuple[str, int, str], float]
PACKAGES = ("fake_relay", "aiohttp", "multidict", "yarl", "uvloop", "msgspec", "asyncio")


class Breakdown(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds of own time a request, by room and by function, dearest first."""

    kind: str
    rooms: list[tuple[str, float]]
    functions: list[tuple[str, float]]


def measure(kind: Kind, seconds: int, functions: int = 25) -> Breakdown:
    """Profile a server under load of one class."""
    with tempfile.TemporaryDirectory() as folder:
        idle, _ = _profiled(Path(folder) / "idle", None, 0)
        busy, requests = _profiled(Path(folder) / "busy", kind, seconds)
    by_room: dict[str, float] = defaultdict(float)
    by_function: dict[str, float] = defaultdict(float)
    for (file, line, function), own in busy.items():
        # Start and stop are not what a request costs.
        micros = max(0.0, own - idle.get((file, line, function), 0.0)) * 1e6 / requests
        by_room[room(file, function)] += micros
        by_function[f"{short(file)}:{line} {function}"] += micros
    return Breakdown(
        kind=kind.name, rooms=_dearest(by_room), functions=_dearest(by_function)[:functions]
    )


def _profiled(folder: Path, kind: Kind | None, seconds: int) -> tuple[Times, int]:
    folder.mkdir()
    requests = 0
    with fake_relay(folder / "relay.sqlite", folder / "profile") as server:
        if kind is not None:
            requests = burst(server, bodies(kind, "gzip"), seconds).requests
    stats = pstats.Stats(str(folder / "profile"))
    times = stats.stats  # type: ignore[attr-defined]
    return {function: own for function, (_, _, own, _, _) in times.items()}, requests


def room(file: str, function: str) -> str:
    """The room or library that a function belongs to; built-ins by what they do."""
    if file == "~":
        return next(
            (
                what
                for what in ("sqlite3", "zlib", "msgspec", "msgpack", "poll", "run_until_complete")
                if what in function
            ),
            "built-in",
        )
    parts = Path(file).parts
    for package in PACKAGES:
        if package in parts:
            at = len(parts) - 1 - parts[::-1].index(package)
            end = at + 2 if package == "fake_relay" else at + 1
            return "/".join(parts[at:end])
    return "stdlib and other"


def short(file: str) -> str:
    """The last two parts of a path."""
    return "/".join(Path(file).parts[-2:])


def _dearest(found: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(found.items(), key=lambda pair: -pair[1])

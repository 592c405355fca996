"""One connection: the ratio of latencies; and from start to the first accepted event.

May import: corpus, load, servers.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.corpus import KINDS, bodies
from benchmarks.load import burst
from benchmarks.servers import Server, bare, fake_relay


class Single(msgspec.Struct, frozen=True, kw_only=True):
    """Median latency of a small error on one connection, in milliseconds, and their ratio."""

    bare_ms: float
    ours_ms: float
    ratio: float


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds from starting the process to its first 200 for an event."""

    bare_seconds: float
    ours_seconds: float


def latency(rounds: int, seconds: int) -> Single:
    """Compare the median latency of one connection."""
    sent = bodies(KINDS[0], "gzip")
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "relay.sqlite"
        with bare() as reference, fake_relay(store) as ours:
            pairs = [
                (burst(reference, sent, seconds, 1).p50_ms, burst(ours, sent, seconds, 1).p50_ms)
                for _ in range(rounds)
            ]
    return Single(
        bare_ms=median(pair[0] for pair in pairs),
        ours_ms=median(pair[1] for pair in pairs),
        ratio=median(pair[1] / pair[0] for pair in pairs),
    )


def start(rounds: int) -> Start:
    """Start each server so many times."""
    with tempfile.TemporaryDirectory() as folder:
        ours = [_started(fake_relay(Path(folder) / f"{number}.sqlite")) for number in range(rounds)]
    return Start(
        bare_seconds=median(_started(bare()) for _ in range(rounds)), ours_seconds=median(ours)
    )


def _started(server: Server) -> float:
    with server:
        return server.started_in

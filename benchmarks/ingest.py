"""Ingest by class of envelope: three servers in turn, round after round, and the medians.

A round gives every server the same bodies for the same time; ratios are of servers within
one round, so that a noisy machine moves all of them.
May import: corpus, load, servers, fake_relay.store.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.corpus import Bodies, Kind, bodies
from benchmarks.load import Load, burst
from benchmarks.servers import Server, bare, fake_relay
from fake_relay.store.sqlite_reader import SqliteReader


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What one server did with one class: medians over the rounds.

    `ratio` and `strict_ratio` are requests/s of the bare handler that decompresses and of
    the one that does not; sizes in bytes, times in milliseconds and seconds, memory in MiB.
    """

    kind: str
    coding: str
    server: str
    size: int
    wire_size: int
    rate: float
    ratio: float
    strict_ratio: float
    goal: float
    p50_ms: float
    p99_ms: float
    cpu_per_1000: float
    peak_mib: float
    answered: int
    kept: int | None
    refused: int
    broken: int


def measure(kind: Kind, coding: str, rounds: int, seconds: int) -> Iterator[Row]:
    """Yield a row for each server."""
    sent = bodies(kind, coding)
    with tempfile.TemporaryDirectory(prefix="fake-relay-bench-") as folder, ExitStack() as stack:
        store = Path(folder) / "relay.sqlite"
        before: list[int] = []
        servers = [bare(), bare(decompress=False), fake_relay(store)]
        for server in servers:
            stack.enter_context(server)
            warm = burst(server, sent, 1)
            before.append(warm.requests)
        loads = [[burst(server, sent, seconds) for server in servers] for _ in range(rounds)]
        peaks = [server.peak_mib() for server in servers]
        stack.close()
        kept = [None, None, kept_envelopes(store)]
    for index, server in enumerate(servers):
        yield _row(kind, sent, server, index, loads, peaks[index], before[index], kept[index])


def kept_envelopes(store: Path) -> int:
    """How many envelopes of the benchmark's project a closed store holds."""
    reader = SqliteReader(str(store))
    try:
        return sum(known.envelopes for known in reader.projects() if known.project == "42")
    finally:
        reader.close()


def _row(
    kind: Kind,
    sent: Bodies,
    server: Server,
    index: int,
    loads: list[list[Load]],
    peak: float,
    before: int,
    kept: int | None,
) -> Row:
    own = [one[index] for one in loads]
    return Row(
        kind=kind.name,
        coding=sent.coding or "raw",
        server=server.name,
        size=sent.size,
        wire_size=sent.wire_size,
        rate=median(load.rate for load in own),
        ratio=median(one[index].rate / one[0].rate for one in loads),
        strict_ratio=median(one[index].rate / one[1].rate for one in loads),
        goal=kind.goal,
        p50_ms=median(load.p50_ms for load in own),
        p99_ms=median(load.p99_ms for load in own),
        cpu_per_1000=median(load.cpu_per_1000 for load in own),
        peak_mib=peak,
        answered=before + sum(load.requests for load in own),
        kept=kept,
        refused=sum(load.refused for load in own),
        broken=sum(load.broken for load in own),
    )

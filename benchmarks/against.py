"""Ingest beside another commit: both servers in turn, round after round, in one run.

May import: corpus, load, servers.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.corpus import Bodies, Kind, bodies
from benchmarks.load import Load, burst
from benchmarks.servers import SOURCE, Server, fake_relay

ROUNDS_OF_A_START = 3
"""Rounds with the same two processes: each has luck of its own with where its memory lies, which
makes one per cent of the code's work or ten, round after round."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One class at this commit and at the other: medians over the rounds.

    `ratio` is this commit's requests/s by the other's, `least` and `most` its extremes over
    the rounds; `cpu_ratio` the same for processor time, where less is better.
    """

    kind: str
    coding: str
    commit: str
    rounds: int
    rate: float
    rate_before: float
    ratio: float
    least: float
    most: float
    cpu_ratio: float
    peak_mib: float
    peak_mib_before: float


def measure(
    commit: str, kinds: Sequence[Kind], coding: str, rounds: int, seconds: int
) -> Iterator[Comparison]:
    """Yield a row for each class of envelope."""
    with checkout(commit) as before:
        for kind in kinds:
            yield _compare(commit, before, kind, coding, rounds, seconds)


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """A folder with the files of a commit, for as long as it is used."""
    with tempfile.TemporaryDirectory(prefix="fake-relay-bench-") as folder:
        packed = subprocess.run(
            ["git", "archive", commit], cwd=SOURCE, check=True, capture_output=True
        )
        subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        yield Path(folder)


def _compare(
    commit: str, before: Path, kind: Kind, coding: str, rounds: int, seconds: int
) -> Comparison:
    sent = bodies(kind, coding)
    pairs: list[tuple[Load, Load]] = []
    peaks: list[tuple[float, float]] = []
    while len(pairs) < rounds:
        numbers = range(len(pairs), min(len(pairs) + ROUNDS_OF_A_START, rounds))
        with (
            tempfile.TemporaryDirectory(prefix="fake-relay-bench-") as folder,
            ExitStack() as stack,
        ):
            old = fake_relay(Path(folder) / "before.sqlite", source=before)
            new = fake_relay(Path(folder) / "now.sqlite")
            for server in (old, new):
                stack.enter_context(server)
                burst(server, sent, 1)
            pairs += [_pair(old, new, sent, seconds, turned=one % 2 == 1) for one in numbers]
            peaks.append((new.peak_mib(), old.peak_mib()))
    ratios = sorted(now.rate / then.rate for now, then in pairs)
    return Comparison(
        kind=kind.name,
        coding=sent.coding or "raw",
        commit=commit,
        rounds=rounds,
        rate=median(now.rate for now, _ in pairs),
        rate_before=median(then.rate for _, then in pairs),
        ratio=median(ratios),
        least=ratios[0],
        most=ratios[-1],
        cpu_ratio=median(now.cpu_per_1000 / then.cpu_per_1000 for now, then in pairs),
        peak_mib=median(now for now, _ in peaks),
        peak_mib_before=median(then for _, then in peaks),
    )


def _pair(
    old: Server, new: Server, sent: Bodies, seconds: int, *, turned: bool
) -> tuple[Load, Load]:
    """Load both, the order changing from round to round."""
    if turned:
        now = burst(new, sent, seconds)
        return now, burst(old, sent, seconds)
    then = burst(old, sent, seconds)
    return burst(new, sent, seconds), then

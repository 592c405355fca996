"""`python -m benchmarks`: everything in some ten minutes, `--quick` in about two.

May import: every module of this folder.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence

from rich.console import Console

from benchmarks import (
    against,
    breakdown,
    capturing,
    forwarding,
    ingest,
    plugin_cost,
    scrubbing,
    single,
    volume,
)
from benchmarks.corpus import KINDS, Kind
from benchmarks.load import require_wrk
from benchmarks.report import Report, save, show

PARTS = (
    *("ingest", "single", "start", "volume", "plugin", "breakdown", "scrubbing", "capturing"),
    "forwarding",
)


def main() -> None:
    """Measure, print, and write the figures as JSON under benchmarks/results."""
    arguments = _arguments()
    require_wrk()
    console = Console(width=150)
    taken_at = dt.datetime.now(dt.UTC)
    report = Report(taken_at=taken_at.isoformat(timespec="seconds"))
    for part in _parts(arguments):
        with console.status(f"measuring: {part}"):
            _measure(part, report, arguments, console)
    show(report, console)
    named = {"against": bool(arguments.against), "forwarding": arguments.forwarding}
    named |= {"quick": arguments.quick, "full": True}
    name = arguments.name or next(name for name, meant in named.items() if meant)
    console.print(f"written to {save(report, name)}")


def _parts(arguments: argparse.Namespace) -> Sequence[str]:
    if arguments.against:
        return ("against",)
    return ("forwarding",) if arguments.forwarding else arguments.parts


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    names = [kind.name for kind in KINDS]
    parser.add_argument("--quick", action="store_true", help="one short round of everything")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, metavar="PART")
    parser.add_argument("--classes", nargs="+", choices=names, default=names, metavar="CLASS")
    parser.add_argument("--codings", nargs="+", choices=("gzip", "raw"), default=("gzip", "raw"))
    parser.add_argument(
        "--against", metavar="COMMIT", help="instead of the parts: ingest beside another commit"
    )
    parser.add_argument("--forwarding", action="store_true", help="only that part")
    parser.add_argument("--rounds", type=int, help="rounds of each measurement")
    parser.add_argument("--name", help="the result file's name, without its ending")
    return parser.parse_args()


def _measure(part: str, report: Report, arguments: argparse.Namespace, console: Console) -> None:
    quick: bool = arguments.quick
    rounds: int = arguments.rounds or (1 if quick else 3)
    if part == "against":
        _against(report, arguments, console)
    elif part == "ingest":
        _ingest(report, arguments, rounds, console)
    elif part == "single":
        report.single = single.latency(rounds, 1)
    elif part == "start":
        report.start = single.start(3 if quick else 7)
    elif part == "volume":
        report.volume = volume.measure([5_000, 20_000] if quick else [50_000, 200_000])
    elif part == "plugin":
        report.plugin = plugin_cost.measure(200 if quick else 1000, rounds)
    elif part == "scrubbing":
        report.scrubbing = scrubbing.measure(5 if quick else 101)
    elif part == "capturing":
        report.capturing = capturing.measure(5 if quick else 51)
    elif part == "forwarding":
        kinds = [_kind("small"), _kind("logs")]
        report.forwarding = forwarding.measure(kinds, rounds, 1, 200 if quick else 2000)
    elif part == "breakdown":
        report.breakdown = [breakdown.measure(_kind(name), 2) for name in ("small", "logs")]


def _ingest(report: Report, arguments: argparse.Namespace, rounds: int, console: Console) -> None:
    for coding in arguments.codings:
        seconds = 2 if coding == "gzip" and not arguments.quick else 1
        for name in arguments.classes:
            rows = ingest.measure(_kind(name), coding.replace("raw", ""), rounds, seconds)
            report.ingest += rows
            ours = report.ingest[-1]
            console.print(f"{name} {coding}: {ours.rate:,.0f}/s, ratio {ours.ratio:.2f}")


def _against(report: Report, arguments: argparse.Namespace, console: Console) -> None:
    kinds = [_kind(name) for name in arguments.classes]
    rounds: int = arguments.rounds or (1 if arguments.quick else 5)
    for coding in arguments.codings:
        found = against.measure(
            arguments.against, kinds, coding.replace("raw", ""), rounds, 1 if arguments.quick else 2
        )
        for row in found:
            report.against.append(row)
            console.print(f"{row.kind} {row.coding}: {row.ratio:.2f} of {row.commit}")


def _kind(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


if __name__ == "__main__":
    main()

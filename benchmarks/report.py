"""The measurements as tables for people and as one JSON file for machines.

May import: against, ingest, single, volume, plugin_cost, breakdown, scrubbing, capturing.
"""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.against import Comparison
from benchmarks.breakdown import Breakdown
from benchmarks.capturing import CapturingCost
from benchmarks.forwarding import Forwarding
from benchmarks.ingest import Row
from benchmarks.plugin_cost import PluginCost
from benchmarks.scrubbing import ScrubbingCost
from benchmarks.single import Single, Start
from benchmarks.volume import Volume

RESULTS = Path(__file__).parent / "results"
SLOWER = 2.0
"""The most that forwarding may slow down the median answer, as a ratio."""
WORSE = 0.9
"""Of another commit's requests/s: what is less counts as worse."""


class Report(msgspec.Struct, kw_only=True):
    """Everything that one run measured; a part that was not run is None."""

    taken_at: str
    python: str = platform.python_version()
    versions: dict[str, str] = msgspec.field(
        default_factory=lambda: {
            name: version(name) for name in ("aiohttp", "uvloop", "msgspec", "sentry-sdk")
        }
    )
    ingest: list[Row] = msgspec.field(default_factory=list)
    against: list[Comparison] = msgspec.field(default_factory=list)
    single: Single | None = None
    start: Start | None = None
    volume: Volume | None = None
    plugin: PluginCost | None = None
    breakdown: list[Breakdown] = msgspec.field(default_factory=list)
    scrubbing: list[ScrubbingCost] = msgspec.field(default_factory=list)
    capturing: list[CapturingCost] = msgspec.field(default_factory=list)
    forwarding: Forwarding | None = None


def save(report: Report, name: str) -> Path:
    """Write the report as JSON under `results`."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    return path


def show(report: Report, console: Console) -> None:
    """Print every part that was measured."""
    if report.ingest:
        console.print(_ingest(report.ingest))
    if report.against:
        console.print(_against(report.against))
    if report.single:
        one = report.single
        console.print(
            f"one connection: {one.ours_ms:.3f} ms, bare {one.bare_ms:.3f} ms: "
            f"{one.ratio:.2f} times (goal: at most 2.6)"
        )
    if report.start:
        begun = report.start
        console.print(
            f"start to first accepted event: {begun.ours_seconds:.2f} s, "
            f"bare {begun.bare_seconds:.2f} s (goal: under 0.4)"
        )
    if report.volume:
        _volume(report.volume, console)
    if report.plugin:
        _plugin(report.plugin, console)
    if report.scrubbing:
        console.print(_scrubbing(report.scrubbing))
    if report.capturing:
        console.print(_capturing(report.capturing))
    if report.forwarding:
        _forwarding(report.forwarding, console)
    for part in report.breakdown:
        console.print(_breakdown(part))


def _ingest(rows: list[Row]) -> Table:
    table = Table(title="ingest: medians of the rounds, 64 connections")
    for name in ("class", "coding", "server"):
        table.add_column(name)
    heads = ("wire", "req/s", "ratio", "strict", "goal", "p99 ms", "cpu s/1000", "MiB", "kept")
    for name in heads:
        table.add_column(name, justify="right")
    for row in rows:
        ours = row.kept is not None
        table.add_row(
            row.kind,
            row.coding,
            row.server,
            f"{row.wire_size:,}",
            f"{row.rate:,.0f}",
            f"{row.ratio:.2f}",
            f"{row.strict_ratio:.2f}",
            _judged(row.ratio >= row.goal, f"{row.goal:.2f}") if ours else "",
            f"{row.p99_ms:.1f}",
            f"{row.cpu_per_1000:.3f}",
            f"{row.peak_mib:.0f}",
            _kept(row) if ours else "",
            end_section=ours,
        )
    return table


def _against(rows: list[Comparison]) -> Table:
    table = Table(title=f"ingest beside {rows[0].commit}: medians of {rows[0].rounds} rounds")
    for name in ("class", "coding"):
        table.add_column(name)
    for name in ("req/s", "before", "ratio", "least", "most", "cpu ratio", "MiB", "before "):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            row.kind,
            row.coding,
            f"{row.rate:,.0f}",
            f"{row.rate_before:,.0f}",
            _judged(row.ratio >= WORSE, f"{row.ratio:.2f}"),
            f"{row.least:.2f}",
            f"{row.most:.2f}",
            f"{row.cpu_ratio:.2f}",
            f"{row.peak_mib:.0f}",
            f"{row.peak_mib_before:.0f}",
        )
    return table


def _kept(row: Row) -> str:
    if row.refused or row.broken:
        return f"[red]{row.refused} refused, {row.broken} broken[/red]"
    # Requests under way when a burst ends are stored, but nobody counts their answers.
    return _judged((row.kept or 0) >= row.answered, "all")


def _judged(good: bool, text: str) -> str:
    return f"[green]{text} met[/green]" if good else f"[red]{text} missed[/red]"


def _volume(volume: Volume, console: Console) -> None:
    for point in volume.memory:
        console.print(
            f"memory after {point.events:,} small events: {point.ours_mib:.0f} MiB, "
            f"bare {point.bare_mib:.0f} MiB (goal: under 100 after 50,000)"
        )
    console.print(f"answered {volume.answered:,}, kept {volume.kept:,}")
    table = Table(title=f"reading 50 of {volume.kept:,} items over HTTP (goal: under 10 ms)")
    for name in ("read", "items", "median ms", "worst ms"):
        table.add_column(name, justify="left" if name == "read" else "right")
    for read in volume.reads:
        if read.failed:
            table.add_row(read.what, "", "", read.failed)
        else:
            table.add_row(
                read.what, str(read.items), f"{read.median_ms:.2f}", f"{read.worst_ms:.2f}"
            )
    console.print(table)


def _plugin(cost: PluginCost, console: Console) -> None:
    if cost.failed:
        console.print(f"pytest plugin: could not be measured: {cost.failed}", markup=False)
    else:
        console.print(
            f"pytest plugin, {cost.tests:,} tests: {cost.unused_ms:.2f} ms a test unused, "
            f"{cost.used_ms:.2f} ms with the relay fixture (goal: about 1)"
        )


def _breakdown(part: Breakdown) -> Table:
    table = Table(title=f"{part.kind}: own time under cProfile, microseconds a request")
    for name in ("room", "us", "function", "us "):
        table.add_column(name, justify="right" if "us" in name else "left")
    rooms = [(name, f"{micros:.1f}") for name, micros in part.rooms]
    rooms += [("", "")] * (len(part.functions) - len(rooms))
    for (name, micros), (function, own) in zip(rooms, part.functions, strict=False):
        table.add_row(name, micros, function, f"{own:.1f}")
    return table


def _scrubbing(rows: list[ScrubbingCost]) -> Table:
    table = Table(title="scrubbing: milliseconds an event")
    for heading in ("event", "bytes", "ours, first", "ours", "the SDK's own"):
        table.add_column(heading, justify="left" if heading == "event" else "right")
    for row in rows:
        figures = (row.first_ms, row.ours_ms, row.sdk_ms)
        table.add_row(row.kind, f"{row.size:,}", *(f"{figure:.2f}" for figure in figures))
    return table


def _forwarding(found: Forwarding, console: Console) -> None:
    table = Table(title="forwarding: the SDK's answers with it, and as a ratio to those without")
    for name in ("class", "connections", "req/s", "ratio", "p50 ms", "ratio ", "left meanwhile"):
        table.add_column(name, justify="left" if name == "class" else "right")
    for row in found.loaded:
        table.add_row(
            row.kind,
            str(row.connections),
            f"{row.rate:,.0f}",
            f"{row.rate_ratio:.2f}",
            f"{row.p50_ms:.2f}",
            _judged(row.p50_ratio <= SLOWER, f"{row.p50_ratio:.2f}"),
            f"{row.left:,}",
        )
    console.print(table)
    for drain in found.drained:
        every = "all" if drain.arrived >= drain.envelopes else f"only {drain.arrived:,}"
        console.print(
            f"drained {drain.envelopes:,} {drain.kind} of {drain.projects} projects:"
            f" {drain.rate:,.0f}/s, {drain.cpu_per_1000:.2f} processor seconds for 1,000;"
            f" {every} arrived"
        )


def _capturing(rows: list[CapturingCost]) -> Table:
    table = Table(title="capturing: milliseconds of processor time an event")
    for heading in ("event", "the SDK alone", "with sdk_config", "added"):
        table.add_column(heading, justify="left" if heading == "event" else "right")
    for row in rows:
        figures = (row.sdk_ms, row.ours_ms, row.added_ms)
        table.add_row(row.kind, *(f"{figure:.2f}" for figure in figures))
    return table

"""`fake-relay scenarios diff`: what another SDK or another configuration would send differently.

Rule: the same selection runs twice; what is given once holds for both sides. Exit status 1 only
where a difference was to be a failure.
May import: upgrade, selection, report.progress, target; click.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from fake_relay.cli.output import terminal as console
from scenarios.errors import ScenarioError
from scenarios.target import Target, read_target

EXIT_DIFFERENT = 1
SIDES = ("left", "right")


@click.command("diff")
@click.argument("names", nargs=-1, metavar="[ID|FILE]...")
@click.option("-g", "--group", "groups", multiple=True, help="Only these groups.")
@click.option("-t", "--tag", "tags", multiple=True, help="Only with one of these tags.")
@click.option("-k", "expression", default="", metavar="EXPRESSION", help="Only what fits.")
@click.option(
    "--sdk",
    "sdks",
    multiple=True,
    metavar="VERSION|FOLDER",
    help="A version of sentry-sdk, fetched once and kept, or a folder; twice for both sides.",
)
@click.option("--setup", "setups", multiple=True, metavar="WHAT", help="As of run; or twice.")
@click.option(
    "--config",
    "configs",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="As of run; twice for both sides.",
)
@click.option("-j", "--jobs", type=click.IntRange(0), default=0, help="So many at once.")
@click.option("--json", "as_json", is_flag=True, help="Print the difference as JSON.")
@click.option("--fail", is_flag=True, help="Exit with 1 where anything differs.")
def diff_command(
    names: tuple[str, ...],
    groups: tuple[str, ...],
    tags: tuple[str, ...],
    expression: str,
    sdks: tuple[str, ...],
    setups: tuple[str, ...],
    configs: tuple[Path, ...],
    jobs: int,
    as_json: bool,
    fail: bool,
) -> None:
    """Run scenarios under two SDKs or two configurations, and compare what they would send.

    Ids, times, paths, line numbers and versions are left out of it.
    """
    from scenarios.selection import Selection, gather
    from scenarios.upgrade import compare

    given = (_pair("--sdk", sdks), _pair("--setup", setups), _pair("--config", configs))
    sides = list(zip(*given, strict=True))
    if sides[0] == sides[1]:
        raise ScenarioError("both sides are the same; give --sdk, --setup or --config twice")
    targets = [_target(*side) for side in sides]
    chosen = gather(Selection(names, groups, tags, expression), targets[0].files)
    taken = [
        _taken(_name(*side), chosen, target, jobs)
        for side, target in zip(sides, targets, strict=True)
    ]
    found = compare(*taken)
    click.echo(msgspec.json.encode(found).decode() if as_json else str(found))
    sys.exit(EXIT_DIFFERENT if fail and not found.same else 0)


def _pair(option: str, given: tuple[Any, ...]) -> tuple[Any, Any]:
    if len(given) > len(SIDES):
        raise ScenarioError(f"{option} is given {len(given)} times; there are two sides")
    return (given[0], given[-1]) if given else (None, None)


def _name(sdk: str | None, setup: str | None, config: Path | None) -> str:
    parts = (f"sentry-sdk {sdk}" if sdk else "", setup or "", str(config or ""))
    return ", ".join(part for part in parts if part) or "as configured"


def _target(sdk: str | None, setup: str | None, config: Path | None) -> Target:
    from scenarios.upgrade import sdk_folder

    read = read_target(config)
    folder = sdk_folder(sdk, python=read.python) if sdk else read.sdk
    return msgspec.structs.replace(read, setup=setup or read.setup, sdk=folder)


def _taken(name: str, chosen: list[Any], target: Target, jobs: int) -> Any:
    from scenarios.report.progress import bar
    from scenarios.upgrade import taken

    with bar(console(stderr=True), len(chosen)) as tell:
        return taken(name, chosen, target, jobs=jobs, tell=tell)

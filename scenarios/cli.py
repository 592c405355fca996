"""`fake-relay scenarios`: list, run, report, init, schema; diff has a file of its own.

Rule: options become a target and a selection, the runner does the rest; exit status 1 says
that something failed, 2 that something is wrong with what was asked, 3 that nothing could run.
May import: collect, report, catalogue, runner, selection, yaml_file, schema, target; click.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import msgspec

from fake_relay.cli.output import terminal as console
from scenarios.cli_diff import diff_command
from scenarios.cli_options import about_target, selects, several, target_of
from scenarios.errors import CannotRun, ScenarioError
from scenarios.result import Run, read_run
from scenarios.target import Target, read_target

EXIT_FAILED = 1

FORMS = {
    "html": ("page", "html", "htm"),
    "junit": ("junit", "xml"),
    "markdown": ("markdown", "md"),
    "sarif": ("sarif", "sarif"),
    "json": ("as_json", "json"),
}
"""Form of a report -> the module of `scenarios.report` whose `text` makes it, and file endings."""


@click.group()
def scenarios() -> None:
    """Prove what an SDK configuration sends.

    Each scenario drives it in a fresh process, against a relay of its own, and judges what left.
    """


@scenarios.command("list")
@selects
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="As of run.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
def list_command(
    names: tuple[str, ...],
    groups: tuple[str, ...],
    tags: tuple[str, ...],
    expression: str,
    config: Path | None,
    as_json: bool,
) -> None:
    """List scenarios, the built-in ones and those of files; planned ones say so."""
    from scenarios.report import listing
    from scenarios.selection import Selection, gather

    selection = Selection(names, several(groups), several(tags), expression)
    found = gather(selection, read_target(config).files)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), indent=2))
    else:
        console().print(listing.table(found))


@scenarios.command("run")
@selects
@about_target
@click.option("--last-failed", is_flag=True, help="Only what failed the last time here.")
@click.option("-j", "--jobs", type=click.IntRange(0), default=0, help="So many at once.")
@click.option("-x", "stop_at_first", is_flag=True, help="Stop at the first failure.")
@click.option("--url", default="", help="A relay that runs already.")
@click.option("-v", "--verbose", is_flag=True, help="All findings, also of what passed.")
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
@click.option(
    "--report",
    "reports",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="Write a report; its form by its ending: .html, .xml, .md, .sarif, .json.",
)
def run_command(
    names: tuple[str, ...],
    groups: tuple[str, ...],
    tags: tuple[str, ...],
    expression: str,
    last_failed: bool,
    jobs: int,
    stop_at_first: bool,
    url: str,
    verbose: bool,
    as_json: bool,
    reports: tuple[Path, ...],
    **about: Any,
) -> None:
    """Run scenarios against a configuration, and say what left the process.

    Without IDs and files all built-in ones run, and those of the configuration's files. The
    exit status is 1 when one of them failed. The last runs are kept in .fake-relay/reports,
    where the pages of a server that is started here find them.
    """
    from scenarios import last_run
    from scenarios.report import as_json as json_form
    from scenarios.report import terminal
    from scenarios.selection import Selection, gather

    target = target_of(**about)
    forms = [(path, _maker(_form_of(path))) for path in reports]
    only = last_run.last_failed() if last_failed else None
    if only is not None and not only:
        click.echo("nothing failed the last time")
        return
    selection = Selection(names, several(groups), several(tags), expression, only)
    found = _run(gather(selection, target.files), target, jobs, stop_at_first, url)
    kept = _keep(found)
    for path, made in forms:
        path.write_text(made(found), "utf-8")
    if as_json:
        click.echo(json_form.text(found))
    else:
        terminal.show(found, console(), verbose=verbose)
        if kept:
            click.echo(f"kept as {kept}; 'fake-relay serve' here shows it at /scenarios")
    sys.exit(EXIT_FAILED if found.failed or found.interrupted else 0)


def _run(chosen: list[Any], target: Target, jobs: int, stop_at_first: bool, url: str) -> Run:
    from scenarios.report.progress import bar
    from scenarios.runner import run

    try:
        with bar(console(stderr=True), len(chosen)) as tell:
            return run(chosen, target, jobs=jobs, stop_at_first=stop_at_first, url=url, tell=tell)
    except OSError as error:
        raise CannotRun(f"cannot run scenarios with {target.interpreter!r}: {error}") from error


def _keep(found: Run) -> str:
    """Where the run is kept from now on; empty, and a warning, where it cannot be."""
    from scenarios import last_run

    try:
        return str(last_run.keep(found, _maker("html")(found)))
    except OSError as error:
        click.echo(f"warning: the run is not kept: {error}", err=True)
        return ""


@scenarios.command("report")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMS, "text"]),
    default="text",
    help="What is made of it.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Into a file."
)
def report_command(file: Path | None, form: str, output: Path | None) -> None:
    """Make a report of the run in FILE, or of the last one here."""
    from scenarios import last_run
    from scenarios.report import terminal

    found = read_run(file) if file else last_run.last()
    if form == "text" and output is None:
        terminal.show(found, console(), verbose=True)
        return
    text = _maker(_form_of(output) if form == "text" and output else form)(found)
    if output:
        output.write_text(text, "utf-8")
    else:
        click.echo(text, nl=not text.endswith("\n"))


def _form_of(path: Path) -> str:
    for form, (_, *endings) in FORMS.items():
        if path.suffix.removeprefix(".").lower() in endings:
            return form
    known = ", ".join(f".{endings[1]}" for endings in FORMS.values())
    raise ScenarioError(f"{str(path)!r}: no report has that ending; there are {known}")


def _maker(form: str) -> Callable[[Run], str]:
    made: Callable[[Run], str] = import_module(f"scenarios.report.{FORMS[form][0]}").text
    return made


@scenarios.command("init")
@click.option("--force", is_flag=True, help="Write over what is there.")
def init_command(force: bool) -> None:
    """Write a fake-relay.toml and a first scenario file, which run as they are."""
    from scenarios import last_run
    from scenarios.starter import FILES

    for name in FILES:
        path = Path(name)
        if path.exists() and not force:
            raise ScenarioError(f"{name!r} is there already; --force writes over it")
    for name, text in FILES.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, "utf-8")
        click.echo(f"wrote {name}")
    click.echo("next: fake-relay scenarios run")
    click.echo(f"reports are kept in {last_run.FOLDER}, which keeps itself out of git")


@scenarios.command("schema")
def schema_command() -> None:
    """Print the JSON schema of scenario files, for editors."""
    from scenarios.schema import schema

    click.echo(json.dumps(schema(), indent=2))


scenarios.add_command(diff_command)

"""`fake-relay scenarios`: list, run, report and the like.

Rule: options become a target and a selection, the runner does the rest; exit status 1 says
that something failed, 2 that something is wrong with what was asked, 3 that nothing could run.
May import: collect, report, catalogue, runner, selection, yaml_file, schema, target; click.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from fake_relay.cli.output import terminal as console
from scenarios.errors import CannotRun, ScenarioError
from scenarios.target import Target, read_promise, read_target

EXIT_FAILED = 1


@click.group()
def scenarios() -> None:
    """Drive an SDK configuration through scenarios, and prove what left the process."""


def about_target(function: Any) -> Any:
    """The options that say whose configuration is judged."""
    for option in reversed(
        (
            click.option(
                "--config",
                type=click.Path(path_type=Path, dir_okay=False),
                help="The file with the table [scenarios]; fake-relay.toml where there is one.",
            ),
            click.option(
                "--setup",
                metavar="WHAT",
                help="sdk_config, raw, or module:function of yours that starts the SDK.",
            ),
            click.option(
                "--option",
                "options",
                metavar="NAME=VALUE",
                multiple=True,
                help="A keyword for the setup; VALUE is JSON or text.",
            ),
            click.option(
                "--promise",
                "promises",
                metavar="NAME=VALUE",
                multiple=True,
                help="What is promised of it, such as rate.traces=0.25.",
            ),
            click.option(
                "--env",
                "environment",
                metavar="NAME=VALUE",
                multiple=True,
                help="A variable for it; ${dsn} is the relay's DSN.",
            ),
            click.option("--python", metavar="FILE", help="Another interpreter."),
            click.option("--sdk", metavar="FOLDER", help="A folder with another sentry_sdk."),
        )
    ):
        function = option(function)
    return function


def target_of(
    config: Path | None,
    setup: str | None,
    options: tuple[str, ...],
    promises: tuple[str, ...],
    environment: tuple[str, ...],
    python: str | None,
    sdk: str | None,
) -> Target:
    """The target that file and flags make together; raises `ScenarioError`."""
    read = read_target(config)
    if sdk and not (Path(sdk) / "sentry_sdk").is_dir():
        raise ScenarioError(f"--sdk {sdk!r} holds no sentry_sdk; is it what pip --target filled?")
    return msgspec.structs.replace(
        read,
        setup=setup or read.setup,
        options={**read.options, **dict(map(read_promise, options))},
        promises={**read.promises, **dict(map(read_promise, promises))},
        environment={**read.environment, **dict(_pair(text) for text in environment)},
        python=python or read.python,
        sdk=sdk or read.sdk,
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ScenarioError(f"--env {text!r} is not NAME=VALUE")
    return name, value


@scenarios.command("run")
@click.argument("ids", nargs=-1)
@about_target
@click.option("-j", "--jobs", type=click.IntRange(0), default=0, help="So many at once.")
@click.option("-x", "stop_at_first", is_flag=True, help="Stop at the first failure.")
@click.option("--url", default="", help="A relay that runs already.")
@click.option("-v", "--verbose", is_flag=True, help="All findings, also of what passed.")
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
def run_command(
    ids: tuple[str, ...],
    jobs: int,
    stop_at_first: bool,
    url: str,
    verbose: bool,
    as_json: bool,
    **about: Any,
) -> None:
    """Run scenarios, all or those of these IDS, against a configuration."""
    from scenarios.catalogue import built_in
    from scenarios.report import as_json as json_form
    from scenarios.report import terminal
    from scenarios.runner import run

    target = target_of(**about)
    chosen = [one for one in built_in() if not ids or one.id in ids]
    if not chosen:
        raise ScenarioError(f"no scenario is called {ids[0]!r}; see 'fake-relay scenarios list'")
    try:
        found = run(chosen, target, jobs=jobs, stop_at_first=stop_at_first, url=url)
    except OSError as error:
        raise CannotRun(f"cannot run scenarios: {error}") from error
    if as_json:
        click.echo(json_form.text(found))
    else:
        terminal.show(found, console(), verbose=verbose)
    sys.exit(EXIT_FAILED if found.failed or found.interrupted else 0)

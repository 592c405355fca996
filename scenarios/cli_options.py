"""The options of `fake-relay scenarios`: whose configuration, and which scenarios.

Rule: a flag wins over the file; what is wrong with one is told with its name.
May import: target, selection's words, upgrade; click.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from scenarios.errors import ScenarioError
from scenarios.target import Target, read_promise, read_target


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
            click.option(
                "--sdk",
                metavar="VERSION|FOLDER",
                help="Another sentry-sdk: a version, fetched once and kept, or a folder.",
            ),
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
    interpreter = python or read.python
    return msgspec.structs.replace(
        read,
        setup=setup or read.setup,
        options={**read.options, **dict(map(read_promise, options))},
        promises={**read.promises, **dict(map(read_promise, promises))},
        environment={**read.environment, **dict(_pair(text) for text in environment)},
        python=interpreter,
        sdk=_sdk(sdk, interpreter) if sdk else read.sdk,
    )


def _sdk(wanted: str, python: str) -> str:
    from scenarios.upgrade import sdk_folder

    return sdk_folder(wanted, python=python)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ScenarioError(f"--env {text!r} is not NAME=VALUE")
    return name, value


def selects(function: Any) -> Any:
    """The options that say which scenarios."""
    for option in reversed(
        (
            click.argument("names", nargs=-1, metavar="[ID|FILE]..."),
            click.option(
                "-g", "--group", "groups", multiple=True, help="Only these; a,b or twice."
            ),
            click.option("-t", "--tag", "tags", multiple=True, help="Only with one of these tags."),
            click.option(
                "-k",
                "expression",
                default="",
                metavar="EXPRESSION",
                help="Only what fits, such as 'sampling and not slow'.",
            ),
        )
    ):
        function = option(function)
    return function


def several(given: tuple[str, ...]) -> tuple[str, ...]:
    """Names that were given one by one or by commas."""
    return tuple(name.strip() for text in given for name in text.split(",") if name.strip())

"""`fake-relay check`: `sdk-config check` in a process of its own, connected to a private relay.

Invariant: the harness and what it judges share no code, so the judge is run as a command of the
same interpreter and nothing of it is imported; the configured DSN is judged and never used.
May import: web, relay and every room below them, cli.serve.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from fake_relay.cli.output import as_json
from fake_relay.cli.serve import dsn_for
from fake_relay.config import RelayConfig

JUDGE = ("-m", "sdk_config.cli", "check")


@click.command()
@click.option("--environment", metavar="E", help="Judge it as this environment.")
@click.option(
    "--check-type",
    multiple=True,
    metavar="TYPE",
    help="config, connectivity, security, performance, release, checklist or all. Repeatable.",
)
@click.option("--setup", metavar="MODULE:FUNCTION", help="The application's setup, to be probed.")
@click.option("--root", type=click.Path(path_type=Path), help="Folder of source to read.")
@click.option("--dotenv", type=click.Path(path_type=Path), help="Read this .env file as well.")
@click.option("-v", "--verbose", is_flag=True, help="Tell more.")
@as_json
def check(verbose: bool, as_json: bool, **options: Any) -> None:
    """Judge a service's SDK configuration, offline.

    Settings come from the environment and are judged as they are; connectivity is tried with a
    private relay, so nothing leaves this machine. The exit status is that of `sdk-config check`.
    """
    from fake_relay.relay import Relay
    from fake_relay.store import open_store
    from fake_relay.web.runner import ThreadServer

    with ThreadServer(lambda: Relay(open_store("memory:"))) as server:
        command = [sys.executable, *JUDGE, "--connect-to", str(dsn_for(server.url, RelayConfig()))]
        command += arguments(**options)
        command += ["--verbose"] if verbose else []
        command += ["--json"] if as_json else []
        status = subprocess.run(command, check=False).returncode
    raise SystemExit(status)


def arguments(**options: Any) -> Iterator[str]:
    """The judge's own spelling of what was asked."""
    for name, value in options.items():
        for each in value if isinstance(value, tuple) else (value,):
            if each is not None:
                yield from (f"--{name.replace('_', '-')}", str(each))

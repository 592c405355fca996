"""The `fake-relay` command: its table of commands, and the one place that maps errors to exits.

A command's module is imported when the command is called, so that `fake-relay --help` and
`fake-relay run` start at once.
May import: errors, the other files of cli.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from fake_relay.errors import ConfigError, FakeRelayError, QueryError, RequestRefused
from fake_relay.version import __version__

COMMANDS = {
    "serve": "fake_relay.cli.serve:serve",
    "demo": "fake_relay.cli.demo:demo",
    "run": "fake_relay.cli.run:run",
    "tail": "fake_relay.cli.reading:tail",
    "list": "fake_relay.cli.reading:list_items",
    "show": "fake_relay.cli.reading:show",
    "clear": "fake_relay.cli.reading:clear",
    "export": "fake_relay.cli.exchange:export",
    "import": "fake_relay.cli.exchange:import_",
    "expect": "fake_relay.cli.expect:expect",
}
"""Command -> where it is; in the order in which `--help` shows them."""

QUERY = "fake_relay.query"
"""Where a command leaves its search text, so that an error can point into it."""

EXIT_USAGE = 2
EXIT_UNREACHABLE = 3


class Commands(click.Group):
    """A group that loads its commands late and turns our errors into one line and a status."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it raises on purpose becomes a line on stderr and a status."""
        try:
            return super().invoke(ctx)
        except FakeRelayError as error:
            from fake_relay.cli.render.text import safe

            click.echo(f"fake-relay: {safe(str(error))}", err=True)
            if isinstance(error, QueryError):
                click.echo(caret(str(ctx.meta.get(QUERY, "")), error.column), err=True)
            ctx.exit(exit_status(error))
        except BrokenPipeError:
            # `fake-relay list | head` closes the pipe; the interpreter would complain at exit.
            sys.stdout = None
            ctx.exit(0)


def exit_status(error: FakeRelayError) -> int:
    """The exit status that an error deserves."""
    if isinstance(error, ConfigError | QueryError | RequestRefused):
        return EXIT_USAGE
    return EXIT_UNREACHABLE


def caret(text: str, column: int) -> str:
    """The searched text with a caret under the column that is wrong."""
    # One character stays one column: a caret under the wrong place is worse than none.
    shown = "".join(character if character.isprintable() else "·" for character in text)
    return f"  {shown}\n  {' ' * (column - 1)}^" if shown else f"  column {column}"


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fake-relay")
def main() -> None:
    """Sentry, offline: catch what Sentry SDKs send, keep it, show it, assert on it."""

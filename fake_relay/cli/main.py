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

from fake_relay import __version__
from fake_relay.errors import ConfigError, FakeRelayError, QueryError, RequestRefused

COMMANDS = {
    "serve": "fake_relay.cli.serve:serve",
}
"""Command -> where it is; in the order in which `--help` shows them."""

EXIT_FAILED = 1
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
            click.echo(f"fake-relay: {error}", err=True)
            if isinstance(error, QueryError):
                click.echo(caret(error), err=True)
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


def caret(error: QueryError) -> str:
    """The searched text with a caret under the column that is wrong."""
    text = str(getattr(error, "text", ""))
    return f"  {text}\n  {' ' * (error.column - 1)}^" if text else f"  column {error.column}"


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fake-relay")
def main() -> None:
    """Sentry, offline: catch what Sentry SDKs send, keep it, show it, assert on it."""

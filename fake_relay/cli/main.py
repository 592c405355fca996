"""The `fake-relay` command: its table of commands, and the one place that maps errors to exits.

A command's module is imported when the command is called, and its one line of help stands
here, so that `fake-relay --help` comes at once.
May import: errors, the other files of cli.
"""

from __future__ import annotations

import importlib
import sys
from difflib import get_close_matches
from typing import Any

import click

from fake_relay.errors import ConfigError, FakeRelayError, QueryError, RequestRefused
from fake_relay.version import __version__

COMMANDS = {
    "serve": ("serve:serve", "Run the server; prints its URL and a DSN to paste."),
    "demo": ("demo:demo", "Catch what a real application sends, and look at it."),
    "run": ("run:run", "Run CMD with a relay of its own, and print what it sent."),
    "tail": ("reading:tail", "Follow what arrives, until Ctrl-C."),
    "list": ("reading:list_items", "List items, newest first."),
    "show": ("reading:show", "Show one item as a person wants to read it."),
    "explain": ("explain:explain", "Tell why an event is missing."),
    "refused": ("explain:refused", "List requests that were refused, newest first; or show one."),
    "lint": ("lint:lint", "Tell what Sentry would drop, cut or change."),
    "clear": ("reading:clear", "Forget what is stored."),
    "export": ("exchange:export", "Write envelopes to disk, byte for byte."),
    "import": ("exchange:import_", "Send envelope files to a running server."),
    "expect": ("expect:expect", "Wait for what should arrive."),
    "faults": ("faults:faults", "See and set the faults of a running server."),
    "forward": ("forward:forward", "See and steer what goes on to a real Sentry."),
    "check": ("check:check", "Judge a service's SDK configuration, offline."),
    "scenarios": ("scenarios.cli:scenarios", "Prove what an SDK configuration sends."),
}
"""Command -> where it is and what it does; in the order in which `--help` shows them.

A module with a dot stands outside of this room, and is named here and never imported.
"""

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
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found = importlib.import_module(module if "." in module else f"fake_relay.cli.{module}")
        command: click.Command = getattr(found, name)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, does) for name, (_, does) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called; a misspelt one is told with the one that was meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            guesses = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {guesses[0]!r}?" if guesses else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it raises on purpose becomes a line on stderr and a status."""
        try:
            return super().invoke(ctx)
        except FakeRelayError as error:
            from fake_relay.shown.text import safe

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

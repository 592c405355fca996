"""The parser of `sdk-config`, and the one place that turns errors into a line and a status.

Rule: commands are imported when they are called, so that `--help` comes at once; an error's text
is printed only after secrets are taken out of it.
May import: the other files of cli; checks.findings, checks.secrecy.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import TypeAlias

from sdk_config.checks.findings import CHECK_TYPES, USAGE

TEST_TYPES = (
    "basic",
    "database",
    "payment",
    "performance",
    "integration",
    "pii",
    "sampling",
    "release",
)
PLATFORMS = ("dotenv", "docker", "k8s", "railway", "render")
STATUSES = ("in_progress", "succeeded", "failed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives its exit status."""
    parsed = parser().parse_args(arguments)
    module, _, name = str(parsed.run).partition(":")
    try:
        found = getattr(import_module(f"sdk_config.cli.{module}"), name)(parsed)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough, as in `sdk-config check | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ValueError as error:
        _say(f"sdk-config: {error}")
        return USAGE
    except Exception as error:  # noqa: BLE001 - a traceback would show the values it came from
        _say(f"sdk-config: failed with {type(error).__name__}; -v shows where")
        if getattr(parsed, "verbose", False):
            _say("".join(traceback.format_exception(error)))
        return USAGE
    return int(found)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="sdk-config",
        description="Judge, try and prepare a service's Sentry configuration.",
        epilog="exit status: 0 ok, 1 findings, 2 usage, 3 nobody answers",
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _check(commands)
    _test(commands)
    _doctor(commands)
    _env(commands)
    _init(commands)
    _deploy(commands)
    _release(commands)
    return top


_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001
"""It has no public name."""


def _add(commands: _Commands, name: str, run: str, text: str) -> argparse.ArgumentParser:
    found: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    found.set_defaults(run=run)
    return found


def _verbose(command: argparse.ArgumentParser) -> None:
    command.add_argument("-v", "--verbose", action="store_true", help="tell more")
    command.add_argument("--json", action="store_true", help="print JSON")


def _sources(command: argparse.ArgumentParser) -> None:
    command.add_argument("--environment", metavar="E", help="judge it as this environment")
    command.add_argument("--dotenv", metavar="FILE", help="read this .env file as well")


def _check(commands: _Commands) -> None:
    command = _add(commands, "check", "judging:check", "Judge the configuration.")
    _sources(command)
    kinds = ", ".join((*CHECK_TYPES, "all"))
    command.add_argument(
        "--check-type",
        action="append",
        metavar="TYPE",
        help=f"what to check, divided by commas or repeated: {kinds}; all by default",
    )
    command.add_argument(
        "--setup",
        metavar="MODULE:FUNCTION",
        help="the application's setup, to be run in a process of its own and probed",
    )
    command.add_argument("--root", metavar="DIR", default=".", help="source to read; . by default")
    command.add_argument(
        "--connect-to", metavar="DSN", help="try to connect to this one, not to the configured one"
    )
    _verbose(command)


def _test(commands: _Commands) -> None:
    command = _add(commands, "test", "judging:test", "Send test traffic, and confirm it arrives.")
    _sources(command)
    kinds = ", ".join((*TEST_TYPES, "all"))
    command.add_argument(
        "--test-type",
        action="append",
        metavar="TYPE",
        help=f"what to try, divided by commas or repeated: {kinds}; basic by default",
    )
    _verbose(command)


def _doctor(commands: _Commands) -> None:
    text = "Check configuration and connectivity, then send a test; stop where it fails."
    command = _add(commands, "doctor", "judging:doctor", text)
    _sources(command)
    _verbose(command)


def _env(commands: _Commands) -> None:
    text = "Print the variables of a profile, as a platform wants them."
    command = _add(commands, "env", "preparing:env", text)
    command.add_argument("--profile", default="production", help="which profile's values")
    command.add_argument("--platform", choices=PLATFORMS, default="dotenv", help="for which one")
    command.add_argument(
        "--service",
        action="append",
        metavar="NAME",
        help="services that share them; repeat it for more",
    )


def _init(commands: _Commands) -> None:
    command = _add(commands, "init", "preparing:init", "Write .env files for three environments.")
    command.add_argument("--directory", default=".", help="where to; . by default")
    command.add_argument("--scripts", action="store_true", help="write the documents' two scripts")
    command.add_argument("--force", action="store_true", help="write over files that are there")


def _deploy(commands: _Commands) -> None:
    command = _add(commands, "deploy", "releasing:deploy", "Tell Sentry of a deployment.")
    command.add_argument("--version", required=True, help="the release: 2.0.3, shop@4f2a9c1")
    command.add_argument("--environment", required=True, metavar="E", help="where it goes")
    command.add_argument("--status", choices=STATUSES, default="succeeded", help="how it went")
    command.add_argument(
        "--detail", action="append", default=[], metavar="K=V", help="a fact; repeat it for more"
    )
    command.add_argument("--dotenv", metavar="FILE", help="read this .env file as well")
    _verbose(command)


def _release(commands: _Commands) -> None:
    text = "Print the release that would be sent, or judge a release's name."
    command = _add(commands, "release", "releasing:release", text)
    command.add_argument("name", nargs="?", help="a name to judge")
    command.add_argument(
        "--mode",
        choices=("sha", "short", "tag", "describe", "describe-tags"),
        help="ask git only, and in this way",
    )
    command.add_argument("--prefix", default="", help="what goes before it: backend@")


def _say(text: str) -> None:
    from sdk_config.checks.secrecy import secrets_of
    from sdk_config.settings import Settings

    try:
        known = secrets_of(os.environ, Settings.from_env())
    except Exception:  # noqa: BLE001 - whatever fails here must not show more
        known = secrets_of(os.environ)
    print(known.redacted(text), file=sys.stderr)

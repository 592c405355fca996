"""Every command and every option explains itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from fake_relay.cli import main
from fake_relay.cli.main import COMMANDS


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from walk(found, (*path, name))


ALL = dict(walk(main))


def test_the_tree_holds_every_command_of_the_contract() -> None:
    expected = {"serve", "demo", "run", "tail", "list", "show", "clear", "export", "import"}
    assert expected | {"expect"} <= set(ALL)


@pytest.mark.parametrize("path", ALL)
def test_every_command_has_a_help_text(path: str) -> None:
    assert ALL[path].help


@pytest.mark.parametrize("path", ALL)
def test_every_option_has_a_help_text(path: str) -> None:
    silent = [
        parameter.name
        for parameter in ALL[path].params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert silent == []


@pytest.mark.parametrize("path", ALL)
def test_help_is_printed_with_status_0(path: str) -> None:
    result = CliRunner().invoke(main, [*path.split(), "--help"])
    assert (result.exit_code, "Usage:" in result.stdout) == (0, True)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_first_sentence_fits_into_the_list_of_commands(name: str) -> None:
    command = ALL[name]
    assert not command.get_short_help_str(60).endswith("...")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_the_command_says_of_itself(name: str) -> None:
    assert ALL[name].get_short_help_str(60) == COMMANDS[name][1]


def test_an_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["frobnicate"])
    assert (result.exit_code, "Did you mean" in result.stderr) == (2, False)


def test_a_misspelt_command_is_told_with_the_one_that_was_meant() -> None:
    result = CliRunner().invoke(main, ["lst"])
    assert result.exit_code == 2
    assert "No such command 'lst'. Did you mean 'list'?" in result.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["list", "--help"]])
def test_help_comes_without_what_only_work_needs(arguments: list[str]) -> None:
    code = """
import sys
from fake_relay.cli import main
try:
    main(sys.argv[1:])
finally:
    sys.stderr.write(" ".join({"aiohttp", "rich", "urllib3", "msgspec", "lark"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def test_reading_a_server_needs_no_server_code() -> None:
    code = """
import sys
from fake_relay.cli import main
try:
    main(["list", "level:error", "--url", "http://127.0.0.1:1"])
finally:
    print(" ".join({"aiohttp", "sqlite3", "sentry_sdk"} & set(sys.modules)))
"""
    # Measuring coverage needs sqlite3.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=plain)
    assert (done.returncode, done.stdout) == (3, "\n")


def test_an_unknown_option_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["list", "--frobnicate"]).exit_code == 2

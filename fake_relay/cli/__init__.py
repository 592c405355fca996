"""The command line: arguments -> public API -> text; no logic, one file per group of commands.

Exit status: 0 ok, 1 expectation failed, 2 usage or configuration error, 3 could not reach
or start. No traceback for what a user can do wrong.
May import: client, web, relay and every room below them.
"""

from __future__ import annotations

from fake_relay.cli.main import main

__all__ = ["main"]

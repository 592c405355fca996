"""The command line `sdk-config`: arguments -> public functions -> text.

Rule: exit status 0 ok, 1 findings, 2 usage, 3 unreachable; nothing that is printed holds a
secret, tracebacks included.
May import: checks and every room below it.
"""

from __future__ import annotations

from sdk_config.cli.main import main

__all__ = ["main"]

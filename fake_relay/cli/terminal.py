"""The console that commands print to.

May import: rich.
"""

from __future__ import annotations

import os
import sys

from rich.console import Console


class Terminal(Console):
    """A console that shows text as it is; a reader that goes away ends the command quietly."""

    def on_broken_pipe(self) -> None:
        """Stop writing; the interpreter's own flush at exit must not complain either."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0)

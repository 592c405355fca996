"""A run as JSON: the form that other reports are made from later, and that tools read.

May import: result.
"""

from __future__ import annotations

from scenarios.result import Run, to_json


def text(run: Run) -> str:
    """The run as indented JSON."""
    return to_json(run).decode()

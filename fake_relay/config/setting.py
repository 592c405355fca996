"""How a settings record documents itself: every field carries its help text.

May import: nothing of fake_relay.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any, Final

KIB: Final = 1024
MIB: Final = 1024 * 1024


def setting(default: Any, help_text: str) -> Any:
    """A field of a settings record, with the text that documents it."""
    return field(default=default, metadata={"help": help_text})

"""A verdict in the form of `/relay/v1/expect`, as a person reads it.

May import: cli.render.text, rich.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from fake_relay.shown.text import safe, safe_lines


def verdict_lines(verdict: Mapping[str, Any]) -> Iterator[Text]:
    """One green line for what holds; what was expected and what came close otherwise."""
    if verdict.get("held"):
        found = ", ".join(f"#{item}" for item in list(verdict.get("matched") or ())[:5])
        held = (
            Text()
            .append("✓ ", "bold green")
            .append(safe(str(verdict.get("expected") or "held")), "bold")
        )
        yield held.append(f"  {safe(found)}" if found else "", "dim")
        for hint in verdict.get("hints") or ():
            yield Text("  ").append(safe(str(hint)), "yellow")
        return
    first, *rest = safe_lines(str(verdict.get("text") or "did not hold")) or [""]
    yield Text().append("✗ ", "bold red").append(first, "bold")
    for line in rest:
        style = "yellow" if line.lstrip().startswith("- ") else ""
        yield Text("  ").append(line, style)

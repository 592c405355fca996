"""What the expectations of filters cannot say.

May import: evidence.
"""

from __future__ import annotations

from scenarios.evidence import Evidence


def dropped_by_us(evidence: Evidence, category: str, reason: str, quantity: int) -> str:
    """What is wrong with sdk_config's own count of what it took out, or an empty text."""
    entries = [entry for line in evidence.journal.of("dropped") for entry in line.data["entries"]]
    found = sum(count for *what, count in entries if what == [category, reason])
    if found == quantity:
        return ""
    return (
        f"sdk_config counted {found} {category} as {reason}, not {quantity}; all of it: {entries}"
    )

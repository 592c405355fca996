"""Canary tracing: values planted in every surface, and looked for in every byte that left.

Rule: the child imports `plant`, `values` and `surfaces`, which need nothing of fake_relay; what
traces is loaded only when something is to be judged.
May import: its own modules, lazily.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenarios.evidence import Evidence
    from scenarios.expectations import NoLeaks
    from scenarios.judged import Judged


def judge(expectation: NoLeaks, evidence: Evidence) -> Judged:
    """Judge that none of the planted values left the process."""
    from scenarios.canary import trace

    return trace.judge(expectation, evidence)

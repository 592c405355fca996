"""What becomes of a payload that has a problem: invalid, but for reports that Relay filters.

A browser's report about anything but a policy is filtered, not invalid (PROTOCOL.md 2.4).
May import: items, protocol.
"""

from __future__ import annotations

from typing import Final

from fake_relay.items import Facts
from fake_relay.items.security import OTHER_REPORT
from fake_relay.protocol.outcome import Fate, Outcome

NOT_A_POLICY: Final = Outcome(Fate.FILTERED, OTHER_REPORT)


def refused(facts: Facts) -> Outcome:
    """The outcome of an item whose facts have a problem."""
    if facts.reason == OTHER_REPORT:
        return NOT_A_POLICY
    return Outcome(Fate.INVALID, facts.reason)

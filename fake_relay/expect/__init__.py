"""What should have arrived, and the verdict on what did, with near misses.

Rule: an expectation is a value and judging it is pure; who waits is the shell's business
(`Vigil` tells it for how long).
May import: store, query, match, records, items, config, protocol, errors.
"""

from __future__ import annotations

from fake_relay.expect.expectation import AT_LEAST_ONE, NONE, Count, Expectation
from fake_relay.expect.judge import NearMiss, Verdict, Watch, judge
from fake_relay.expect.order import OrderVerdict, OrderWatch
from fake_relay.expect.subject import Exhibit, Subject
from fake_relay.expect.vigil import Vigil

__all__ = [
    "AT_LEAST_ONE",
    "NONE",
    "Count",
    "Exhibit",
    "Expectation",
    "NearMiss",
    "OrderVerdict",
    "OrderWatch",
    "Subject",
    "Verdict",
    "Vigil",
    "Watch",
    "judge",
]

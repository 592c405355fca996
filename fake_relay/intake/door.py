"""What every door is: methods, an opener, and the answer that its clients expect.

May import: records, config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from fake_relay.config import Limits, RelayConfig
from fake_relay.records import Inbound, Reply, Submission


class Place(msgspec.Struct, frozen=True):
    """A door, and what the path said about the sender."""

    door: Door
    project: str | None = None
    key: str | None = None
    slug: str | None = None


class Door(msgspec.Struct, frozen=True):
    """One row of the door table.

    `open` turns a request into submissions (one, but for batches of browser reports) or raises
    `RequestRefused`; `answer` makes the reply when they were taken; `max_body` is how many bytes
    a body may have; `limited` tells whether the door ever answers 429, which crash uploaders
    and cron jobs must not see (PROTOCOL.md 7.2); `explain` puts any error (a reply of 400 or
    more, from wherever it comes) into the form of the door's clients, by their headers.
    """

    name: str
    methods: frozenset[str]
    open: Callable[[Inbound, Place, RelayConfig], tuple[Submission, ...]]
    answer: Callable[[Inbound, tuple[Submission, ...]], Reply]
    max_body: Callable[[Limits], int] = lambda limits: limits.max_envelope_size
    limited: bool = True
    explain: Callable[[Mapping[str, str], Reply], Reply] | None = None

"""What every door is: methods, an opener, and the answer that its clients expect.

May import: records, config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from fake_relay.config import Limits, RelayConfig
from fake_relay.records import Inbound, Reply, Submission


class Place(msgspec.Struct, frozen=True):
    """A door, and what the path said about the sender."""

    door: Door
    project: str | None = None
    key: str | None = None


class Door(msgspec.Struct, frozen=True):
    """One row of the door table.

    `open` turns a request into a submission or raises `RequestRefused`; `answer` makes the
    reply to a submission that was taken; `max_body` is how many bytes a body may have.
    """

    name: str
    methods: frozenset[str]
    open: Callable[[Inbound, Place, RelayConfig], Submission]
    answer: Callable[[Inbound, Submission], Reply]
    max_body: Callable[[Limits], int] = lambda limits: limits.max_envelope_size

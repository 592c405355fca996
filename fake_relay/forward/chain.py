"""Loops: the relays that an envelope came through, named in a header.

Rule: a relay that forwards takes nothing that has its own id in the chain, nor what came through
far too many others.
May import: errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fake_relay.errors import RequestRefused
from fake_relay.forward.verdict import LOOP

HEADER: Final = "X-Fake-Relay-Chain"
MAX_HOPS: Final = 16


def chain_of(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of the relays that a request came through, the first one first."""
    given = headers.get(HEADER.lower(), "") if headers else ""
    return tuple(part.strip() for part in given.split(",") if part.strip()) if given else ()


def refuse_loop(headers: Mapping[str, str], instance: str) -> None:
    """Refuse a request that comes round again; raises `RequestRefused` (508)."""
    chain = chain_of(headers)
    if instance in chain or len(chain) >= MAX_HOPS:
        raise RequestRefused(
            "a forwarding loop: this envelope came through here before",
            f"{HEADER}: {', '.join(chain)}"[:300],
            status=LOOP,
            reason="forwarding_loop",
        )


def extended(chain: str, instance: str) -> str:
    """The header's value for what leaves here."""
    return f"{chain}, {instance}" if chain else instance

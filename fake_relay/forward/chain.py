"""Loops: the relays that an envelope came through, named in a header and kept with it.

Rule: a relay that forwards takes nothing that has its own id in the chain, nor what came through
far too many others; but what somebody imports may come home.
May import: errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from fake_relay.errors import RequestRefused
from fake_relay.forward.verdict import LOOP

HEADER: Final = "X-Fake-Relay-Chain"
IMPORTED: Final = "X-Fake-Relay-Imported-Chain"
"""The header of an import: what the envelope came through before it was a file."""
MAX_HOPS: Final = 16
MAX_ID: Final = 64
_HEADER, _IMPORTED = HEADER.lower(), IMPORTED.lower()


def chain_of(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of the relays that a request came through, the first one first."""
    return _ids(headers.get(_HEADER, ""))


def chain_to_keep(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The ids that are kept with an envelope, so that it has them when it leaves."""
    if _HEADER in headers or _IMPORTED in headers:
        found = _ids(headers.get(_HEADER) or headers.get(_IMPORTED, ""))
        return tuple(one[:MAX_ID] for one in found[:MAX_HOPS])
    return ()


def _ids(given: str) -> tuple[str, ...]:
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


def extended(chain: Sequence[str], instance: str) -> str:
    """The header's value for what leaves here."""
    return ", ".join((*chain, instance))

"""Items that Relay would take, and what becomes of an envelope that holds them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fake_relay.config import Limits, RelayConfig
from fake_relay.pipeline import DEFAULT_STAGES, Context, Walked, run
from fake_relay.pipeline.ledger import received
from fake_relay.protocol.envelope import Item, make_envelope, make_item

NOW = 1_700_000_000.0
TRACE_ID = "771a43a4192642f0b136d5159a501700"

Walk = Callable[..., list[Walked]]


@pytest.fixture
def walk() -> Walk:
    """Walk items through the default stages: `walk((kind, payload, headers), …, header={})`."""

    def walked(
        *items: tuple[Any, ...], header: dict[str, Any] | None = None, **limits: int
    ) -> list[Walked]:
        envelope = make_envelope(header or {}, [made(*item) for item in items])
        context = Context(
            RelayConfig(limits=Limits(**limits)),
            "42",
            NOW,
            tuple(item.type for item in envelope.items),
            envelope,
        )
        return run([received(item) for item in envelope.items], context, DEFAULT_STAGES)

    return walked


@pytest.fixture
def fate(walk: Walk) -> Callable[..., str]:
    """The outcome of a single item, or of the first of several, as text."""
    return lambda *items, **settings: str(walk(*items, **settings)[0][1])


def made(kind: str, payload: Any, headers: dict[str, Any] | None = None) -> Item:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return make_item(kind, data, headers or {})

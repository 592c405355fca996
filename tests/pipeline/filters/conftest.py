"""Judges items by filters."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fake_relay.config import Filters, RelayConfig
from fake_relay.items import item_type
from fake_relay.pipeline import Context
from fake_relay.pipeline.filters import filter_stage
from fake_relay.protocol.envelope import make_envelope, make_item
from fake_relay.protocol.outcome import Outcome
from fake_relay.records import ReceivedItem

Judge = Callable[..., str]


@pytest.fixture
def judge() -> Judge:
    """The reason by which filters let an item fall; empty when it passes."""

    def judge_one(
        filters: Filters,
        payload: Any,
        kind: str = "event",
        *,
        client_ip: str = "192.0.2.1",
        headers: dict[str, str] | None = None,
        trace: dict[str, Any] | None = None,
        **fields: Any,
    ) -> str:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        item = make_item(kind, data, fields)
        row = item_type(kind)
        facts = row.facts(item.header, data)
        received = ReceivedItem(item, facts, row.quantities(item.header, data, facts))
        envelope = make_envelope({"trace": trace} if trace else {}, [item])
        context = Context(
            RelayConfig(),
            "42",
            1.7e9,
            (kind,),
            envelope,
            remote_addr=client_ip,
            headers=headers or {},
        )
        stage = filter_stage(filters)
        if stage is None:
            return "no stage"
        outcome = stage(received, context)
        if isinstance(outcome, Outcome):
            assert outcome.fate == "filtered"
            return outcome.reason
        assert outcome is received
        return ""

    return judge_one

"""What a server does while nobody asks for anything."""

from __future__ import annotations

import asyncio

import pytest

from fake_relay.query import parse
from fake_relay.store.memory import MemoryStore
from fake_relay.web import housekeeping


async def test_the_first_search_finds_the_grammar_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "INTERVAL", 0.001)
    parse._parser.cache_clear()
    async with housekeeping.housekeeping(MemoryStore(), eager=True):
        while not parse._parser.cache_info().currsize:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)

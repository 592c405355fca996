"""What a server does while nobody asks for anything."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fake_relay.config import Scrubbing
from fake_relay.lint import Findings
from fake_relay.query import parse
from fake_relay.store.memory import MemoryStore
from fake_relay.stored_view.viewer import Views
from fake_relay.web import housekeeping
from fake_relay.web.memory import Memory


async def test_the_first_search_finds_the_grammar_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "INTERVAL", 0.001)
    parse._parser.cache_clear()
    async with housekeeping.housekeeping(MemoryStore(), eager=True):
        while not parse._parser.cache_info().currsize:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)


async def test_items_are_judged_before_somebody_asks_once_somebody_looks(
    monkeypatch: pytest.MonkeyPatch, server: Any
) -> None:
    monkeypatch.setattr(housekeeping, "INTERVAL", 0.001)
    store = server.relay.store
    findings = Findings(store, Views(store, lambda _: Scrubbing()), lambda _: Scrubbing())
    await server.send(b'{"release":"a/b"}')
    findings.of([])
    async with housekeeping.housekeeping(store, findings=findings):
        while not (judged := store.judgements([1])):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
    assert "invalid-release" in {found.code for found in judged[1].findings}


async def test_a_check_that_fails_does_not_end_housekeeping(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(housekeeping, "INTERVAL", 0.001)
    calls: list[str] = []

    class Kept(MemoryStore):
        def idle(self) -> None:
            calls.append("idle")

    class Broken(Findings):
        def step(self) -> None:
            calls.append("step")
            raise ValueError("a bug in a check")

    store = Kept()
    broken = Broken(store, Views(store, lambda _: Scrubbing()), lambda _: Scrubbing())
    async with housekeeping.housekeeping(store, findings=broken):
        while calls.count("idle") < 3:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
    assert calls.count("step") == 1
    assert "judging items failed" in caplog.text


async def test_memory_is_given_back_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "INTERVAL", 0.001)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Asked(Memory):
        def __init__(self) -> None:
            """Without the settings, which are those of the whole process."""

        def give_back(self) -> bool:
            loop.call_soon_threadsafe(asked.set)
            return True

    async with housekeeping.housekeeping(MemoryStore(), memory=Asked()):
        await asyncio.wait_for(asked.wait(), 20)

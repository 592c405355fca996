"""Waiting for the store's position, in coroutines and in threads."""

from __future__ import annotations

import asyncio
import threading

import pytest

from fake_relay.publish.hub import Hub


async def test_a_position_that_was_announced_is_not_waited_for() -> None:
    hub = Hub(5)
    assert await hub.wait(4, timeout=0)
    assert hub.wait_in_thread(4, timeout=0)


async def test_a_wait_ends_in_vain_when_nothing_newer_comes() -> None:
    hub = Hub(5)
    assert not await hub.wait(5, timeout=0.001)
    hub.announce(5)
    assert not await hub.wait(5, timeout=0.001)
    assert not hub.wait_in_thread(5, timeout=0.001)


async def test_an_announcement_wakes_every_coroutine() -> None:
    hub = Hub()
    waits = [asyncio.ensure_future(hub.wait(0, timeout=30)) for _ in range(100)]
    await asyncio.sleep(0)
    hub.announce(1)
    assert await asyncio.gather(*waits) == [True] * 100


async def test_an_announcement_of_nothing_newer_wakes_nobody() -> None:
    """An empty envelope is committed and announced, and brings no item."""
    hub = Hub(3)
    waiting = asyncio.ensure_future(hub.wait(3, timeout=30))
    await asyncio.sleep(0)
    hub.announce(3)
    await asyncio.sleep(0)
    assert not waiting.done()
    hub.announce(4)
    assert await waiting


async def test_a_wait_for_a_later_position_goes_on() -> None:
    hub = Hub()
    waiting = asyncio.ensure_future(hub.wait(2, timeout=30))
    await asyncio.sleep(0)
    for position in (1, 2):
        hub.announce(position)
        await asyncio.sleep(0)
        assert not waiting.done()
    hub.announce(3)
    assert await waiting


async def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    hub = Hub()
    waiting = asyncio.ensure_future(hub.wait(0))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert hub.waiting == 0
    hub.announce(1)


async def test_a_wait_that_ran_out_of_time_leaves_nothing_behind() -> None:
    hub = Hub()
    await hub.wait(0, timeout=0.001)
    assert hub.waiting == 0


async def test_a_wait_cancelled_in_the_turn_of_an_announcement_is_cancelled() -> None:
    hub = Hub()
    waiting = asyncio.ensure_future(hub.wait(0))
    await asyncio.sleep(0)
    hub.announce(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert hub.waiting == 0


async def test_the_position_never_goes_back() -> None:
    hub = Hub(7)
    hub.announce(3)
    assert hub.position == 7


async def test_one_who_reads_on_misses_no_position() -> None:
    hub = Hub()
    seen = 0

    async def follow() -> None:
        nonlocal seen
        while seen < 500:
            assert await hub.wait(seen, timeout=30)
            seen = hub.position

    follower = asyncio.ensure_future(follow())
    for position in range(1, 501):
        hub.announce(position)
        if position % 7 == 0:
            await asyncio.sleep(0)
    await follower
    assert seen == 500


async def test_threads_and_coroutines_follow_the_same_announcements() -> None:
    hub = Hub()
    last = 300
    ends: list[int] = []

    def follow_in_thread() -> None:
        seen = 0
        while seen < last and hub.wait_in_thread(seen, timeout=30):
            seen = hub.position
        ends.append(seen)

    async def follow() -> int:
        seen = 0
        while seen < last and await hub.wait(seen, timeout=30):
            seen = hub.position
        return seen

    threads = [threading.Thread(target=follow_in_thread) for _ in range(4)]
    for thread in threads:
        thread.start()
    followers = [asyncio.ensure_future(follow()) for _ in range(20)]
    for position in range(1, last + 1):
        hub.announce(position)
        await asyncio.sleep(0)
    assert await asyncio.gather(*followers) == [last] * 20
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert ends == [last] * 4


async def test_an_announcement_from_another_thread_wakes_coroutines() -> None:
    """A store that is cleared or filled by a thread of its own announces from there."""
    hub = Hub()
    waiting = asyncio.ensure_future(hub.wait(0, timeout=30))
    await asyncio.sleep(0)
    await asyncio.to_thread(hub.announce, 1)
    assert await waiting


async def test_coroutines_of_two_loops_can_wait() -> None:
    hub = Hub()
    waiting = threading.Event()
    results: list[bool] = []

    async def elsewhere() -> None:
        task = asyncio.ensure_future(hub.wait(0, timeout=30))
        await asyncio.sleep(0)
        waiting.set()
        results.append(await task)

    thread = threading.Thread(target=lambda: asyncio.run(elsewhere()))
    thread.start()
    await asyncio.to_thread(waiting.wait)
    hub.announce(1)
    await asyncio.to_thread(thread.join)
    assert results == [True]


async def test_a_loop_that_ended_while_waiting_does_not_hinder_the_others() -> None:
    hub = Hub()
    loop = asyncio.new_event_loop()
    task = loop.create_task(hub.wait(0))
    await asyncio.to_thread(loop.run_until_complete, asyncio.sleep(0))
    mine = asyncio.ensure_future(hub.wait(0, timeout=30))
    await asyncio.sleep(0)
    loop.close()
    hub.announce(1)
    assert await mine
    task._log_destroy_pending = False  # type: ignore[attr-defined]


async def test_a_refusal_wakes_only_those_who_wait_for_refusals_too() -> None:
    hub = Hub(5, refused=2)
    both = asyncio.ensure_future(hub.wait(5, 10, refused=2))
    items = asyncio.ensure_future(hub.wait(5, 10))
    await asyncio.sleep(0)
    hub.announce(5, 3)
    assert await both is True
    assert (hub.position, hub.refused, hub.waiting) == (5, 3, 1)
    hub.announce(6, 3)
    assert await items is True


async def test_a_refusal_from_before_ends_the_wait_at_once() -> None:
    assert await Hub(5, refused=3).wait(5, 0, refused=2) is True
    assert await Hub(5, refused=3).wait(5, 0, refused=3) is False

"""Measure how smooth the inbox is while much arrives, in a real Chromium.

    python tests/scripts/frame_times.py --rate 200 --seconds 20

A server of its own takes mixed items over real HTTP while the inbox is open; the page counts
the times between animation frames, its rows, its heap, and how late a row is. It prints a
table and judges nothing: what else runs on the machine shows in the numbers, and so does a
page that is quiet, which is measured first.
May import: the standard library, aiohttp, playwright, rich, the scripts beside this one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import CDPSession, Page, async_playwright
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent))

import find_browser  # type: ignore[import-not-found]

KEY = "a" * 32
SLOW = 50.0
"""Milliseconds from which on a frame is felt."""
CONNECTIONS = 8
QUIET = 5.0

RECORD = """() => {
    window.frames_seen = [];
    window.rows_seen = {};
    let last = performance.now();
    window.recording = true;
    function frame(now) {
        if (!window.recording) return;
        frames_seen.push(now - last);
        last = now;
        requestAnimationFrame(frame);
    }
    requestAnimationFrame(frame);
    new MutationObserver((changes) => {
        for (const change of changes) for (const row of change.addedNodes) {
            const tick = /tick (\\d+)/.exec(row.textContent);
            if (tick) rows_seen[tick[1]] ??= Date.now();
        }
    }).observe(document.getElementById("rows"), { childList: true });
}"""
STOP = """() => {
    window.recording = false;
    return [frames_seen.slice(1), rows_seen, document.querySelectorAll(".row").length];
}"""


@dataclass
class Measured:
    """What a page went through: milliseconds between frames, seconds from answer to row.

    `work` is what its main thread did in seconds: hardly another thing when others are busy.
    """

    frames: list[float]
    delays: list[float] = field(default_factory=list)
    rows: int = 0
    heap_before: float = 0.0
    heap_after: float = 0.0
    work: dict[str, float] = field(default_factory=dict)


@contextmanager
def served() -> Iterator[str]:
    """The URL of a server in a process of its own."""
    command = [sys.executable, "-m", "fake_relay", "serve", "--port", "0", "--json"]
    command += ["--store", "memory:"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(30)


def item(number: int, dice: random.Random) -> tuple[str, dict[str, Any]]:
    """The type and payload of one of many; every other one is an event that says its number."""
    now = time.time()
    if number % 2 == 0:
        level = dice.choice(("error", "warning", "info"))
        return "event", {"message": f"tick {number}", "level": level, "release": "shop@2.0"}
    shapes: dict[str, dict[str, Any]] = {
        "transaction": {"type": "transaction", "transaction": "/checkout", "timestamp": now,
                        "start_timestamp": now - 0.2,
                        "contexts": {"trace": {"trace_id": f"{number:032x}", "op": "http"}}},
        "log": {"items": [{"body": f"line {number}", "level": "info", "timestamp": now}]},
        "session": {"sid": f"{number:032x}", "status": "ok", "init": True,
                    "attrs": {"release": "shop@2.0"}},
        "check_in": {"monitor_slug": "nightly", "status": "ok"},
        "trace_metric": {"items": [{"name": "orders", "type": "counter", "value": 1}]},
    }  # fmt: skip
    kind = dice.choice(sorted(shapes))
    return kind, shapes[kind]


async def send(url: str, rate: float, seconds: float) -> dict[str, float]:
    """Send so many items a second, each in its own request; when each tick was answered."""
    answered: dict[str, float] = {}
    dice, began = random.Random(7), time.monotonic()
    numbers = iter(range(int(rate * seconds)))

    async def one(client: aiohttp.ClientSession) -> None:
        for number in numbers:
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            kind, payload = item(number, dice)
            data = json.dumps(payload).encode()
            body = b'{}\n{"type":"%b","length":%d}\n%b\n' % (kind.encode(), len(data), data)
            path = f"{url}/api/42/envelope/?sentry_key={KEY}"
            async with client.post(path, data=body) as response:
                response.raise_for_status()
            if kind == "event":
                answered[str(number)] = time.time()

    async with aiohttp.ClientSession() as client:
        await asyncio.gather(*(one(client) for _ in range(CONNECTIONS)))
    return answered


async def heap(session: CDPSession) -> float:
    """Megabytes that the page's scripts hold after a collection."""
    await session.send("HeapProfiler.collectGarbage")
    found = await session.send("Runtime.getHeapUsage")
    return float(found["usedSize"]) / 1e6


async def work(session: CDPSession) -> dict[str, float]:
    """Seconds of the page's main thread so far, by what it did."""
    found = await session.send("Performance.getMetrics")
    metrics = {one["name"]: one["value"] for one in found["metrics"]}
    return {
        name: metrics[f"{name}Duration"] for name in ("Script", "RecalcStyle", "Layout", "Task")
    }


async def measure(page: Page, url: str, rate: float, seconds: float) -> Measured:
    """Open the inbox and watch it while items arrive; with a rate of 0, while nothing does."""
    session = await page.context.new_cdp_session(page)
    await page.goto(url)
    # Processor time: what others do on the machine is not in it.
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = await heap(session)
    await page.evaluate(RECORD)
    began = await work(session)
    answered: dict[str, float] = {}
    if rate:
        answered = await send(url, rate, seconds)
        # The last ones may still be on their way to the page.
        await page.locator(".row", has_text=f"tick {max(map(int, answered))}").wait_for()
    else:
        await asyncio.sleep(seconds)
    frames, seen, rows = await page.evaluate(STOP)
    ended = await work(session)
    spent = {name: ended[name] - began[name] for name in began}
    delays = [seen[tick] / 1000 - moment for tick, moment in answered.items() if tick in seen]
    return Measured(frames, delays, rows, before, await heap(session), spent)


def at(values: list[float], share: float) -> float:
    """The value below which this share of all lies; 0 of none."""
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(found: dict[str, Measured]) -> Table:
    """A column for each measurement."""
    made = Table("", *found, title="the inbox, frame by frame")
    lines: dict[str, Callable[[Measured], str]] = {
        "frames": lambda one: f"{len(one.frames)}",
        "median, ms": lambda one: f"{at(one.frames, 0.5):.1f}",
        "95 in 100 below, ms": lambda one: f"{at(one.frames, 0.95):.1f}",
        "99 in 100 below, ms": lambda one: f"{at(one.frames, 0.99):.1f}",
        "longest, ms": lambda one: f"{max(one.frames):.1f}",
        f"above {SLOW:.0f} ms": lambda one: (
            f"{sum(ms > SLOW for ms in one.frames) / len(one.frames):.2%}"
        ),
        "rows in the page": lambda one: f"{one.rows}",
        "heap before, MB": lambda one: f"{one.heap_before:.2f}",
        "heap after, MB": lambda one: f"{one.heap_after:.2f}",
        "ticks that became rows": lambda one: f"{len(one.delays)}",
        "answer to row, median, ms": lambda one: f"{at(one.delays, 0.5) * 1000:.0f}",
        "answer to row, 99 in 100 below, ms": lambda one: f"{at(one.delays, 0.99) * 1000:.0f}",
    }
    for words, value in lines.items():
        made.add_row(words, *(value(one) for one in found.values()))
    for name in next(iter(found.values())).work:
        made.add_row(f"{name}, s of the page", *(f"{one.work[name]:.2f}" for one in found.values()))
    return made


async def run(path: str, rate: float, seconds: float) -> dict[str, Measured]:
    """Measure a quiet page and a busy one, in one browser."""
    found = {}
    with served() as url:
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1440, "height": 900})
            await send(url, 50, 1)
            found["quiet"] = await measure(page, url, 0, QUIET)
            found[f"{rate:g} a second"] = await measure(page, url, rate, seconds)
            await browser.close()
    return found


def main() -> int:
    """Measure and print; 1 without a browser."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rate", type=float, default=200.0, help="items a second")
    options.add_argument("--seconds", type=float, default=20.0, help="how long they arrive")
    chosen = options.parse_args()
    path = find_browser.find()
    if path is None:
        print("no Chromium is installed; on Debian: apt-get install chromium")
        return 1
    console = Console()
    console.print(table(asyncio.run(run(path, chosen.rate, chosen.seconds))))
    cores, load = os.cpu_count(), os.getloadavg()[0]
    console.print(f"{cores} cores, load of the machine {load:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Forward through an upstream that fails in every way, while the relay is killed, and prove that
nothing is lost, nothing else leaves, and nothing leaves unscrubbed.

    python tests/scripts/forward_chaos.py --events 10000 --kills 10 --seed 7

`fake-relay serve` runs on one file and is ended with SIGKILL at random moments; the upstream, in
this process, answers at random 429 for a category, 5xx, garbage, a broken connection, nothing for
a while, or late; sometimes it takes what it answers so. Some events are not selected, and each
holds a canary that scrubbing has to take out. After each kill the counts in the file agree with
what waits there, and none is less than before. In the end the spool is empty, and every selected
event that was answered 200 has arrived: more than once only under its own id, and counted.
Exit status 0 when all of that held, 1 with the differences otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from fake_relay.cli import main as cli
from fake_relay.protocol import encoding
from fake_relay.protocol.envelope import parse
from fake_relay.store import open_store

CONNECTIONS = 16
WAYS = {"busy": 6, "broken": 6, "reset": 6, "lost": 6, "garbage": 6, "slow": 6, "limit": 1}
"""How an upstream fails, and how often; a limit holds everything for a second."""
PROJECTS = ("1", "2", "3", "4", "5", "6")
CANARY = "4111111111111111"
"""A card's number: scrubbed wherever it stands in an event."""
PATIENCE = 300.0
"""Seconds that the spool may take to become empty in the end."""
PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = [
    *("aiohttp", "sentry_relay", "fake_relay.cli.serve", "fake_relay.store.sqlite"),
    *("fake_relay.web.runner", "fake_relay.stored_view.at_rest"),
]

CONFIG = """
[[upstreams]]
name = "up"
dsn = "{dsn}"
enabled = true
query = "level:error"
retry_base = 0.01
retry_most = 0.2
timeout = 1.0
concurrency = 6
max_attempts = 1000
"""


class ChaoticUpstream:
    """Takes envelopes, and fails at random while `chaos` is above 0."""

    def __init__(self, dice: random.Random, chaos: float) -> None:
        self.dice = dice
        self.chaos = chaos
        self.arrived: Counter[str] = Counter()
        self.order: dict[str, list[str]] = {}
        self.wrong: list[str] = []
        self.failures: Counter[str] = Counter()
        self.url = ""

    @property
    def dsn(self) -> str:
        """Its DSN."""
        return self.url.replace("://", f"://{'b' * 32}@") + "/7"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer an envelope, perhaps badly."""
        body = await request.read()
        if self.dice.random() >= self.chaos:
            self.take(request, body)
            return web.json_response({"id": "x"})
        (way,) = self.dice.choices(list(WAYS), list(WAYS.values()))
        self.failures[way] += 1
        answer: web.StreamResponse = await getattr(self, way)(request, body)
        return answer

    def take(self, request: web.Request, body: bytes) -> None:
        """Count what an envelope holds, and look for what should not be in it."""
        coding = encoding.normalize(request.headers.get("Content-Encoding"))
        content = encoding.decode(body, coding, 10**8)
        if CANARY.encode() in content:
            self.wrong.append("a canary left unscrubbed")
        for item in parse(content, strict_key=False).items:
            if item.type != "event":
                continue
            event = json.loads(item.payload)
            self.arrived[event["event_id"]] += 1
            if event["level"] != "error":
                self.wrong.append(f"{event['event_id']} was not selected and left")
            if self.arrived[event["event_id"]] == 1:
                lane = dict(event["tags"])["lane"]
                self.order.setdefault(lane, []).append(event["event_id"])

    async def limit(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Limit errors for a second; nothing of it was taken."""
        headers = {"X-Sentry-Rate-Limits": "1:error:key", "Retry-After": "1"}
        return web.json_response({}, status=429, headers=headers)

    async def busy(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Answer 503."""
        return web.json_response({}, status=503)

    async def broken(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Answer 500."""
        return web.json_response({}, status=500)

    async def reset(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Break the connection, and take nothing."""
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def lost(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Take it, and break the connection before the answer."""
        self.take(request, body)
        return await self.reset(request, body)

    async def garbage(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Answer with what is no HTTP."""
        if request.transport is not None:
            request.transport.write(b"\x00\x01 nothing\r\n\r\n")
            request.transport.close()
        return web.Response()

    async def slow(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Answer late, sometimes later than anybody waits."""
        self.take(request, body)
        await asyncio.sleep(self.dice.uniform(0.1, 1.5) if self.dice.random() < 0.1 else 0.05)
        return web.json_response({})


class Sent:
    """What the relay has answered 200, and what it was sent at all."""

    def __init__(self, events: int, seed: int) -> None:
        self.events = events
        self.next = 0
        self.dice = random.Random(seed)
        self.selected: set[str] = set()
        self.possible: set[str] = set()

    def event(self) -> tuple[str, str, bytes]:
        """The next event's id, its project, and an envelope of it."""
        number, self.next = self.next, self.next + 1
        event_id = f"{self.dice.getrandbits(128):032x}"
        project = PROJECTS[number % len(PROJECTS)]
        level = "info" if number % 5 == 0 else "error"
        event = {
            "event_id": event_id,
            "level": level,
            "message": f"event {number}",
            "extra": {"card": CANARY, "password": f"hunter{number}"},
            "tags": {"number": str(number), "lane": project},
        }
        if level == "error":
            self.possible.add(event_id)
        header = {"event_id": event_id}
        lines = (json.dumps(header), '{"type":"event"}', json.dumps(event))
        return event_id, project, "\n".join(lines).encode()


async def send(session: aiohttp.ClientSession, url: str, sent: Sent, until: int) -> None:
    """Send events until there are enough, or the server is gone."""
    headers = {"X-Sentry-Auth": f"Sentry sentry_key={'a' * 32}, sentry_version=7"}
    while sent.next < until:
        event_id, project, body = sent.event()
        try:
            door = f"{url}/api/{project}/envelope/"
            async with session.post(door, data=body, headers=headers) as answer:
                await answer.read()
        except aiohttp.ClientError:
            return
        if answer.status != 200:
            raise SystemExit(f"answered {answer.status}")
        if event_id in sent.possible:
            sent.selected.add(event_id)


def serve(store: str, config: str, announce: Connection) -> None:
    """Be `fake-relay serve`, in a process of its own; its first line goes to `announce`."""
    os.dup2(announce.fileno(), sys.stdout.fileno())
    cli(["serve", "--port", "0", "--json", "--store", store, "--config", config])


class Server:
    """A relay in a process of its own."""

    def __init__(self, store: str, config: str) -> None:
        self.reading, writing = PROCESSES.Pipe(duplex=False)
        self.process = PROCESSES.Process(target=serve, args=(store, config, writing))
        self.process.start()
        writing.close()
        self.url = ""

    async def ready(self) -> str:
        """Its URL, once it listens."""
        line = await asyncio.to_thread(os.read, self.reading.fileno(), 65536)
        self.url = json.loads(line)["url"]
        return self.url

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        self.process.join()
        self.reading.close()


async def round_of(server: Server, sent: Sent, until: int, moment: float | None) -> None:
    """Send up to a number of events; with a moment, kill the server so many seconds later."""
    url = await server.ready()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        senders = [asyncio.create_task(send(session, url, sent, until)) for _ in range(CONNECTIONS)]
        if moment is None:
            await asyncio.gather(*senders)
            return
        await asyncio.wait(senders, timeout=moment)
        await asyncio.to_thread(server.kill)
        await asyncio.gather(*senders)


class Counted:
    """What the file of a killed relay says, kill after kill."""

    def __init__(self) -> None:
        self.retried = 0
        self.attempts: dict[int, int] = {}

    def differences(self, path: str, sent: Sent) -> list[str]:
        """What does not agree in the file."""
        store = open_store(path)
        try:
            totals = store.spool.totals("up")
            waiting = store.spool.due("up", time.time() + 1e6, sent.events)
        finally:
            store.close()
        counts, found = totals.counts, []
        gone = counts.sent + counts.evicted + counts.duplicates + counts.dropped
        if counts.selected != len(waiting) + totals.dead + gone:
            found.append(f"{len(waiting)} wait, but the counts are {counts}")
        if not len(sent.selected) <= counts.selected <= len(sent.possible):
            found.append(f"{counts.selected} were queued of {len(sent.selected)} answered")
        attempts = {parcel.id: parcel.attempts for parcel in waiting}
        less = [one for one, tries in attempts.items() if tries < self.attempts.get(one, 0)]
        if counts.retried < self.retried or less:
            found.append(f"{counts.retried} retries after {self.retried}, fewer tries of {less}")
        self.retried, self.attempts = counts.retried, attempts
        return found


async def drained(url: str) -> dict[str, Any]:
    """How it went, once the spool is empty; after a while as it is."""
    deadline = time.monotonic() + PATIENCE
    async with aiohttp.ClientSession(url) as session:
        await session.post("/relay/v1/forward/retry")
        while True:
            async with session.get("/relay/v1/forward") as answer:
                (found,) = (await answer.json())["upstreams"]
            if not (found["queued"] or found["in_flight"]) or time.monotonic() > deadline:
                return dict(found)
            await asyncio.sleep(0.05)


async def run(arguments: argparse.Namespace, folder: Path) -> int:
    """All rounds; the exit status."""
    dice = random.Random(arguments.seed)
    upstream = ChaoticUpstream(random.Random(arguments.seed + 1), arguments.chaos)
    app = web.Application(client_max_size=10**8)
    app.router.add_post("/{tail:.*}", upstream.handle)
    runner = web.AppRunner(app, auto_decompress=False, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    upstream.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    config, store = folder / "relay.toml", str(folder / "relay.sqlite")
    config.write_text(CONFIG.format(dsn=upstream.dsn))

    sent, counted = Sent(arguments.events, arguments.seed), Counted()
    for kill in range(arguments.kills):
        share = arguments.events * (kill + 1) // (arguments.kills + 1)
        server = Server(store, str(config))
        try:
            await round_of(server, sent, share, dice.uniform(0.05, arguments.longest))
        finally:
            server.kill() if server.process.is_alive() else None
        upstream.wrong += counted.differences(store, sent)
    server = Server(store, str(config))
    try:
        await round_of(server, sent, arguments.events, None)
        status = await drained(server.url)
        upstream.wrong += await overtaken(server.url, upstream)
    finally:
        server.kill()
    upstream.wrong += counted.differences(store, sent)
    await runner.cleanup()
    return report(upstream, sent, status)


async def overtaken(url: str, upstream: ChaoticUpstream) -> list[str]:
    """The projects whose events did not arrive in the order in which they are stored."""
    found = []
    for project, arrived in upstream.order.items():
        stored = await stored_ids(url, project)
        wanted = [event_id for event_id in stored if event_id in upstream.arrived]
        if wanted != arrived:
            places = {event_id: place for place, event_id in enumerate(wanted)}
            first = next(
                at for at, (a, b) in enumerate(zip(wanted, arrived, strict=False)) if a != b
            )
            seen = [places.get(event_id) for event_id in arrived[first : first + 5]]
            found.append(
                f"project {project}: {len(arrived)} of {len(wanted)} events, not in their order"
                f" from {first} on: {seen}"
            )
    return found


async def stored_ids(url: str, project: str) -> list[str]:
    """The event ids of a project, the oldest first."""
    ids: list[str] = []
    cursor = ""
    async with aiohttp.ClientSession(url) as session:
        while True:
            asked = f"/relay/v1/items?project={project}&limit=1000&payload=0&cursor={cursor}"
            async with session.get(asked) as answer:
                page = await answer.json()
            ids += [item["event_id"] for item in page["items"]]
            if not (cursor := page["next"] or ""):
                return ids[::-1]


def report(upstream: ChaoticUpstream, sent: Sent, status: dict[str, Any]) -> int:
    """Print how it went; 1 where something is not as it should be."""
    twice = sum(count - 1 for count in upstream.arrived.values())
    failures = ", ".join(f"{way} {count}" for way, count in sorted(upstream.failures.items()))
    print(f"{len(sent.selected)} selected events were answered 200, {sent.next} were sent")
    print(f"{len(upstream.arrived)} arrived, {twice} of them once more; failures: {failures}")
    print(f"retried {status['retried']}, duplicates {status['duplicates']}")
    found = list(dict.fromkeys(upstream.wrong))
    found += [
        f"{one} was answered and has not arrived" for one in sent.selected - set(upstream.arrived)
    ]
    found += [f"{one} was never sent" for one in set(upstream.arrived) - sent.possible]
    if status["queued"] or status["dead"]:
        found.append(f"{status['queued']} wait and {status['dead']} are dead in the end")
    for line in found[:20]:
        print(line)
    return 1 if found else 0


def main() -> None:
    """Read the arguments, run, exit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--chaos", type=float, default=0.3, help="share of requests that fail")
    parser.add_argument("--longest", type=float, default=3.0, help="seconds until a kill at most")
    PROCESSES.set_forkserver_preload(PRELOADED)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(asyncio.run(run(parser.parse_args(), Path(folder))))


if __name__ == "__main__":
    main()

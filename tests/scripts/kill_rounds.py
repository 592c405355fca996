"""Kill a server at random moments, again and again, and prove that no answered event is lost.

    python tests/scripts/kill_rounds.py --rounds 200 --store /tmp/killed.sqlite

Each round starts `fake-relay serve` on the same file, sends events over 64 connections,
and ends the server with SIGKILL at a random moment. Then the file must open, hold every
event that was answered 200 exactly once, and its ledger, counters and search index must
agree with its rows. Between the events go envelopes that are refused, faults on purpose that
refuse others, and uploads: every refusal that was answered is a row, nothing of what a fault
refused is stored, and what was answered 204 is in the upload's file.
Exit status 0 when all rounds held, 1 with the differences otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import multiprocessing
import os
import random
import sqlite3
import sys
import tempfile
import uuid
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp

from fake_relay.cli import main as cli
from fake_relay.query import parse_query
from fake_relay.store import Selection, Store
from fake_relay.store.sqlite import SqliteStore

CONNECTIONS = 64
PROJECTS = ("1", "2", "3")
# Each server is forked from a process that has imported these, and so starts at once.
PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = ["aiohttp", "fake_relay.cli.serve", "fake_relay.store.sqlite", "fake_relay.web.runner"]


FAULTS = {
    "faults": [
        {"effect": {"status": 503}, "probability": 0.05, "seed": 7},
        {"effect": {"reset": "after_body"}, "probability": 0.02, "seed": 7},
        {"effect": {"latency": {"ms": 5}}, "probability": 0.05, "seed": 7},
    ]
}
PIECE = bytes(range(256)) * 40


class Sent:
    """What was sent, and what was answered 200; what was refused, and how far uploads came."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.answered: set[str] = set()
        self.faulted: set[str] = set()
        self.refused = 0
        self.refusals_answered = 0
        self.uploads: dict[str, int] = {}
        self.first_answer = asyncio.Event()


def body(event_id: str, number: int) -> tuple[bytes, dict[str, str]]:
    """An envelope of an event, every fifth one plain and with an attachment, the others gzip."""
    event = json.dumps({"event_id": event_id, "message": f"needle {number}", "level": "error"})
    lines = [json.dumps({"event_id": event_id}), '{"type":"event"}', event]
    if number % 5 == 0:
        payload = "x" * random.Random(number).randrange(100_000)
        lines += [json.dumps({"type": "attachment", "length": len(payload)}), payload]
    plain = "\n".join(lines).encode()
    return (plain, {}) if number % 5 == 0 else (gzip.compress(plain), {"Content-Encoding": "gzip"})


async def send(session: aiohttp.ClientSession, url: str, sent: Sent, number: int) -> None:
    """Send events until the server is gone."""
    headers = {"X-Sentry-Auth": f"Sentry sentry_key={'a' * 32}, sentry_version=7"}
    while True:
        event_id = uuid.uuid4().hex
        data, coding = body(event_id, number)
        door = f"{url}/api/{PROJECTS[number % len(PROJECTS)]}/envelope/"
        sent.ids.add(event_id)
        try:
            async with session.post(door, data=data, headers=headers | coding) as answer:
                text = await answer.text()
                if answer.status == 503 and "a fault on purpose" in text:
                    sent.faulted.add(event_id)
                    sent.refused += 1
                    sent.refusals_answered += 1
                    continue
                if answer.status != 200:
                    raise SystemExit(f"answered {answer.status}: {text}")
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if await is_gone(session, url):
                return
            continue
        except aiohttp.ClientError:
            return
        sent.answered.add(event_id)
        sent.first_answer.set()
        number += CONNECTIONS


async def is_gone(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether a connection ended with the server, and not because of a fault."""
    try:
        async with session.get(f"{url}/api/relay/healthcheck/live/"):
            return False
    except aiohttp.ClientError:
        return True


async def send_refused(session: aiohttp.ClientSession, url: str, sent: Sent) -> None:
    """Send what no door takes until the server is gone."""
    while True:
        sent.refused += 1
        door = f"{url}/api/1/envelope/?sentry_key={'a' * 32}"
        try:
            async with session.post(door, data=b"no envelope") as answer:
                await answer.read()
            sent.refusals_answered += answer.status in (400, 503)
        except aiohttp.ClientError:
            if await is_gone(session, url):
                return


async def send_upload(session: aiohttp.ClientSession, url: str, sent: Sent) -> None:
    """Send an upload, piece by piece, until the server is gone."""
    headers = {
        "X-Sentry-Auth": f"Sentry sentry_key={'a' * 32}",
        "Tus-Resumable": "1.0.0",
        "Upload-Defer-Length": "1",
    }
    offset = 0
    try:
        async with session.post(
            f"{url}/api/1/upload/", headers=headers, skip_auto_headers=("Content-Type",)
        ) as answer:
            location = answer.headers["Location"]
        name = location.split("/")[4]
        headers["Content-Type"] = "application/offset+octet-stream"
        while True:
            headers["Upload-Offset"] = str(offset)
            async with session.patch(url + location, data=PIECE, headers=headers) as answer:
                if answer.status != 204:
                    raise SystemExit(f"answered {answer.status}: {await answer.text()}")
            offset += len(PIECE)
            sent.uploads[f"1-{name}"] = offset
    except aiohttp.ClientError:
        return


def serve(store: str, announce: Connection) -> None:
    """Be `fake-relay serve`, in a process of its own; its first line goes to `announce`."""
    os.dup2(announce.fileno(), sys.stdout.fileno())
    cli(["serve", "--port", "0", "--json", "--store", store])


async def one_round(store: str, sent: Sent, moment: float) -> None:
    """Start a server, send to it, kill it `moment` seconds after its first answer."""
    reading, writing = PROCESSES.Pipe(duplex=False)
    server = PROCESSES.Process(target=serve, args=(store, writing))
    server.start()
    writing.close()
    try:
        url = json.loads(await asyncio.to_thread(os.read, reading.fileno(), 65536))["url"]
        sent.first_answer.clear()
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            async with session.put(f"{url}/relay/v1/faults", json=FAULTS) as answer:
                answer.raise_for_status()
            senders = [
                asyncio.create_task(send(session, url, sent, number))
                for number in range(CONNECTIONS)
            ]
            senders += [
                asyncio.create_task(send_refused(session, url, sent))
                for _ in range(CONNECTIONS // 20)
            ]
            senders.append(asyncio.create_task(send_upload(session, url, sent)))
            first = asyncio.create_task(sent.first_answer.wait())
            await asyncio.wait([first, *senders], return_when=asyncio.FIRST_COMPLETED)
            first.cancel()
            await asyncio.sleep(moment)
            server.kill()
            await asyncio.gather(*senders)
    finally:
        server.kill()
        server.join()
        reading.close()


def differences(store: Store, sent: Sent) -> list[str]:
    """Everything about a store that does not agree with what was sent, or with itself."""
    found: list[str] = []
    stored: Counter[str] = Counter()
    for project in store.projects():
        ids = events_of(store, project.project)
        stored.update(ids)
        counted = sum(
            entry.quantity for entry in store.ledger(project.project) if entry.category == "error"
        )
        if counted != len(ids):
            found.append(f"project {project.project}: {len(ids)} events, the ledger has {counted}")
        rows = len(walk(store, Selection(project=project.project, limit=1000)))
        if rows != project.items:
            found.append(
                f"project {project.project}: {rows} items, the counter has {project.items}"
            )
    found += [f"{event_id} was answered and is lost" for event_id in sent.answered - set(stored)]
    found += [
        f"{event_id} was refused by a fault and is there" for event_id in sent.faulted & set(stored)
    ]
    kept = refused_rows(store)
    if not sent.refusals_answered <= kept <= sent.refused:
        found.append(f"{sent.refusals_answered} refusals were answered, {kept} are rows")
    found += [f"{event_id} was never sent" for event_id in set(stored) - sent.ids]
    found += [
        f"{event_id} is there {count} times" for event_id, count in stored.items() if count > 1
    ]
    query = parse_query("level:error needle", now=0.0)
    searched = len(walk(store, Selection(query=query, limit=1000)))
    if searched != len(stored):
        found.append(f"{len(stored)} events, a search finds {searched}")
    return found


def refused_rows(store: Store) -> int:
    """How many refused requests there are, and were before they had to make room."""
    number, before = 0, None
    while True:
        page = store.refused(None, before, 1000)
        number += sum(row.status in (400, 503) for row in page.refused)
        if (before := page.next) is None:
            return number + page.evicted


def lost_uploads(path: str, sent: Sent) -> list[str]:
    """The uploads whose files do not have what was answered."""
    found = []
    for name, size in sent.uploads.items():
        content = Path(f"{path}.uploads", name).read_bytes()
        if content[:size] != PIECE * (size // len(PIECE)):
            found.append(f"upload {name} was answered up to {size}, {len(content)} bytes are there")
    return found


def events_of(store: Store, project: str) -> list[str]:
    """The ids of all events of a project, read from their payloads."""
    ids = walk(store, Selection(project=project, type="event", limit=1000))
    return [json.loads(store.payload(item_id) or b"")["event_id"] for item_id in ids]


def walk(store: Store, selection: Selection) -> list[int]:
    """The ids of all items of a selection, page by page."""
    found: list[int] = []
    before: int | None = None
    while True:
        page = store.find(
            Selection(
                project=selection.project,
                type=selection.type,
                query=selection.query,
                before=before,
                limit=selection.limit,
            )
        )
        found += [item.id for item in page.items]
        if (before := page.next) is None:
            return found


def check(path: str, sent: Sent) -> list[str]:
    """Open the file that a killed server left, and compare."""
    store = SqliteStore(path)
    try:
        found = differences(store, sent) + lost_uploads(store.path, sent)
    finally:
        store.close()
    connection = sqlite3.connect(path)
    verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.execute("INSERT INTO search(search, rank) VALUES ('integrity-check', 1)")
    connection.close()
    return found if verdict == "ok" else [*found, verdict]


async def rounds(path: str, sent: Sent, options: argparse.Namespace, dice: random.Random) -> int:
    """Run the rounds; every tenth and the last one are compared in full."""
    for number in range(1, options.rounds + 1):
        await one_round(path, sent, dice.uniform(0, options.longest))
        found = check(path, sent) if number % 10 == 0 or number == options.rounds else []
        if found:
            print(f"round {number}:", *found[:20], sep="\n  ", file=sys.stderr)
            return 1
    return 0 if sent.answered else 1


def main() -> int:
    """Read the options, run the rounds, say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--longest", type=float, default=0.2, help="seconds of sending a round")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--store", default=None, help="a file that does not exist yet")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(4), "big")
    sent = Sent()
    with tempfile.TemporaryDirectory() as folder:
        path = options.store or str(Path(folder) / "killed.sqlite")
        status = asyncio.run(rounds(path, sent, options, random.Random(seed)))
    print(
        f"seed {seed}: {options.rounds} kills, {len(sent.ids)} events sent, "
        f"{len(sent.answered)} answered",
        f"{len(sent.faulted)} refused by faults, {sent.refusals_answered} refusals, "
        f"{len(sent.uploads)} uploads",
        "each of those is there exactly once" if status == 0 else "SOMETHING WAS LOST OR DOUBLED",
        sep="; ",
    )
    return status


if __name__ == "__main__":
    PROCESSES.set_forkserver_preload(PRELOADED)
    sys.exit(main())

"""Servers of other people as upstreams: what they show is what was stored here.

They are installed by tests/scripts and run as processes of their own. Kent reads only gzip and
Bugsink no zstd, so that each of them also shows that the best coding is found.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
import pytest

from fake_relay.config import RelayConfig, Upstream
from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.runner import serving

THEIRS = ("project", "received", "key_id")
"""Fields that each server sets itself."""
EVENT: dict[str, Any] = {
    "event_id": "1" * 32,
    "platform": "python",
    "level": "error",
    "release": "shop@1.2.3",
    "environment": "production",
    "server_name": "web-1",
    "tags": {"plan": "pro"},
    "user": {"id": "7", "email": "ann@example.com"},
    "request": {"url": "http://shop.example/pay", "data": {"password": "hunter2", "n": 1}},
    "contexts": {"trace": {"trace_id": "c" * 32, "span_id": "d" * 16}},
    "exception": {
        "values": [
            {
                "type": "ValueError",
                "value": "no such card",
                "stacktrace": {
                    "frames": [
                        {
                            "function": "pay",
                            "module": "shop.till",
                            "filename": "till.py",
                            "lineno": 7,
                            "in_app": True,
                            "context_line": "raise ValueError",
                        }
                    ]
                },
            }
        ]
    },
}


@contextmanager
def process(command: list[str], environment: dict[str, str], log: Path) -> Iterator[str]:
    """A server that says where it listens; its URL."""
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield listening(server, log)
    finally:
        server.terminate()
        server.wait(10)


def listening(server: subprocess.Popen[bytes], log: Path) -> str:
    """The URL that a server has written down, once it has."""
    said = b""
    while server.poll() is None:
        said = log.read_bytes()
        if found := re.search(rb"http://127\.0\.0\.1:\d+", said):
            return found[0].decode()
        time.sleep(0.02)
    raise AssertionError(f"the server ended: {said.decode()}")


@pytest.fixture(scope="module")
def kent(installer: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Kent's URL."""
    folder = installer.kent()
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONWARNINGS": "ignore"}
    code = (
        "import socketserver; from werkzeug.serving import make_server; from kent.app import"
        " create_app; s = make_server('127.0.0.1', 0, create_app(), threaded=True);"
        " print(f'http://127.0.0.1:{s.server_port}', flush=True); s.serve_forever()"
    )
    log = tmp_path_factory.mktemp("kent") / "log"
    with process([sys.executable, "-c", code], environment, log) as url:
        yield url


@pytest.fixture(scope="module")
def bugsink(installer: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bugsink's URL; it has project 1."""
    folder, home = installer.bugsink(), tmp_path_factory.mktemp("bugsink")
    for name in (installer.BUGSINK_DATABASE, f"{installer.BUGSINK_DATABASE}.snappea"):
        shutil.copy(folder / name, home / name)
    environment = installer.bugsink_environment(folder, home / installer.BUGSINK_DATABASE)
    options = ("--bind", "127.0.0.1:0", "--workers", "1", "--threads", "2")
    command = [sys.executable, "-m", "gunicorn", "bugsink.wsgi", *options]
    with process(command, environment, home / "log") as url:
        yield url


@asynccontextmanager
async def forwarding(dsn: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A relay that forwards to a DSN; a client of it."""
    store = open_store("memory:")
    upstream = Upstream(name="up", dsn=dsn, enabled=True)
    try:
        relay = Relay(store, RelayConfig(upstreams=(upstream,)))
        async with serving(relay) as url, aiohttp.ClientSession(url) as client:
            yield client
    finally:
        store.close()


async def send_event(client: aiohttp.ClientSession, *more: bytes) -> dict[str, Any]:
    """Send the event and more; what is stored of it, once it is forwarded."""
    body = json.dumps(EVENT).encode()
    lines = [
        b'{"event_id":"%b"}' % (b"1" * 32),
        b'{"type":"event","length":%d}' % len(body),
        body,
        *more,
    ]
    path = f"/api/42/envelope/?sentry_key={'a' * 32}"
    async with client.post(path, data=b"\n".join(lines)) as response:
        assert response.status == 200
    found = await status(client)
    with suppress(TimeoutError):
        async with asyncio.timeout(20):
            # What it waits for is in another process, in the end.
            while (found := await status(client))["queued"] or found["in_flight"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert (found["sent"], found["dead"], found["retried"]) == (1, 0, 0), found
    async with client.get("/relay/v1/items?type=event&view=stored") as response:
        (item,) = (await response.json())["items"]
    stored = {key: value for key, value in item["payload"].items() if key not in THEIRS}
    return {**stored, "_meta": item["meta"]}


async def status(client: aiohttp.ClientSession) -> dict[str, Any]:
    """How it goes with the upstream."""
    async with client.get("/relay/v1/forward") as response:
        (found,) = (await response.json())["upstreams"]
    return dict(found)


async def get(url: str, **headers: str) -> Any:
    """JSON of a URL."""
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        assert response.status == 200, await response.text()
        return await response.json()


@pytest.mark.slow(4)
async def test_kent_has_the_event_that_was_stored_here(kent: str) -> None:
    async with forwarding(kent.replace("://", "://public@") + "/7") as client:
        # Of an attachment Kent makes an error, and answers 500.
        stored = await send_event(client, b'{"type":"made_up"}', b'{"any":"thing"}')
        assert (await status(client))["coding"] == "gzip"
    listed = (await get(f"{kent}/api/eventlist/"))["events"]
    found = [await get(f"{kent}/api/event/{one['event_id']}") for one in listed]
    (theirs,) = (one["payload"] for one in found if one["payload"]["header"]["type"] == "event")

    assert theirs["body"] == stored
    assert theirs["envelope_header"]["event_id"] == "1" * 32
    assert theirs["body"]["request"]["data"]["password"] == "[Filtered]"
    assert len(found) == 2


@pytest.mark.slow(8)
async def test_bugsink_has_the_event_that_was_stored_here(
    bugsink: str, installer: ModuleType
) -> None:
    dsn = bugsink.replace("://", f"://{installer.BUGSINK_KEY}@") + "/1"
    async with forwarding(dsn) as client:
        file = b'{"type":"attachment","filename":"a.txt","length":3}'
        stored = await send_event(client, file, b"abc")
        assert (await status(client))["coding"] == "br"
    token, api = f"Bearer {installer.BUGSINK_TOKEN}", f"{bugsink}/api/canonical/0"
    (issue,) = (await get(f"{api}/issues/?project=1", Authorization=token))["results"]
    events = (await get(f"{api}/events/?issue={issue['id']}", Authorization=token))["results"]
    theirs = await get(f"{api}/events/{events[0]['id']}/", Authorization=token)

    assert theirs["data"] == stored
    assert len(events) == 1

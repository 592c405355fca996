"""A relay behind a recorder: a proxy that keeps the bytes of every request on their way in.

What the recorder saw is split by code of its own here, because a test of the relay must not
judge by the relay's parser.
May import: fake_relay's public shell, the installer in tests/scripts.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import json
import os
import threading
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import brotli
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from fake_relay.relay import Relay
from fake_relay.store.sqlite import SqliteStore
from fake_relay.web.runner import ThreadServer

SCRIPTS = Path(__file__).parents[1] / "scripts"


@dataclass(frozen=True)
class SeenItem:
    """An item as it was on the wire."""

    type: str
    payload: bytes


@dataclass(frozen=True)
class SeenRequest:
    """A request as it was on the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> bytes:
        """The body without its content coding."""
        coding = self.headers.get("content-encoding", "")
        if coding == "gzip":
            return zlib.decompress(self.body, 31)
        if coding == "br":
            return bytes(brotli.decompress(self.body))
        assert coding == "", f"an SDK sent the unexpected coding {coding!r}"
        return self.body

    @property
    def items(self) -> list[SeenItem]:
        """The items of the envelope in the body."""
        _, rest = split_line(self.content)
        found = []
        while rest.strip():
            line, rest = split_line(rest)
            header = json.loads(line)
            size = header.get("length", rest.find(b"\n") if b"\n" in rest else len(rest))
            found.append(SeenItem(header["type"], rest[:size]))
            rest = rest[size:].removeprefix(b"\n")
        return found


def split_line(data: bytes) -> tuple[bytes, bytes]:
    """The first line and what follows it."""
    line, _, rest = data.partition(b"\n")
    return line, rest


def split_requests(stream: bytes) -> list[SeenRequest]:
    """The complete requests in the bytes of one connection."""
    found = []
    while b"\r\n\r\n" in stream:
        head, _, stream = stream.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        if headers.get("transfer-encoding") == "chunked":
            body, stream = split_chunks(stream)
        else:
            size = int(headers.get("content-length", "0"))
            assert len(stream) >= size, "the recording ends within a body"
            body, stream = stream[:size], stream[size:]
        method, path, _ = first.split(" ")
        found.append(SeenRequest(method, path, headers, body))
    return found


def split_chunks(stream: bytes) -> tuple[bytes, bytes]:
    """A chunked body and what follows it."""
    body = b""
    while True:
        line, _, stream = stream.partition(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        chunk, stream = stream[:size], stream[size + 2 :]
        if size == 0:
            return body, stream
        body += chunk


@dataclass
class Recorder:
    """A proxy on a port of its own; what clients sent is kept, a buffer a connection."""

    target_port: int
    port: int = 0
    streams: list[bytearray] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)
    stopped: asyncio.Event = field(init=False)
    loop: asyncio.AbstractEventLoop = field(init=False)
    thread: threading.Thread = field(init=False)

    @property
    def requests(self) -> list[SeenRequest]:
        """All requests with a body, in no order across connections."""
        return [
            request
            for stream in self.streams
            for request in split_requests(bytes(stream))
            if request.method == "POST"
        ]

    def start(self) -> None:
        """Take connections, in a thread, until `stop`."""
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.thread.start()
        assert self.ready.wait(10)

    def stop(self) -> None:
        """Take no more connections."""
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.thread.join()

    async def _serve(self) -> None:
        self.loop, self.stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            self.ready.set()
            await self.stopped.wait()

    async def _relay(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        kept = bytearray()
        self.streams.append(kept)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        await asyncio.gather(_pump(client, writer, kept), _pump(reader, answers, bytearray()))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, kept: bytearray) -> None:
    try:
        while data := await source.read(65536):
            kept += data
            sink.write(data)
            await sink.drain()
    except ConnectionError:
        pass
    finally:
        sink.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ThreadServer]:
    """A relay on a store file of its own."""
    with ThreadServer(lambda: Relay(SqliteStore(str(tmp_path / "relay.sqlite")))) as running:
        yield running


@pytest.fixture
def recorder(server: ThreadServer) -> Iterator[Recorder]:
    """A recorder in front of the relay."""
    recording = Recorder(int(server.url.rpartition(":")[2]))
    recording.start()
    yield recording
    recording.stop()


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by its base
        """Say nothing."""


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    """Another origin than the relay's; serves the files of `tmp_path`/site."""
    (tmp_path / "site").mkdir()
    handler = functools.partial(_Quiet, directory=str(tmp_path / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def installer() -> ModuleType:
    """The script that installs SDKs into the cache."""
    return script("install_sdks")


@pytest.fixture(scope="session")
def browser() -> str:
    """The path of a Chromium; skips without one, and fails under CI=true."""
    found: str | None = script("find_browser").find()
    if found is None:
        missing("no Chromium is installed; on Debian: apt-get install chromium")
        raise AssertionError
    return found


@pytest.fixture(scope="session")
def node(installer: ModuleType) -> str:
    """The path of node; skips without one, and fails under CI=true."""
    try:
        found: list[str] = installer.node_command("node")
        installer.node_command("npm")
    except FileNotFoundError as error:
        missing(str(error))
        raise
    return found[0]


def missing(what: str) -> None:
    """Skip, but fail where CI=true promises that every tool is there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"under CI=true nothing may be missing: {what}")
    pytest.skip(what)


def script(name: str) -> ModuleType:
    """A script of tests/scripts as a module."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def check_kept(server: ThreadServer, recorder: Recorder) -> Any:
    """A function that holds the store against the recording and gives the kept item types."""

    def check() -> list[str]:
        seen = recorder.requests
        store = server.relay.store
        envelopes = store.find_envelopes(limit=1000).envelopes
        wires = [store.body(envelope.id) for envelope in envelopes]
        assert sorted(request.body for request in seen) == sorted(
            body.wire for body in wires if body is not None
        )
        items = store.find(everything()).items
        sent = sorted((item.type, item.payload) for request in seen for item in request.items)
        assert sent == sorted((item.type, store.payload(item.id) or b"") for item in items)
        return sorted(item.type for item in items)

    return check


def everything() -> Any:
    """The selection of all items that a test can have."""
    from fake_relay.store import Selection

    return Selection(limit=1000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(browser: str) -> AsyncIterator[Browser]:
    """One browser for all tests of a worker; they run in the loop of the session."""
    async with async_playwright() as driver:
        running = await driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        yield running
        await running.close()


@dataclass
class Watched:
    """What a page must not do: complain, break, or ask another host."""

    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def watch(self, page: Page) -> None:
        """Note what a page says and asks for."""
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self._console)
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A page in a window of its own; fails a test in which it complained or asked another host."""
    context = await chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    watched = Watched()
    opened = await context.new_page()
    watched.watch(opened)
    yield opened
    await context.close()
    assert watched.complaints == []
    assert len(watched.hosts) <= 1, watched.hosts

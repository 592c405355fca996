"""Bodies of megabytes: decoded and committed in a thread, while others are served."""

from __future__ import annotations

import asyncio
import gc
import io
import threading

import pytest

from fake_relay.errors import StoreError
from fake_relay.intake import minidump, multipart
from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.commits import CROWDED, LARGE, Commits
from fake_relay.web.gathering import Came
from fake_relay.web.tally import Tally

KEY = "a" * 32
ENVELOPE = f"/api/42/envelope/?sentry_key={KEY}"
MINIDUMP = f"/api/42/minidump/?sentry_key={KEY}"
FORM = {"Content-Type": "multipart/form-data; boundary=X"}
DUMP = (
    b'--X\r\nContent-Disposition: form-data; name="upload_file_minidump"; filename="a"\r\n\r\nMDMP'
    + bytes(LARGE)
    + b"\r\n--X--\r\n"
)
ATTACHMENT = b'{}\n{"type":"attachment","length":%d}\n' % LARGE + bytes(LARGE) + b"\n"
SMALL = b'{}\n{"type":"event"}\n{"message":"small"}\n'


async def post(server, path, data, **headers):
    """The status of an answer."""
    async with server.client.post(path, data=io.BytesIO(data), headers=headers) as response:
        await response.read()
        return response.status


class Held:
    """Something that waits, in whatever thread it is called, until it may go on."""

    def __init__(self, function):
        self.function = function
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self, *args, **options):
        """Wait, then do what is wrapped; the later calls do not wait."""
        self.begun.set()
        assert self.go.wait(20), "nobody else was served, so nobody let it go on"
        return self.function(*args, **options)


async def begun(held):
    """Wait until somebody waits there."""
    assert await asyncio.to_thread(held.begun.wait, 20)


async def test_others_are_served_while_a_large_form_is_read(server, monkeypatch):
    held = Held(multipart.read_parts)
    monkeypatch.setattr(minidump, "read_parts", held)
    large = asyncio.create_task(post(server, MINIDUMP, DUMP, **FORM))
    await begun(held)
    assert await post(server, ENVELOPE, SMALL) == 200
    assert not large.done()
    held.go.set()
    assert await large == 200
    kinds = [item["type"] for item in (await server.items())["items"]]
    assert (kinds.count("attachment"), kinds[-1]) == (1, "event")


@pytest.fixture
async def on_disk(start, tmp_path):
    """A server whose store is a file."""
    return await start(store=open_store(str(tmp_path / "a.sqlite")))


async def test_commits_follow_a_large_one_in_their_order(on_disk, monkeypatch):
    held = Held(on_disk.relay.store._write)
    monkeypatch.setattr(on_disk.relay.store, "_write", held)
    large = asyncio.create_task(post(on_disk, ENVELOPE, ATTACHMENT))
    await begun(held)
    later = [asyncio.create_task(post(on_disk, ENVELOPE, SMALL)) for _ in range(3)]
    status, page = await on_disk.get("/relay/v1/items")
    assert (status, page["items"]) == (200, [])
    assert not any(task.done() for task in (large, *later))
    held.go.set()
    assert await asyncio.gather(large, *later) == [200] * 4
    page = await on_disk.items()
    assert [item["type"] for item in page["items"]] == ["event"] * 3 + ["attachment"]
    assert page["items"][-1]["size"] == LARGE


async def test_a_large_commit_that_fails_takes_no_other_with_it(on_disk, monkeypatch):
    store = on_disk.relay.store
    write, full = store._write, [True]

    def fail(*batch):
        if full:
            full.clear()
            raise StoreError("the disk is full")
        write(*batch)

    held = Held(fail)
    monkeypatch.setattr(store, "_write", held)
    large = asyncio.create_task(post(on_disk, ENVELOPE, ATTACHMENT))
    await begun(held)
    later = asyncio.create_task(post(on_disk, ENVELOPE, SMALL))
    held.go.set()
    assert list(await asyncio.gather(large, later)) == [503, 200]
    assert [item["type"] for item in (await on_disk.items())["items"]] == ["event"]


async def test_a_large_body_that_is_refused_is_kept_as_refused(server):
    assert await post(server, ENVELOPE, b"x" * (LARGE + 1)) == 400
    _, page = await server.get("/relay/v1/refused")
    found = page["refused"][0]
    assert (found["door"], found["reason"], found["wire_size"]) == (
        "envelope",
        "invalid_envelope",
        LARGE + 1,
    )


async def test_a_wrong_method_is_told_before_a_large_body_is_read(server):
    async with server.client.put(ENVELOPE, data=io.BytesIO(ATTACHMENT)) as response:
        assert response.status == 405


async def test_further_bodies_wait_while_many_wait_for_a_commit(monkeypatch):
    relay = Relay(open_store("memory:"))
    held = Held(relay.store.seal())
    monkeypatch.setattr(relay, "seal", lambda: held)
    commits = Commits(relay, Tally(), [])
    first = asyncio.create_task(commits.committed(LARGE + 1))
    await begun(held)
    await commits.room()
    second = asyncio.create_task(commits.committed(CROWDED + 1))
    third = asyncio.create_task(commits.room())
    # Each of them takes a turn of the loop to come to where it waits.
    for _ in range(3):
        await asyncio.sleep(0)
    assert not third.done()
    held.go.set()
    assert list(await asyncio.gather(first, second, third)) == [None, None, None]


@pytest.fixture
def no_garbage_collector():
    """Only counted references free anything: a server collects the rest rarely."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_nothing_stays_of_a_body_whose_sender_has_gone(server, no_garbage_collector):
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = f"POST {ENVELOPE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {LARGE}\r\n\r\n"
    writer.write(head.encode() + bytes(LARGE // 2))
    await writer.drain()
    writer.transport.abort()
    assert await server.relay.hub.wait(server.relay.store.position(), 20, refused=0)
    # While this one is served, the other comes to its end.
    await server.send(b"{}")
    assert not [found for found in gc.get_objects() if type(found) is Came]

"""Pages of traces, replays, profiles, attachments and faults in a real browser."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from fake_relay.relay import Relay
from fake_relay.store import Selection, open_store, work
from fake_relay.web.pages import PAGES, inbox
from fake_relay.web.runner import ThreadServer

SERVICES = Path(__file__).parent / "python" / "two_services.py"
KEY = "a" * 32
TRACE, REPLAY = "b" * 32, "e" * 32
OWN = frozenset(page.path for page in PAGES)
"""The pages that need no number; axe looks at those elsewhere."""
EVIL = "\"'><img src=x onerror=window.hacked=1></svg><script>window.hacked=1</script>{{ 7 * 7 }}"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest.fixture
def fresh() -> Iterator[ThreadServer]:
    """A server that has caught nothing."""
    with ThreadServer(lambda: Relay(open_store("memory:"))) as running:
        yield running
    assert running.errors == []


def send(url: str, item: tuple[dict[str, Any], bytes]) -> None:
    """Send an item in an envelope."""
    header, payload = item
    head = json.dumps({**header, "length": len(payload)}).encode()
    body = b"\n".join((json.dumps({"event_id": REPLAY}).encode(), head, payload, b""))
    path = f"{url}/api/42/envelope/?sentry_key={KEY}"
    with urllib.request.urlopen(urllib.request.Request(path, data=body), timeout=10) as response:
        assert response.status == 200


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def png() -> bytes:
    """A picture of one red pixel."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff\0\0")
    parts = chunk(b"IHDR", head), chunk(b"IDAT", pixels), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def hostile_items() -> list[tuple[dict[str, Any], bytes]]:
    """One of each kind that has a page of its own, with sound ids and every text an attack."""
    now = time.time()
    trace = {"trace_id": TRACE, "span_id": "1" * 16, "op": EVIL, "parent_span_id": "2" * 16}
    root = {
        "type": "transaction", "transaction": EVIL, "release": EVIL, "start_timestamp": now - 1,
        "timestamp": now, "contexts": {"trace": trace},
        "spans": [{"span_id": "3" * 16, "op": EVIL, "description": EVIL, "status": EVIL}],
    }  # fmt: skip
    record = {"trace_id": TRACE, "timestamp": now, "level": EVIL, "body": EVIL,
              "attributes": {EVIL: {"value": EVIL}}}  # fmt: skip
    replay = {"type": "replay_event", "replay_id": REPLAY, "segment_id": 0, "urls": [EVIL],
              "trace_ids": [TRACE], "timestamp": now}  # fmt: skip
    node = {"id": 1, "tagName": EVIL, "attributes": {"id": EVIL, "class": EVIL}}
    events = [
        {"type": 4, "timestamp": 1, "data": {"href": EVIL, "width": EVIL}},
        {"type": 2, "timestamp": 2, "data": {"node": node}},
        {"type": 3, "timestamp": 3, "data": {"source": 2, "type": 2, "id": 1}},
        {"type": 5, "timestamp": 4, "data": {"tag": EVIL, "payload": {"message": EVIL}}},
    ]
    frames = [{"function": EVIL, "filename": EVIL}]
    profile = {"platform": EVIL, "profile": {
        "frames": frames, "stacks": [[0]], "samples": [{"stack_id": 0, "thread_id": EVIL}],
        "thread_metadata": {EVIL: {"name": EVIL}}}}  # fmt: skip
    values = {"transaction": root, "log": {"items": [record]}, "replay_event": replay,
              "profile_chunk": profile, "check_in": {"monitor_slug": EVIL, "status": EVIL},
              "trace_metric": {"items": [{"name": EVIL, "type": EVIL, "value": 1}]}}  # fmt: skip
    items = [({"type": kind}, json.dumps(value).encode()) for kind, value in values.items()]
    recording = b'{"segment_id":0}\n' + zlib.compress(json.dumps(events).encode())
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>window.hacked=1</script></svg>"
    return [
        *items,
        ({"type": "replay_recording"}, recording),
        ({"type": "attachment", "filename": "a.svg", "content_type": "image/svg+xml"}, svg),
        ({"type": "attachment", "filename": EVIL, "content_type": "text/html"}, png()),
    ]


@pytest.fixture(scope="module")
def hostile() -> Iterator[ThreadServer]:
    """A server that holds one of each kind, and every text in them is an attack."""
    with ThreadServer(lambda: Relay(open_store("memory:"))) as running:
        for item in hostile_items():
            send(running.url, item)
        yield running
    assert running.errors == []


def faces(server: ThreadServer) -> list[str]:
    """The pages of a kind, and of one of it."""
    found = server.relay.store.find(Selection(type="profile_chunk")).items
    return [
        "/traces", f"/traces/{TRACE}", "/logs", "/trace-metrics", "/monitors", "/attachments",
        "/profiles", f"/profiles/{found[0].id}", "/replays", f"/replays/{REPLAY}?all=1",
    ]  # fmt: skip


ACTIVE = """() => [
    window.hacked ?? '',
    ...[...document.querySelectorAll('main script, iframe, object, embed, [style]')]
        .map(element => element.outerHTML.slice(0, 200)),
    ...[...document.querySelectorAll('img')].map(image => image.getAttribute('src'))
        .filter(address => !/^[/]attachments[/][0-9]+[/]image$/.test(address)),
    ...[...document.querySelectorAll('*')].flatMap(element => [...element.attributes])
        .filter(attribute => attribute.name.startsWith('on')).map(attribute => attribute.name),
].filter(found => found !== '')"""


async def test_whatever_was_sent_is_text_and_axe_finds_nothing_serious(
    hostile: ThreadServer, page: Page
) -> None:
    await page.set_viewport_size({"width": 390, "height": 900})
    await page.emulate_media(color_scheme="dark")
    found = {}
    for address in faces(hostile):
        response = await page.goto(hostile.url + address)
        assert response is not None
        assert response.status == 200, address
        problems = list(await page.evaluate(ACTIVE))
        if address not in OWN:
            problems += await grave(page)
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append("too wide")
        if problems:
            found[address] = problems
    assert found == {}
    await expect(page.locator(".crumb-text", has_text="click on")).to_contain_text("<script>")


async def grave(page: Page) -> list[str]:
    """What axe finds serious or critical."""
    result = await Axe().run(page)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in result.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]


async def test_an_image_is_seen_whatever_its_sender_calls_it(
    hostile: ThreadServer, page: Page
) -> None:
    await page.goto(f"{hostile.url}/attachments")
    image = page.locator(".file-view img")
    await expect(image).to_have_count(1)
    await image.scroll_into_view_if_needed()
    await expect(image).to_have_js_property("naturalWidth", 1)
    await expect(page.locator(".file-view pre")).to_contain_text("<script>window.hacked=1")


def run_services(url: str, installer: ModuleType) -> None:
    """Have two processes with the real SDK serve one request together."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(installer.python_sdk("2.75.0")),
        "SENTRY_DSN": url.replace("://", f"://{KEY}@") + "/42",
    }
    subprocess.run([sys.executable, str(SERVICES)], env=environment, check=True, timeout=60)


def status_of_an_envelope(url: str) -> int:
    """What an SDK is answered."""
    request = urllib.request.Request(f"{url}/api/42/envelope/?sentry_key={KEY}", data=b"{}\n")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


async def test_a_trace_over_two_processes_is_one_picture(
    fresh: ThreadServer, page: Page, installer: ModuleType
) -> None:
    run_services(fresh.url, installer)
    await page.goto(f"{fresh.url}/traces")
    await page.locator("a.open").first.click()
    await expect(page.locator(".wf-span .wf-name")).to_have_text(
        ["http.server POST /checkout", "http.client POST bank", "http.server POST /charge",
         "db SELECT card"]
    )  # fmt: skip
    await expect(page.locator(".legend").first).to_contain_text("shop")
    await expect(page.locator(".legend").first).to_contain_text("bank")
    marks = page.locator(".wf-mark .wf-name")
    await expect(marks.filter(has_text="the bank said no")).to_have_count(1)
    await expect(marks.filter(has_text="card of Ada")).to_have_count(1)
    await expect(page.locator("main")).to_contain_text("sampled at a rate of 1")
    await expect(page.locator("main")).not_to_contain_text("never arrived")


async def test_a_fault_is_switched_on_seen_felt_and_switched_off(
    fresh: ThreadServer, page: Page
) -> None:
    await page.goto(f"{fresh.url}/faults")
    await page.get_by_role("button", name="status=503").click()
    await expect(page.locator(".banner-fault")).to_contain_text("Faults are on")
    assert status_of_an_envelope(fresh.url) == 503
    await page.goto(fresh.url)
    await page.locator(".banner-fault a").click()
    await expect(page.locator("table").first.locator("tbody td").nth(2)).to_have_text("1")
    await page.get_by_role("button", name="Clear all").click()
    await expect(page.locator(".banner-fault")).to_have_count(0)
    assert len(fresh.relay.faults) == 0


async def test_a_search_that_one_answer_does_not_finish_goes_on_until_it_is_stopped(
    fresh: ThreadServer, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(24):
        value = json.dumps({"message": f"m{number}", "extra": {"n": number}}).encode()
        send(fresh.url, ({"type": "event"}, value))
    monkeypatch.setattr(inbox, "PATIENCE", 0)
    monkeypatch.setattr(work, "MOST", 4.5 * (work.OPENING + work.JUDGING))
    await page.goto(f"{fresh.url}/?q=extra.n:[1,12]")
    await expect(page.locator(".row-text")).to_have_text(["m12", "m1"])
    await expect(page.locator("#further, #older, #empty")).to_have_count(0)
    monkeypatch.setattr(work, "MOST", 0)
    await page.goto(f"{fresh.url}/?q=extra.n:none")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_role("link", name="Look further")).to_be_visible()
    await expect(page.locator("#empty")).to_have_text("Nothing found yet.")

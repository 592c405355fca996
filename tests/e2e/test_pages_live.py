"""Pages that follow what arrives, in a real browser: what changes, and what a reader keeps."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.pages.static import static_url
from fake_relay.web.runner import ThreadServer
from fake_relay.web.settings import WebConfig

KEY = "a" * 32
TRACE, REPLAY = "b" * 32, "e" * 32
TOKEN = "a token"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of reports that the server's page shows."""
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def server(reports: Path) -> Iterator[ThreadServer]:
    """A server for all tests here, which asks for a token."""
    config = WebConfig(token=TOKEN, reports=str(reports))
    with ThreadServer(lambda: Relay(open_store("memory:")), config=config) as running:
        yield running
    assert running.errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def reader(server: ThreadServer, page: Page) -> Page:
    """A page that has the cookie."""
    await page.context.add_cookies(
        [{"name": "fake-relay-token", "value": "a%20token", "url": server.url}]
    )
    return page


def post(url: str, body: bytes, headers: dict[str, str] | None = None) -> int:
    """The status of a POST."""
    try:
        request = urllib.request.Request(url, data=body, headers=headers or {})
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def send(server: ThreadServer, kind: str, value: Any, **header: Any) -> None:
    """Send an item in an envelope."""
    payload = json.dumps(value).encode()
    head = json.dumps({"type": kind, "length": len(payload), **header}).encode()
    body = b"\n".join((json.dumps({"event_id": REPLAY}).encode(), head, payload, b""))
    assert post(f"{server.url}/api/42/envelope/?sentry_key={KEY}", body) == 200


def log(text: str) -> dict[str, Any]:
    """A batch of one record."""
    return {"items": [{"body": text, "level": "info", "timestamp": time.time()}]}


def shapes() -> dict[str, tuple[str, Any, str]]:
    """The page that an item is seen on -> its type, its payload, and what is seen of it."""
    trace = {"contexts": {"trace": {"trace_id": TRACE, "span_id": "1" * 16}}}
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    session = {"sid": REPLAY, "init": True, "status": "ok", "started": started}
    return {
        "/traces": ("event", {"message": "begins it", **trace}, "begins it"),
        f"/traces/{TRACE}": ("event", {"message": "goes on", **trace}, "goes on"),
        "/logs": ("log", log("a line"), "a line"),
        "/releases": ("session", {**session, "attrs": {"release": "shop@7"}}, "shop@7"),
        "/monitors": ("check_in", {"monitor_slug": "nightly", "status": "ok"}, "nightly"),
        "/attachments": ("attachment", "text", "nameless"),
        "/ledger": ("log", log("counted"), "log item"),
    }


async def test_each_page_shows_what_arrives_without_a_reload(
    server: ThreadServer, reader: Page
) -> None:
    late = {}
    for path, (kind, value, seen) in shapes().items():
        await reader.goto(server.url + path)
        await reader.evaluate("window.mark = 'the same document'")
        before = await reader.locator("main").inner_text()
        send(server, kind, value, **({"filename": seen} if kind == "attachment" else {}))
        await reader.wait_for_function(
            "before => document.getElementById('main').innerText !== before", arg=before
        )
        await expect(reader.locator("main")).to_contain_text(seen)
        if await reader.evaluate("window.mark") != "the same document":
            late[path] = "it was loaded anew"
    assert late == {}


async def test_refusals_faults_and_reports_appear_by_themselves(
    server: ThreadServer, reader: Page, reports: Path
) -> None:
    main = reader.locator("main")
    await reader.goto(f"{server.url}/refused")
    assert post(f"{server.url}/api/42/envelope/?sentry_key={KEY}", b"not an envelope") == 400
    await expect(main.locator("tbody tr")).to_have_count(1)
    await reader.goto(f"{server.url}/faults")
    await reader.fill("#effect", "half typ")
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    plan = b'{"faults":[{"effect":{"status":503},"project":"no one"}]}'
    assert post(f"{server.url}/relay/v1/faults", plan, headers) == 201
    await expect(main.locator(".banner-fault")).to_be_visible()
    assert await reader.input_value("#effect") == "half typ"
    await reader.goto(f"{server.url}/scenarios")
    (reports / "run.json").write_text('{"target":"mine","results":[]}')
    await expect(main.locator("tbody tr")).to_contain_text("mine")


async def test_a_reader_keeps_place_selection_focus_and_what_is_opened(
    server: ThreadServer, reader: Page
) -> None:
    for number in range(40):
        send(server, "log", log(f"line {number}"))
    await reader.goto(f"{server.url}/logs")
    await reader.locator(".log", has_text="line 30").locator("summary").click()
    await reader.fill("#q", "not asked yet")
    await reader.evaluate("""() => {
        window.line = [...document.querySelectorAll('.log')].find(
            one => one.innerText.includes('line 25'));
        window.scrollTo(0, 400);
        getSelection().selectAllChildren(line.querySelector('.log-text'));
        line.querySelector('summary').focus({ preventScroll: true });
        window.place = line.getBoundingClientRect().top;
    }""")
    send(server, "log", log("arrived"))
    await expect(reader.locator(".log-text", has_text="arrived")).to_have_count(1)
    moved = await reader.evaluate("Math.abs(line.getBoundingClientRect().top - place)")
    assert moved < 2
    assert await reader.evaluate("getSelection().toString()") == "line 25"
    assert await reader.evaluate("document.activeElement === line.querySelector('summary')")
    assert await reader.locator(".log details[open]").count() == 1
    await expect(reader.locator(".log details[open]")).to_contain_text("line 30")
    assert await reader.input_value("#q") == "not asked yet"


async def test_who_pauses_or_reads_older_ones_is_told_how_many_wait(
    server: ThreadServer, reader: Page
) -> None:
    for number in range(60):
        send(server, "profile", {"transaction": {"name": f"older {number}"}})
    await reader.goto(f"{server.url}/profiles")
    await reader.keyboard.press("p")
    first = reader.locator("tbody tr").first
    send(server, "profile", {"transaction": {"name": "waits"}})
    await expect(reader.locator("#news")).to_have_text("1 new: show")
    send(server, "profile", {"transaction": {"name": "waits too"}})
    await expect(reader.locator("#news")).to_have_text("2 new: show")
    await expect(reader.get_by_role("status").filter(has_text="new")).to_have_count(1)
    await expect(first).to_contain_text("older 59")
    await reader.locator("#news").click()
    await expect(first).to_contain_text("waits too")
    await expect(reader.locator("#news")).to_be_hidden()
    await reader.locator("a[rel=next]").click()
    await reader.wait_for_url("**cursor=**")
    send(server, "profile", {"transaction": {"name": "the newest"}})
    await reader.locator("#news", has_text="1 new: show").click()
    await expect(first).to_contain_text("the newest")
    assert "cursor" not in reader.url


async def test_a_page_that_nobody_looks_at_has_no_stream_and_catches_up(
    server: ThreadServer, reader: Page
) -> None:
    await reader.goto(f"{server.url}/logs")
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    await reader.evaluate(hide, True)
    assert await reader.evaluate("document.body.dataset.stream") == "closed"
    send(server, "log", log("came meanwhile"))
    await reader.evaluate(hide, False)
    await expect(reader.locator(".log-text", has_text="came meanwhile")).to_have_count(1)


async def test_searches_of_all_pages_are_completed_and_help_lists_what_is_there(
    server: ThreadServer, reader: Page
) -> None:
    await reader.goto(f"{server.url}/faults")
    await reader.locator("#q").press_sequentially("rel")
    await expect(reader.locator("#choices li").first).to_contain_text("release:")
    await reader.press("#q", "ArrowDown")
    await reader.press("#q", "Enter")
    assert await reader.input_value("#q") == "release:"
    await reader.goto(f"{server.url}/envelopes")
    await reader.keyboard.press("?")
    keys = await reader.locator("#keys kbd").all_inner_texts()
    assert {"j", "k", "p", "?", "Enter"} <= set(keys)
    assert "u" not in keys


MORPHED = """async address => {
    const { morph } = await import(address);
    let seed = 7;
    const dice = most => (seed = (seed * 1103515245 + 12345) % 2147483648) % most;
    function tree(depth) {
        const made = document.createElement(['div', 'li', 'p', 'tr', 'details'][dice(5)]);
        if (dice(3) === 0) made.className = 'abc'[dice(3)];
        if (dice(6) === 0) made.dataset.id = String(dice(4));
        if (dice(4) === 0) made.setAttribute('title', String(dice(3)));
        for (let left = dice(6); depth > 0 && left > 0; left -= 1) {
            if (dice(3) === 0) made.append(['text', ' ', 'other'][dice(3)]);
            else if (dice(5) === 0) {
                const link = document.createElement('a');
                link.href = `/items/${dice(3)}`;
                made.append(link);
            } else made.append(tree(depth - 1));
        }
        return made;
    }
    const different = [];
    for (let round = 0; round < 400; round += 1) {
        const [old, fresh] = [document.createElement('div'), document.createElement('div')];
        old.append(tree(4));
        fresh.append(tree(4));
        const kept = document.createElement('button');
        kept.id = 'kept';
        kept.dataset.keep = '';
        old.prepend(kept);
        const wanted = fresh.outerHTML;
        morph(old, fresh);
        if (old.firstChild !== kept) different.push('what is kept has gone');
        kept.remove();
        if (old.outerHTML !== wanted) different.push([old.outerHTML, wanted]);
    }
    return different;
}"""


async def test_whatever_a_page_was_it_becomes_what_the_server_says(
    server: ThreadServer, reader: Page
) -> None:
    await reader.goto(f"{server.url}/logs")
    assert await reader.evaluate(MORPHED, static_url("morph.js")) == []

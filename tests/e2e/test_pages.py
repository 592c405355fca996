"""The pages in a real browser: what a person sees and does, with what a real SDK sent."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.pages import PAGES
from fake_relay.web.runner import ThreadServer
from fake_relay.web.settings import WebConfig

APP = Path(__file__).parent / "python" / "app.py"
KEY = "a" * 32
OWN = tuple(page.path for page in PAGES if "{" not in page.path)
"""The pages that need no number."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]


def served(**options: Any) -> ThreadServer:
    """A server on a store in memory."""
    return ThreadServer(lambda: Relay(open_store("memory:")), **options)


def send(url: str, *payloads: Any, kind: str = "event", project: str = "42") -> None:
    """Send an envelope for each payload, on one connection."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    for payload in payloads:
        data = json.dumps(payload).encode()
        head = json.dumps({"type": kind, "length": len(data)}).encode()
        path = f"/api/{project}/envelope/?sentry_key={KEY}"
        connection.request("POST", path, b"\n".join((b"{}", head, data, b"")))
        with connection.getresponse() as response:
            response.read()
            assert response.status == 200
    connection.close()


@pytest.fixture(scope="module")
def caught(installer: ModuleType) -> Iterator[ThreadServer]:
    """A server that holds one of everything that a real SDK sends, and a refused request."""
    with served() as running:
        environment = {
            **os.environ,
            "PYTHONPATH": str(installer.python_sdk("2.75.0")),
            "SENTRY_DSN": running.url.replace("://", f"://{KEY}@") + "/42",
        }
        subprocess.run([sys.executable, str(APP)], env=environment, capture_output=True, timeout=60)
        broken = urllib.request.Request(
            f"{running.url}/api/42/envelope/?sentry_key={KEY}", data=b"not an envelope"
        )
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(broken, timeout=10)
        yield running
    assert running.errors == []


@pytest.fixture
def fresh() -> Iterator[ThreadServer]:
    """A server that has caught nothing."""
    with served() as running:
        yield running
    assert running.errors == []


async def test_what_arrives_is_seen_without_a_reload(fresh: ThreadServer, page: Page) -> None:
    send(fresh.url, {"message": "the first"})
    await page.goto(fresh.url)
    await page.evaluate("window.mark = 'the same document'")
    send(fresh.url, {"message": "came later", "release": "shop@2.0", "environment": "staging"})
    row = page.locator(".row").first
    await expect(row).to_contain_text("came later")
    await expect(row).to_contain_text("shop@2.0")
    await expect(row).to_have_class(re.compile("unread"))
    await expect(page.locator("#total")).to_have_text("2")
    assert await page.evaluate("window.mark") == "the same document"


async def test_the_first_visit_says_what_to_paste_and_shows_the_first_item(
    fresh: ThreadServer, page: Page
) -> None:
    await page.goto(fresh.url)
    dsn = await page.locator("#dsn").inner_text()
    assert re.fullmatch(r"http://[0-9a-f]{32}@127\.0\.0\.1:\d+/1", dsn)
    assert await page.locator(".snippets label").count() >= 10
    await page.get_by_text("Ruby", exact=True).click()
    await expect(page.locator(".snippet:visible pre")).to_contain_text(f'config.dsn = "{dsn}"')
    send(fresh.url, {"message": "at last"})
    await expect(page.locator(".row")).to_contain_text("at last")
    await expect(page.locator("#first-visit")).to_have_count(0)


async def test_every_item_that_a_real_sdk_sends_has_a_row_that_says_what_it_is(
    caught: ThreadServer, page: Page
) -> None:
    await page.goto(caught.url)
    rows = await page.locator(".row").evaluate_all(
        "rows => rows.map(row => [row.querySelector('.type').innerText,"
        " row.querySelector('.row-text').innerText])"
    )
    assert {kind for kind, _ in rows} >= {
        "event", "transaction", "session", "sessions", "check in", "client report", "feedback",
        "user report", "log", "trace metric", "attachment", "profile",
    }  # fmt: skip
    assert all(len(title) > 1 for _, title in rows)


async def test_a_search_narrows_rows_and_number_and_an_error_is_shown_at_its_column(
    caught: ThreadServer, page: Page
) -> None:
    await page.goto(caught.url)
    await page.fill("#q", "type:check_in")
    await page.press("#q", "Enter")
    await expect(page.locator("#total")).to_have_text("2")
    assert await page.locator(".row").count() == 2
    await page.fill("#q", "type:check_in level:>")
    await page.press("#q", "Enter")
    problem = page.locator(".problem")
    await expect(problem).to_contain_text("column 22")
    shown = await problem.locator("pre").inner_text()
    assert shown.split("\n")[1].index("▲") + 1 == 22


async def test_fields_and_values_are_completed_by_keys(caught: ThreadServer, page: Page) -> None:
    await page.goto(caught.url)
    await page.locator("#q").press_sequentially("rel")
    await expect(page.locator("#choices li").first).to_contain_text("release:")
    await page.press("#q", "ArrowDown")
    await page.press("#q", "Enter")
    assert await page.input_value("#q") == "release:"
    await expect(page.locator("#choices li").first).to_have_text("shop@2.0.1")
    await page.press("#q", "ArrowDown")
    await page.press("#q", "Tab")
    assert (await page.input_value("#q")).strip() == "release:shop@2.0.1"


async def test_chips_and_the_picture_narrow_the_search(caught: ThreadServer, page: Page) -> None:
    await page.goto(caught.url)
    await page.locator(".chip-menu summary", has_text="Type").click()
    await page.locator(".menu-list a", has_text="transaction").click()
    assert await page.input_value("#q") == "type:transaction"
    await expect(page.locator("#total")).to_have_text("1")
    await page.locator(".picture a", has=page.locator(".bar-all")).last.click()
    await expect(page.locator("#q")).to_have_value(
        re.compile(r"^type:transaction received:>=\S+Z received:<\S+Z$")
    )
    await expect(page.locator("#total")).to_have_text("1")


async def test_dragging_over_the_picture_selects_a_range(caught: ThreadServer, page: Page) -> None:
    await page.goto(caught.url)
    await page.locator(".picture a").first.hover()
    await page.mouse.down()
    await page.locator(".picture a").last.hover()
    await page.mouse.up()
    await page.wait_for_url(re.compile("received"))
    assert await page.locator(".row").count() == await total(page)


async def total(page: Page) -> int:
    """The number that the inbox shows."""
    return int(re.sub(r"\D", "", await page.locator("#total").inner_text()))


async def test_pages_lead_to_older_items_and_back(fresh: ThreadServer, page: Page) -> None:
    send(fresh.url, *({"message": f"message {number}"} for number in range(120)))
    await page.goto(fresh.url)
    await expect(page.locator(".row").first).to_contain_text("message 119")
    assert await total(page) == 120
    await page.get_by_role("link", name="Older").click()
    await expect(page.locator(".row").first).to_contain_text("message 69")
    await page.get_by_role("link", name="Older").click()
    assert await page.locator(".row").count() == 20
    await page.get_by_role("link", name="To the newest").click()
    await expect(page.locator(".row").first).to_contain_text("message 119")


async def test_a_flood_leaves_a_bounded_page_that_ends_with_the_newest(
    fresh: ThreadServer, page: Page
) -> None:
    send(fresh.url, {"message": "the first"})
    await page.goto(fresh.url)
    send(fresh.url, *({"message": f"flood {number}"} for number in range(1000)))
    await expect(page.locator(".row").first).to_contain_text("flood 999")
    assert await page.locator(".row").count() <= 300
    await expect(page.locator("#total")).to_have_text(re.compile("^1\\W?001$"))


async def test_a_paused_list_stands_still_and_says_how_many_wait(
    fresh: ThreadServer, page: Page
) -> None:
    send(fresh.url, {"message": "seen"})
    await page.goto(fresh.url)
    await page.keyboard.press("p")
    send(fresh.url, {"message": "waits"}, {"message": "waits too"})
    await expect(page.locator("#news")).to_have_text("2 new: show")
    assert await page.locator(".row").count() == 1
    await page.locator("#pause").click()
    await expect(page.locator(".row")).to_have_count(3)


async def test_keys_move_open_and_lead_back(caught: ThreadServer, page: Page) -> None:
    await page.goto(caught.url)
    title = await page.locator(".row-text").nth(1).inner_text()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text(title)
    await page.keyboard.press("u")
    await page.wait_for_url(f"{caught.url}/")
    await expect(page.locator("#q")).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type("type:log")
    assert await page.input_value("#q") == "type:log"
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_an_opened_item_is_no_longer_new(fresh: ThreadServer, page: Page) -> None:
    await page.goto(fresh.url)
    send(fresh.url, {"message": "new"}, {"message": "newer"})
    await expect(page.locator(".row.unread")).to_have_count(2)
    await page.locator(".row a").first.click()
    await page.locator("[data-key-up]").click()
    await expect(page.locator(".row.unread")).to_have_count(1)
    await page.locator("#read-all").click()
    await expect(page.locator(".row.unread")).to_have_count(0)


async def test_an_error_shows_chain_source_and_trail(caught: ThreadServer, page: Page) -> None:
    await page.goto(f"{caught.url}/?q=level:error")
    await page.locator(".row a").first.click()
    await expect(page.locator("h1")).to_have_text("RuntimeError: nobody handles this")
    await expect(page.locator(".raised")).to_contain_text("unhandled")
    current = page.locator(".source .current:visible")
    await expect(current).to_contain_text('raise RuntimeError("nobody handles this")')
    assert await current.locator(".k").inner_text() == "raise"


SENT = {
    "message": "paid with ada@example.com",
    "user": {"email": "ada@example.com"},
    "extra": {"password": "hunter22", "plan": "pro"},
    "contexts": {"runtime": {"name": "CPython", "version": "3.12"}},
}


async def test_the_difference_marks_what_sentry_changes(fresh: ThreadServer, page: Page) -> None:
    send(fresh.url, SENT)
    await page.goto(f"{fresh.url}/items/1")
    assert "hunter22" in await page.locator("mark.personal").all_inner_texts()
    await page.get_by_role("link", name="As Sentry stores it").click()
    row = page.locator("tr", has=page.locator("th", has_text="password"))
    await expect(row).to_have_class("is-scrubbed")
    await expect(row.locator(".sent")).to_have_text("hunter22")
    await expect(row.locator(".kept")).to_have_text("[Filtered]")
    await expect(row.locator(".why")).to_contain_text("@password:filter")
    same = page.locator("tr", has=page.locator("th", has_text="plan"))
    await expect(same).to_be_visible()
    await page.get_by_label("only what differs").check()
    await expect(same).to_be_hidden()
    await expect(row).to_be_visible()


async def test_clearing_asks_first_and_then_begins_anew(fresh: ThreadServer, page: Page) -> None:
    send(fresh.url, {"message": "kept for now"})
    await page.goto(fresh.url)
    page.once("dialog", lambda dialog: dialog.dismiss())
    await page.locator("#clear").click()
    await expect(page.locator(".row")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    await page.locator("#clear").click()
    await expect(page.locator("#dsn")).to_be_visible()
    assert fresh.relay.store.item(1) is None


async def test_a_token_is_asked_for_once(page: Page) -> None:
    with served(config=WebConfig(token="a secret; with = signs")) as server:
        await page.goto(f"{server.url}/ledger")
        await page.fill("#token", "a secret; with = signs")
        await page.get_by_role("button", name="Go on").click()
        await expect(page.locator("h1")).to_have_text("Ledger")
        await page.goto(server.url)
        await expect(page.locator("#dsn")).to_be_visible()
        assert await page.evaluate("document.cookie") == ""


async def test_the_theme_is_chosen_by_a_button_and_kept(fresh: ThreadServer, page: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    await page.goto(fresh.url)
    light = await page.evaluate(ground)
    await page.locator("#theme").click()
    await page.locator("#theme").click()
    assert await page.locator("html").get_attribute("data-theme") == "dark"
    await page.reload()
    assert await page.evaluate(ground) != light


def faces(server: ThreadServer, *types: str) -> list[str]:
    """The addresses of all pages: of those with a number, one for each item type, or these."""
    store = server.relay.store
    items = [found for n in range(1, store.position() + 1) if (found := store.item(n))]
    by_type = {item.type: f"/items/{item.id}" for item in items if not types or item.type in types}
    errors = [f"/items/{item.id}" for item in items if item.level == "error"]
    views = [f"/items/{items[0].id}?view={view}" for view in ("stored", "json")]
    envelopes = [f"/envelopes/{item.envelope_id}" for item in items if item.type == "attachment"]
    refused = [f"/refused/{one.id}" for one in store.refused(limit=1).refused]
    return [*OWN, *by_type.values(), *errors[:1], *views, *envelopes[:1], *refused, "/?q=level:>"]


async def grave(page: Page) -> list[str]:
    """What axe finds serious or critical."""
    result = await Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in result.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.slow(25)
async def test_axe_finds_nothing_serious_and_no_page_is_wider_than_its_window(
    caught: ThreadServer, page: Page
) -> None:
    found = {}
    await page.set_viewport_size({"width": 390, "height": 900})
    # Items of the other types have sections of these.
    for address in faces(caught, "transaction", "log", "attachment"):
        await page.goto(caught.url + address)
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if problems := [*await grave(page), *(["too wide"] if wide else [])]:
            found[address] = problems
    assert found == {}


async def test_axe_finds_nothing_serious_in_the_dark(caught: ThreadServer, page: Page) -> None:
    await page.emulate_media(color_scheme="dark")
    found = {}
    for address in ("/", "/ledger", "/items/15", "/items/15?view=stored"):
        await page.goto(caught.url + address)
        if problems := await grave(page):
            found[address] = problems
    assert found == {}


HOSTILE = (
    "\"'><img src=x onerror=window.hacked=1><svg onload=window.hacked=1>",
    "</script></style></template><script>window.hacked=1</script>",
    "javascript:window.hacked=1//",
    "{{ 7 * 7 }}{% for x in y %}${7*7}",
    "<!--<iframe srcdoc='<script>parent.hacked=1</script>'>",
    "\u202eevil\u2066\x1b[31m\x00",
)


def poisoned(value: Any, payload: str) -> Any:
    """The value with a payload in the place of every text, and in every free key."""
    if isinstance(value, str):
        return payload
    if isinstance(value, list):
        return [poisoned(entry, payload) for entry in value]
    if isinstance(value, dict):
        inner = {key: poisoned(entry, payload) for key, entry in value.items()}
        return {**inner, payload: payload} if "type" not in inner else inner
    return value


FULL: dict[str, Any] = {
    "message": "m",
    "level": "error",
    "logger": "l",
    "release": "r",
    "dist": "d",
    "environment": "e",
    "server_name": "s",
    "transaction": "t",
    "culprit": "c",
    "platform": "p",
    "fingerprint": ["f"],
    "modules": {"m": "1"},
    "tags": {"k": "v"},
    "extra": {"k": {"deep": ["x"]}},
    "user": {"id": "1", "email": "e", "username": "u", "ip_address": "1"},
    "sdk": {"name": "n", "version": "v"},
    "request": {
        "url": "u",
        "method": "m",
        "query_string": "q",
        "data": {"k": "v"},
        "headers": {"Referer": "r"},
        "cookies": {"c": "v"},
        "env": {"k": "v"},
    },
    "contexts": {"trace": {"op": "o", "status": "s"}, "runtime": {"name": "n"}},
    "exception": {
        "values": [
            {
                "type": "T",
                "value": "v",
                "module": "m",
                "mechanism": {"type": "t", "handled": False},
                "stacktrace": {
                    "frames": [
                        {
                            "function": "f",
                            "filename": "f.py",
                            "module": "m",
                            "abs_path": "p",
                            "in_app": True,
                            "context_line": "line",
                            "pre_context": ["a"],
                            "post_context": ["b"],
                            "vars": {"x": "y"},
                        }
                    ]
                },
            }
        ]
    },
    "threads": {"values": [{"name": "n", "stacktrace": {"frames": [{"function": "f"}]}}]},
    "breadcrumbs": {"values": [{"message": "m", "category": "c", "data": {"k": "v"}}]},
    "spans": [{"op": "o", "description": "d", "span_id": "s", "status": "s"}],
}
SHAPES: dict[str, Any] = {
    "event": FULL,
    "transaction": FULL,
    "feedback": {"contexts": {"feedback": {"message": "m", "name": "n", "contact_email": "c"}}},
    "user_report": {"event_id": "e", "name": "n", "email": "e", "comments": "c"},
    "log": {"items": [{"body": "b", "level": "l", "attributes": {"k": {"value": "v"}}}]},
    "trace_metric": {"items": [{"name": "n", "type": "t", "value": 1, "attributes": {}}]},
    "session": {"sid": "s", "status": "s", "attrs": {"release": "r", "environment": "e"}},
    "sessions": {"aggregates": [{"started": "s"}], "attrs": {"release": "r"}},
    "check_in": {"monitor_slug": "m", "status": "s", "check_in_id": "c"},
    "client_report": {"discarded_events": [{"reason": "r", "category": "c", "quantity": 1}]},
    "replay_event": {"urls": ["u"], "replay_id": "r"},
    "profile": {"transaction": {"name": "n"}, "platform": "p"},
    "raw_security": {"csp-report": {"blocked-uri": "b", "effective-directive": "e"}},
    "made_up<img src=x onerror=window.hacked=1>": {"k": "v"},
}


def poison(url: str) -> None:
    """Send every payload in every field of every item type, in headers, names and bad requests."""
    for payload in ("".join(HOSTILE[:3]), "".join(HOSTILE[3:])):
        for kind, shape in SHAPES.items():
            found = poisoned(shape, payload)
            if kind == "transaction":
                found |= {"start_timestamp": 1_795_312_800.0, "timestamp": 1_795_312_801.0}
            send(url, found, kind=kind)
        body = json.dumps({"trace": {"x": payload}, "sdk": {"name": payload}}).encode()
        head = {"type": "attachment", "length": 3, "filename": payload, "content_type": payload}
        lines = b"\n".join((body, json.dumps(head).encode(), b"<b>", b""))
        for path, data in (
            (f"/api/7/envelope/?sentry_key={KEY}&sentry_client={quoted(payload)}", lines),
            (f"/api/{quoted(payload)}/envelope/?sentry_key={KEY}", lines),
            (f"/api/42/store/?sentry_key={KEY}", payload.encode()),
        ):
            headers = {"User-Agent": re.sub(r"[^ -~]", "?", payload)}
            try:
                urllib.request.urlopen(
                    urllib.request.Request(url + path, data=data, headers=headers), timeout=10
                )
            except urllib.error.HTTPError as error:
                error.close()


def quoted(text: str) -> str:
    """A text for a URL."""
    return urllib.parse.quote(text, safe="")


ACTIVE = """() => [
    window.hacked ?? '',
    ...[...document.querySelectorAll('img, main script, iframe, style, object, embed, [style]')]
        .map(element => element.outerHTML.slice(0, 200)),
    ...[...document.querySelectorAll('*')].flatMap(element => [...element.attributes])
        .filter(attribute => attribute.name.startsWith('on')).map(attribute => attribute.name),
    ...[...document.querySelectorAll('[href], [src], [action], [formaction]')]
        .flatMap(element => ['href', 'src', 'action'].map(name => element[name]))
        .filter(address => typeof address === 'string' && address !== ''
            && !/^https?:[/][/]/.test(address)),
    ...(document.body.innerText.match(/[\\u202a-\\u202e\\u2066-\\u2069]/g) ?? []),
]"""


@pytest.fixture(scope="module")
def hostile() -> Iterator[ThreadServer]:
    """A server whose every text is an attack."""
    with served() as running:
        poison(running.url)
        yield running
    assert running.errors == []


async def test_whatever_was_sent_is_text_on_every_page(
    hostile: ThreadServer, page: Page, fail_on_dialog: Callable[[Page], None]
) -> None:
    fail_on_dialog(page)
    attack = quoted(HOSTILE[0])
    addresses = [
        *faces(hostile),
        f"/?q={attack}",
        f"/why?event_id={attack}&project={attack}",
        f"/ledger?project={attack}",
    ]
    found = {}
    for address in addresses:
        await page.goto(hostile.url + address, wait_until="domcontentloaded")
        active = [one for one in await page.evaluate(ACTIVE) if one != ""]
        if active:
            found[address] = active
    assert found == {}


async def test_what_arrives_live_is_text_too(fresh: ThreadServer, page: Page) -> None:
    send(fresh.url, {"message": "first"})
    await page.goto(fresh.url)
    send(fresh.url, *({"message": payload, "release": payload} for payload in HOSTILE))
    await expect(page.locator(".row")).to_have_count(len(HOSTILE) + 1)
    assert [one for one in await page.evaluate(ACTIVE) if one != ""] == []
    await expect(page.locator(".row-title", has_text="<script>window.hacked=1")).to_have_count(1)


@pytest.fixture
def fail_on_dialog() -> Callable[[Page], None]:
    """Make a page's dialogs visible as errors in the page."""

    def watch(page: Page) -> None:
        page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))

    return watch

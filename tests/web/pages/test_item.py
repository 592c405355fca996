"""The page of an item: any payload has one, its parts are in it, and copies of it work."""

from __future__ import annotations

import html
import json
import re
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.config import RelayConfig, Upstream
from fake_relay.expect import Expectation, judge
from fake_relay.records import StoredItem
from fake_relay.store import Selection
from fake_relay.web.pages import copies, sections
from fake_relay.web.pages.frame import templates
from fake_relay.web.pages.item import event_parts
from fake_relay.web.pages.marked import Marks
from fake_relay.web.pages.records_of import records

EVENT = {
    "message": "card {card} declined",
    "level": "error",
    "release": "shop@2.0",
    "tags": {"plan": "pro"},
    "logger": "bank",
    "exception": {
        "values": [
            {"type": "KeyError", "value": "'5500'"},
            {
                "type": "Declined",
                "value": "it's \"no\"",
                "module": "bank",
                "stacktrace": {
                    "frames": [
                        {"function": "outer", "filename": "lib.py", "in_app": False},
                        {"function": "inner", "filename": "app.py", "lineno": 7, "in_app": True,
                         "context_line": "    raise Declined()", "vars": {"card": "'5500'"}},
                    ]
                },
            },
        ]
    },
}  # fmt: skip


async def test_the_innermost_of_the_last_exception_is_open_and_libraries_are_folded(
    server: Any, see: Any
) -> None:
    await server.send(json.dumps(EVENT).encode())
    _, page = await see("/items/1")
    declined, key_error = page.index("Declined</span>"), page.index("KeyError</span>")
    assert declined < key_error
    assert page.index("caused by") > declined
    assert "1 frame of libraries" in page
    opened = page.index('<details class="frame in-app" open>')
    assert "inner" in page[opened : opened + 200]
    assert '<span class="k">raise</span>' in page


async def test_what_no_section_knows_is_shown_all_the_same(server: Any, see: Any) -> None:
    await server.send(b'{"message":"a","never_heard_of":{"deep":[1,"x9z"]}}')
    _, page = await see("/items/1")
    assert "never_heard_of" in page
    assert "x9z" in page


@pytest.mark.parametrize("view", ["", "?view=stored", "?view=json"])
@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("event", b"not json"),
        ("event", b"[1, 2]"),
        ("event", b'{"exception":7,"breadcrumbs":"x","tags":5,"user":[],"request":"y"}'),
        ("transaction", b"{}"),
        ("log", b'{"items":[null,5,{"attributes":9}]}'),
        ("attachment", bytes(range(256))),
        ("attachment", b""),
        ("profile", b"null"),
        ("something_new", b"\xff\xfe"),
    ],
)
async def test_any_payload_has_a_page(
    server: Any, see: Any, kind: str, payload: bytes, view: str
) -> None:
    await server.send(payload, item_type=kind)
    status, page = await see("/items/1" + view)
    assert status == 200
    assert "<h1>" in page


FIELDS = """
exception values type value stacktrace frames vars lineno context_line pre_context in_app
breadcrumbs timestamp message category data tags user contexts trace extra request headers
cookies url query_string spans span_id parent_span_id start_timestamp op description threads
name crashed mechanism handled logentry params formatted modules sdk platform filename level
items attributes body unit
"""
KEYS = st.sampled_from(FIELDS.split())
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["<b>", "\ud800", "\u202e", 10**400, 1e308, "2026-01-01T00:00:00Z"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=60)
@given(st.dictionaries(KEYS, JSON, max_size=8))
def test_no_shape_of_json_breaks_a_section_or_becomes_markup(value: dict[str, Any]) -> None:
    event = event_parts(value)
    template = templates().get_template("item_details.html")
    shown = template.render(
        event=event, records=records(value), fields=list(value.items()), findings=[], header=[],
        beside=[], text=None, hex=[], cut=0, item=ITEM, marks=Marks({}),
    )  # fmt: skip
    assert "<b>" not in shown
    assert "\u202e" not in shown
    assert "\ud800" not in shown


ITEM = StoredItem(
    id=1, envelope_id=1, type="event", project="42", public_key="a" * 32, event_id="", trace_id="",
    received_at=1.0, timestamp=None, duration=None, level="error", title="", count=1, size=2,
    outcome="", headers=b"{}",  # type: ignore[arg-type]
)  # fmt: skip


async def send_all(server: Any) -> dict[str, dict[str, Any]]:
    """Send an item of several types, each in an envelope of its own."""
    payloads: dict[str, dict[str, Any]] = {
        "event": EVENT,
        "transaction": {
            "type": "transaction", "transaction": "GET /", "start_timestamp": 1_795_312_800.0,
            "timestamp": 1_795_312_801.0, "environment": "staging", "spans": [],
            "contexts": {"trace": {"trace_id": "a" * 32, "span_id": "b" * 16, "op": "http.server"}},
        },
        "check_in": {"check_in_id": "c" * 32, "monitor_slug": "nightly's", "status": "ok"},
        "feedback": {"contexts": {"feedback": {"message": "it's \"slow\""}}},
    }  # fmt: skip
    for kind, payload in payloads.items():
        await server.send(json.dumps(payload).encode(), item_type=kind)
    return payloads


async def copy(server: Any, number: int, form: str) -> str:
    """An item in a form, as it is copied."""
    async with server.client.get(f"/items/{number}/as/{form}") as response:
        assert (response.status, response.content_type) == (200, "text/plain")
        text: str = await response.text()
        return text


def said_to_a_relay(code: str) -> dict[str, Any]:
    """The fields that a call of any `relay.expect_...` asks for."""
    asked: dict[str, Any] = {}

    class Relay:
        def __getattr__(self, name: str) -> Any:
            return lambda *_, **fields: asked.update(fields)

    exec(code, {"relay": Relay()})
    return asked


async def test_the_copied_expectation_is_met_by_the_item(server: Any) -> None:
    for number, kind in enumerate(await send_all(server), 1):
        text = await copy(server, number, "pytest")
        asked = said_to_a_relay(text)
        assert asked, text
        wanted = Expectation.from_json({"type": kind, "where": asked}, reader_position=0)
        assert judge(wanted, server.relay.store).held, text


async def test_the_copied_command_sends_the_same_item_again(server: Any) -> None:
    payloads = await send_all(server)
    for number in range(1, len(payloads) + 1):
        command = await copy(server, number, "curl")
        await run(command.replace("curl ", "curl -sf ", 1))
    store = server.relay.store
    count = len(payloads)
    for number in range(1, count + 1):
        first, again = store.item(number), store.item(number + count)
        assert (first.type, first.event_id) == (again.type, again.event_id)
        assert store.payload(number) == store.payload(number + count)


async def run(command: str) -> None:
    """Run a shell command while the server answers."""
    import asyncio

    def call() -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["bash", "-c", command], capture_output=True, timeout=20)

    done = await asyncio.to_thread(call)
    assert done.returncode == 0, (command, done.stderr)


async def test_a_binary_is_sent_again_by_its_envelope(server: Any) -> None:
    await server.send(bytes(range(256)), item_type="attachment")
    await run((await copy(server, 1, "curl")).replace("| curl ", "| curl -sf "))
    assert server.relay.store.payload(2) == bytes(range(256))


async def test_markdown_has_title_stack_and_facts(server: Any) -> None:
    await send_all(server)
    text = await copy(server, 1, "markdown")
    assert text.startswith('## Declined: it\'s "no"')
    assert "- release: `shop@2.0`" in text
    assert "* app.py:7 in inner\n      raise Declined()" in text


@pytest.mark.parametrize("text", ["```\n<script>", "a`b``c", "````", "plain", "\n\n"], ids=range(5))
def test_a_block_of_code_is_not_ended_by_what_is_in_it(text: str) -> None:
    block = copies.fenced(text, "text")
    fence = block.split("text\n", 1)[0]
    assert fence not in text
    assert block == f"{fence}text\n{text}\n{fence}"


async def test_a_form_that_is_none_is_not_found(server: Any) -> None:
    await server.send(b"{}")
    async with server.client.get("/items/1/as/xml") as response:
        assert response.status == 404


def test_a_crumb_tells_its_distance_from_the_event() -> None:
    value = {
        "timestamp": 1_795_312_800.0,
        "breadcrumbs": [{"timestamp": 1_795_312_799.5, "message": "a"}, {"message": "b"}],
    }
    assert [crumb.distance for crumb in sections.crumbs(value)] == ["", "-500 ms"]


async def test_neighbours_are_those_that_came_before_and_after(server: Any, see: Any) -> None:
    for number in range(3):
        await server.send(json.dumps({"message": str(number)}).encode())
    _, page = await see("/items/2")
    assert 'href="/items/3" data-key-previous' in page
    assert 'href="/items/1" data-key-next' in page


async def test_what_the_head_says_stands_apart(server: Any, see: Any) -> None:
    trace = {"trace_id": "a" * 32, "span_id": "b" * 16}
    await server.send(json.dumps({"event_id": "c" * 32, "contexts": {"trace": trace}}).encode())
    _, page = await see("/items/1")
    head = re.search(r'<p class="item-when soft">(.*?)</p>', page, re.DOTALL)
    assert head is not None
    words = re.sub(r"<[^>]+>", "", head[1]).split()
    assert words.count("·") >= 4
    assert [word for word in words if "·" in word and word != "·"] == []


async def test_links_of_an_event_lead_only_to_the_web_and_say_nothing_of_us(
    server: Any, see: Any
) -> None:
    for url in ("javascript:alert(1)", "https://shop.example/a?b=<c>", "data:text/html,x"):
        await server.send(json.dumps({"message": "m", "request": {"url": url}}).encode())
    found = [(await see(f"/items/{number}"))[1] for number in (1, 2, 3)]
    assert ["open</a>" in page for page in found] == [False, True, False]
    link = '<a href="https://shop.example/a?b=&lt;c&gt;" rel="noopener noreferrer" target="_blank">'
    assert html.unescape(link) in html.unescape(found[1])


async def test_one_item_is_sent_upstream_and_what_came_of_it_is_told(start: Any, see: Any) -> None:
    upstream = await start()
    dsn = upstream.url.replace("://", "://" + "b" * 32 + "@") + "/7"
    here = await start(
        config=RelayConfig(upstreams=(Upstream(name="team", dsn=dsn, enabled=False, scrub=False),))
    )
    await here.send(b'{"message":"for the others"}')
    _, page = await see("/items/1", on=here)
    assert "<option>team</option>" in page
    async with here.client.post("/items/1/send", data={"to": "team"}) as response:
        assert "&#39;team&#39;: sent" in await response.text()
    assert [item.title for item in upstream.relay.store.find(Selection()).items] == [
        "for the others"
    ]


async def test_an_upstream_that_is_none_is_told(server: Any) -> None:
    await server.send(b'{"message":"stays"}')
    async with server.client.post("/items/1/send", data={"to": "<nobody>"}) as response:
        page = await response.text()
    assert "&lt;nobody&gt;" in page
    assert "<nobody>" not in page


async def test_a_payload_too_large_to_be_marked_says_where_to_look(server: Any, see: Any) -> None:
    pytest.importorskip("sentry_relay", reason="nothing is marked without Sentry's library")
    long = json.dumps({"message": "boom", "extra": {"password": "secret", "n": ["x" * 9] * 15_000}})
    short = json.dumps({"message": "boom", "extra": {"password": "secret"}})
    await server.send(long.encode(), short.encode())
    for path, large in (("/items/1", True), ("/items/1?view=json", True), ("/items/2", False)):
        _, page = await see(path)
        assert ("Too large to mark here" in page) is large, path
    _, page = await see("/items/1?view=stored")
    assert "Too large" not in page

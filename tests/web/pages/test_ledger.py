"""The ledger's page over time: bars add up to the table, and lead to the rows that they count."""

from __future__ import annotations

import html
import json
import re
import time
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.config import Filters, RelayConfig
from fake_relay.protocol.outcome import Fate
from fake_relay.query import parse_query
from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store import Selection
from fake_relay.store.buckets import DAY, HOUR, MINUTE
from fake_relay.store.memory import MemoryStore
from fake_relay.store.retention import Retention
from fake_relay.web.pages.counted import FATES
from fake_relay.web.pages.stacks import BARS, charts, range_of, step_for, told

NOW = 1_795_355_130.5
FATE_ORDER = tuple(fate for fate, _ in FATES)
CONFIG = RelayConfig(filters=Filters(error_messages=("*noise*",)))


def receive(relay: Relay, at: float, message: str = "boom", project: str = "1") -> None:
    """Have a relay receive an event at a moment."""
    data = json.dumps({"message": message}).encode()
    body = b'{}\n{"type":"event","length":%d}\n%b\n' % (len(data), data)
    headers = {"x-sentry-auth": "Sentry sentry_key=" + "a" * 32}
    path = f"/api/{project}/envelope/"
    relay.receive(Inbound("POST", path, "", headers, body, "127.0.0.1", at, uuid.uuid4().hex))
    relay.commit()


def bars(page: str) -> list[tuple[str, str]]:
    """Where each bar of a page leads, and what it says."""
    found = re.findall(r'<a href="([^"]*)" tabindex="-1"><title>([^<]*)</title>', page)
    return [(html.unescape(link), html.unescape(words)) for link, words in found]


def numbers(page: str, category: str) -> list[str]:
    """The linked numbers of a category's row."""
    row = re.search(rf'<th scope="row">{category}</th>.*?</tr>', page, re.DOTALL)
    return re.findall(r'<a href="[^"]*">([^<]*)</a>', row[0]) if row else []


@pytest.fixture
async def filled(start: Any) -> Any:
    """A server that received errors now, three hours ago and three days ago, some filtered."""
    server = await start(config=CONFIG)
    now = time.time()
    for ago, messages in (
        (0, ("a", "b")),
        (3 * HOUR, ("c", "noise")),
        (3 * DAY, ("d", "noise", "noise too")),
    ):
        for message in messages:
            receive(server.relay, now - ago, message)
    return server


async def test_the_ranges_tell_what_came_in_them(filled: Any, see: Any) -> None:
    shown = {}
    for name in ("hour", "day", "all"):
        _, page = await see(f"/ledger?range={name}", on=filled)
        shown[name] = numbers(page, "error")
    assert shown == {"hour": ["2"], "day": ["3", "1"], "all": ["4", "3"]}


async def followed(server: Any, see: Any, link: str) -> tuple[str, int]:
    """What the last bar says on the way from a bar to its rows, and how many those are."""
    words = ""
    while link.startswith("/ledger"):
        _, page = await see(link, on=server)
        link, words = bars(page)[0]
    _, rows = await see(link, on=server)
    return words.partition(": ")[2], rows.count('<li class="row"')


async def test_bars_lead_in_a_few_clicks_to_the_rows_that_they_count(filled: Any, see: Any) -> None:
    _, page = await see("/ledger?range=all", on=filled)
    found = {await followed(filled, see, link) for link, _ in bars(page)}
    assert found == {
        ("2 accepted", 2),
        ("1 accepted, 1 filtered", 2),
        ("1 accepted, 2 filtered", 3),
    }


async def test_numbers_of_a_range_lead_to_the_rows_of_that_range(filled: Any, see: Any) -> None:
    _, page = await see("/ledger?range=day&project=1", on=filled)
    cells = re.findall(r'<td class="number"><a href="(/\?q=[^"]*)">(\d+)</a>', page)
    assert len(cells) == 3
    for link, number in cells:
        q = parse_qs(urlsplit(html.unescape(link)).query)["q"][0]
        assert "received:>=" in q
        assert "project:1" in q
        found = filled.relay.store.find(Selection(query=parse_query(q, now=0.0))).items
        assert len(found) == int(number)


async def test_a_category_is_told_as_a_table_of_its_bars(filled: Any, see: Any) -> None:
    _, page = await see("/ledger?category=error", on=filled)
    table = page[page.index("Quantities over time") :]
    table = table[: table.index("</table>")]
    counts = [re.findall(r'<a href="/\?q=[^"]*">(\d+)</a>', row) for row in table.split("<tr>")[2:]]
    assert counts == [["2"], ["1", "1"], ["1", "2"]]


async def test_what_was_counted_at_no_known_time_is_in_the_table_and_told(
    start: Any, see: Any
) -> None:
    store = MemoryStore()
    server = await start(store=store)
    receive(server.relay, NOW - 400 * DAY)
    store._kept.fold(NOW)
    _, page = await see("/ledger")
    assert "by a version that did not keep the time" not in page
    _, page = await see("/ledger", on=server)
    assert numbers(page, "error") == ["1"]
    assert "by a version that did not keep the time" in page
    assert bars(page) == []


async def test_items_that_made_room_are_told_beside_their_category_and_under_their_bar(
    start: Any, see: Any
) -> None:
    store = MemoryStore(Retention(max_age=None, max_items=1, max_bytes=None))
    server = await start(store=store)
    await server.send(b"{}", b"{}", b"{}")
    _, page = await see("/ledger", on=server)
    assert "2 items evicted since" in bars(page)[0][1]
    row = re.search(r'<th scope="row">error</th>.*?</tr>', page, re.DOTALL)[0]  # type: ignore[index]
    assert row.endswith('<td class="number">2</td></tr>')


async def test_refused_requests_are_those_of_the_range(server: Any, see: Any) -> None:
    async with server.client.post("/api/42/envelope/?sentry_key=" + "a" * 32, data=b"?"):
        pass
    _, page = await see("/ledger?range=hour")
    assert "/refused/1" in page
    _, page = await see("/ledger?start=2026-01-01&end=2026-01-02")
    assert "No request was refused in this time" in page
    assert "Nothing was counted in this time" in page


@pytest.mark.parametrize(
    "query", ["start=soon", "start=2026-02-01&end=2026-01-01", "start=-1", "end=1e300", "end=9e99"]
)
async def test_a_range_that_is_none_is_said_so(see: Any, query: str) -> None:
    status, page = await see(f"/ledger?{query}")
    assert status == 400
    assert "start=" in page or "end=" in page


async def test_names_from_outside_are_text_in_the_ledger(start: Any, see: Any) -> None:
    server = await start()
    odd = '"><b>x'
    report = {"discarded_events": [{"reason": odd, "category": odd, "quantity": 1}]}
    await server.send(json.dumps(report).encode(), item_type="client_report")
    for query in ("", f"?category={odd}", f"?project={odd}", "?range=nonsense"):
        status, page = await see(f"/ledger{query}", on=server)
        assert status == 200
        assert "<b>x" not in page


# Ranges and steps


def test_there_are_no_more_bars_than_a_picture_has_room_for() -> None:
    for seconds in range(60, 400 * DAY, 7919):
        step = step_for(seconds)
        assert seconds / step <= BARS
        assert step % MINUTE == 0


def test_all_time_shows_from_the_first_minute_to_now() -> None:
    store = MemoryStore()
    receive(Relay(store), NOW - 3 * HOUR)
    shown = range_of({}, store, None, NOW)
    assert shown.begins <= NOW - 3 * HOUR < shown.begins + shown.step
    assert shown.ends - shown.step <= NOW < shown.ends
    assert shown.times == ("", "")


def test_a_range_grows_to_the_hours_that_are_kept_of_it() -> None:
    store = MemoryStore()
    relay = Relay(store)
    noon = int(NOW // HOUR * HOUR)
    for at in (noon - 30 * HOUR + 10, noon - 30 * HOUR + 3000):
        receive(relay, at)
    store.retain(NOW)
    query = {"start": str(noon - 30 * HOUR + 1800), "end": str(noon - 30 * HOUR + 1860)}
    shown, buckets = told(store, range_of(query, store, None, NOW), None)
    assert (shown.start, shown.end, shown.step) == (noon - 30 * HOUR, noon - 29 * HOUR, HOUR)
    assert [bucket.entry.quantity for bucket in buckets] == [2]


@settings(max_examples=50)
@given(
    moments=st.lists(st.integers(0, 40 * DAY), min_size=1, max_size=8),
    query=st.one_of(
        st.sampled_from(({}, {"range": "hour"}, {"range": "day"})),
        st.tuples(st.integers(1, 40 * DAY), st.integers(1, 5 * DAY)).map(
            lambda pair: {
                "start": str(int(NOW) - pair[0]),
                "end": str(int(NOW) - pair[0] + pair[1]),
            }
        ),
    ),
)
def test_bars_add_up_to_what_their_range_counts_and_that_to_its_items(
    moments: list[int], query: dict[str, str]
) -> None:
    """Whatever came when, and however it was folded since."""
    store = MemoryStore()
    relay = Relay(store)
    for ago in moments:
        receive(relay, NOW - ago)
    store.retain(NOW)
    shown, buckets = told(store, range_of(query, store, None, NOW), None)
    drawn = charts(shown, buckets, {}, FATE_ORDER)
    counted = sum(bucket.entry.quantity for bucket in buckets)
    stacks = drawn["error"].stacks if drawn else []
    assert sum(stack.counts[Fate.ACCEPTED] for stack in stacks) == counted
    within = [
        ago
        for ago in moments
        if shown.start is None or shown.end is None or shown.start <= NOW - ago < shown.end
    ]
    assert counted == len(within)
    for stack in stacks:
        assert 0 <= stack.left <= 100
        inside = [ago for ago in moments if stack.start <= NOW - ago < stack.end]
        assert stack.counts[Fate.ACCEPTED] == len(inside)

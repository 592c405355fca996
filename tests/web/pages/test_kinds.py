"""Pages of one kind of item: logs, metrics, monitors, releases, feedback, attachments."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from fake_relay.web.pages.attachments import image_type
from fake_relay.web.pages.monitors import schedule_words

SEARCHED = (
    "/logs", "/traces", "/releases", "/monitors", "/trace-metrics", "/feedback", "/envelopes",
    "/profiles", "/replays", "/attachments",
)  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def record(body: str, level: str, second: float, **attributes: Any) -> dict[str, Any]:
    typed = {
        name: {"type": "string", "value": value}
        for name, value in {"sentry.message.template": "order {n}", **attributes}.items()
    }
    return {
        "body": body, "level": level, "timestamp": second, "trace_id": "b" * 32,
        "attributes": typed,
    }  # fmt: skip


async def send(server: Any, item_type: str, *values: Any) -> None:
    await server.send(*(json.dumps(value).encode() for value in values), item_type=item_type)


async def attach(server: Any, payload: bytes, kind: str = "attachment", **header: Any) -> None:
    head = json.dumps({"type": kind, "length": len(payload), **header}).encode()
    body = b"\n".join((json.dumps({"event_id": "d" * 32}).encode(), head, payload, b""))
    path = "/api/42/envelope/?sentry_key=" + "a" * 32
    async with server.client.post(path, data=body) as response:
        assert response.status == 200


async def test_records_of_all_batches_are_one_list_by_time(server: Any, see: Any) -> None:
    await send(
        server,
        "log",
        {"items": [record("first", "info", 10.0), record("third", "error", 30.0)]},
        {"items": [record("second", "warn", 20.0, shop="north")]},
    )
    _, page = await see("/logs")
    places = [page.index(f">{word}<") for word in ("third", "second", "first")]
    assert places == sorted(places)
    assert "<dt>template</dt><dd><code>order {n}</code>" in page
    assert "<dt>shop</dt><dd>north</dd>" in page


@pytest.mark.parametrize(
    ("q", "found"),
    [("level:error", "bad"), ("fine", "fine"), ("shop:south", "bad"), ("has:trace bad", "bad")],
)
async def test_a_search_finds_records_and_not_their_whole_batch(
    server: Any, see: Any, q: str, found: str
) -> None:
    batch = [record("fine", "info", 1.0, shop="north"), record("bad", "error", 2.0, shop="south")]
    await send(server, "log", {"items": batch})
    _, page = await see("/logs", params={"q": q})
    shown = [word for word in ("fine", "bad") if f'class="log-text">{word}<' in page]
    assert shown == [found]


async def test_a_wrong_search_is_shown_at_its_column(server: Any, see: Any) -> None:
    for path in SEARCHED:
        status, page = await see(path, params={"q": "level:>"})
        assert (status, "column 8" in page) == (200, True), path


async def test_metrics_are_added_up_by_name_kind_and_unit(server: Any, see: Any) -> None:
    values = [
        {"name": "orders", "type": "counter", "value": value, "timestamp": value}
        for value in (1, 4)
    ]
    broken = {"name": "orders", "type": "counter", "value": "many"}
    await send(server, "trace_metric", {"items": [*values, broken]})
    _, page = await see("/trace-metrics")
    cells = page[page.index("<code>orders</code>") :]
    assert 'class="number">2</td><td data-label="Sum" class="number">5</td>' in cells
    assert 'points="0.00,19.00 100.00,1.00"' in cells


async def test_check_ins_of_one_id_are_one_run(server: Any, see: Any) -> None:
    shared = {"monitor_slug": "nightly", "check_in_id": "a" * 32}
    schedule = {"schedule": {"type": "interval", "value": 5, "unit": "minute"}}
    await send(
        server,
        "check_in",
        {**shared, "status": "in_progress", "monitor_config": schedule},
        {**shared, "status": "error", "duration": 2.5},
        {"monitor_slug": "nightly", "check_in_id": "b" * 32, "status": "in_progress"},
    )
    _, page = await see("/monitors")
    assert "2 runs" in page
    assert "1 failed" in page
    assert "every 5 minutes" in page
    assert [page.count(f'class="run-{kind}"') for kind in ("error", "in_progress")] == [2, 2]


def test_schedules_are_written_as_people_write_them() -> None:
    assert schedule_words({"type": "crontab", "value": "0 3 * * *"}) == "0 3 * * *"
    assert schedule_words({"type": "interval", "value": 1, "unit": "hour"}) == "every 1 hour"


def session(number: int, status: str, release: str) -> dict[str, Any]:
    return {
        "sid": f"{number:032x}", "did": f"user{number}", "init": True, "status": status,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "attrs": {"release": release, "environment": "live"},
    }  # fmt: skip


async def test_releases_have_crash_free_rates_adoption_and_errors(server: Any, see: Any) -> None:
    old = [session(number, "exited", "shop@1.0") for number in range(3)]
    new = [session(10, "crashed", "shop@2.0"), session(11, "exited", "shop@2.0")]
    await send(server, "session", *old, *new)
    event = {"message": "x", "level": "error", "release": "shop@2.0", "environment": "live"}
    await send(server, "event", event)
    _, page = await see("/releases")
    row = page[page.index(">shop@2.0</a>") :]
    row = row[: row.index("</tr>")]
    assert [share in row for share in ("40 %", ">50 %<")] == [True, True]
    assert "level%3A%5Berror%2Cfatal%5D" in row
    assert row.rstrip("</td>").endswith(">1</a")


async def test_sessions_that_sentry_refuses_count_for_nothing(server: Any, see: Any) -> None:
    await send(server, "session", {"sid": "x", "init": True, "attrs": {"release": "shop@1"}})
    assert server.relay.store.item(1).outcome != ""
    _, page = await see("/releases")
    assert "shop@1" not in page


async def test_feedback_leads_to_the_event_that_it_is_about(server: Any, see: Any) -> None:
    await attach(server, b'{"message":"the cause"}', "event")
    report = {"event_id": "d" * 32, "name": "Ada", "email": "a@b.example", "comments": "<b>slow"}
    await send(server, "user_report", report)
    _, page = await see("/feedback")
    assert "&lt;b&gt;slow" in page
    assert '<a href="/items/1">the cause</a>' in page


async def test_an_image_is_served_by_its_bytes_and_in_a_sandbox(server: Any, see: Any) -> None:
    await attach(server, PNG, filename="a.html", content_type="text/html")
    _, page = await see("/attachments")
    assert '<img src="/attachments/1/image" alt="a.html"' in page
    async with server.client.get("/attachments/1/image") as response:
        assert (response.status, response.content_type) == (200, "image/png")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert await response.read() == PNG


@pytest.mark.parametrize(
    ("payload", "content_type"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "image/svg+xml"),
        (b"<script>1</script>", "image/png"),
        (b"\0\1\2\3", "image/gif"),
    ],
    ids=["a picture with scripts", "a page that says it is a picture", "other bytes"],
)
async def test_what_is_no_plain_image_is_never_served_as_one(
    server: Any, see: Any, payload: bytes, content_type: str
) -> None:
    await attach(server, payload, content_type=content_type)
    _, page = await see("/attachments")
    assert "<img" not in page
    assert "<script>1" not in page
    async with server.client.get("/attachments/1/image") as response:
        assert response.status == 404


async def test_only_attachments_are_served(server: Any) -> None:
    await server.send(PNG, item_type="replay_video")
    async with server.client.get("/attachments/1/image") as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", ""),
        (b"", ""),
    ],
)
def test_images_are_known_by_their_first_bytes(start: bytes, kind: str) -> None:
    assert image_type(start) == kind


async def test_envelopes_are_those_with_an_item_that_the_search_finds(
    server: Any, see: Any
) -> None:
    for number in range(3):
        await send(
            server, "event", {"message": f"m{number}", "level": ("error", "info")[number % 2]}
        )
    await send(server, "log", {"items": []})
    _, page = await see("/envelopes", params={"q": "level:error"})
    assert re.findall(r'href="/envelopes/(\d+)"', page) == ["3", "1"]
    _, page = await see("/envelopes", params={"q": "type:log", "project": "7"})
    assert "Nothing matches" in page


async def test_every_page_with_a_search_offers_to_complete_it(see: Any) -> None:
    for path in ("/", *SEARCHED):
        _, page = await see(path)
        assert page.count('role="combobox"') == 1, path
        assert page.count('id="choices" role="listbox"') == 1, path

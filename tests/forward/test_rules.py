"""What leaves and what stays by an upstream's rules, and what the upstream is told of it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from fake_relay.config import MappedProject, Upstream
from fake_relay.config.filters import Filters
from fake_relay.config.relay_library import relay_library
from fake_relay.errors import ConfigError
from fake_relay.forward.book import Forwarding
from fake_relay.forward.select import keeps
from fake_relay.store import open_store

Start = Callable[..., Awaitable[Any]]
To = Callable[..., Upstream]


async def test_the_upstream_is_told_what_rules_and_filters_kept_from_it_once(
    start: Start, upstream: Any, to: To
) -> None:
    rules = {"query": "level:error", "exclude_types": ("session",), "report_every": 0.01}
    relay = await start(to(upstream.dsn, **rules), filters=Filters(error_messages=("*noise*",)))
    await relay.event(1, level="info")
    await relay.event(2, level="info")
    await relay.event(3, message="noise", level="error")
    await relay.event(4)
    started = "2026-11-22T08:00:00Z"
    session = {"sid": "c" * 32, "init": True, "started": started, "attrs": {"release": "a@1"}}
    await relay.send(("session", session))
    await relay.drained()
    async with asyncio.timeout(10):
        while sum(upstream.discards.values()) < 4:
            upstream.arrived.clear()
            await upstream.arrived.wait()

    assert upstream.ids == [f"{4:032x}"]
    assert upstream.discards == {("event_processor", "error"): 3, ("event_processor", "session"): 1}
    await relay.event(5)
    await relay.drained()
    assert sum(upstream.discards.values()) == 4
    assert relay.counts() == {
        ("sent", "", "error"): 2,
        ("left_out", "query", "error"): 2,
        ("left_out", "filter", "error"): 1,
        ("left_out", "item_type", "session"): 1,
    }


async def test_a_trace_goes_as_a_whole_or_not_at_all(start: Start, upstream: Any, to: To) -> None:
    relay = await start(to(upstream.dsn, sample_rate=0.5))
    traces = [f"{number:032x}" for number in range(1, 41)]
    for number, trace in enumerate(traces, 1):
        contexts = {"trace": {"trace_id": trace, "span_id": "d" * 16}}
        await relay.event(number, contexts=contexts)
        await relay.event(number + 1000, contexts=contexts)
    logs = [
        {"timestamp": time.time(), "trace_id": trace, "level": "info", "body": "x"}
        for trace in traces
    ]
    kind = {
        "type": "log",
        "item_count": len(logs),
        "content_type": "application/vnd.sentry.items.log+json",
    }
    await relay.send((kind, {"items": logs}))
    await relay.drained()

    kept = {trace for trace in traces if keeps(trace, 0.5)}
    assert 5 < len(kept) < 35
    events = [event for got in upstream.taken for event in got.payloads()]
    assert sorted(event["contexts"]["trace"]["trace_id"] for event in events) == sorted(
        [*kept, *kept]
    )
    ((container,),) = (got.payloads("log") for got in upstream.taken if got.payloads("log"))
    assert {record["trace_id"] for record in container["items"]} == kept
    counts = relay.counts()
    assert counts["sent", "", "log_item"] == len(kept)
    assert counts["left_out", "sample_rate", "log_item"] == 40 - len(kept)


async def test_projects_go_where_they_are_mapped_to(start: Start, upstream: Any, to: To) -> None:
    other = upstream.dsn.replace("b" * 32, "c" * 32).removesuffix("/7") + "/9"
    mapped = (MappedProject("42", other),)
    relay = await start(to(upstream.dsn, projects=mapped, other_projects=False))
    await relay.event(1, project="42")
    await relay.event(2, project="43")
    await relay.drained()
    (got,) = upstream.taken
    assert (got.path, got.header["dsn"]) == ("/api/9/envelope/", other)
    assert relay.counts()["left_out", "project", "error"] == 1


async def test_each_of_two_upstreams_gets_what_its_own_rules_select(
    start: Start, upstream: Any, to: To, record: Any
) -> None:
    second = await record()
    relay = await start(
        to(upstream.dsn, query="level:error"), to(second.dsn, name="all", sample_rate=1.0)
    )
    await relay.event(1, level="info")
    await relay.event(2)
    await relay.drained()
    await relay.drained("all")
    assert upstream.ids == [f"{2:032x}"]
    assert second.ids == [f"{1:032x}", f"{2:032x}"]


async def test_a_pause_holds_everything_and_outlives_a_restart(
    run: Any, upstream: Any, to: To, tmp_path: Path
) -> None:
    store = str(tmp_path / "store.sqlite")
    async with run(to(upstream.dsn), store=store) as relay:
        await relay.ask("POST", "/forward/pause")
        await relay.event(1)
        assert (await relay.ask("GET", "/forward"))["forwarding"] == "paused"
    async with run(to(upstream.dsn), store=store) as relay:
        assert (await relay.status())["queued"] == 1
        assert upstream.got == []
        await relay.ask("POST", "/forward/resume?upstream=up")
        await relay.drained()
    assert upstream.ids == [f"{1:032x}"]


async def test_an_upstream_made_at_run_time_is_there_after_a_restart(
    run: Any, upstream: Any, tmp_path: Path
) -> None:
    store = str(tmp_path / "store.sqlite")
    async with run(store=store) as relay:
        settings = {"dsn": upstream.dsn, "query": "level:error"}
        await relay.ask("PUT", "/forward/upstreams/mine", json=settings)
        await relay.ask("POST", "/forward/upstreams/mine/enable")
    async with run(store=store) as relay:
        await relay.event(1)
        await relay.event(2, level="info")
        await relay.drained("mine")
        assert upstream.ids == [f"{1:032x}"]
        told = await relay.ask("GET", "/forward/upstreams/mine")
        assert told["settings"]["query"] == "level:error"
        await relay.ask("DELETE", "/forward/upstreams/mine")
        assert await relay.ask("GET", "/forward") == {"forwarding": "off", "upstreams": []}


async def test_what_is_past_a_bound_of_the_spool_makes_room_and_is_counted(
    start: Start, upstream: Any, to: To
) -> None:
    relay = await start(to(upstream.dsn, max_envelopes=3))
    await relay.ask("POST", "/forward/pause")
    for number in range(1, 8):
        await relay.event(number)
    await relay.until(queued=3)
    assert relay.counts() == {("evicted", "count", "error"): 4}
    await relay.ask("POST", "/forward/resume")
    await relay.drained()
    assert upstream.ids == [f"{number:032x}" for number in (5, 6, 7)]


async def test_what_was_cleared_here_does_not_leave_any_more(
    start: Start, upstream: Any, to: To
) -> None:
    relay = await start(to(upstream.dsn))
    await relay.ask("POST", "/forward/pause")
    await relay.event(1)
    await relay.ask("DELETE", "/items")
    await relay.ask("POST", "/forward/resume")
    await relay.drained()
    assert upstream.got == []
    assert relay.counts() == {("evicted", "removed", "error"): 1}


@pytest.mark.parametrize(("coding", "status"), [("br", 415), ("gzip", 400), ("", 500)])
async def test_the_best_coding_that_the_upstream_takes_is_found_and_remembered(
    start: Start, upstream: Any, to: To, coding: str, status: int
) -> None:
    async def only(request: Any, got: Any) -> web.StreamResponse:
        taken = got.headers.get("content-encoding", "") == coding
        return web.json_response({}, status=200 if taken else status)

    upstream.always = only
    relay = await start(to(upstream.dsn))
    sent = [await relay.event(number) for number in (1, 2, 3)]
    told = await relay.drained()
    assert upstream.ids == sent
    assert (told["coding"], told["dead"]) == (coding, 0)
    assert [got.headers.get("content-encoding", "") for got in upstream.got[-2:]] == [coding] * 2


async def test_an_upstream_that_is_this_relay_is_refused(start: Start, to: To) -> None:
    relay = await start()
    own = relay.url.replace("://127.0.0.1", "://k@localhost") + "/1"
    told = await relay.ask("PUT", "/forward/upstreams/own", 400, json={"dsn": own})
    assert "leads back to this relay" in told["detail"]


async def test_an_event_of_a_wrong_clock_keeps_its_corrected_time(
    start: Start, upstream: Any, to: To
) -> None:
    relay = await start(to(upstream.dsn))
    event = {"message": "x", "timestamp": "2020-01-01T00:00:00Z"}
    await relay.send(("event", event), event_id="1" * 32, sent_at="2020-01-01T00:00:01Z")
    await relay.drained()
    (got,) = upstream.taken
    # Corrected here once; with the old time of sending, the upstream would do it again.
    assert not got.header["sent_at"].startswith("2020")
    assert got.payloads()[0]["timestamp"] > 1.7e9


async def test_an_imported_run_is_replayed(start: Start, upstream: Any, to: To) -> None:
    recorded = await start()
    await recorded.event(1)
    async with recorded.client.get("/relay/v1/envelopes/1/raw") as answer:
        body = await answer.read()
    relay = await start(to(upstream.dsn))
    path = f"/api/42/envelope/?sentry_key={'a' * 32}"
    async with relay.client.post(path, data=body) as answer:
        assert answer.status == 200
    await relay.drained()
    assert upstream.ids == [f"{1:032x}"]


def test_two_upstreams_of_one_name_are_refused() -> None:
    one = Upstream(name="up", dsn="http://k@h/1")
    with pytest.raises(ConfigError, match="two upstreams are called 'up'"):
        Forwarding(open_store("memory:").spool, (one, one))


def test_without_the_library_forwarding_starts_only_unscrubbed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relay_library.cache_clear()
    monkeypatch.setitem(sys.modules, "sentry_relay", None)
    spool = open_store("memory:").spool
    on: dict[str, Any] = {"name": "up", "dsn": "http://k@h/1", "enabled": True}
    try:
        with pytest.raises(ConfigError, match=r"upstream 'up': .*scrub = false"):
            Forwarding(spool, (Upstream(**on),))
        assert Forwarding(spool, (Upstream(**on, scrub=False),)).enabled
        assert not Forwarding(spool, (Upstream(**{**on, "enabled": False}),)).enabled
    finally:
        relay_library.cache_clear()

"""What arrives here leaves for an upstream: once, in order, whatever the upstream does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from fake_relay.config import Upstream

Start = Callable[..., Awaitable[Any]]
To = Callable[..., Upstream]


async def test_an_event_arrives_at_the_upstream_with_its_key_and_dsn(
    start: Start, upstream: Any, to: To
) -> None:
    relay = await start(to(upstream.dsn))
    event_id = await relay.event(1)
    await relay.drained()

    (got,) = upstream.taken
    assert got.path == "/api/7/envelope/"
    assert f"sentry_key={'b' * 32}" in got.headers["x-sentry-auth"]
    assert got.header["dsn"] == upstream.dsn
    assert got.payloads()[0]["event_id"] == event_id
    assert got.payloads()[0]["logentry"]["formatted"] == "event 1"


async def test_trace_sdk_and_sent_at_are_kept_and_the_keys_replaced(
    start: Start, upstream: Any, to: To
) -> None:
    relay = await start(to(upstream.dsn))
    trace = {"trace_id": "c" * 32, "public_key": "a" * 32, "release": "shop@1", "sampled": "true"}
    sent_at = datetime.now(UTC).isoformat()
    sdk = {"name": "sentry.python", "version": "2.75.0"}
    event = ("event", {"message": "x"})
    await relay.send(event, event_id="1" * 32, trace=trace, sdk=sdk, sent_at=sent_at)
    await relay.drained()

    (got,) = upstream.taken
    assert got.header["trace"] == {**trace, "public_key": "b" * 32}
    assert (got.header["sdk"], got.header["sent_at"]) == (sdk, sent_at)


async def test_attachments_go_with_their_event_and_unknown_types_go_unchanged(
    start: Start, upstream: Any, to: To
) -> None:
    relay = await start(to(upstream.dsn))
    file = {"type": "attachment", "filename": "a.bin", "content_type": "application/x"}
    odd = {"type": "made_up", "flavour": "salty"}
    payload = bytes(range(256))
    await relay.send(
        ("event", {"message": "x"}), (file, payload), (odd, payload), event_id="1" * 32
    )
    await relay.drained()

    (got,) = upstream.taken
    _, attachment, unknown = got.envelope.items
    assert attachment.payload == unknown.payload == payload
    assert json.loads(attachment.raw_header)["filename"] == "a.bin"
    assert json.loads(unknown.raw_header)["flavour"] == "salty"


async def test_nothing_leaves_for_an_upstream_that_is_off(
    start: Start, upstream: Any, to: To
) -> None:
    relay = await start(to(upstream.dsn, enabled=False))
    await relay.event(1)
    assert (await relay.status())["queued"] == 0
    assert relay.counts() == {}
    health = await (await relay.client.get("/health")).json()
    assert health["forwarding"] == "off"


async def test_events_of_a_project_arrive_in_their_order_though_the_upstream_fails(
    start: Start, upstream: Any, to: To, acts: Any
) -> None:
    bad = [acts.status(503), acts.reset, acts.garbage, acts.status(500), acts.status(429)]
    upstream.acts = [act for _ in range(4) for act in (bad[0], bad[1], None, bad[2], bad[3], None)]
    relay = await start(to(upstream.dsn, compression="gzip"))
    sent = [await relay.event(number) for number in range(1, 21)]
    status = await relay.drained()

    assert upstream.ids == sent
    assert status["sent"] == 20
    assert status["retried"] >= 16
    assert relay.counts() == {("sent", "", "error"): 20}


@pytest.mark.parametrize(("per_project", "together"), [(1, 1), (3, 3), (9, 4)])
async def test_one_request_at_a_time_is_in_flight_for_a_project_unless_more_are_allowed(
    start: Start, upstream: Any, to: To, acts: Any, per_project: int, together: int
) -> None:
    flying, most, enough = 0, 0, asyncio.Event()

    async def hold(request: Any, got: Any) -> Any:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        if most == together:
            enough.set()
        await enough.wait()
        flying -= 1
        return await acts.status(200)(request, got)

    upstream.always = hold
    relay = await start(to(upstream.dsn, per_project=per_project, concurrency=4))
    sent = [await relay.event(number) for number in range(1, 21)]
    status = await relay.drained()
    assert most == together
    assert sorted(upstream.ids) == sent
    assert status["sent"] == 20


async def test_what_waits_survives_a_restart(
    run: Any, upstream: Any, to: To, acts: Any, tmp_path: Any
) -> None:
    upstream.always = acts.status(503)
    store = str(tmp_path / "store.sqlite")
    async with run(to(upstream.dsn), store=store) as relay:
        sent = [await relay.event(number) for number in range(1, 6)]
        assert (await relay.status())["queued"] == 5
    upstream.always = None
    async with run(to(upstream.dsn), store=store) as relay:
        status = await relay.drained()
    assert upstream.ids == sent
    assert status["sent"] == 5


async def test_an_event_that_the_upstream_has_is_not_sent_again(
    start: Start, upstream: Any, to: To
) -> None:
    relay = await start(to(upstream.dsn))
    await relay.event(1)
    await relay.drained()
    await relay.event(1)
    status = await relay.drained()
    assert upstream.ids == [f"{1:032x}"]
    assert status["duplicates"] == 1


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 422])
async def test_a_refusal_that_cannot_change_makes_a_dead_letter_at_once(
    start: Start, upstream: Any, to: To, acts: Any, code: int
) -> None:
    relay = await start(to(upstream.dsn, compression="none"))
    upstream.acts = [acts.status(code)]
    first = await relay.event(1)
    second = await relay.event(2)
    status = await relay.drained()

    assert (status["dead"], status["retried"]) == (1, 0)
    assert upstream.ids == [second]
    (dead,) = (await relay.ask("GET", "/forward/dead"))["dead"]
    assert (dead["status"], dead["reason"], dead["detail"]) == (code, f"status {code}", f"a {code}")
    assert relay.counts() == {
        ("sent", "", "error"): 1,
        ("dead", f"status {code}", "error"): 1,
    }

    assert await relay.ask("POST", f"/forward/retry?id={dead['id']}") == {"revived": 1}
    await relay.drained()
    assert upstream.ids == [second, first]
    assert relay.counts() == {("sent", "", "error"): 2}


async def test_limited_categories_wait_and_others_go_on(
    start: Start, upstream: Any, to: To, acts: Any
) -> None:
    relay = await start(to(upstream.dsn))
    limit = {"X_Sentry_Rate_Limits": "600:error:organization", "Retry_After": "600"}
    upstream.acts = [acts.status(429, **limit)]
    await relay.event(1)
    await relay.until(queued=1, in_flight=0)
    check_in = {"check_in_id": "d" * 32, "monitor_slug": "nightly", "status": "ok"}
    await relay.send(("check_in", check_in))
    await relay.event(2)
    status = await relay.until(queued=2, in_flight=0, sent=1)

    assert [item.type for got in upstream.taken for item in got.envelope.items] == ["check_in"]
    (held,) = status["limited"]
    assert held["categories"] == ["error"]
    assert status["dead"] == 0


async def test_an_envelope_is_split_where_one_of_its_categories_is_limited(
    start: Start, upstream: Any, to: To, acts: Any
) -> None:
    relay = await start(to(upstream.dsn))
    # What is not limited was taken (PROTOCOL.md 7.2).
    upstream.acts = [acts.status(429, X_Sentry_Rate_Limits="1:attachment:key")]
    file = {"type": "attachment", "filename": "a.txt"}
    await relay.send(("event", {"message": "x"}), (file, b"abc"), event_id="1" * 32)
    await relay.drained()

    assert [[i.type for i in got.envelope.items] for got in upstream.got] == [
        ["event", "attachment"],
        ["attachment"],
    ]
    assert upstream.got[1].header["event_id"] == "1" * 32
    assert relay.counts()["sent", "", "error"] == 1


async def test_a_parcel_that_is_too_large_goes_in_parts_and_only_the_large_one_dies(
    start: Start, upstream: Any, to: To
) -> None:
    async def small_only(request: Any, got: Any) -> web.StreamResponse:
        return web.json_response({}, status=413 if len(got.body) > 2000 else 200)

    upstream.always = small_only
    relay = await start(to(upstream.dsn))
    large = ({"type": "attachment", "filename": "large"}, b"x" * 4000)
    small = ({"type": "attachment", "filename": "small"}, b"y")
    await relay.send(("event", {"message": "x"}), large, small, event_id="1" * 32)
    status = await relay.drained()

    names = [
        json.loads(i.raw_header).get("filename") for g in upstream.taken for i in g.envelope.items
    ]
    assert sorted(map(str, names)) == ["None", "small"]
    assert (status["sent"], status["dead"], status["selected"]) == (2, 1, 3)
    assert (await relay.ask("GET", "/forward/dead"))["dead"][0]["reason"] == "status 413"


async def test_an_upstream_that_is_taken_ill_by_one_envelope_gets_the_others(
    start: Start, upstream: Any, to: To
) -> None:
    async def ill(request: Any, got: Any) -> web.StreamResponse:
        return web.json_response({}, status=500 if b"poison" in got.body else 200)

    upstream.always = ill
    relay = await start(to(upstream.dsn, max_attempts=3))
    await relay.event(1, message="poison")
    await relay.event(2)
    status = await relay.drained()
    assert upstream.ids == [f"{2:032x}"]
    assert (status["sent"], status["dead"], status["selected"]) == (1, 1, 2)
    assert (await relay.ask("GET", "/forward/dead"))["dead"][0]["attempts"] == 3


async def test_tries_are_counted_over_a_restart(
    run: Any, upstream: Any, to: To, tmp_path: Any
) -> None:
    posted: list[bool] = []

    async def ill(request: Any, got: Any) -> web.StreamResponse:
        posted.append(bool(got.envelope.items))
        return web.json_response({}, status=500 if posted[-1] else 200)

    upstream.always = ill
    store = str(tmp_path / "store.sqlite")
    settings = {"max_attempts": 3, "compression": "none", "client_reports": False}
    async with run(
        to(upstream.dsn, retry_base=60, retry_most=60, **settings), store=store
    ) as relay:
        await relay.event(1)
        await relay.until(retried=1)
        await relay.ask("POST", "/forward/retry")
        await relay.until(retried=2)
    async with run(to(upstream.dsn, **settings), store=store) as relay:
        status = await relay.drained()
    # Twice before, and once after; then it was asked whether it takes an empty one.
    assert posted == [True, True, True, False]
    assert (status["retried"], status["dead"], status["selected"]) == (2, 1, 1)


async def test_one_upstream_in_trouble_delays_neither_another_nor_the_sdk(
    start: Start, upstream: Any, to: To, record: Any, acts: Any
) -> None:
    ill = await record()
    hanging = asyncio.Event()

    async def hang(request: Any, got: Any) -> Any:
        await hanging.wait()
        return await acts.status(503)(request, got)

    ill.always = hang
    relay = await start(to(ill.dsn, name="ill"), to(upstream.dsn))
    sent = [await relay.event(number) for number in range(1, 11)]
    await relay.drained()
    assert upstream.ids == sent
    assert (await relay.status("ill"))["queued"] == 10

    ill.always = None
    hanging.set()
    told = await relay.drained("ill")
    assert ill.ids == sent
    assert (told["sent"], told["retried"]) == (10, 1)
    assert (await relay.status())["retried"] == 0


async def test_every_segment_of_a_replay_leaves_though_they_share_an_id(
    start: Start, upstream: Any, to: To
) -> None:
    relay = await start(to(upstream.dsn))
    for number in (0, 1):
        replay = {"type": "replay_event", "replay_id": "1" * 32, "segment_id": number}
        recording = b'{"segment_id":%d}\n[{"type":4}]' % number
        event = ("replay_event", {**replay, "timestamp": 1.0})
        await relay.send(event, ("replay_recording", recording), event_id="1" * 32)
    status = await relay.drained()
    assert (len(upstream.taken), status["duplicates"]) == (2, 0)

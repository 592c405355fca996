"""What scrubbing takes out is in no byte that an upstream gets, whatever the item type."""

from __future__ import annotations

import importlib.util
import zlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fake_relay.config import Upstream

PLANTED = Path(__file__).parents[1] / "stored_view" / "test_at_rest.py"


@pytest.fixture(scope="module")
def planted() -> ModuleType:
    """Envelopes of every item type, with a canary in every place that rules know."""
    spec = importlib.util.spec_from_file_location("planted_canaries", PLANTED)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def every_byte(got: Any) -> Iterator[bytes]:
    """A request as it came, decoded, and with its recordings inflated."""
    yield repr(got.headers).encode()
    yield got.wire
    yield got.body
    for item in got.envelope.items:
        _, _, rest = item.payload.partition(b"\n")
        if item.type == "replay_recording" and rest.startswith(b"x"):
            yield zlib.decompressobj().decompress(rest)


async def test_no_canary_is_in_any_byte_that_the_upstream_gets(
    start: Callable[..., Awaitable[Any]],
    upstream: Any,
    to: Callable[..., Upstream],
    planted: ModuleType,
) -> None:
    plant = planted.Canaries()
    # Each with an id of its own: an event that the upstream has would stay here.
    sent = [
        body.replace(b"b" * 32, b"%032x" % number)
        for number, body in enumerate(planted.envelopes(plant), 1)
    ]
    relay = await start(to(upstream.dsn), scrubbing=planted.SETTINGS.scrubbing)
    answers = await planted.post_all(relay.url, sent)
    assert answers == [200] * (len(sent) - 1) + [400]
    status = await relay.drained()

    left = {item.type for got in upstream.got for item in got.envelope.items}
    assert left >= {
        *("event", "transaction", "feedback", "raw_security", "user_report", "attachment"),
        *("session", "check_in", "log", "span", "trace_metric", "my_own_type"),
        *("replay_event", "replay_recording", "replay_video"),
    }
    found = [
        (number, value)
        for number, got in enumerate(upstream.got)
        for data in every_byte(got)
        for value in plant.planted
        if value.encode() in data
    ]
    assert len(plant.planted) > 50
    assert found == []
    assert status["retried"] == 0


async def test_with_scrubbing_switched_off_in_so_many_words_items_leave_as_they_were_sent(
    start: Callable[..., Awaitable[Any]], upstream: Any, to: Callable[..., Upstream]
) -> None:
    relay = await start(to(upstream.dsn, scrub=False))
    payload = b'{"message":  "as sent",  "extra": {"password": "hunter2"}}'
    await relay.send(("event", payload), event_id="1" * 32)
    await relay.drained()
    (got,) = upstream.taken
    assert got.envelope.items[0].payload == payload
    assert got.headers["x-forwarded-for"] == "127.0.0.1"


async def test_what_cannot_be_scrubbed_is_a_dead_letter_and_its_event_leaves(
    start: Callable[..., Awaitable[Any]], upstream: Any, to: Callable[..., Upstream]
) -> None:
    relay = await start(to(upstream.dsn))
    kind = {"type": "attachment", "filename": "v", "attachment_type": "event.view_hierarchy"}
    await relay.send(("event", {"message": "x"}), (kind, b"no json"), event_id="1" * 32)
    status = await relay.drained()
    assert [item.type for got in upstream.taken for item in got.envelope.items] == ["event"]
    assert status["dead"] == 1
    (dead,) = (await relay.ask("GET", "/forward/dead"))["dead"]
    assert dead["reason"] == "unscrubbed"

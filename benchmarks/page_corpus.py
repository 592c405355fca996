"""What the pages are measured with: mixed items of every type that has a page, many of each.

Rule: the same number makes the same items but for their ids; all of one envelope come together.
May import: fake_relay.
"""

from __future__ import annotations

import random
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

LOG_TRACE = "b" * 32
"""The trace of all logs: as many batches as there are."""
SPAN_TRACE = "c" * 32
"""A trace of many transactions and containers of spans."""
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 3000

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """An item to send: its type, its payload as bytes, and what else its header says.

    `event_id` is what the header of its envelope has to name, empty for any id.
    """

    type: str
    payload: bytes
    header: Fields = field(default_factory=dict)
    event_id: str = ""


@dataclass(slots=True)
class Scene:
    """What the items of one envelope share."""

    count: int
    dice: random.Random
    now: float

    @property
    def shared(self) -> Fields:
        """Release and environment."""
        release = f"shop@2.{self.dice.randrange(9)}"
        return {"release": release, "environment": self.dice.choice(("production", "staging"))}

    @property
    def event(self) -> Fields:
        """What every event says beside its subject."""
        tags = {"plan": self.dice.choice(("free", "pro"))}
        user = {"id": str(self.dice.randrange(2000))}
        return {**self.shared, "user": user, "tags": tags, "platform": "python"}


def envelopes(number: int, seed: int = 1) -> Iterator[list[Item]]:
    """Envelopes that hold about so many items, then one of each kind that is hard to show."""
    dice = random.Random(seed)
    made = 0
    while made < number:
        make = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        items = make(Scene(made, dice, time.time()))
        made += len(items)
        yield items
    for hard in HARD:
        yield hard(Scene(made, dice, time.time()))


def json(item_type: str, value: Any, **header: Any) -> Item:
    """An item of JSON."""
    return Item(item_type, msgspec.json.encode(value), header)


def errors(scene: Scene, depth: int = 12, variables: int = 2) -> list[Item]:
    """An error with its stack."""
    frames = [
        {
            "function": f"step_{level}",
            "filename": f"shop/step_{level}.py",
            "lineno": level,
            "in_app": level > depth // 2,
            "context_line": "    raise ValueError(basket)",
            "pre_context": ["def step(basket):", "    total = sum(basket.values())"] * 2,
            "post_context": ["", "def other():", "    return None"],
            "vars": {f"basket_{n}": {"sku": level, "total": "61.9"} for n in range(variables)},
        }
        for level in range(depth)
    ]
    exception = {
        "type": "ValueError",
        "value": f"basket {scene.count}",
        "stacktrace": {"frames": frames},
    }
    crumbs = [{"category": "query", "message": f"SELECT {n}"} for n in range(10)]
    trace = {"trace_id": uuid.uuid4().hex, "span_id": "a" * 16}
    value = {
        **scene.event, "level": "error", "exception": {"values": [exception]},
        "breadcrumbs": {"values": crumbs}, "contexts": {"trace": trace},
    }  # fmt: skip
    return [json("event", value)]


def big_error(scene: Scene) -> list[Item]:
    """An error with as many frames and variables as an SDK sends, some 120 KB."""
    return errors(scene, depth=100, variables=10)


def spans(scene: Scene, trace_id: str, number: int) -> list[Fields]:
    """Spans of one request, one after the other."""
    start = scene.now - 0.2
    return [
        {
            "span_id": f"{scene.count:08x}{n:08x}",
            "parent_span_id": "a" * 16,
            "trace_id": trace_id,
            "op": "db",
            "description": f"SELECT {n}",
            "start_timestamp": start + n / number * 0.19,
            "timestamp": start + (n + 1) / number * 0.19,
        }
        for n in range(1, number)
    ]


def transactions(scene: Scene, number: int = 15, trace_id: str = "") -> list[Item]:
    """A transaction with its spans."""
    trace_id = trace_id or uuid.uuid4().hex
    trace = {"trace_id": trace_id, "span_id": "a" * 16, "op": "http.server", "status": "ok"}
    value = {
        **scene.event, "transaction": f"GET /{scene.count % 50}",
        "start_timestamp": scene.now - 0.2, "timestamp": scene.now, "contexts": {"trace": trace},
        "spans": spans(scene, trace_id, number),
    }  # fmt: skip
    return [json("transaction", value)]


def large_trace(scene: Scene) -> list[Item]:
    """One of the transactions of a trace that has very many."""
    return transactions(scene, 50, SPAN_TRACE)


def big_transaction(scene: Scene) -> list[Item]:
    """A transaction with as many spans as an SDK sends."""
    return transactions(scene, 1000)


def records(scene: Scene, number: int) -> list[Fields]:
    """Records of logs, each with attributes as SDKs add them."""
    return [
        {
            "timestamp": scene.now + n / 1000,
            "trace_id": LOG_TRACE,
            "level": scene.dice.choice(("info", "warn", "error")),
            "body": f"order {scene.count} waits for {n}",
            "attributes": {
                "order": {"value": scene.count, "type": "integer"},
                "sentry.release": {"value": "shop@2.1", "type": "string"},
                "sentry.message.template": {"value": "order {n} waits", "type": "string"},
                "server.address": {"value": "web-1", "type": "string"},
            },
        }
        for n in range(number)
    ]


def logs(scene: Scene, number: int = 5) -> list[Item]:
    """A batch of logs."""
    kind = "application/vnd.sentry.items.log+json"
    batch = {"items": records(scene, number)}
    return [json("log", batch, item_count=number, content_type=kind)]


def full_logs(scene: Scene) -> list[Item]:
    """A batch as large as SDKs make them."""
    return logs(scene, 100)


def metrics(scene: Scene) -> list[Item]:
    """A batch of trace metrics."""
    kinds = (("orders", "counter", ""), ("queue", "gauge", ""), ("wait", "distribution", "ms"))
    values = [
        {
            "name": f"{name}_{n % 10}",
            "type": kind,
            "unit": unit,
            "value": scene.dice.random() * 100,
            "timestamp": scene.now,
            "trace_id": uuid.uuid4().hex,
            "attributes": {"shop": {"value": "north", "type": "string"}},
        }
        for n in range(5)
        for name, kind, unit in kinds
    ]
    kind = "application/vnd.sentry.items.trace-metric+json"
    return [json("trace_metric", {"items": values}, item_count=len(values), content_type=kind)]


def span_batches(scene: Scene) -> list[Item]:
    """A container of spans of the second kind, in the large trace."""
    batch = [
        {
            "trace_id": SPAN_TRACE,
            "span_id": f"{scene.count:08x}{n:08x}",
            "parent_span_id": "a" * 16,
            "name": f"step {n}",
            "status": "ok",
            "is_segment": False,
            "start_timestamp": scene.now - 0.1 + n / 1000,
            "end_timestamp": scene.now - 0.09 + n / 1000,
            "attributes": {"sentry.op": {"value": "db", "type": "string"}},
        }
        for n in range(50)
    ]
    kind = "application/vnd.sentry.items.span.v2+json"
    return [json("span", {"items": batch}, item_count=50, content_type=kind)]


def sessions(scene: Scene) -> list[Item]:
    """One session."""
    value = {
        "sid": str(uuid.uuid4()), "did": str(scene.dice.randrange(2000)), "init": True,
        "started": moment(scene.now), "attrs": scene.shared,
        "status": scene.dice.choice(("exited", "exited", "exited", "crashed")),
    }  # fmt: skip
    return [json("session", value)]


def aggregates(scene: Scene) -> list[Item]:
    """Sessions as servers count them."""
    buckets = [{"started": moment(scene.now), "exited": 40 + n, "errored": n} for n in range(5)]
    return [json("sessions", {"aggregates": buckets, "attrs": scene.shared})]


def check_ins(scene: Scene) -> list[Item]:
    """A check-in of one of many monitors."""
    value = {
        "check_in_id": uuid.uuid4().hex, "monitor_slug": f"job-{scene.count % 40}",
        "status": scene.dice.choice(("ok", "ok", "error", "in_progress")), "duration": 4.2,
        "environment": "production",
        "monitor_config": {"schedule": {"type": "interval", "value": 1, "unit": "hour"}},
    }  # fmt: skip
    return [json("check_in", value)]


def samples(number: int, **times: Callable[[int], Any]) -> Fields:
    """The samples of a profile, at a hundred a second."""
    frames = [
        {"function": f"f{n}", "filename": f"shop/m{n % 9}.py", "lineno": n, "in_app": n > 20}
        for n in range(80)
    ]
    stacks = [[n % 80, (n * 7) % 80, *range(n % 20, -1, -1)] for n in range(60)]
    told = [
        {
            "stack_id": n % 60,
            "thread_id": str(n % 3),
            **{name: make(n) for name, make in times.items()},
        }
        for n in range(number)
    ]
    names = {str(n): {"name": f"worker {n}"} for n in range(3)}
    return {"frames": frames, "stacks": stacks, "samples": told, "thread_metadata": names}


def profiles(scene: Scene, number: int = 300) -> list[Item]:
    """A transaction with its profile."""
    (transaction,) = transactions(scene)
    value = {
        **scene.shared, "version": "1", "event_id": uuid.uuid4().hex, "platform": "python",
        "timestamp": moment(scene.now), "device": {"architecture": "x86_64"},
        "os": {"name": "Linux", "version": "6"}, "runtime": {"name": "CPython", "version": "3.12"},
        "transaction": {
            "id": uuid.uuid4().hex, "name": "GET /", "trace_id": uuid.uuid4().hex,
            "active_thread_id": "1",
        },
        "profile": samples(number, elapsed_since_start_ns=lambda n: str(n * 10_000_000)),
    }  # fmt: skip
    return [transaction, json("profile", value)]


def big_profile(scene: Scene) -> list[Item]:
    """A profile of thirty seconds."""
    return profiles(scene, 9000)


def chunks(scene: Scene) -> list[Item]:
    """A chunk of a continuous profile."""
    value = {
        **scene.shared, "version": "2", "platform": "python", "profiler_id": "f" * 32,
        "chunk_id": uuid.uuid4().hex, "client_sdk": {"name": "sentry.python", "version": "2"},
        "profile": samples(200, timestamp=lambda n: scene.now + n / 100),
    }  # fmt: skip
    return [json("profile_chunk", value, platform="python")]


def replays(scene: Scene, number: int = 60) -> list[Item]:
    """A segment of a replay with its recording."""
    replay_id = f"{scene.count // 100:032x}"
    value = {
        **scene.event, "type": "replay_event", "replay_id": replay_id, "event_id": replay_id,
        "replay_type": "session", "segment_id": scene.count % 100, "timestamp": scene.now,
        "replay_start_timestamp": scene.now - 5, "urls": ["https://shop.example/checkout"],
        "trace_ids": [uuid.uuid4().hex], "error_ids": [uuid.uuid4().hex],
    }  # fmt: skip
    events = [
        {
            "type": 3,
            "timestamp": (scene.now + n) * 1000,
            "data": {"source": 2, "type": 2, "id": n, "x": n, "y": n},
        }
        for n in range(number)
    ]
    packed = zlib.compress(msgspec.json.encode(events))
    head = b'{"segment_id":%d}\n' % (scene.count % 100)
    return [
        Item("replay_event", msgspec.json.encode(value), event_id=replay_id),
        Item("replay_recording", head + packed),
    ]


def feedback(scene: Scene) -> list[Item]:
    """What a user said."""
    said = {
        "message": f"the basket {scene.count} is empty", "contact_email": "ada@example.com",
        "name": "Ada", "associated_event_id": uuid.uuid4().hex,
    }  # fmt: skip
    return [json("feedback", {**scene.event, "contexts": {"feedback": said}})]


def user_reports(scene: Scene) -> list[Item]:
    """What a user said, as older SDKs send it."""
    value = {
        "event_id": uuid.uuid4().hex, "name": "Ada", "email": "ada@example.com",
        "comments": f"it broke at {scene.count}",
    }  # fmt: skip
    return [json("user_report", value)]


def attachments(scene: Scene) -> list[Item]:
    """An error with a log file, an image, and bytes."""
    text = b"2026-01-01 a line of a log file\n" * 60
    return [
        *errors(scene),
        Item("attachment", text, {"filename": "app.log", "content_type": "text/plain"}),
        Item("attachment", PNG, {"filename": "screen.png", "content_type": "image/png"}),
        Item("attachment", bytes(range(256)) * 8, {"filename": "core.bin"}),
    ]


def client_reports(scene: Scene) -> list[Item]:
    """What an SDK discarded."""
    lost = [
        {"reason": reason, "category": category, "quantity": 1 + scene.count % 9}
        for reason in ("sample_rate", "before_send", "ratelimit_backoff")
        for category in ("error", "transaction", "span")
    ]
    return [json("client_report", {"timestamp": scene.now, "discarded_events": lost})]


def unknown(scene: Scene) -> list[Item]:
    """An item of a type that nobody knows."""
    return [json("hologram", {"count": scene.count})]


def moment(now: float) -> str:
    """A time as SDKs write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))


WEIGHTS: dict[Callable[[Scene], list[Item]], float] = {
    errors: 32, transactions: 20, logs: 11, sessions: 6, aggregates: 2, check_ins: 5,
    profiles: 0.7, chunks: 0.7, replays: 3, feedback: 2, user_reports: 1, attachments: 2,
    metrics: 3, client_reports: 3, span_batches: 1, large_trace: 1, unknown: 1,
}  # fmt: skip
HARD = (big_profile, lambda scene: replays(scene, 1000), big_error, big_transaction, full_logs)
"""What is hard to show: one each, the newest of all."""

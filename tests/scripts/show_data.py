"""What the applications of `screenshots.py` do not send: other SDKs' items, and what is long.

Long titles, deep stacks, sixty spans, right-to-left text; replays, minidumps, reports of
browsers, sessions over a day, types that nobody knows. The words are made up, the shapes are not.
May import: the standard library.
"""

from __future__ import annotations

import json
import math
import random
import struct
import time
import urllib.request
import zlib
from typing import Any, Final

KEY: Final = "a" * 32
REPLAY: Final = "e5f1a2b3" * 4
TRACE: Final = "7c3d9e10" * 4
DUMP: Final = struct.pack("<4sIIIIIQ", b"MDMP", 0xA793, 0, 32, 0, 1_700_000_000, 0) + bytes(2048)
SPANS_V2: Final = "application/vnd.sentry.items.span.v2+json"

STATEMENT: Final = (
    'SELECT "orders"."id", "orders"."customer_id", "orders"."total" FROM "orders" INNER JOIN '
    '"customers" ON "customers"."id" = "orders"."customer_id" WHERE "customers"."region" = %s AND '
    '"orders"."placed" > %s ORDER BY "orders"."placed"'
)

Header = dict[str, Any]


def send(url: str, *items: tuple[Header, Any], project: str = "42", **headers: Any) -> None:
    """Send one envelope; payloads are bytes, or values that become JSON."""
    parts = [json.dumps(headers).encode()]
    for header, value in items:
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        parts += [json.dumps({**header, "length": len(payload)}).encode(), payload]
    post(f"{url}/api/{project}/envelope/?sentry_key={KEY}", b"\n".join(parts) + b"\n")


def post(url: str, body: bytes, content_type: str = "application/octet-stream") -> None:
    """Send a body to a door."""
    request = urllib.request.Request(url, body, {"Content-Type": content_type})
    urllib.request.urlopen(request, timeout=10).close()


def send_all(url: str) -> None:
    """Everything, the oldest first."""
    now = time.time()
    dice = random.Random(11)
    send_sessions(url, now, dice)
    send_check_ins(url, now, dice)
    send_metrics(url, now, dice)
    send(url, ({"type": "transaction"}, busy_transaction(now, dice)), event_id="a1" * 16)
    send(url, ({"type": "profile_chunk"}, chunk(now)))
    dynamic = {"trace_id": TRACE, "public_key": KEY, "sample_rate": "1", "sampled": "true"}
    send(
        url,
        ({"type": "span", "content_type": SPANS_V2, "item_count": 3}, spans_v2(now)),
        trace=dynamic,
    )
    send(url, ({"type": "statsd"}, b"orders.placed@none:3|c|#shop:north|T1790000000\n"))
    send(url, ({"type": "hologram", "colour": "blue"}, b"\x00\x01\x02 nobody knows \xff\xfe this"))
    send_replay(url, now)
    post(f"{url}/api/42/security/?sentry_key={KEY}", report(), "application/csp-report")
    post(f"{url}/api/42/minidump/?sentry_key={KEY}", form(), "multipart/form-data; boundary=X")
    picture = {"type": "attachment", "filename": "screenshot.png", "content_type": "image/png"}
    send(url, ({"type": "event"}, long_event(now)), (picture, png()), event_id="b2" * 16)
    send(url, ({"type": "event"}, arabic_event(now)), event_id="c4" * 16, project="7")


def send_sessions(url: str, now: float, dice: random.Random) -> None:
    """Two releases of an application over a day, the newer with more crashes."""
    for number in range(120):
        newer = number > 70
        status = "crashed" if dice.random() < (0.12 if newer else 0.02) else "exited"
        begun = now - 86400 + number * 720
        session = {
            "sid": f"{number:032x}", "did": str(dice.randrange(40)), "init": True,
            "started": stamp(begun), "timestamp": stamp(begun + 300), "duration": 300,
            "status": status, "errors": int(status == "crashed"),
            "attrs": {"release": "mobile@5.1.0" if newer else "mobile@5.0.3",
                      "environment": "production"},
        }  # fmt: skip
        send(url, ({"type": "session"}, session), project="7")


def stamp(moment: float) -> str:
    """A moment as the wire has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def send_check_ins(url: str, now: float, dice: random.Random) -> None:
    """A monitor of every hour that failed twice."""
    for hour in range(24):
        check_in = {
            "check_in_id": f"{hour + 1:032x}", "monitor_slug": "invoices-and-dunning-letters",
            "status": "error" if hour in (9, 10) else "ok", "environment": "production",
            "duration": round(dice.uniform(0.1, 0.5), 2),
            "monitor_config": {"schedule": {"type": "crontab", "value": "0 * * * *"}},
        }  # fmt: skip
        send(url, ({"type": "check_in"}, check_in))


def send_metrics(url: str, now: float, dice: random.Random) -> None:
    """A distribution and a gauge with attributes."""
    records = [
        {"timestamp": now - 600 + step * 5, "trace_id": TRACE, "name": name, "type": kind,
         "value": round(middle + middle * 0.4 * math.sin(step / 9) + dice.random() * 20, 2),
         "unit": unit,
         "attributes": {"region": {"type": "string", "value": dice.choice(("eu", "us"))}}}
        for step in range(60)
        for name, kind, unit, middle in (
            ("http.server.request.duration", "distribution", "millisecond", 180),
            ("workers.busy", "gauge", "", 60),
        )
    ]  # fmt: skip
    container = {"type": "trace_metric", "item_count": len(records),
                 "content_type": "application/vnd.sentry.items.trace-metric+json"}  # fmt: skip
    send(url, (container, {"items": records}))


def busy_transaction(now: float, dice: random.Random) -> dict[str, Any]:
    """A request with sixty spans, one of them failed, and a parent that never arrived."""
    start = now - 4
    spans: list[dict[str, Any]] = []
    at = start + 0.05
    for number in range(60):
        deep = number % 5
        long = dice.uniform(0.008, 0.09)
        parent = spans[-1]["span_id"] if deep in (1, 2) else "f" * 16
        operation, words = dice.choice((
            ("db.query", STATEMENT),
            ("cache.get", "basket:42"),
            ("http.client", "GET https://prices.example/v2/articles/1408?currency=EUR"),
            ("template.render", "checkout/summary.html"),
        ))  # fmt: skip
        spans.append({
            "span_id": f"{number + 1:016x}", "parent_span_id": parent, "trace_id": TRACE,
            "op": operation, "description": words, "start_timestamp": at, "timestamp": at + long,
            "status": "internal_error" if number == 33 else "ok",
        })  # fmt: skip
        at += long * (0.3 if deep in (0, 1) else 1)
    trace = {"trace_id": TRACE, "span_id": "f" * 16, "parent_span_id": "9" * 16,
             "op": "http.server", "status": "ok"}  # fmt: skip
    return {
        "event_id": "a1" * 16, "type": "transaction", "transaction": "POST /api/v2/orders/{id}",
        "start_timestamp": start, "timestamp": at + 0.02, "platform": "python",
        "release": "orders-service@2026.11.3+build.8841", "environment": "production",
        "contexts": {"trace": trace}, "spans": spans,
        "measurements": {"memory": {"value": 81.5, "unit": "megabyte"}},
    }  # fmt: skip


def chunk(now: float) -> dict[str, Any]:
    """A continuous profile with calls of several depths in two threads."""
    names = ("main", "serve", "handle", "authenticate", "load_orders", "query", "decode_row",
             "render_template", "render_block", "escape", "write_response",
             "collect_garbage")  # fmt: skip
    frames = [{"function": name, "filename": f"orders/{name.split('_')[0]}.py", "lineno": 10 + n,
               "in_app": n not in (5, 9, 11)} for n, name in enumerate(names)]  # fmt: skip
    stacks = [[3, 2, 1, 0], [6, 5, 4, 2, 1, 0], [5, 4, 2, 1, 0], [9, 8, 7, 2, 1, 0],
              [8, 7, 2, 1, 0], [10, 2, 1, 0], [11, 1, 0]]  # fmt: skip
    order = [0] * 8 + [1] * 30 + [2] * 22 + [3] * 14 + [4] * 19 + [5] * 6 + [6] * 2
    samples = [{"stack_id": stack, "thread_id": "1" if n % 9 else "2", "timestamp": now + n / 100}
               for n, stack in enumerate(order)]  # fmt: skip
    return {
        "version": "2", "profiler_id": "d" * 32, "chunk_id": "4" * 32, "platform": "python",
        "release": "orders-service@2026.11.3+build.8841", "environment": "production",
        "client_sdk": {"name": "sentry.python.fastapi", "version": "2.75.0"},
        "profile": {"frames": frames, "stacks": stacks, "samples": samples,
                    "thread_metadata": {"1": {"name": "MainThread"}, "2": {"name": "worker-1"}}},
    }  # fmt: skip


def spans_v2(now: float) -> dict[str, Any]:
    """Spans that come by themselves."""
    return {"version": 2, "items": [
        {"trace_id": TRACE, "span_id": f"{n + 200:016x}", "parent_span_id": "f" * 16,
         "name": name, "status": "ok", "is_segment": False, "start_timestamp": now - 3 + n / 2,
         "end_timestamp": now - 2.7 + n / 2,
         "attributes": {"sentry.op": {"type": "string", "value": "queue.publish"},
                        "messaging.destination": {"type": "string", "value": "orders.placed"}}}
        for n, name in enumerate(("publish orders.placed", "publish mail.confirm", "audit"))
    ]}  # fmt: skip


def send_replay(url: str, now: float) -> None:
    """A visit in a browser: its pages, clicks, an error, and the recording."""
    event = {
        "type": "replay_event", "replay_id": REPLAY, "event_id": REPLAY, "segment_id": 0,
        "replay_start_timestamp": now - 42, "timestamp": now, "platform": "javascript",
        "urls": ["https://shop.example/", "https://shop.example/basket?campaign=spring",
                 "https://shop.example/checkout"],
        "error_ids": ["b2" * 16], "trace_ids": [TRACE], "release": "web@8.4.0",
    }  # fmt: skip
    tree = [{"id": 5, "tagName": "button", "attributes": {"id": "pay", "class": "primary"}},
            {"id": 6, "tagName": "input", "attributes": {"name": "email"}}]  # fmt: skip
    body = {"id": 3, "tagName": "body", "attributes": {}, "childNodes": tree, "type": 2}
    page = {"id": 1, "type": 0, "childNodes": [body]}
    base = (now - 42) * 1000

    def told(seconds: float, kind: int, **data: Any) -> dict[str, Any]:
        return {"type": kind, "timestamp": base + seconds * 1000, "data": data}

    def crumb(seconds: float, **payload: Any) -> dict[str, Any]:
        return told(seconds, 5, tag="breadcrumb", payload=payload)

    recording = [
        told(0, 4, href="https://shop.example/", width=1280, height=720),
        told(0.2, 2, node=page),
        told(9, 3, source=2, type=2, id=5),
        crumb(9.1, category="ui.click", message="body > main > button#pay.primary"),
        told(15, 3, source=5, id=6, text="***************"),
        crumb(16, category="navigation", data={"from": "/", "to": "/basket?campaign=spring"}),
        crumb(30, category="console", level="warning", message="prices are two minutes old"),
        crumb(38, category="console", level="error", message="TypeError: total is undefined"),
        *(told(20 + n / 10, 3, source=1, positions=[]) for n in range(40)),
    ]
    data = b'{"segment_id":0}\n' + zlib.compress(json.dumps(recording).encode())
    send(url, ({"type": "replay_event"}, event), ({"type": "replay_recording"}, data),
         event_id=REPLAY)  # fmt: skip


def report() -> bytes:
    """A browser's report of what a policy kept out."""
    return json.dumps({"csp-report": {
        "document-uri": "https://shop.example/checkout", "referrer": "",
        "violated-directive": "script-src-elem", "effective-directive": "script-src-elem",
        "original-policy": "default-src 'self'; script-src 'self' https://cdn.example",
        "blocked-uri": "https://tracker.example/pixel.js", "status-code": 200,
    }}).encode()  # fmt: skip


def form() -> bytes:
    """A crash as a native SDK uploads it."""
    event = json.dumps({"release": "desktop@3.1.0", "environment": "beta", "level": "fatal"})
    name = b'--X\r\nContent-Disposition: form-data; name="'
    dump = name + b'upload_file_minidump"; filename="crash.dmp"\r\n\r\n' + DUMP + b"\r\n"
    return dump + name + b'sentry"\r\n\r\n' + event.encode() + b"\r\n--X--"


def long_event(now: float) -> dict[str, Any]:
    """An error with all that is long: title, stack, tags, chain of two, many breadcrumbs."""
    frames = [
        {"function": f"step_{n % 7}_of_a_recursion_with_quite_a_name", "lineno": 40 + n,
         "filename": f"orders/domain/pricing/rules/rule_{n % 7}.py", "module": "orders.rules",
         "in_app": n % 10 > 5, "context_line": "    return self.next_rule.apply(basket, depth + 1)",
         "pre_context": ["def apply(self, basket, depth):", "    if depth > LIMIT:"],
         "post_context": ["", ""],
         "vars": {"depth": n, "basket": {"articles": [f"sku-{k}" for k in range(30)]}}}
        for n in range(120)
    ]  # fmt: skip
    long = ("No price could be found for article sku-1408 (Ergonomic office chair, anthracite, "
            "with armrests and headrest) in the price lists EU-2026-11, EU-2026-10 and default; "
            "the rules were applied 120 times before the limit was reached")  # fmt: skip
    crumbs = [
        {"timestamp": now - 30 + n, "category": ("http", "query", "cache", "ui.click")[n % 4],
         "level": "error" if n == 22 else "info", "message": f"step {n} of the checkout",
         "data": {"url": "https://prices.example/v2/articles/1408", "status_code": 200 + n}}
        for n in range(24)
    ]  # fmt: skip
    return {
        "event_id": "b2" * 16, "timestamp": now, "platform": "python", "level": "fatal",
        "release": "orders-service@2026.11.3+build.8841", "environment": "production-eu-central-1",
        "transaction": "orders.domain.pricing.rules.RuleChain.apply", "server_name": "web-17",
        "logger": "orders.pricing", "dist": "8841",
        "exception": {"values": [
            {"type": "RecursionError", "value": "maximum recursion depth exceeded",
             "stacktrace": {"frames": frames[:4]}},
            {"type": "PriceNotFoundForAnyOfTheConfiguredListsError", "module": "orders.errors",
             "value": long, "mechanism": {"type": "generic", "handled": False},
             "stacktrace": {"frames": frames}}]},
        "breadcrumbs": {"values": crumbs},
        "user": {"id": "8c1f", "email": "grace@example.com", "ip_address": "203.0.113.9",
                 "geo": {"city": "Vienna", "country_code": "AT"}},
        "tags": {"region": "eu-central-1", "customer.segment": "enterprise",
                 "feature.flags": ",".join(f"new-pricing-{n}" for n in range(24)),
                 "url": "https://shop.example/checkout?" + "basket=" + "0123456789abcdef" * 9},
        "contexts": {"trace": {"trace_id": TRACE, "span_id": f"{12:016x}"},
                     "os": {"name": "Linux", "version": "6.1"},
                     "device": {"model": "server", "memory_size": 34359738368}},
        "fingerprint": ["{{ default }}", "price-not-found"],
        "extra": {"basket": {"articles": [{"sku": f"sku-{n}", "count": n} for n in range(20)]}},
        "sdk": {"name": "sentry.python", "version": "2.75.0"},
    }  # fmt: skip


def arabic_event(now: float) -> dict[str, Any]:
    """An error in a script from right to left, with a picture character."""
    return {
        "event_id": "c4" * 16,
        "timestamp": now,
        "platform": "other",
        "level": "error",
        "release": "mobile@5.1.0",
        "environment": "production",
        "message": {"formatted": "تعذر إتمام الدفع: رصيد البطاقة غير كافٍ 💳 (order 1408)"},
        "tags": {"لغة": "العربية", "שפה": "עברית"},
        "user": {"username": "ليلى"},
    }


def png() -> bytes:
    """A picture of 320 by 200 pixels with some colours."""
    rows = b"".join(
        b"\0" + bytes(part for x in range(320) for part in (80 + x // 4, 70 + y // 2, 200 - y // 3))
        for y in range(200)
    )
    head = struct.pack(">IIBBBBB", 320, 200, 8, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )

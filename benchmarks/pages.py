"""`python -m benchmarks.pages`: what pages cost the server with 200,000 items of mixed types.

Seconds are those that the process computes for one answer, the least and the middle of some
rounds, so that what else the machine does matters little.
May import: fake_relay.
"""

from __future__ import annotations

import argparse
import http.client
import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from statistics import median
from urllib.parse import quote

import msgspec
from rich.console import Console
from rich.table import Table

from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store import Selection, Store
from fake_relay.store.sqlite import SqliteStore
from fake_relay.web.pages import PAGES
from fake_relay.web.runner import ThreadServer

GOAL = 100.0
"""Milliseconds that no page should take (issue 7)."""
BATCH = 500
SEARCHES = (
    "level:error",
    "type:log",
    "user.id:17",
    "plan:pro environment:staging",
    "exception.type:ValueError",
    "nothing here",
    "payload.logger:nobody",
    "received:-1h",
)


def items(number: int) -> Iterator[tuple[str, dict[str, object]]]:
    """Mixed items as small applications send them."""
    dice = random.Random(1)
    for count in range(number):
        shared = {
            "release": f"shop@2.{dice.randrange(9)}",
            "environment": dice.choice(("production", "staging")),
        }
        user = {"id": str(dice.randrange(2000))}
        tags = {"plan": dice.choice(("free", "pro"))}
        kind = dice.choices(("event", "transaction", "log", "session", "check_in"), (5, 3, 1, 1, 1))
        yield kind[0], _PAYLOADS[kind[0]](count, shared, user, tags)


def _event(count: int, shared: dict[str, str], user: object, tags: object) -> dict[str, object]:
    frames = [
        {
            "function": f"step_{depth}",
            "filename": f"shop/step_{depth}.py",
            "lineno": depth,
            "in_app": depth > 5,
            "context_line": "    raise ValueError(basket)",
            "pre_context": ["def step(basket):", "    total = sum(basket.values())"] * 2,
            "post_context": ["", "def other():", "    return None"],
            "vars": {"basket": {"sku": depth}, "total": "61.9"},
        }
        for depth in range(12)
    ]
    exception = {
        "type": "ValueError",
        "value": f"basket {count}",
        "stacktrace": {"frames": frames},
    }
    crumbs = [{"category": "query", "message": f"SELECT {n}"} for n in range(10)]
    return {
        **shared, "level": "error", "user": user, "tags": tags, "platform": "python",
        "exception": {"values": [exception]}, "breadcrumbs": {"values": crumbs},
    }  # fmt: skip


def _transaction(count: int, shared: object, user: object, tags: object) -> dict[str, object]:
    now = time.time()
    trace = {"trace_id": uuid.uuid4().hex, "span_id": "a" * 16, "op": "http.server"}
    spans = [
        {
            "span_id": f"{n:016x}",
            "parent_span_id": "a" * 16,
            "trace_id": trace["trace_id"],
            "op": "db",
            "description": "SELECT 1",
            "start_timestamp": now - 0.2 + n / 100,
            "timestamp": now - 0.19 + n / 100,
        }
        for n in range(1, 15)
    ]
    return {
        **dict(shared), "user": user, "tags": tags, "transaction": f"GET /{count % 50}",  # type: ignore[call-overload]
        "start_timestamp": now - 0.2, "timestamp": now, "contexts": {"trace": trace},
        "spans": spans,
    }  # fmt: skip


def _log(count: int, shared: object, user: object, tags: object) -> dict[str, object]:
    now = time.time()
    record = {
        "timestamp": now,
        "trace_id": "b" * 32,
        "level": "info",
        "body": f"order {count} waits",
        "attributes": {"order": {"value": count, "type": "integer"}},
    }
    return {"items": [record] * 5}


def _session(count: int, shared: object, user: object, tags: object) -> dict[str, object]:
    return {
        "sid": str(uuid.uuid4()), "init": True, "started": "2026-01-01T00:00:00Z",
        "status": "exited", "attrs": shared,
    }  # fmt: skip


def _check_in(count: int, shared: object, user: object, tags: object) -> dict[str, object]:
    return {"check_in_id": uuid.uuid4().hex, "monitor_slug": f"job-{count % 9}", "status": "ok"}


_PAYLOADS = {
    "event": _event,
    "transaction": _transaction,
    "log": _log,
    "session": _session,
    "check_in": _check_in,
}


def fill(relay: Relay, number: int) -> None:
    """Receive so many items, committed in batches; then index them, as an idle server does."""
    headers = {"x-sentry-auth": "Sentry sentry_key=" + "a" * 32}
    started = time.time()
    for count, (kind, payload) in enumerate(items(number)):
        data = msgspec.json.encode(payload)
        head: dict[str, object] = {"type": kind, "length": len(data)}
        if kind == "log":
            head |= {"item_count": 5, "content_type": "application/vnd.sentry.items.log+json"}
        body = b"{}\n%b\n%b\n" % (msgspec.json.encode(head), data)
        # As if they had come over two days.
        moment = started - 172_800 * (1 - count / number)
        path = f"/api/{count % 3 + 1}/envelope/"
        new_id = uuid.uuid4().hex
        relay.receive(Inbound("POST", path, "", headers, body, "127.0.0.1", moment, new_id))
        if count % BATCH == 0:
            relay.commit()
    relay.commit()
    catch_up = getattr(relay.store, "catch_up", None)
    if catch_up is not None:
        catch_up()


def places(store: Store) -> dict[str, str]:
    """Name -> address of every page, the inbox with searches, an item of each type, its views."""
    found = {page.path: page.path for page in PAGES if "{" not in page.path}
    found |= {f"/?q={text}": f"/?q={quote(text)}" for text in SEARCHES}
    found["the inbox's summary"] = "/inbox/summary"
    found["the 100th page of the inbox"] = f"/?cursor=b{max(store.position() - 5000, 1):x}"
    newest = store.find(Selection(limit=40)).items
    found |= {f"/items/... ({item.type})": f"/items/{item.id}" for item in newest}
    found["/items/... as stored"] = found["/items/... (event)"] + "?view=stored"
    found["/envelopes/..."] = f"/envelopes/{newest[0].envelope_id}"
    return found


def measure(server: ThreadServer, path: str, rounds: int) -> list[float]:
    """Milliseconds of this process for answering, in order, none where it fails."""
    took = []
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    for _ in range(rounds):
        begun = time.process_time()
        connection.request("GET", path, headers={"Accept": "text/html"})
        with connection.getresponse() as response:
            response.read()
            if response.status != 200:
                return []
        took.append((time.process_time() - begun) * 1000)
    connection.close()
    return sorted(took)


def main() -> None:
    """Fill a store, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=main.__doc__)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    console = Console(width=110)
    table = Table("page", "least ms", "middle ms", "", box=None)
    with tempfile.TemporaryDirectory() as folder:
        with console.status(f"storing {arguments.items} items"):
            store = SqliteStore(f"{folder}/relay.sqlite")
            fill(Relay(store), arguments.items)
            store.close()
        with ThreadServer(lambda: Relay(SqliteStore(f"{folder}/relay.sqlite"))) as server:
            for name, path in places(server.relay.store).items():
                took = measure(server, path, arguments.rounds)
                if not took:
                    table.add_row(name, "", "", "[red]failed[/red]")
                    continue
                late = "" if median(took) < GOAL else "[red]too slow[/red]"
                table.add_row(name, f"{took[0]:.1f}", f"{median(took):.1f}", late)
    console.print(table)


if __name__ == "__main__":
    main()

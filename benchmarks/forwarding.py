"""What forwarding costs: two relays in turn, one of which forwards; and how fast a spool drains.

Under load both get the same bodies for the same time, round after round, each time on a fresh
file: an event that the upstream has would not leave again. A drain is taken of a spool that was
filled while it was held, so that nothing else runs beside it.
May import: corpus, load, servers.
"""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from benchmarks.corpus import Bodies, Kind, bodies
from benchmarks.load import Load, burst
from benchmarks.servers import AUTH, Server, fake_relay, recording

LOOK_EVERY = 0.1
"""Seconds between two looks at the spool; looking costs the relay a millisecond."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The SDK's answers without and with forwarding: medians over the rounds.

    `rate_ratio` and `p50_ratio` are of the relay that forwards to the one that does not, in one
    round each; times in milliseconds.
    """

    kind: str
    connections: int
    rate: float
    rate_without: float
    rate_ratio: float
    p50_ms: float
    p50_without_ms: float
    p50_ratio: float
    left: int


class Drained(msgspec.Struct, frozen=True, kw_only=True):
    """How fast what waited left: envelopes a second, and processor seconds of the relay.

    A project has one request in flight at a time, so that several drain faster than one.
    """

    kind: str
    projects: int
    envelopes: int
    rate: float
    cpu_per_1000: float
    arrived: int


class Forwarding(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was measured of forwarding."""

    loaded: list[Loaded]
    drained: list[Drained]


def measure(kinds: list[Kind], rounds: int, seconds: int, envelopes: int) -> Forwarding:
    """Load with 64 connections and with one, then drain one project and four of them."""
    loaded = [
        _loaded(kind, connections, rounds, seconds) for kind in kinds for connections in (64, 1)
    ]
    drained = [_drained(kind, projects, envelopes) for kind in kinds for projects in (1, 4)]
    return Forwarding(loaded=loaded, drained=drained)


def _loaded(kind: Kind, connections: int, rounds: int, seconds: int) -> Loaded:
    sent = bodies(kind, "gzip")
    pairs = [_round(sent, connections, seconds) for _ in range(rounds)]
    return Loaded(
        kind=kind.name,
        connections=connections,
        rate=median(ours.rate for ours, _, _ in pairs),
        rate_without=median(plain.rate for _, plain, _ in pairs),
        rate_ratio=median(ours.rate / plain.rate for ours, plain, _ in pairs),
        p50_ms=median(ours.p50_ms for ours, _, _ in pairs),
        p50_without_ms=median(plain.p50_ms for _, plain, _ in pairs),
        p50_ratio=median(ours.p50_ms / plain.p50_ms for ours, plain, _ in pairs),
        left=sum(left for _, _, left in pairs),
    )


def _round(sent: Bodies, connections: int, seconds: int) -> tuple[Load, Load, int]:
    """A burst on each relay; also how many envelopes left meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        stores = Path(folder)
        with recording() as upstream:
            with fake_relay(stores / "plain.sqlite") as relay:
                plain = burst(relay, sent, seconds, connections)
            with fake_relay(stores / "ours.sqlite", forward_to=dsn_of(upstream)) as relay:
                ours = burst(relay, sent, seconds, connections)
                left: int = ask(relay, "GET", "/relay/v1/forward")["upstreams"][0]["sent"]
    return ours, plain, left


def _drained(kind: Kind, projects: int, envelopes: int) -> Drained:
    with tempfile.TemporaryDirectory() as folder, recording() as upstream:
        relay = fake_relay(Path(folder) / "relay.sqlite", forward_to=dsn_of(upstream))
        with relay:
            ask(relay, "POST", "/relay/v1/forward/pause")
            waiting = _fill(relay, bodies(kind, "gzip"), projects, envelopes)
            used, begun = relay.cpu_seconds(), time.perf_counter()
            before = ask(upstream, "GET", "/counts")["envelopes"]
            ask(relay, "POST", "/relay/v1/forward/resume")
            while ask(relay, "GET", "/relay/v1/forward")["upstreams"][0]["queued"]:
                time.sleep(LOOK_EVERY)
            took, used = time.perf_counter() - begun, relay.cpu_seconds() - used
            arrived = ask(upstream, "GET", "/counts")["envelopes"] - before
    return Drained(
        kind=kind.name,
        projects=projects,
        envelopes=waiting,
        rate=waiting / took,
        cpu_per_1000=used * 1000 / waiting,
        arrived=arrived,
    )


def _fill(relay: Server, sent: Bodies, projects: int, envelopes: int) -> int:
    """Send different bodies to some projects in turn; how many wait then."""
    connection = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=30)
    headers = {"X-Sentry-Auth": AUTH, "Content-Encoding": sent.coding}
    for number, body in enumerate(islice(bodies_of(sent), envelopes)):
        connection.request("POST", f"/api/{number % projects + 1}/envelope/", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{relay.name} answered {answer.status}")
    connection.close()
    queued: int = ask(relay, "GET", "/relay/v1/forward")["upstreams"][0]["queued"]
    return queued


def bodies_of(sent: Bodies) -> Iterator[bytes]:
    """The bodies of a file, each after its length."""
    with sent.path.open("rb") as file:
        while size := file.readline():
            yield file.read(int(size))


def ask(server: Server, method: str, path: str) -> Any:
    """JSON of a path."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def dsn_of(upstream: Server) -> str:
    """The DSN of a project there."""
    return f"http://{'b' * 32}@127.0.0.1:{upstream.port}/7"

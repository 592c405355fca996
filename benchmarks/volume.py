"""Many small events in one server: its memory on the way, and reading when they are all there.

May import: corpus, load, servers, ingest.
"""

from __future__ import annotations

import http.client
import tempfile
import time
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import msgspec

from benchmarks.corpus import KINDS, bodies
from benchmarks.ingest import kept_envelopes
from benchmarks.load import fill
from benchmarks.servers import Server, bare, fake_relay

READS = {
    "newest 50": {},
    "newest 50 errors": {"type": "event"},
    "a user of 1 in 2,000": {"q": "user.id:user-00017"},
    "two tags": {"q": "plan:pro user.id:user-00017"},
    "a common tag": {"q": "plan:pro"},
    "exception type": {"q": "exception.type:ValueError"},
    "nothing found": {"q": "plan:enterprise"},
    "newest 50, no payloads": {"payload": "0"},
    "a common tag, no payloads": {"q": "plan:pro", "payload": "0"},
}


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Peak memory in MiB after so many small events; `bare_mib` is the bare handler's."""

    events: int
    ours_mib: float
    bare_mib: float


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds for one page over HTTP, on one connection kept open; `failed` tells why not."""

    what: str
    median_ms: float = 0.0
    worst_ms: float = 0.0
    items: int = 0
    failed: str = ""


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured with many events in the store."""

    memory: list[Memory]
    reads: list[Read]
    answered: int
    kept: int


def measure(steps: list[int]) -> Volume:
    """Post events up to each of the steps in turn; read when the last is reached."""
    sent = bodies(KINDS[0], "gzip")
    memory, answered = [], 0
    with tempfile.TemporaryDirectory(prefix="fake-relay-bench-") as folder:
        store = Path(folder) / "relay.sqlite"
        with fake_relay(store) as ours, bare() as reference:
            for step in steps:
                missing = step - answered
                answered += fill(ours, sent, missing)
                fill(reference, sent, missing)
                memory.append(
                    Memory(events=answered, ours_mib=ours.peak_mib(), bare_mib=reference.peak_mib())
                )
            reads = [read(ours, what, parameters) for what, parameters in READS.items()]
        return Volume(memory=memory, reads=reads, answered=answered, kept=kept_envelopes(store))


def read(server: Server, what: str, parameters: dict[str, str], times: int = 30) -> Read:
    """Ask for a page so many times; the first, cold one counts as the worst like any other."""
    path = "/relay/v1/items?" + urlencode({"project": "42", "limit": "50", **parameters})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    took, items = [], 0
    try:
        for _ in range(times):
            begun = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            content = answer.read()
            took.append((time.perf_counter() - begun) * 1000)
            if answer.status != 200:
                return Read(what=what, failed=f"{answer.status} {content[:100]!r}")
            items = len(msgspec.json.decode(content)["items"])
    finally:
        connection.close()
    return Read(what=what, median_ms=median(took), worst_ms=max(took), items=items)

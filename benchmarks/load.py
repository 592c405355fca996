"""Load by wrk, one thread of it: the two cores belong to it and to the server.

May import: servers, corpus.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import Bodies
from benchmarks.servers import Server

SCRIPT = Path(__file__).parent / "post.lua"
CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Load:
    """What one burst did: counts, seconds, latencies in milliseconds, processor seconds."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def cpu_per_1000(self) -> float:
        """Processor seconds of the server for 1,000 requests."""
        return self.cpu_seconds * 1000 / max(1, self.requests)


def require_wrk() -> None:
    """End with a clear text when wrk is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit("the benchmark needs wrk; on Debian: apt-get install wrk")


def burst(server: Server, bodies: Bodies, seconds: int, connections: int = CONNECTIONS) -> Load:
    """Post the bodies in turn for so long."""
    environment = {**os.environ, "BODIES": str(bodies.path), "CODING": bodies.coding}
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30"]
    before = server.cpu_seconds()
    run = subprocess.run(
        [*command, "--latency", "-s", str(SCRIPT), server.url],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    used = server.cpu_seconds() - before
    return Load(cpu_seconds=used, **json.loads(run.stdout.strip().rpartition("\n")[2]))


def fill(server: Server, bodies: Bodies, events: int) -> int:
    """Post for a second at a time until so many were answered; how many there were."""
    answered = 0
    while answered < events:
        # wrk counts time only: a script that stops its thread leaves wrk asleep to the end.
        load = burst(server, bodies, 1)
        if load.requests == 0:
            raise SystemExit(f"{server.name} answered nothing for a second")
        answered += load.requests
    return answered

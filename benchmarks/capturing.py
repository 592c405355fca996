"""What the whole of sdk_config adds to an event: the SDK alone, and after `setup()`.

Events are captured through the real SDK and end in a transport that throws them away. Processor
time of the calling thread is taken, in turns, so that a busy machine slows both alike.
May import: benchmarks.corpus, sdk_config, sentry_sdk.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import quantiles
from typing import Any

import msgspec
import sentry_sdk
from sentry_sdk.transport import Transport

import sdk_config
from benchmarks.corpus import KINDS

MEASURED = ("small", "big", "transaction")
TURNS = 3


class CapturingCost(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds of processor time an event: the SDK's own defaults, and sdk_config's."""

    kind: str
    sdk_ms: float
    ours_ms: float

    @property
    def added_ms(self) -> float:
        """What sdk_config adds."""
        return self.ours_ms - self.sdk_ms


class _Nowhere(Transport):
    def capture_envelope(self, envelope: Any) -> None:
        """Nothing is sent: the network is none of our cost."""


OPTIONS: dict[str, Any] = {
    "dsn": f"http://{'a' * 32}@127.0.0.1:9/42",
    "environment": "test",
    "release": "shop@2.0.3",
    "traces_sample_rate": 1.0,
    "transport": _Nowhere,
}


def measure(rounds: int) -> list[CapturingCost]:
    """The fastest tenth of so many rounds for each kind of event, a few times in turns."""
    alone: dict[str, list[float]] = {name: [] for name in MEASURED}
    ours: dict[str, list[float]] = {name: [] for name in MEASURED}
    for _ in range(TURNS):
        sentry_sdk.init(**OPTIONS)
        _take(alone, rounds)
        sentry_sdk.get_client().close()
        sdk_config.setup(sdk_config.Settings.from_env({}), **OPTIONS, profiles_sample_rate=0.0)
        _take(ours, rounds)
        sdk_config.shutdown()
    sentry_sdk.init()
    return [
        CapturingCost(kind=name, sdk_ms=_usual(alone[name]), ours_ms=_usual(ours[name]))
        for name in MEASURED
    ]


def _usual(times: list[float]) -> float:
    """What it takes while nobody else is at the caches: processor time is not free of load."""
    return quantiles(times, n=10)[0]


def _take(found: dict[str, list[float]], rounds: int) -> None:
    for kind in KINDS:
        if kind.name in MEASURED:
            found[kind.name] += [_time(kind.make) for _ in range(rounds)]


def _time(make: Callable[[], object]) -> float:
    with sentry_sdk.isolation_scope():
        begun = time.thread_time()
        make()
        return (time.thread_time() - begun) * 1000

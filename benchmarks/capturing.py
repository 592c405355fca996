"""What the whole of sdk_config adds to an event: the SDK alone, and after `setup()`.

Events are captured through the real SDK and end in a transport that throws them away. Processor
time of the calling thread is taken, in turns, so that a busy machine slows both alike.
May import: benchmarks.corpus, sdk_config, sentry_sdk.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
import sentry_sdk
from sentry_sdk.transport import Transport

import sdk_config
from benchmarks.corpus import KINDS, Kind

MEASURED = ("small", "big", "transaction")


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
    """The fastest of so many rounds for each kind of event, one of each client in turns."""
    sentry_sdk.init(**OPTIONS)
    alone = sentry_sdk.get_client()
    sdk_config.setup(sdk_config.Settings.from_env({}), **OPTIONS, profiles_sample_rate=0.0)
    ours = sentry_sdk.get_client()
    try:
        return [_cost(kind, alone, ours, rounds) for kind in KINDS if kind.name in MEASURED]
    finally:
        sentry_sdk.get_global_scope().set_client(ours)
        sdk_config.shutdown()
        sentry_sdk.init()


def _cost(kind: Kind, alone: Any, ours: Any, rounds: int) -> CapturingCost:
    # What others do at the caches also costs processor time: the fastest is the least disturbed.
    times = [(_time(alone, kind.make), _time(ours, kind.make)) for _ in range(rounds)]
    sdk, both = (min(column) for column in zip(*times, strict=True))
    return CapturingCost(kind=kind.name, sdk_ms=sdk, ours_ms=both)


def _time(client: Any, make: Callable[[], object]) -> float:
    sentry_sdk.get_global_scope().set_client(client)
    with sentry_sdk.isolation_scope():
        begun = time.thread_time()
        make()
        return (time.thread_time() - begun) * 1000

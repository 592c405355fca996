"""What sdk_config's scrubber costs an event, beside the SDK's own, on events of the corpus.

`first` is a scrubber that has seen nothing; later events share most of their text with others.
The SDK's scrubber looks at names of keys alone, in place; ours looks at every text, in a copy.
May import: benchmarks.corpus, sdk_config, sentry_sdk.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

import msgspec
import sentry_sdk
from sentry_sdk.scrubber import EventScrubber
from sentry_sdk.transport import Transport

from benchmarks.corpus import KINDS
from sdk_config.privacy import Scrubber

MEASURED = ("small", "big", "transaction")


class ScrubbingCost(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds of processor time: by a new scrubber, by one in use, and by the SDK's own."""

    kind: str
    size: int
    first_ms: float
    ours_ms: float
    sdk_ms: float


class _Nowhere(Transport):
    def capture_envelope(self, envelope: Any) -> None:
        """Events are taken from the hook."""


def measure(rounds: int) -> list[ScrubbingCost]:
    """The fastest of so many rounds for each kind of event."""
    return [_cost(kind.name, _event(kind.make), rounds) for kind in KINDS if kind.name in MEASURED]


def _cost(name: str, event: dict[str, Any], rounds: int) -> ScrubbingCost:
    used = Scrubber()
    used.event(event, {})
    return ScrubbingCost(
        kind=name,
        size=len(msgspec.json.encode(event)),
        first_ms=min(_time(Scrubber().event, event, {}) for _ in range(rounds)),
        ours_ms=min(_time(used.event, event, {}) for _ in range(rounds)),
        sdk_ms=min(_time(EventScrubber().scrub_event, copy.deepcopy(event)) for _ in range(rounds)),
    )


def _time(function: Callable[..., object], *arguments: Any) -> float:
    begun = time.thread_time()
    function(*arguments)
    return (time.thread_time() - begun) * 1000


def _event(make: Callable[[], object]) -> dict[str, Any]:
    """The event as a hook gets it: serialised, and not yet scrubbed by anyone."""
    events: list[Any] = []

    def keep(event: Any, hint: Any) -> Any:
        events.append(event)
        return event

    sentry_sdk.init(
        f"http://{'a' * 32}@127.0.0.1:9/42",
        transport=_Nowhere,
        before_send=keep,
        before_send_transaction=keep,
        traces_sample_rate=1.0,
        event_scrubber=False,  # type: ignore[arg-type]
    )
    try:
        with sentry_sdk.isolation_scope():
            make()
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.init()
    found: dict[str, Any] = events[0]
    return found

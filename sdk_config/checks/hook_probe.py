"""Call the application's own hooks with samples, and tell what each did.

Rule: hooks are called outside of the SDK, and what they capture meanwhile is counted, not sent,
so that recursion ends at its first step.
May import: samples.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sdk_config.checks import samples

HEALTH_PATHS = ("/health", "/healthz", "/ready")
TIMES = 3
"""A hook is as fast as the fastest of so many calls."""


class Watch:
    """Counts what is captured while a hook runs."""

    def __init__(self) -> None:
        self.captured = 0

    def __call__(self, *_args: Any, **_more: Any) -> None:
        self.captured += 1


def probe_hooks(client: Any, hooks: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each hook did with each of its samples."""
    found = []
    for name, hook in sorted(hooks.items()):
        for label, sample in samples.HOOKS.get(name, {}).items():
            found.append({"hook": name, "sample": label, **_call(client, hook, sample)})
    big = hooks.get("before_send")
    if big is not None:
        found.append(
            {"hook": "before_send", "sample": "big error", **_call(client, big, samples.big)}
        )
    return found


def probe_samplers(
    client: Any, hooks: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, Any]:
    """What the traces_sampler gives for each framework, and for health checks."""
    own = hooks.get("traces_sampler")
    found: dict[str, Any] = {"contexts": [], "health": []}
    for label, context in samples.contexts().items() if own else ():
        found["contexts"].append({"sample": label, **_sample(client, own, context)})
    sampler = own or options.get("traces_sampler")
    usual = options.get("traces_sample_rate") or 0.0
    for path in HEALTH_PATHS:
        for label, context in list(samples.contexts(path).items())[:2]:
            rate = _sample(client, sampler, context)["rate"] if sampler else usual
            if isinstance(rate, (int, float)) and rate > 0:
                found["health"].append(f"{path} ({label})")
    return found


def _call(client: Any, hook: Any, sample: Any) -> dict[str, Any]:
    outcome: dict[str, Any] = {}
    fastest = float("inf")
    for round_ in range(TIMES):
        payload, hint = sample()
        live = _live(payload)
        before = repr(live)
        with watched(client) as watch:
            started = time.perf_counter()
            told, _ = _told(hook, payload, hint)
            fastest = min(fastest, time.perf_counter() - started)
        if round_ == 0:
            outcome = {**told, "recursed": watch.captured > 0, "mutated": repr(live) != before}
    return {**outcome, "ms": fastest * 1000}


def _told(hook: Any, *given: Any) -> tuple[dict[str, Any], Any]:
    from sdk_config.checks.probe import place_of

    try:
        answer = hook(*given)
    except Exception as error:  # noqa: BLE001 - that it raises is what is looked for
        return {"outcome": "raised", "error": place_of(error)}, None
    if answer is None:
        return {"outcome": "none"}, None
    kept = isinstance(answer, (dict, float, int))
    return {"outcome": "kept" if kept else "type", "gave": type(answer).__name__}, answer


def _sample(client: Any, sampler: Any, context: dict[str, Any]) -> dict[str, Any]:
    live = {name: value for name, value in context.items() if name != "transaction_context"}
    before = repr(live)
    with watched(client) as watch:
        told, answer = _told(sampler, context)
    rate = float(answer) if isinstance(answer, (bool, int, float)) else None
    if rate is not None and not 0.0 <= rate <= 1.0:
        told["outcome"] = "range"
    elif rate is None and told["outcome"] == "kept":
        told["outcome"] = "type"
    changed = repr(live) != before
    return {**told, "rate": rate, "recursed": watch.captured > 0, "mutated": changed}


def _live(payload: Any) -> Any:
    """What of a payload belongs to the application rather than to the SDK."""
    if "body" in payload:
        return payload.get("attributes", {}).get("request")
    return payload.get("data") if payload.get("category") else None


@contextmanager
def watched(client: Any) -> Iterator[Watch]:
    """Count what is captured, and send none of it."""
    watch = Watch()
    usual = client.capture_event
    client.capture_event = watch
    try:
        yield watch
    finally:
        client.capture_event = usual

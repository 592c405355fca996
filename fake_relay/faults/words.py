"""Faults as people write and read them: `latency=250ms`, `quota=transaction:100/60`.

May import: query.quantity, config.faults, errors, faults.plan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from fake_relay.config.faults import Effect, Fault
from fake_relay.errors import ConfigError
from fake_relay.faults.plan import KINDS, kind_of, plan_of
from fake_relay.query.quantity import MILLISECONDS, number

EXAMPLES = (
    "status=503",
    "rate_limit=error:60",
    "quota=transaction:100/60",
    "latency=250ms",
    "hang=30s",
    "reset=before_body",
    "truncate=10",
    "garbage",
    "bad_json",
    "content_type=text/html",
)


def milliseconds(time: str | float) -> float:
    """Milliseconds of a time: seconds as a number, or a text such as `250ms` or `2s`."""
    found = time * 1000 if isinstance(time, int | float) else number(time, MILLISECONDS)
    if found is None or not 0 <= found < float("inf"):
        raise ConfigError(f"{time!r} is no length of time; write it like '250ms', '2s' or '1m'")
    # A text without a unit is in seconds, as numbers are.
    if isinstance(time, str) and time[-1:].isdigit():
        return found * 1000
    return found


def seconds(time: str | float) -> float:
    """Seconds of the same."""
    return milliseconds(time) / 1000


def fault_of(text: str, **fields: Any) -> Fault:
    """The fault that an effect in words means, such as `status=503`; `fields` are its others.

    Raises `ConfigError` with examples.
    """
    name, _, value = text.partition("=")
    kind = name.strip().replace("-", "_")
    if kind not in KINDS:
        raise ConfigError(f"{text!r} is no effect; use one like {', '.join(EXAMPLES)}")
    try:
        effect = _READERS[kind](value.strip())
    except ValueError:
        example = next(found for found in EXAMPLES if found.startswith(kind))
        raise ConfigError(f"{text!r} is no good {kind}; write it like {example!r}") from None
    (found,) = plan_of({"faults": [{"effect": effect, **fields}]})
    return found


def words_of(fault: Fault) -> str:
    """An entry in one line: what it does, to whom, how often."""
    parts = [_effect_words(fault.effect)]
    if fault.project is not None:
        parts.append(f"in project {fault.project}")
    match = msgspec.to_builtins(fault.match)
    parts += [f"{name} {_joined(value)}" for name, value in match.items()]
    if fault.times is not None:
        parts.append(f"times {fault.times}")
    if fault.bucket is not None:
        parts.append(f"beyond {fault.bucket.burst:g} at once and {fault.bucket.rate:g} a second")
    if fault.probability < 1:
        parts.append(f"with probability {fault.probability:g} (seed {fault.seed})")
    return ", ".join(parts)


def _joined(value: Any) -> str:
    return str(value) if isinstance(value, str) else " or ".join(map(str, value))


def _effect_words(effect: Effect) -> str:
    kind = kind_of(effect)
    if effect.latency is not None:
        jitter = f"~{effect.latency.jitter_ms:g}ms" if effect.latency.jitter_ms else ""
        return f"latency={effect.latency.ms:g}ms{jitter}"
    if effect.hang is not None:
        return f"hang={effect.hang.seconds:g}s"
    if effect.truncate is not None:
        return f"truncate={effect.truncate.bytes}"
    if effect.rate_limit is not None:
        limit = effect.rate_limit
        return f"rate_limit={','.join(limit.categories)}:{limit.retry_after}"
    if effect.quota is not None:
        quota = effect.quota
        return f"quota={','.join(quota.categories)}:{quota.limit}/{quota.window}"
    value = getattr(effect, kind)
    return kind if value is True else f"{kind}={value}"


def _switch(kind: str) -> Callable[[str], dict[str, Any]]:
    def read(value: str) -> dict[str, Any]:
        if value:
            raise ValueError(value)
        return {kind: True}

    return read


def _latency(value: str) -> dict[str, Any]:
    late, _, jitter = value.partition("~")
    return {
        "latency": {
            "ms": milliseconds(late),
            "jitter_ms": milliseconds(jitter) if jitter else 0.0,
        }
    }


def _rate_limit(value: str) -> dict[str, Any]:
    names, _, retry_after = value.partition(":")
    limit: dict[str, Any] = {"categories": _names(names)}
    if retry_after:
        limit["retry_after"] = int(retry_after)
    return {"rate_limit": limit}


def _quota(value: str) -> dict[str, Any]:
    names, _, rate = value.partition(":")
    limit, _, window = rate.partition("/")
    quota: dict[str, Any] = {"categories": _names(names), "limit": int(limit)}
    if window:
        quota["window"] = int(window)
    return {"quota": quota}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


_READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "rate_limit": _rate_limit,
    "quota": _quota,
    "status": lambda value: {"status": int(value)},
    "latency": _latency,
    "hang": lambda value: {"hang": {"seconds": seconds(value)} if value else {}},
    "reset": lambda value: {"reset": value},
    "truncate": lambda value: {"truncate": {"bytes": int(value)}},
    "garbage": _switch("garbage"),
    "bad_json": _switch("bad_json"),
    "content_type": lambda value: {"content_type": value},
}

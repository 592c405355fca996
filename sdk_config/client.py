"""The SDK's client: started with some options, guarded, asked what waits, closed.

Rule: a client whose transport the last line cannot guard is closed again, and sends nothing.
May import: last_line, sizes, options, privacy.baggage, drops, seams, errors; sentry_sdk.
"""

from __future__ import annotations

import inspect
import logging
import time
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import sentry_sdk

from sdk_config import sizes
from sdk_config.drops import Ledger
from sdk_config.errors import Problem
from sdk_config.last_line import guard, guard_client
from sdk_config.options import Options
from sdk_config.privacy.baggage import guard_baggage
from sdk_config.seams import Parts


def start(options: Options, parts: Parts, ledger: Ledger) -> list[Problem]:
    """Start the client of this process and guard it; gives what the SDK warned of."""
    # An application may make warnings errors; deprecations are ours to follow, the rest is said.
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sentry_sdk.init(**options.values)
    client = current()
    try:
        guard(client.transport, parts.scrubber, ledger)
        sizes.guard(client.transport)
        guard_client(client, ledger)
        guard(getattr(client, "spotlight", None), parts.scrubber, ledger)
        _guard_baggage(parts)
    except Exception:
        close()
        raise
    _ignore_own_logger()
    return [
        Problem("SDK", "warning", str(warning.message))
        for warning in said
        if not issubclass(warning.category, DeprecationWarning)
    ]


def current() -> Any:
    """The client that runs; None, or one without a transport, where none does."""
    if hasattr(sentry_sdk, "get_client"):
        return sentry_sdk.get_client()
    return sentry_sdk.Hub.current.client


def close() -> None:
    """Close the client without waiting for what is queued."""
    client = current()
    if client is not None:
        client.close(timeout=0.0)


def emptied(transport: Any) -> bool:
    """Whether nothing waits in a transport's queue any more."""
    worker = getattr(transport, "_worker", None)
    queue = getattr(worker, "_queue", None)
    deadline = time.monotonic() + 0.05
    while getattr(queue, "unfinished_tasks", 0):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def tag(tags: Iterable[tuple[str, str]]) -> None:
    """Set tags of everything that this process sends."""
    for key, value in tags:
        if hasattr(sentry_sdk, "get_global_scope"):
            sentry_sdk.get_global_scope().set_tag(key, value)
        else:
            sentry_sdk.set_tag(key, value)


def integrations(asked: Sequence[Any]) -> list[Any]:
    """What was asked for, and events of `logging.error` where the SDK no longer makes them (3.3).

    The SDK adds its own and those whose packages it can import.
    """
    from sentry_sdk.integrations.logging import LoggingIntegration

    given = inspect.signature(LoggingIntegration).parameters["event_level"].default
    if given is not None or any(isinstance(one, LoggingIntegration) for one in asked):
        return list(asked)
    return [*asked, LoggingIntegration(event_level=logging.ERROR)]


def _guard_baggage(parts: Parts) -> None:
    """The transaction's name also leaves in a header to other services (L26)."""
    from sentry_sdk.tracing_utils import Baggage

    guard_baggage(Baggage, getattr(parts.scrubber, "baggage", None))


def _ignore_own_logger() -> None:
    from sentry_sdk.integrations import logging as bridge

    # Events, breadcrumbs and logs are told apart by some versions.
    for name in ("ignore_logger", "ignore_logger_for_events", "ignore_logger_for_sentry_logs"):
        ignore = getattr(bridge, name, None)
        if ignore is not None:
            ignore("sdk_config")

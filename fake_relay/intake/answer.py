"""The one place that turns refusals into answers, in Sentry's own shape (PROTOCOL.md 1.3).

May import: records, errors, msgspec.
"""

from __future__ import annotations

import msgspec

from fake_relay.errors import RequestRefused, StoreError
from fake_relay.records import Reply


def problem(status: int, detail: str, *causes: str) -> Reply:
    """`{"detail": …, "causes": […]}`; old clients read the header with the same text."""
    body: dict[str, str | list[str]] = {"detail": detail}
    if causes:
        body["causes"] = list(causes)
    text = detail.encode("ascii", "replace").decode().replace("\r", " ").replace("\n", " ")
    return Reply(status, msgspec.json.encode(body), headers=(("X-Sentry-Error", text),))


def refusal(error: RequestRefused) -> Reply:
    """The answer to a request that was refused."""
    return problem(error.status, error.detail, *error.causes)


def not_stored(error: StoreError) -> Reply:
    """The answer when the store could not take the batch; the SDK may try again."""
    return problem(503, "the event could not be stored", str(error))


def wrong_method(method: str, allowed: frozenset[str]) -> Reply:
    """The answer to a door that exists, asked in the wrong way."""
    names = ", ".join(sorted(allowed | {"OPTIONS"}))
    reply = problem(405, f"method {method} is not allowed here, use {names}")
    return Reply(405, reply.body, headers=(*reply.headers, ("Allow", names)))

"""Events that a server would refuse for their size are cut until they fit, and say so.

Rule: only what is too large is looked at, in the thread that sends, where its bytes are made
anyway; ids, types and the newest entries of lists stay.
May import: the standard library.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

LIMIT = 1_000_000
"""Bytes of an event or a transaction; Relay refuses more than 1 MiB."""

MARK = "sdk_config.trimmed"
"""The tag of what was cut."""

STEPS = ((100_000, 1_000), (10_000, 200), (1_000, 100), (200, 20))
"""Longest text in characters and most entries, tried in this order until it fits."""

LARGE = ("contexts", "extra", "breadcrumbs", "spans", "request", "modules", "threads")
"""Sections that are left out where even the last step is too much."""


def guard(transport: Any) -> None:
    """Cut what a transport is about to send to the size that is accepted."""
    send: Callable[[Any], Any] | None = getattr(transport, "_send_envelope", None)
    if send is None:
        return

    def send_fitted(envelope: Any) -> Any:
        for item in envelope.items:
            if item.type in {"event", "transaction"} and len(item.get_bytes()) > LIMIT:
                item.payload = type(item.payload)(json=fitted(json.loads(item.get_bytes())))
        return send(envelope)

    vars(transport)["_send_envelope"] = send_fitted


def fitted(event: Mapping[str, Any], limit: int = LIMIT) -> dict[str, Any]:
    """The event in at most so many bytes, tagged as trimmed; long texts say how long they were."""
    for length, breadth in STEPS:
        found = {key: _cut(value, length, breadth) for key, value in event.items()}
        tags = found.get("tags")
        found["tags"] = {**(tags if isinstance(tags, dict) else {}), MARK: "true"}
        if len(json.dumps(found)) <= limit:
            return found
    return {key: value for key, value in found.items() if key not in LARGE}


def _cut(value: Any, length: int, breadth: int) -> Any:
    if isinstance(value, str) and len(value) > length:
        return f"{value[:length]}... [{len(value)} characters]"
    if isinstance(value, dict):
        kept = list(value.items())[:breadth]
        return {key: _cut(one, length, breadth) for key, one in kept}
    if isinstance(value, list):
        # The newest breadcrumb and the frame that raised are the last.
        return [_cut(one, length, breadth) for one in value[-breadth:]]
    return value

"""What doors write: attributes with their types, and the containers of logs and spans.

May import: errors, protocol, intake.conversion.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from fake_relay.errors import TooLarge
from fake_relay.intake.conversion import LOG_CONTENT_TYPE, SPAN_CONTENT_TYPE
from fake_relay.protocol.envelope import Item, make_item

MAX_RECORDS: Final = 10_000
"""Records of one request. Relay has no such bound, but converts behind its answers; here a
request of empty records, two bytes each, would keep all others waiting for a minute."""

MISSING: Final = "trace_id.missing"
INVALID: Final = "trace_id.invalid"


def check_count(number: int) -> None:
    """Refuse a request of more records than are converted at once; raises `TooLarge`."""
    if number > MAX_RECORDS:
        raise TooLarge(
            "request content exceeded size limits",
            f"{number} records are more than {MAX_RECORDS}; send them in several requests",
        )


def attribute(value: str | bool | int | float) -> dict[str, Any]:
    """A value with the type that Sentry gives it (PROTOCOL.md 5.4); NaN and infinity are null."""
    if isinstance(value, bool):
        return {"value": value, "type": "boolean"}
    if isinstance(value, int):
        return {"value": value, "type": "integer"}
    if isinstance(value, float):
        return {"value": value if math.isfinite(value) else None, "type": "double"}
    return {"value": value, "type": "string"}


def attributes(values: Mapping[str, str | bool | int | float | None]) -> dict[str, dict[str, Any]]:
    """Those that are not None, typed."""
    return {name: attribute(value) for name, value in values.items() if value is not None}


def substituted(remark: str) -> dict[str, Any]:
    """The `_meta` of a record whose trace id was replaced, and why."""
    return {"trace_id": {"": {"rem": [[remark, "s"]]}}}


def log_items(records: Sequence[Mapping[str, Any]]) -> list[Item]:
    """The container of some logs; nothing for none, as Relay keeps no empty container."""
    return _container("log", LOG_CONTENT_TYPE, records)


def span_items(records: Sequence[Mapping[str, Any]]) -> list[Item]:
    """The container of some spans of the second kind; nothing for none."""
    return _container("span", SPAN_CONTENT_TYPE, records)


def _container(
    item_type: str, content_type: str, records: Sequence[Mapping[str, Any]]
) -> list[Item]:
    if not records:
        return []
    payload = msgspec.json.encode({"items": records})
    headers = {"item_count": len(records), "content_type": content_type}
    return [make_item(item_type, payload, headers)]


def undecoded(kind: str, payload: bytes) -> Item:
    """A body that is not what its Content-Type says, as Relays pass it on (PROTOCOL.md 5.1).

    `kind` is such as `otel.logs+json`.
    """
    content_type = f"application/vnd.sentry.integration.{kind}"
    return make_item("integration", payload, {"content_type": content_type})

"""What doors write: attributes with their types, and the containers of logs and spans.

May import: errors, protocol, intake.conversion.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from fake_relay.errors import TooLarge
from fake_relay.intake.conversion import LOG_CONTENT_TYPE, SPAN_CONTENT_TYPE
from fake_relay.protocol.envelope import Item, make_item

_encode = msgspec.json.Encoder().encode

MAX_RECORDS: Final = 10_000
"""Records of one request. Relay has no such bound, but converts behind its answers; here a
request of empty records, two bytes each, would keep all others waiting for a minute."""

MAX_PARTS: Final = 500_000
"""Values of a request whose records are taken apart; each costs memory before it is counted."""
MAX_MADE: Final = 16 * 1024 * 1024
"""Bytes of a container that is made: what a resource or a frame says is in each of its records,
so a small request can make a large one. Relay's largest is 12 MiB (PROTOCOL.md 3.2)."""

MISSING: Final = "trace_id.missing"
INVALID: Final = "trace_id.invalid"
# Those of ASCII at which Python's texts are split; others are two bytes and more.
_LINE_ENDS: Final = b"\n\r\x0b\x0c\x1c\x1d\x1e"


def check_count(number: int) -> None:
    """Refuse a request of more records than are converted at once; raises `TooLarge`."""
    if number > MAX_RECORDS:
        raise TooLarge(
            "request content exceeded size limits",
            f"{number} records are more than {MAX_RECORDS}; send them in several requests",
        )


def check_parts(body: bytes) -> None:
    """Refuse JSON that would be more values than are held at once; raises `TooLarge`."""
    if body.count(b",") > MAX_PARTS:
        raise TooLarge(
            "request content exceeded size limits",
            f"there are more than {MAX_PARTS} values in it; send less at a time",
        )


def check_lines(body: bytes) -> None:
    """Refuse a text of more lines than are converted at once; raises `TooLarge`."""
    if len(body) > MAX_RECORDS:
        check_count(len(body) - len(body.translate(None, _LINE_ENDS)) - body.count(b"\r\n"))


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


def log_items(records: Iterable[Mapping[str, Any]]) -> list[Item]:
    """The container of some logs; nothing for none, as Relay keeps no empty container."""
    return _container("log", LOG_CONTENT_TYPE, records)


def span_items(records: Iterable[Mapping[str, Any]]) -> list[Item]:
    """The container of some spans of the second kind; nothing for none."""
    return _container("span", SPAN_CONTENT_TYPE, records)


def _container(
    item_type: str, content_type: str, records: Iterable[Mapping[str, Any]]
) -> list[Item]:
    encoded = _encoded(records)
    if not encoded:
        return []
    payload = b'{"items":[' + b",".join(encoded) + b"]}"
    headers = {"item_count": len(encoded), "content_type": content_type}
    return [make_item(item_type, payload, headers)]


def _encoded(records: Iterable[Mapping[str, Any]]) -> list[bytes]:
    """The records as JSON, one by one, as long as they fit; raises `TooLarge`."""
    encoded: list[bytes] = []
    size = 0
    for record in records:
        encoded.append(_encode(record))
        size += len(encoded[-1])
        if size > MAX_MADE:
            raise TooLarge(
                "request content exceeded size limits",
                f"its records, each with what they share, have more than {MAX_MADE} bytes",
            )
    return encoded


def undecoded(kind: str, payload: bytes) -> Item:
    """A body that is not what its Content-Type says, as Relays pass it on (PROTOCOL.md 5.1).

    `kind` is such as `otel.logs+json`.
    """
    content_type = f"application/vnd.sentry.integration.{kind}"
    return make_item("integration", payload, {"content_type": content_type})

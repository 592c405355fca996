"""What the server knows of an item beside its payload, and what the view of it is.

May import: records, config, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fake_relay.config.scrubbing import Scrubbing
from fake_relay.records import StoredEnvelope
from fake_relay.stored_view.remarks import Remark


@dataclass(frozen=True, slots=True)
class ViewContext:
    """Where an item came from, and how its project scrubs.

    `received_at` and `sent_at` are in seconds since 1970; `client` is the `name/version` of the
    credentials; `client_hints` maps `sec_ch_ua` and its like to their values; `event_id` and
    `sdk` are those of the envelope's header. With `at_rest` an event is only brought into the
    form in which rules find everything: no times, addresses or sizes change.
    """

    project: str
    received_at: float
    client: str = ""
    client_address: str = ""
    user_agent: str = ""
    client_hints: Mapping[str, str] = field(default_factory=dict)
    event_id: str = ""
    sent_at: float | None = None
    scrubbing: Scrubbing = field(default_factory=Scrubbing)
    at_rest: bool = False

    @classmethod
    def of_envelope(cls, envelope: StoredEnvelope, scrubbing: Scrubbing) -> ViewContext:
        """What a stored envelope tells of each of its items."""
        header = _read_header(envelope.headers)
        return cls(
            envelope.project,
            envelope.received_at,
            envelope.client,
            envelope.remote_addr,
            envelope.user_agent,
            header.client_hints if isinstance(header.client_hints, dict) else {},
            envelope.event_id,
            seconds_of(header.sent_at),
            scrubbing,
        )


class Refused(msgspec.Struct, frozen=True):
    """Why Sentry would not have kept an item: the outcome's reason, and words."""

    reason: str
    text: str = ""


class StoredView(msgspec.Struct, frozen=True):
    """An item as Sentry would have kept it.

    `document` is the normalised and scrubbed JSON, None for binary or refused items; `meta`
    its annotations (PROTOCOL.md 8.4); `payload` the bytes, those of the document with its
    `_meta` where there is one; `remarks` list every change.
    """

    payload: bytes
    document: Any = None
    meta: dict[str, Any] = {}
    refused: Refused | None = None
    remarks: tuple[Remark, ...] = ()


class _Header(msgspec.Struct, frozen=True):
    sent_at: Any = None
    client_hints: Any = None


_decode_header = msgspec.json.Decoder(_Header).decode


def _read_header(raw: bytes) -> _Header:
    try:
        return _decode_header(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _Header()


def seconds_of(text: Any) -> float | None:
    """An RFC 3339 time as seconds since 1970; None for anything else."""
    from fake_relay.items.facts import timestamp

    return timestamp(text) if isinstance(text, str) else None

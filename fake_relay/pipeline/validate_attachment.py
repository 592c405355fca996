"""Attachments that Relay refuses once it knows what they belong to (PROTOCOL.md 5.3).

May import: records, items, config, protocol, msgspec.
"""

from __future__ import annotations

from typing import Final

import msgspec

from fake_relay.items.required import is_uuid, moment
from fake_relay.pipeline.stage import Context
from fake_relay.protocol.envelope import Item
from fake_relay.protocol.outcome import Fate, Outcome
from fake_relay.records import ReceivedItem

TRACE: Final = (
    "application/vnd.sentry.trace-attachment",
    "application/vnd.sentry.attachment.v2",
)
PLACEHOLDER: Final = "application/vnd.sentry.attachment-ref"
ON_TRANSACTION: Final = Outcome(Fate.INVALID, "transaction_attachment")
BAD_PLACEHOLDER: Final = Outcome(Fate.INVALID, "invalid_placeholder_attachment")
BAD_TRACE: Final = Outcome(Fate.INVALID, "invalid_trace_attachment")
BAD_SPAN: Final = Outcome(Fate.INVALID, "invalid_span_attachment")


class _Owner(msgspec.Struct, frozen=True):
    span_id: str | None = None


class _Metadata(msgspec.Struct, frozen=True):
    trace_id: str
    attachment_id: str
    timestamp: str | float
    content_type: str


class _Reference(msgspec.Struct, frozen=True):
    location: str


_decode_owner = msgspec.json.Decoder(_Owner).decode
_decode_metadata = msgspec.json.Decoder(_Metadata).decode
_decode_reference = msgspec.json.Decoder(_Reference).decode


def validate_attachment(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    """Refuse attachments of a transaction, and malformed ones of a trace or an upload."""
    item = received.item
    content_type = (item.header.content_type or "").lower()
    if content_type.startswith(TRACE):
        return received if _has_metadata(item) else _bad_trace(item)
    if content_type.startswith(PLACEHOLDER) and not _is_reference(item):
        return BAD_PLACEHOLDER
    return ON_TRANSACTION if "transaction" in context.item_types else received


def _has_metadata(item: Item) -> bool:
    length = item.header.meta_length
    if length is None or length > len(item.payload):
        return False
    try:
        found = _decode_metadata(item.payload[:length])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return (
        is_uuid(found.trace_id)
        and is_uuid(found.attachment_id)
        and moment(found.timestamp) is not None
    )


def _bad_trace(item: Item) -> Outcome:
    try:
        owner = _decode_owner(item.raw_header).span_id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return BAD_TRACE
    return BAD_TRACE if owner is None else BAD_SPAN


def _is_reference(item: Item) -> bool:
    try:
        return bool(_decode_reference(item.payload).location)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False

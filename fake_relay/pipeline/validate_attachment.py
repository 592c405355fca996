"""Attachments that Relay refuses once it knows what they belong to (PROTOCOL.md 5.3).

May import: records, items, config, protocol, msgspec.
"""

from __future__ import annotations

from typing import Final

import msgspec

from fake_relay.items import attachment
from fake_relay.items.required import is_uuid, moment
from fake_relay.pipeline.stage import Context
from fake_relay.protocol.envelope import Item
from fake_relay.protocol.outcome import Fate, Outcome
from fake_relay.records import ReceivedItem

ON_TRANSACTION: Final = Outcome(Fate.INVALID, "transaction_attachment")
BAD_PLACEHOLDER: Final = Outcome(Fate.INVALID, "invalid_placeholder_attachment")
BAD_TRACE: Final = Outcome(Fate.INVALID, "invalid_trace_attachment")
BAD_SPAN: Final = Outcome(Fate.INVALID, "invalid_span_attachment")


class _Metadata(msgspec.Struct, frozen=True):
    trace_id: str
    attachment_id: str
    timestamp: str | float
    content_type: str


class _Reference(msgspec.Struct, frozen=True):
    location: str


_decode_metadata = msgspec.json.Decoder(_Metadata).decode
_decode_reference = msgspec.json.Decoder(_Reference).decode


def validate_attachment(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    """Refuse attachments of a transaction, and malformed ones of a trace or an upload."""
    item = received.item
    if attachment.is_of_trace(item.header):
        if _has_metadata(item):
            return received
        return BAD_SPAN if attachment.is_of_span(item) else BAD_TRACE
    if attachment.is_reference(item.header) and not _is_reference(item):
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


def _is_reference(item: Item) -> bool:
    try:
        return bool(_decode_reference(item.payload).location)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False

"""What users say: feedback events, and user reports of older SDKs (PROTOCOL.md 5.9).

May import: items.event, items.facts, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items import event
from fake_relay.items.facts import (
    MAX_TEXT,
    Facts,
    ItemType,
    always,
    first_line,
    one,
    terms,
    text_of,
    timestamp,
)
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader


class FeedbackContext(msgspec.Struct, frozen=True):
    """What is indexed of `contexts.feedback`."""

    message: Any = None
    contact_email: Any = None
    name: Any = None
    url: Any = None
    associated_event_id: Any = None


class FeedbackContexts(msgspec.Struct, frozen=True):
    """The contexts of a feedback event."""

    feedback: FeedbackContext = FeedbackContext()


class UserReportFields(msgspec.Struct, frozen=True):
    """The payload of a user report."""

    event_id: Any = None
    name: Any = None
    email: Any = None
    comments: Any = None


_decode_contexts = msgspec.json.Decoder(FeedbackContexts).decode
_decode_report = msgspec.json.Decoder(UserReportFields).decode


def read_feedback(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a feedback event."""
    fields = event.decode(payload)
    trace = event.trace_of(fields.contexts)
    said = _decode_contexts(fields.contexts).feedback if fields.contexts else FeedbackContext()
    message = text_of(said.message)
    return Facts(
        title=first_line(message) or "<empty feedback>",
        event_id=text_of(fields.event_id),
        trace_id=text_of(trace.trace_id),
        timestamp=timestamp(fields.timestamp),
        terms=(
            *event.shared_terms(fields, trace),
            *terms(
                (
                    ("message", message),
                    ("user.email", said.contact_email),
                    ("url", said.url),
                    ("associated_event", said.associated_event_id),
                )
            ),
        ),
        text=message[:MAX_TEXT],
    )


def read_report(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a user report."""
    report = _decode_report(payload)
    comments = text_of(report.comments)
    return Facts(
        title=first_line(comments) or "<empty report>",
        event_id=text_of(report.event_id),
        terms=tuple(
            terms(
                (
                    ("message", comments),
                    ("user.email", report.email),
                    ("user.username", report.name),
                )
            )
        ),
        text=comments[:MAX_TEXT],
    )


FEEDBACK = ItemType(
    "feedback", read_feedback, one(Category.FEEDBACK), creates_event=always, needs_event=True
)
USER_REPORT = ItemType("user_report", read_report, one(Category.FEEDBACK), needs_event=True)

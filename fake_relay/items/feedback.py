"""What users say: feedback events, and user reports of older SDKs (PROTOCOL.md 5.9).

May import: items.event, items.facts, items.payload, items.required, protocol, msgspec.
"""

from __future__ import annotations

import msgspec

from fake_relay.items.event import FeedbackFields, fields_of, shared_terms, trace_of
from fake_relay.items.facts import (
    MAX_TEXT,
    Facts,
    ItemType,
    Scalar,
    always,
    first_line,
    one,
    terms,
    text_of,
    timestamp,
)
from fake_relay.items.payload import Reader
from fake_relay.items.required import is_uuid
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader


class UserReportFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of a user report."""

    event_id: Scalar = None
    name: Scalar = None
    email: Scalar = None
    comments: Scalar = None


MAX_MESSAGE = 4096
"""Characters of a feedback's message (PROTOCOL.md 5.9)."""
NO_FEEDBACK = FeedbackFields()

_NO_EVENT = "the user report has no event_id"
_read_report = Reader(UserReportFields)


def read_feedback(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a feedback event."""
    fields, problem = fields_of(payload)
    trace = trace_of(fields.contexts)
    said = (fields.contexts and fields.contexts.feedback) or NO_FEEDBACK
    message = text_of(said.message)
    flaw, reason = "", "invalid_json"
    if not problem:
        flaw, reason = flaw_of(message)
    return Facts(
        title=first_line(message) or "<empty feedback>",
        event_id=text_of(fields.event_id),
        trace_id=text_of(trace.trace_id),
        timestamp=timestamp(fields.timestamp),
        terms=(
            *shared_terms(fields, trace),
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
        problem=problem or flaw,
        reason=reason,
    )


def flaw_of(message: str) -> tuple[str, str]:
    """Why Sentry could not use what was said, and the outcome's reason (PROTOCOL.md 5.9).

    Sentry itself refuses these, behind Relay; the reasons are the nearest of Relay's words.
    """
    if not message.strip():
        return "contexts.feedback has no message", "no_data"
    if len(message) > MAX_MESSAGE:
        return (
            f"the message has {len(message)} characters, more than {MAX_MESSAGE}",
            "too_large:user_report_v2",
        )
    return "", ""


def read_report(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a user report."""
    report, problem = _read_report(payload)
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
        problem=problem or ("" if is_uuid(report.event_id) else _NO_EVENT),
    )


FEEDBACK = ItemType(
    "feedback", read_feedback, one(Category.FEEDBACK), creates_event=always, needs_event=True
)
USER_REPORT = ItemType("user_report", read_report, one(Category.FEEDBACK), needs_event=True)

"""Scrubbing before anything is stored, for servers that must never hold the rest.

Rule: it fails closed. Of a payload that cannot be scrubbed, nothing stays but a marker in the
item's header. Outcomes and quantities are those of what was received; facts, and so titles,
terms and full text, are read again from what is kept.
May import: stored_view, items, records, config, protocol, errors.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fake_relay.config.relay_library import relay_library
from fake_relay.config.scrubbing import Scrubbing
from fake_relay.items import item_type
from fake_relay.protocol.envelope import (
    Envelope,
    Item,
    headers_of,
    make_envelope,
    make_item,
    serialize,
    trace_id_of,
)
from fake_relay.records import Arrival, ReceivedItem, Refusal, Submission
from fake_relay.stored_view.context import ViewContext
from fake_relay.stored_view.scrub import CannotScrub, RuleSet, Slot, rules_of, scrub_slots
from fake_relay.stored_view.view import stored_view

MARKER: Final = "fake_relay_payload"
"""Key of an item's header that says why its payload was not kept."""

_OPAQUE: Final = frozenset({"event_id", "dsn", "sent_at", "trace"})
"""Keys of an envelope's header that are read by their form and name nobody."""
_ITEM_KEPT: Final = frozenset(
    {"type", "length", "content_type", "filename", "attachment_type", "platform"}
)
_TRACE_USER: Final = (
    (("user_id",), ("user", "id")),
    (("user_segment",), ("user", "segment")),
    (("user", "id"), ("spans", 0, "data", "user.id")),
    (("user", "segment"), ("spans", 0, "data", "user.segment")),
    (("transaction",), ("extra", "transaction")),
)


def require_library() -> None:
    """Refuse to start where nothing could be scrubbed; raises `LibraryMissing`."""
    relay_library()


def scrubbed_arrival(arrival: Arrival, scrubbing: Scrubbing) -> Arrival:
    """An arrival of which only the scrubbed form is left, with the same outcomes and counts."""
    submission = scrubbed_submission(arrival.submission, scrubbing, arrival.received_at)
    trace_id = trace_id_of(submission.envelope.header)
    items = zip(submission.envelope.items, arrival.items, strict=True)
    return msgspec.structs.replace(
        arrival,
        submission=submission,
        remote_addr="" if scrubbing.scrub_ip_addresses else arrival.remote_addr,
        items=tuple(
            (_received(item, before, trace_id), outcome) for item, (before, outcome) in items
        ),
    )


def scrubbed_refusal(refusal: Refusal, scrubbing: Scrubbing) -> Refusal:
    """A refused request without its bytes and the parts that quote them: it has no form in
    which rules could find anything."""
    request = msgspec.structs.replace(
        refusal.request,
        query="",
        causes=(),
        headers={},
        remote_addr="" if scrubbing.scrub_ip_addresses else refusal.request.remote_addr,
    )
    return Refusal(request)


def scrubbed_submission(
    submission: Submission, scrubbing: Scrubbing, received_at: float
) -> Submission:
    """A submission whose envelope and bytes are scrubbed; nothing of the original is in it."""
    envelope = scrubbed_envelope(submission, scrubbing, received_at)
    wire = serialize(envelope)
    return msgspec.structs.replace(
        submission,
        envelope=envelope,
        wire=wire,
        coding="",
        size=len(wire),
        converted=False,
        dropped=(),
    )


def scrubbed_envelope(submission: Submission, scrubbing: Scrubbing, received_at: float) -> Envelope:
    """The envelope of a submission with its header, item headers and payloads scrubbed."""
    envelope, rules = submission.envelope, rules_of(scrubbing)
    context = ViewContext(
        submission.project, received_at, client=submission.client, scrubbing=scrubbing, at_rest=True
    )
    header = scrubbed_header(headers_of(envelope.raw_header), rules)
    items = [_scrubbed_item(item, context, rules) for item in envelope.items]
    made = make_envelope(header, items)
    return msgspec.structs.replace(made, event_id=envelope.event_id, tolerated=envelope.tolerated)


def _received(item: Item, before: ReceivedItem, trace_id: str) -> ReceivedItem:
    kind = item_type(item.type)
    facts = kind.facts(item.header, item.payload)
    if trace_id and kind.traced and not facts.trace_id:
        facts = msgspec.structs.replace(facts, trace_id=trace_id)
    return msgspec.structs.replace(before, item=item, facts=facts)


def _scrubbed_item(item: Item, context: ViewContext, rules: RuleSet) -> Item:
    headers = scrubbed_item_header(headers_of(item.raw_header), rules)
    view = stored_view(item.type, item.header, item.payload, context)
    if view.refused is None:
        return make_item(item.type, view.payload, headers)
    # The reason can quote what was sent; that it was not readable is all that may stay.
    headers[MARKER] = "not kept: it could not be scrubbed"
    return make_item(item.type, b"", headers)


def scrubbed_item_header(header: dict[str, Any], rules: RuleSet) -> dict[str, Any]:
    """An item's header without what the rules find in it; it changes in place."""
    try:
        _scrub_values(header, _ITEM_KEPT, rules)
    except CannotScrub:
        return {key: header[key] for key in _ITEM_KEPT if key in header}
    return header


def scrubbed_header(header: dict[str, Any], rules: RuleSet) -> dict[str, Any]:
    """An envelope's header without what the rules find in it; it changes in place."""
    try:
        _scrub_values(header, _OPAQUE, rules)
        trace = header.get("trace")
        if isinstance(trace, dict):
            slots = [Slot(source, target) for source, target in _TRACE_USER]
            scrub_slots(trace, slots, rules, {})
    except CannotScrub:
        header = {key: header[key] for key in ("event_id", "dsn", "sent_at") if key in header}
    return header


def _scrub_values(header: dict[str, Any], kept: frozenset[str], rules: RuleSet) -> None:
    slots = [Slot((key,), ("extra", key)) for key in header if key not in kept]
    scrub_slots(header, slots, rules, {})

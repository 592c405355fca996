"""What an item means: the table from item type to its category, its facts and its kind.

Rule: reading never fails, and goes as far as it can. A field of a wrong type is left out; an
unknown type is kept as bytes. Facts have a `problem`, and the item becomes invalid, when

    any JSON type               the payload is not JSON to Relay's parser (which refuses NaN, lone
                                surrogates, numbers out of range, invalid UTF-8), or no object;
                                what can be read is read all the same
    log, trace_metric, span     a container has no array `items`
    client_report               there is no `discarded_events`, or an entry lacks a field
    form_data, metric_buckets   the payload is no array
    transaction                 its times, ids or spans are not as Relay needs them
    session, sessions           there is no start, or no release
    check_in                    there is no slug or status, or its schedule means nothing
    feedback, user_report       nothing was said, or of no event
    replay_event                there is no id or no segment
    replay_recording            the first line is no JSON object, or nothing is behind it
    raw_security                it is no report of a violated policy
    integration                 always: it is what a door could not decode

What needs the rest of the envelope, the time or a closer look is judged by the pipeline.
Not noticed, because ingest passes over the fields that it does not index: numbers out of range
inside of those, and nesting between 128 levels (Relay's bound) and Python's own.
May import: errors, config, protocol, msgspec.
"""

from __future__ import annotations

from fake_relay.items import (
    attachment,
    check_in,
    client_report,
    event,
    feedback,
    integration,
    log,
    metric,
    profile,
    replay,
    security,
    session,
    span,
    transaction,
    unknown,
)
from fake_relay.items.facts import NO_FACTS, Facts, ItemType

ITEM_TYPES: dict[str, ItemType] = {
    item_type.name: item_type
    for item_type in (
        event.EVENT,
        transaction.TRANSACTION,
        security.SECURITY,
        security.RAW_SECURITY,
        attachment.ATTACHMENT,
        attachment.FORM_DATA,
        attachment.UNREAL_REPORT,
        feedback.FEEDBACK,
        feedback.USER_REPORT,
        session.SESSION,
        session.SESSIONS,
        client_report.CLIENT_REPORT,
        check_in.CHECK_IN,
        profile.PROFILE,
        profile.PROFILE_CHUNK,
        profile.PROFILE_CHUNK_UI,
        replay.REPLAY_EVENT,
        replay.REPLAY_RECORDING,
        replay.REPLAY_VIDEO,
        span.SPAN,
        log.LOG,
        metric.TRACE_METRIC,
        metric.METRIC_BUCKETS,
        integration.INTEGRATION,
    )
}


def item_type(name: str) -> ItemType:
    """What is known of items of that type; types that Relay does not know are kept as bytes."""
    return ITEM_TYPES.get(name, unknown.UNKNOWN)


__all__ = ["ITEM_TYPES", "NO_FACTS", "Facts", "ItemType", "item_type"]

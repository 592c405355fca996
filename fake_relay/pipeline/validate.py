"""What Relay cannot use is invalid; the client has its 200 all the same.

Rule: reading an item says what is wrong with its payload alone (`Facts.problem`); here
stands what needs the rest of the envelope, the time or the settings, or a closer look.
May import: records, items, config, protocol.
"""

from __future__ import annotations

from fake_relay.pipeline.clock import TIMESTAMP, is_outside
from fake_relay.pipeline.security import refused
from fake_relay.pipeline.stage import Context, Stage, Walked
from fake_relay.pipeline.validate_attachment import validate_attachment
from fake_relay.pipeline.validate_container import validate_container, validate_span
from fake_relay.pipeline.validate_profile import validate_chunk, validate_profile
from fake_relay.pipeline.validate_replay import validate_replay
from fake_relay.protocol.outcome import Outcome
from fake_relay.records import ReceivedItem


def validate(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome | Walked:
    """Refuse what Relay refuses once a payload is opened (PROTOCOL.md 5, 8.6 and 10)."""
    if received.facts.problem:
        return refused(received.facts)
    judge = _JUDGES.get(received.item.header.item_type)
    return received if judge is None else judge(received, context)


def _transaction(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    """Its end must lie in the range of metrics; one without an end gets it (8.3)."""
    end = received.facts.timestamp
    most = context.config.limits.max_transaction_age
    return TIMESTAMP if is_outside(context, most, end, end) else received


def _session(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    """Relay drops sessions outside of the window without an outcome; here they have one.

    An update that is older than its session counts from the start (10.3).
    """
    start, update = received.facts.earliest, received.facts.timestamp
    latest = start if update is None or (start is not None and start > update) else update
    most = context.config.limits.max_session_age
    return TIMESTAMP if is_outside(context, most, start, latest) else received


def _sessions(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    """Aggregates stay as long as one of their minutes may be in the window (10.2)."""
    first, last = received.facts.earliest, received.facts.timestamp
    most = context.config.limits.max_session_age
    return TIMESTAMP if is_outside(context, most, last, first) else received


def _client_report(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    """The entries of a report of another time are dropped (7.6)."""
    moment = received.facts.timestamp
    outside = is_outside(context, context.config.limits.max_age, moment, moment)
    return TIMESTAMP if outside else received


_JUDGES: dict[str, Stage] = {
    "transaction": _transaction,
    "session": _session,
    "sessions": _sessions,
    "client_report": _client_report,
    "attachment": validate_attachment,
    "profile": validate_profile,
    "profile_chunk": validate_chunk,
    "profile_chunk_ui": validate_chunk,
    "replay_event": validate_replay,
    "replay_recording": validate_replay,
    "replay_video": validate_replay,
    "span": validate_span,
    "log": validate_container,
    "trace_metric": validate_container,
}
"""Item types that need more than reading; an error event, for one, does not."""

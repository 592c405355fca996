"""Events as Sentry normalises them: by the library, and what the library leaves out.

Order, as in Relay: what the envelope knows better, clock drift, addresses, the library.
May import: stored_view, config, errors.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from fake_relay.config.relay_library import relay_library
from fake_relay.stored_view import addresses, drift
from fake_relay.stored_view.context import Refused, ViewContext
from fake_relay.stored_view.scrub import reason

MAX_FUTURE: Final = 60
"""Seconds after arrival that an event may name (PROTOCOL.md 8.3)."""
MAX_PAST: Final = 90 * 24 * 3600
"""Seconds before arrival; the default retention of events."""

_TYPES: Final = {"transaction": "transaction", "feedback": "feedback"}
_DEFAULTS: Final = frozenset(
    (
        *("event_id", "level", "version", "type", "transaction", "transaction_info", "logger"),
        *("platform", "timestamp", "received", "sdk", "project", "spans"),
    )
)
"""What the library puts where nothing was."""


def normalize(
    event: dict[str, Any], item_type: str, context: ViewContext
) -> dict[str, Any] | Refused:
    """An event in Sentry's form with `_meta`, or why Sentry would refuse it; `event` changes."""
    if context.event_id and not context.at_rest:
        event["event_id"] = context.event_id
    if item_type in _TYPES:
        event["type"] = _TYPES[item_type]
    if not context.at_rest:
        _correct(event, context)
    before = set(event)
    traced = _has_trace(event)
    found = by_library(event, context)
    if context.at_rest and not isinstance(found, Refused):
        _leave_as_sent(found, before, traced=traced)
    return found


def by_library(event: dict[str, Any], context: ViewContext) -> dict[str, Any] | Refused:
    """An event as the library normalises it, or why it refuses."""
    library = relay_library()
    try:
        found: dict[str, Any] = library.StoreNormalizer(**_options(context)).normalize_event(event)
    except library.ProcessingErrorInvalidTransaction as error:
        return Refused("invalid_transaction", reason(error))
    except library.RelayError as error:
        return Refused("invalid_json", reason(error))
    except (ValueError, RecursionError) as error:
        return Refused("invalid_json", str(error) or type(error).__name__)
    return found


def rfc3339(seconds: float) -> str:
    """Seconds since 1970 as the library reads them."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _correct(event: dict[str, Any], context: ViewContext) -> None:
    behind = drift.drift_of(context.received_at, context.sent_at)
    if behind:
        drift.correct_event(event, behind, context.received_at)
    if not context.scrubbing.scrub_ip_addresses:
        addresses.infer_addresses(event, context.client_address)


def _options(context: ViewContext) -> dict[str, Any]:
    options: dict[str, Any] = {
        "received_at": rfc3339(context.received_at),
        "normalize_user_agent": not context.at_rest,
        "enable_trimming": not context.at_rest,
        "remove_other": not context.at_rest,
    }
    if context.at_rest:
        return options
    options |= {"max_secs_in_future": MAX_FUTURE, "max_secs_in_past": MAX_PAST}
    options |= {"protocol_version": "7", "client": context.client}
    if context.project.isdigit():
        options["project_id"] = int(context.project)
    if context.user_agent:
        options["user_agent"] = context.user_agent
    if context.client_hints:
        options["client_hints"] = dict(context.client_hints)
    return options


def _has_trace(event: dict[str, Any]) -> bool:
    contexts = event.get("contexts")
    return isinstance(contexts, dict) and "trace" in contexts


def _leave_as_sent(event: dict[str, Any], sent: set[str], *, traced: bool) -> None:
    # What is kept at rest should still tell what the SDK sent, so nothing is added to it; and
    # the library's errors quote values that no rule looks at.
    event.pop("errors", None)
    contexts = event.get("contexts")
    if not traced and isinstance(contexts, dict):
        contexts.pop("trace", None)
    for key in (_DEFAULTS & set(event)) - sent:
        del event[key]
    if not contexts and "contexts" not in sent:
        event.pop("contexts", None)

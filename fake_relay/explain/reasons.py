"""What reasons mean to a developer, and what to do about them.

Rule: a reason that nobody has words for is told as it is, with the meaning of its fate.
Reasons are those of PROTOCOL.md 7.5 and 7.6.
May import: records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fake_relay.records import RefusedRequest


class Meaning(NamedTuple):
    """What a reason means, and what to do about it."""

    what: str
    advice: str


DISCARDS: Mapping[str, Meaning] = {
    "before_send": Meaning(
        "a before_send hook (or before_send_transaction, before_send_log…) gave nothing back",
        "Look into the hooks given to init(): what they return None for is dropped.",
    ),
    "sample_rate": Meaning(
        "it was not sampled",
        "Raise sample_rate (errors) or traces_sample_rate, or see what traces_sampler returns;"
        " a rate of 0, or a parent that was not sampled, drops everything.",
    ),
    "event_processor": Meaning(
        "an event processor, an integration or ignore_errors left it out",
        "Look at ignore_errors, at add_event_processor, and at integrations that drop events.",
    ),
    "ratelimit_backoff": Meaning(
        "a rate limit that the server had answered was still in force",
        "The relay asked for less: look at its quotas, faults and the rate_limited outcomes.",
    ),
    "network_error": Meaning(
        "the connection failed, or the answer was not one that the SDK expects",
        "Look at host and port of the DSN, at proxies (HTTP_PROXY), and at faults of this relay.",
    ),
    "send_error": Meaning(
        "the server refused it for good",
        "Look at the refused requests: `fake-relay refused`.",
    ),
    "queue_overflow": Meaning(
        "the SDK's queue was full",
        "The application made events faster than they could be sent: raise the transport's queue"
        " size, or send less.",
    ),
    "cache_overflow": Meaning(
        "the SDK's offline cache was full", "Raise the cache's size, or send less."
    ),
    "buffer_overflow": Meaning(
        "the SDK's buffer for logs, metrics or spans was full", "Send less of them at once."
    ),
    "backpressure": Meaning(
        "the SDK was under load and lowered its sample rate",
        "Set enable_backpressure_handling=False to see everything in a test.",
    ),
    "insufficient_data": Meaning(
        "a profile was too short to be of use", "Profile something that takes longer."
    ),
    "internal_sdk_error": Meaning(
        "the SDK met a bug of its own, or a callback raised",
        "Switch debug=True on in init() and read what the SDK says.",
    ),
    "ignored": Meaning("the SDK was told to ignore it", "Look at the ignore options of init()."),
    "invalid": Meaning("the SDK found it invalid", "Switch debug=True on in init()."),
    "no_parent_span": Meaning(
        "a span had no parent and was not to be a root", "Start a transaction around it."
    ),
}
"""Reasons of client reports."""

OUTCOMES: Mapping[str, Meaning] = {
    "invalid_json": Meaning(
        "its payload is not the JSON that its type has",
        "Look at the payload as it was sent: `fake-relay show --raw ID`.",
    ),
    "invalid_transaction": Meaning(
        "the transaction lacks what Sentry needs: start and end times, trace and span id",
        "Look at start_timestamp, timestamp and contexts.trace of the payload.",
    ),
    "timestamp": Meaning(
        "its time lies too far back or ahead for Sentry", "Look at the clock of the sender."
    ),
    "duplicate": Meaning(
        "the envelope holds more than one event", "Send one event or transaction an envelope."
    ),
    "duplicate_item": Meaning(
        "the envelope holds more than one item of a type of which Sentry takes one",
        "Send one such item an envelope.",
    ),
    "release-version": Meaning("its release is filtered", "See filters.releases."),
    "error-message": Meaning("its message is filtered", "See filters.error_messages."),
    "ip-address": Meaning("its client's address is filtered", "See filters.client_ips."),
    "localhost": Meaning("it happened on localhost, which is filtered", "See filters.localhost."),
    "browser-extensions": Meaning(
        "a browser extension caused it", "See filters.browser_extensions."
    ),
    "legacy-browsers": Meaning("it came from an old browser", "See filters.legacy_browsers."),
    "web-crawlers": Meaning("it came from a web crawler", "See filters.web_crawlers."),
    "invalid-csp": Meaning("the source of the CSP report is filtered", "See filters.csp."),
    "filtered-transaction": Meaning(
        "transactions of its name are filtered", "See filters.ignore_transactions."
    ),
}
"""Reasons of what was taken and then left out."""

FATES: Mapping[str, Meaning] = {
    "invalid": Meaning(
        "Sentry could not have used it", "Look at the payload: `fake-relay show --raw ID`."
    ),
    "filtered": Meaning(
        "an inbound filter left it out", "See `filters` of the project's settings."
    ),
    "rate_limited": Meaning(
        "a quota was used up, or a limit was in force",
        "See `quotas` in the settings, and `fake-relay faults`; a limit ends by itself.",
    ),
    "abuse": Meaning("a limit against abuse was reached", "See `quotas` of the settings."),
}
"""What each fate means where its reason has no words."""

REFUSALS: Mapping[str, Meaning] = {
    "no_door": Meaning(
        "no Sentry endpoint is at that path",
        "The SDK makes /api/PROJECT/envelope/ from the DSN, which is scheme://KEY@HOST:PORT/PROJECT:"
        " look for a path before the project, for a proxy that rewrites, for a tunnel option.",
    ),
    "auth_client": Meaning(
        "the request has no key, a bad one, or more than one",
        "Compare the DSN with the one that `fake-relay serve` printed; a proxy may drop the"
        " X-Sentry-Auth header.",
    ),
    "auth_version": Meaning(
        "it speaks a version of the protocol that Sentry does not know",
        "Look at the SDK's version.",
    ),
    "project_id": Meaning(
        "the project is not one that may send here with that key",
        "Compare project and key with the configured projects; strict mode refuses all others.",
    ),
    "cors": Meaning(
        "a page of an origin that is not allowed sent it",
        "Add the origin to allowed_domains of the project.",
    ),
    "disallowed_method": Meaning(
        "that endpoint does not take the method", "Was it opened in a browser? SDKs send by POST."
    ),
    "empty_body": Meaning(
        "its body is empty", "A proxy may have dropped the body; look at Content-Length."
    ),
    "invalid_compression": Meaning(
        "its body is not what its Content-Encoding says", "Something compresses twice, or cuts it."
    ),
    "invalid_body": Meaning(
        "its body is cut, or is not what its Content-Encoding says",
        "A proxy may have changed it; look at the bytes that came.",
    ),
    "content_type": Meaning("its content type or encoding is unknown here", "Look at its headers."),
    "invalid_envelope": Meaning(
        "its body is not a well-formed envelope",
        "Look at the bytes that came; lengths in item headers count bytes, not characters."
        " --lenient takes what has only slips.",
    ),
    "invalid_json": Meaning("its body is not JSON", "Look at the bytes that came."),
    "request_too_large": Meaning(
        "its body is larger than Sentry takes",
        "Send less: shorten extra data and attachments. The sizes are in [limits].",
    ),
    "timeout": Meaning(
        "its body did not come to an end in time", "A proxy or a dying process may have cut it."
    ),
}
"""Reasons of requests that got no 200."""

TOO_LARGE = Meaning(
    "it is larger, or holds more items, than Sentry takes",
    "Send less: shorten extra data, breadcrumbs and attachments. The sizes are in [limits].",
)
FAULT = Meaning(
    "a fault on purpose answered instead of the relay",
    "`fake-relay faults` shows the plan and clears it.",
)
BY_STATUS: Mapping[int, Meaning] = {
    401: REFUSALS["auth_client"],
    403: REFUSALS["project_id"],
    404: REFUSALS["no_door"],
    413: REFUSALS["request_too_large"],
    429: FATES["rate_limited"],
}


def is_fault(reason: str) -> bool:
    """Whether a reason names a fault."""
    return reason.partition(":")[0] == "fault"


def of_discard(reason: str) -> Meaning:
    """What a reason in a client report means."""
    return DISCARDS.get(reason) or Meaning(
        "a reason of its own", "Look for that word in the documentation of the SDK."
    )


def of_outcome(fate: str, reason: str) -> Meaning:
    """What an outcome means."""
    if reason.startswith("too_large"):
        return TOO_LARGE
    return OUTCOMES.get(reason) or FATES.get(fate) or Meaning(f"it was {fate}", "")


def of_refusal(refused: RefusedRequest) -> Meaning:
    """What the refusal of a request means."""
    if is_fault(refused.reason):
        return FAULT
    if refused.reason.startswith("too_large"):
        return TOO_LARGE
    known = REFUSALS.get(refused.reason) or BY_STATUS.get(refused.status)
    return known or Meaning(
        "the request was not as Sentry takes it", "Look at the bytes that came."
    )

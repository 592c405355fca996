"""A service that does a random mix of things, some to be dropped, and counts what it made.

Run as a script under any SDK with a seed and a number: prints three ledgers as JSON. The counts
are by data category; a transaction is a span itself, and an unsampled one makes no spans.
May import: sdk_config, sentry_sdk.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import sentry_sdk
from sentry_sdk.crons import capture_checkin

import sdk_config
from sdk_config.drops import Counts
from sdk_config.runtime import current
from sdk_config.seams import Parts

OURS = frozenset({"before_send", "callback_error"})
"""The SDK's words for what a hook dropped; sdk_config has counted these itself."""

Made = Counter[str]


told: Made = Counter()
"""What hooks saw: spans of sampled transactions; messages that sdk_config makes itself, one for
each kind of error that came in a burst.
"""


class Kept(Exception):
    """Is sent."""


class Ignored(Exception):
    """Is filtered by its class."""


class IgnoredToo(Ignored):
    """Is filtered by its base class; the SDK's own option would send it."""


class Stub:
    """A scrubber that raises for what says bomb, and drops sessions of one user."""

    def event(self, payload: dict[str, Any], hint: Any) -> dict[str, Any]:
        if "bomb" in str(payload.get("message") or payload.get("monitor_slug")):
            raise RuntimeError
        return payload

    def transaction(self, payload: dict[str, Any], hint: Any) -> dict[str, Any]:
        return payload

    span = log = metric = breadcrumb = transaction

    def envelope(self, envelope: Any) -> Any:
        envelope.items = [item for item in envelope.items if not self._is_unwanted(item)]
        return envelope

    def _is_unwanted(self, item: Any) -> bool:
        return bool(item.type == "session" and item.payload.json.get("did") == "drop")


def before_send(event: dict[str, Any], hint: Any) -> dict[str, Any] | None:
    told["summaries"] += event.get("logger") == "sdk_config.burst"
    message = str(event.get("message"))
    if message == "broken hook":
        raise ValueError
    return None if message == "hooked" else event


def before_send_transaction(event: dict[str, Any], hint: Any) -> dict[str, Any] | None:
    # Older SDKs put the requests of their own transport among the application's spans.
    told["span"] += len(event["spans"]) + 1
    if event["transaction"] == "thin":
        event["spans"] = event["spans"][:1]
    return None if event["transaction"] == "hooked" else event


def before_send_log(log: Any, hint: Any) -> Any:
    return None if "hooked" in log["body"] else log


def before_send_metric(metric: Any, hint: Any) -> Any:
    if metric["name"] == "broken":
        raise ValueError
    return None if metric["name"] == "hooked" else metric


def new_scope() -> Any:
    return getattr(sentry_sdk, "new_scope", sentry_sdk.push_scope)()


def message(text: str) -> Callable[[Made], None]:
    def work(made: Made) -> None:
        made["error"] += 1
        sentry_sdk.capture_message(text)

    return work


def error(kind: type[Exception]) -> Callable[[Made], None]:
    def work(made: Made) -> None:
        made["error"] += 1
        sentry_sdk.capture_exception(kind(made["error"]))

    return work


def logged(made: Made) -> None:
    made["error"] += 1
    logging.getLogger("noisy.child").error("record %s", made["error"])


def twice(made: Made) -> None:
    made["error"] += 2
    one = Kept("twice")
    sentry_sdk.capture_exception(one)
    sentry_sdk.capture_exception(one)


def processed(made: Made) -> None:
    made["error"] += 1
    with new_scope() as scope:
        scope.add_event_processor(lambda event, hint: None)
        sentry_sdk.capture_message("processed away")


def attached(text: str) -> Callable[[Made], None]:
    def work(made: Made) -> None:
        made["error"] += 1
        made["attachment"] += 2
        with new_scope() as scope:
            scope.add_attachment(bytes=b"x", filename="x.txt")
            scope.add_attachment(bytes=b"y", filename="y.txt")
            sentry_sdk.capture_message(text)

    return work


def transaction(name: str, spans: int = 3) -> Callable[[Made], None]:
    def work(made: Made) -> None:
        made["transaction"] += 1
        with sentry_sdk.start_transaction(name=name, op="task"):
            for _ in range(spans):
                with sentry_sdk.start_span(op="db"):
                    pass

    return work


def check_in(slug: str) -> Callable[[Made], None]:
    def work(made: Made) -> None:
        made["monitor"] += 1
        capture_checkin(monitor_slug=slug, status="ok")

    return work


def session(user: str) -> Callable[[Made], None]:
    def work(made: Made) -> None:
        made["session"] += 1
        hub = not hasattr(sentry_sdk, "get_isolation_scope")
        owner: Any = sentry_sdk.Hub.current if hub else sentry_sdk.get_isolation_scope()
        sentry_sdk.set_user({"id": user})
        owner.start_session()
        owner.end_session()
        sentry_sdk.set_user(None)

    return work


def log(body: str) -> Callable[[Made], None]:
    def work(made: Made) -> None:
        made["log_item"] += 1
        importlib.import_module("sentry_sdk.logger").info(body)

    return work


def metric(name: str) -> Callable[[Made], None]:
    def work(made: Made) -> None:
        made["trace_metric"] += 1
        sentry_sdk.metrics.count(name, 1)

    return work


ACTIONS: dict[str, Callable[[Made], None]] = {
    "a message": message("kept"),
    "an error": error(Kept),
    "an ignored class": error(Ignored),
    "an ignored subclass": error(IgnoredToo),
    "an ignored message": message("ignored 7"),
    "an ignored logger": logged,
    "a message that a hook drops": message("hooked"),
    "a message that breaks a hook": message("broken hook"),
    "a message that cannot be scrubbed": message("bomb"),
    "the same error twice": twice,
    "a message that a processor drops": processed,
    "attachments": attached("kept"),
    "attachments of a dropped message": attached("hooked"),
    "attachments of an ignored message": attached("ignored 8"),
    "a transaction": transaction("work"),
    "a transaction without spans": transaction("work", 0),
    "a transaction that a hook drops": transaction("hooked"),
    "a transaction that loses spans": transaction("thin"),
    "a check-in": check_in("nightly"),
    "a check-in that cannot be scrubbed": check_in("bomb"),
    "a session": session("keep"),
    "a session that is dropped": session("drop"),
}
if importlib.util.find_spec("sentry_sdk.logger"):
    ACTIONS |= {"a log": log("kept"), "a log that a hook drops": log("hooked")}
if hasattr(sentry_sdk, "metrics") and hasattr(sentry_sdk.metrics, "count"):
    ACTIONS |= {
        "a metric": metric("kept"),
        "a metric that a hook drops": metric("hooked"),
        "a metric that breaks a hook": metric("broken"),
    }

SETTINGS: dict[str, Any] = {
    "sample_rate": 0.7,
    "traces_sample_rate": 0.6,
    "ignore_errors": ["Ignored"],
    "ignore_loggers": ["noisy"],
    "ignore_messages": ["ignored *"],
    "error_burst": 40,
    "transport_queue_size": 5000,
    "auto_session_tracking": False,
    "attach_stacktrace": False,
    "before_send": before_send,
    "before_send_transaction": before_send_transaction,
    "before_send_log": before_send_log,
    "before_send_metric": before_send_metric,
    "parts": Parts(scrubber=Stub()),
}


def do(names: Iterable[str]) -> Made:
    """Do these things after `setup(**SETTINGS)`, send what waits, and tell what was made."""
    made: Made = Counter()
    told.clear()
    for name in names:
        ACTIONS[name](made)
    hub = not hasattr(sentry_sdk, "get_client")
    client: Any = sentry_sdk.Hub.current.client if hub else sentry_sdk.get_client()
    client.session_flusher.flush()
    sdk_config.flush(10)
    made["error"] += told["summaries"]
    made["span"] += told["span"]
    return made


def lost(counts: Counts) -> Made:
    """What was dropped by sdk_config, or by the SDK for reasons of its own."""
    found: Made = Counter()
    for (category, _), quantity in counts.dropped.items():
        found[category] += quantity
    for (category, reason), quantity in counts.discarded.items():
        # Spans of an unsampled transaction are never made; newer SDKs report it as one.
        if reason not in OURS and (category, reason) != ("span", "sample_rate"):
            found[category] += quantity
    return found


def main(seed: int, number: int) -> None:
    dice = random.Random(seed)
    random.seed(seed)
    sdk_config.setup(**SETTINGS)
    made = do(dice.choices(sorted(ACTIONS), k=number))
    running = current()
    assert running is not None
    counts = running.ledger.counts()
    print(json.dumps({"made": made, "sent": counts.sent, "lost": lost(counts)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

"""Send test traffic through the real configuration, and confirm that it arrived as it should.

Rule: everything is marked with the tag `test:true`, goes the way of the application's own items,
and is judged by the bytes that left; rates are 1.0 meanwhile, but for the test of sampling.
May import: connectivity, findings, secrecy; install, capture, performance and below; sentry_sdk.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import sentry_sdk
from sentry_sdk.transport import HttpTransport

from sdk_config import capture, install, performance
from sdk_config.checks import connectivity
from sdk_config.checks.findings import FINDINGS, OK, UNREACHABLE
from sdk_config.checks.probe import Recorder
from sdk_config.checks.secrecy import secrets_of
from sdk_config.checks.subject import Subject
from sdk_config.runtime import current
from sdk_config.settings import Settings

MARK = ("test", "true")
"""The tag of test traffic, so that it can be left out (S4-34)."""

FLUSH = 5.0
TRACES = 200
REFUSALS = frozenset({"network_error", "send_error", "queue_overflow", "ratelimit_backoff"})
"""Reasons of the SDK for what did not arrive."""


class TrialError(ValueError):
    """A made-up error of `sdk-config test`."""


@dataclass(frozen=True)
class Step:
    """One thing that was tried: its test type, whether it held, and what was seen."""

    type: str
    ok: bool
    text: str


@dataclass(frozen=True)
class Trial:
    """The answer of `run_trial()`."""

    steps: tuple[Step, ...]
    exit_status: int

    def to_json(self) -> dict[str, Any]:
        """The trial for machines."""
        steps = [{"type": one.type, "ok": one.ok, "text": one.text} for one in self.steps]
        return {"ok": self.exit_status == OK, "exit_status": self.exit_status, "steps": steps}


class Watched(HttpTransport):
    """The SDK's own transport, which remembers what it was given to send."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.sent: list[tuple[str, bytes]] = []

    def capture_envelope(self, envelope: Any) -> None:
        """Remember the items as they leave, and send them."""
        header = json.dumps(envelope.headers, default=str).encode()
        self.sent += [(str(item.type), item.get_bytes() + header) for item in envelope.items]
        super().capture_envelope(envelope)

    def capture_event(self, event: Any) -> None:
        """Versions before 2.0 send errors so."""
        self.sent.append(("event", json.dumps(event, default=str).encode()))
        getattr(super(), "capture_event")(event)  # noqa: B009 - later versions have no such method


@dataclass(frozen=True)
class Course:
    """What the tests of one run have in hand."""

    settings: Settings
    transport: Watched

    def since(self, count: int, *kinds: str) -> list[bytes]:
        """What left after the first `count` items, of these types."""
        return [data for kind, data in self.transport.sent[count:] if kind in kinds]


def run_trial(
    types: Sequence[str] = ("all",),
    *,
    dotenv: str | os.PathLike[str] | None = None,
    environment: str | None = None,
) -> Trial:
    """Set up from the environment and send the test traffic of these types, or of "all".

    Raises `ValueError` for a type that is not there.
    """
    chosen = types_of(types)
    settings = Settings.from_env(dotenv=dotenv, environment=environment)
    secrets = secrets_of(os.environ, settings)
    steps: list[Step] = []
    with quiet():
        status = _reach(settings, steps)
        if status == OK:
            with _started(settings, dotenv, environment) as course:
                for name in chosen if course is not None else ():
                    steps += _tried(name, course)
            if course is None:
                steps.append(Step("setup", False, f"Sentry is off: {install.status().reason}"))
            status = OK if all(step.ok for step in steps) else FINDINGS
    clean = tuple(replace(step, text=secrets.redacted(step.text)) for step in steps)
    return Trial(clean, status)


def types_of(types: Sequence[str]) -> tuple[str, ...]:
    """The tests that are meant; raises `ValueError` for a word that names none."""
    asked = {word.strip() for types_ in types for word in types_.split(",")}
    for word in sorted(asked - {*TESTS, "all"}):
        raise ValueError(f"expected {', '.join(TESTS)} or all, got {word!r}")
    return tuple(name for name in TESTS if "all" in asked or name in asked)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the log of the SDK and ours off the screen: it may show what was not yet judged."""
    loggers = [logging.getLogger(name) for name in ("sdk_config", "sentry_sdk.errors")]
    before = [(logger, logger.disabled) for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, disabled in before:
            logger.disabled = disabled


def _reach(settings: Settings, steps: list[Step]) -> int:
    """Ask the server first: the SDK itself does not say how it was answered."""
    if settings.off_reason is not None:
        steps.append(Step("setup", False, f"Sentry is off: {settings.off_reason}"))
        return FINDINGS
    subject = Subject(settings, os.environ, settings.environment)
    for found in connectivity.connect(subject):
        steps.append(Step("connectivity", False, found.text))
        return UNREACHABLE if found.is_unreachable else FINDINGS
    steps.append(Step("connectivity", True, "the server answered 200"))
    return OK


@contextmanager
def _started(
    settings: Settings,
    dotenv: str | os.PathLike[str] | None,
    environment: str | None,
    **overrides: Any,
) -> Iterator[Course | None]:
    """Sentry set up with the watched transport, marked, and shut down afterwards."""
    # They would print or copy what is only tried.
    kept = {name: os.environ.pop(name, None) for name in ("SENTRY_PRINT_ENVELOPES",)}
    install.shutdown()
    given: dict[str, Any] = {
        "sample_rate": 1.0,
        "traces_sample_rate": 1.0,
        "transport": Watched,
        "debug": False,
        "spotlight": "false",
        "default_tags": (*settings.default_tags, MARK),
        **overrides,
    }
    if environment is not None:
        given["environment"] = environment
    try:
        state = install.setup(dotenv=dotenv, **given)
        transport = getattr(_client(), "transport", None)
        course = Course(settings, transport) if state.enabled and transport is not None else None
        yield course
    finally:
        install.shutdown()
        os.environ.update({name: value for name, value in kept.items() if value is not None})


def _tried(name: str, course: Course | None) -> Iterator[Step]:
    """A test's steps, and whether what it sent arrived."""
    if course is None:
        return
    before, lost = len(course.transport.sent), _lost()
    try:
        yield from (replace(step, type=name) for step in TESTS[name](course))
    except Exception as error:  # noqa: BLE001 - one test must not cost the others
        yield Step(name, False, f"failed with {type(error).__name__}")
    emptied = install.flush(FLUSH)
    refused = _lost() - lost
    limited = bool(getattr(course.transport, "_disabled_until", None))
    count = len(course.transport.sent) - before
    if name in LOCAL:
        return
    if not emptied:
        yield Step(name, False, f"not all was sent within {FLUSH:g} s")
    elif refused or limited:
        why = "the server limits the rate" if limited else f"{refused} refused or lost on the way"
        yield Step(name, False, why)
    else:
        yield Step(name, count > 0, f"{count} items left, and the server took them")


def _basic(course: Course) -> Iterator[Step]:
    """A message and an error (S1-09, S2-42, S4-34)."""
    yield _id("message", capture.capture_message("Test message from sdk-config", level="info"))
    yield _id("error", capture.capture_exception(TrialError("Test error for Sentry")))


def _database(course: Course) -> Iterator[Step]:
    """A query that works within a span, and one that fails."""
    with (
        closing(sqlite3.connect(":memory:")) as database,
        performance.transaction("sdk-config database test", op="test"),
    ):
        with performance.span("db", "SELECT 1"):
            database.execute("SELECT 1")
        try:
            database.execute("SELECT nothing FROM nowhere")
        except sqlite3.Error as error:
            yield _id("failed query", capture.capture_exception(error, category="database"))


def _payment(course: Course) -> Iterator[Step]:
    """A failed payment, as alerts by category expect it."""
    before = len(course.transport.sent)
    error = TrialError("a payment failed, for a test")
    found = capture.capture_payment_error(error, "pay-1", 12.5, "EUR", "card_declined")
    yield _id("payment error", found)
    yield from _tagged(course, before, "payment")


def _integration(course: Course) -> Iterator[Step]:
    """A failed call of another service."""
    before = len(course.transport.sent)
    error = TrialError("another service failed, for a test")
    found = capture.capture_integration_error(error, "calendar", "sync", "ext-1")
    yield _id("integration error", found)
    yield from _tagged(course, before, "integration")


def _performance(course: Course) -> Iterator[Step]:
    """A transaction with three spans."""
    before = len(course.transport.sent)
    with performance.transaction("sdk-config performance test", op="test"):
        for op, name in (("db", "SELECT 1"), ("http.client", "GET /"), ("function", "work")):
            with performance.span(op, name):
                pass
    install.flush(FLUSH)
    spans = sum(data.count(b'"span_id"') for data in course.since(before, "transaction", "span"))
    yield Step("", spans >= 4, f"a transaction of {max(spans - 1, 0)} spans left")


def _pii(course: Course) -> Iterator[Step]:
    """Planted secrets, none of which may be in the bytes that leave."""
    mark = uuid.uuid4().hex
    planted = {
        "a password": f"pw-{mark}",
        "a card number": "4111 1111 1111 1111",
        "an e-mail address": f"ada.{mark}@example.com",
        "a bearer token": f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI{mark}.c2lnbmF0dXJl{mark}",
    }
    before = len(course.transport.sent)
    details: dict[str, Any] = {
        "form": {"password": planted["a password"]},
        "note": planted["a card number"],
    }
    text = f"a planted secret: {planted['an e-mail address']}, Bearer {planted['a bearer token']}"
    capture.capture_exception(TrialError(text), **details)
    install.flush(FLUSH)
    left = course.since(before, "event")
    yield Step("", bool(left), "an error with planted secrets left")
    for name, value in planted.items():
        held = any(json.dumps(value)[1:-1].encode() in data for data in left)
        yield Step("", not held, f"{name} {'leaves as it is' if held else 'stays here'}")


SAMPLED = "sdk-config sampling test"


def _sampling(course: Course) -> Iterator[Step]:
    """So many transactions at the configured rate, counted instead of sent."""
    rate = course.settings.traces_sample_rate if course.settings.enable_tracing else 0.0
    recorder = Recorder()
    own = {"traces_sample_rate": rate, "transport": recorder}
    # In 3.0 what follows in one scope is one trace, and has one decision.
    begin_trace = getattr(sentry_sdk, "new_trace", lambda: None)
    with _started(course.settings, None, None, dsn=course.settings.dsn, **own):
        for _ in range(TRACES):
            begin_trace()
            with performance.transaction(SAMPLED, op="test"):
                pass
        install.flush(FLUSH)
        kept = sum(_roots(kind, data) for kind, data in recorder.items)
    # Five standard deviations: chance leaves this band once in a million runs.
    slack = 5 * math.sqrt(TRACES * rate * (1 - rate))
    good = abs(kept - TRACES * rate) <= slack
    yield Step("", good, f"{kept} of {TRACES} transactions kept at a rate of {rate:g}")


def _roots(kind: str, data: bytes) -> int:
    """How many of the transactions above an item holds; the SDK may trace work of its own."""
    if kind not in {"transaction", "span"}:
        return 0
    # The recorder keeps the envelope's header behind the item.
    found = json.JSONDecoder().raw_decode(data.decode())[0]
    if kind == "transaction":
        return int(found.get("transaction") == SAMPLED)
    spans = found.get("items", ())
    return sum(one.get("name") == SAMPLED and not one.get("parent_span_id") for one in spans)


def _release(course: Course) -> Iterator[Step]:
    """Release and environment on what leaves."""
    before = len(course.transport.sent)
    capture.capture_message("Test release from sdk-config", level="info")
    install.flush(FLUSH)
    running = current()
    name = running.settings.release if running else None
    environment = running.settings.environment if running else ""
    yield Step("", name is not None, f"the release is {name}" if name else "there is no release")
    for data in course.since(before, "event"):
        good = json.dumps(name).encode() in data and json.dumps(environment).encode() in data
        yield Step("", good, f"the event says release {name}, environment {environment}")


TESTS: Mapping[str, Callable[[Course], Iterator[Step]]] = {
    "basic": _basic,
    "database": _database,
    "payment": _payment,
    "performance": _performance,
    "integration": _integration,
    "pii": _pii,
    "release": _release,
    "sampling": _sampling,
}
"""The tests by the documents' names and ours; sampling comes last, for it starts Sentry anew."""

LOCAL = frozenset({"sampling"})
"""Tests that send nothing."""


def _id(what: str, event_id: str | None) -> Step:
    text = f"{what} {event_id}" if event_id else f"{what}: no event{_why()}"
    return Step("", event_id is not None, text)


def _why() -> str:
    """What was dropped here so far, for who wonders where an event is."""
    running = current()
    dropped = running.ledger.counts().dropped if running else {}
    reasons = sorted({reason for _, reason in dropped})
    return f"; dropped here: {', '.join(reasons)}" if reasons else ""


def _tagged(course: Course, before: int, category: str) -> Iterator[Step]:
    install.flush(FLUSH)
    found = [data for data in course.since(before, "event") if b'"error.category"' in data]
    yield Step("", bool(found), f"tagged error.category={category}" if found else "not tagged")


def _lost() -> int:
    running = current()
    if running is None:
        return 0
    discarded = running.ledger.counts().discarded
    return sum(count for (_, reason), count in discarded.items() if reason in REFUSALS)


def _client() -> Any:
    if hasattr(sentry_sdk, "get_client"):
        return sentry_sdk.get_client()
    return sentry_sdk.Hub.current.client

"""Inbound filters: what a project does not want to keep, in Relay's order (PROTOCOL.md 9.1).

Rule: the first filter that matches gives the outcome; without a filter no item is opened.
Judged are errors, transactions, feedback, browsers' reports, replays and sessions as a whole, and
logs, metrics and spans one by one; of whatever else comes, only the client's address is.
May import: records, items, config, protocol, pipeline.stage, pipeline.sift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from fake_relay.config import Filters
from fake_relay.config.filters import network_of
from fake_relay.errors import ConfigError
from fake_relay.items import span
from fake_relay.pipeline.filters.browsers import is_legacy_browser
from fake_relay.pipeline.filters.conditions import Condition, compile_condition
from fake_relay.pipeline.filters.crawlers import is_crawler
from fake_relay.pipeline.filters.extensions import is_of_extension
from fake_relay.pipeline.filters.glob import Globs
from fake_relay.pipeline.filters.origins import is_disallowed_source, is_from, is_local, source_of
from fake_relay.pipeline.filters.paths import lookup_in
from fake_relay.pipeline.filters.records import SESSIONS, LegacySpan, Record, Sessions
from fake_relay.pipeline.filters.subject import Subject
from fake_relay.pipeline.filters.texts import has_message, has_release, is_ignored_transaction
from fake_relay.pipeline.sift import RECORDS, raw_records, sift
from fake_relay.pipeline.stage import Context, Stage, Walked
from fake_relay.pipeline.validate_container import spoilt
from fake_relay.protocol.outcome import Fate, Outcome
from fake_relay.records import ReceivedItem

OPENED: Final = frozenset(
    {"event", "transaction", "security", "raw_security", "feedback", "replay_event"}
)
"""Item types whose payload is looked at."""
NEVER: Final = frozenset({"client_report"})
"""What only tells of other items."""
CLIENT_IPS: Final = "ip-address"
OF_EVENTS: Final = frozenset({"invalid-csp", "error-message", "browser-extensions"})
"""Filters that ask for what no record and no session has."""

Test = Callable[[Subject], bool]


def filter_stage(filters: Filters) -> Stage | None:
    """The stage that filters by these settings; None when nothing is on.

    Raises `ConfigError` for a generic filter whose condition means nothing.
    """
    if filters == Filters():
        return None
    tests = [(Outcome(Fate.FILTERED, key), test) for key, test in tests_of(filters)]
    by_address = [found for found in tests if found[0].reason == CLIENT_IPS]
    of_records = [found for found in tests if found[0].reason not in OF_EVENTS]
    if not tests:
        return None

    def judge(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome | Walked:
        """Let an item pass, or filter it by the first test that it fails."""
        kind = received.item.type
        if kind in NEVER:
            return received
        if kind in OPENED:
            return first(tests, Subject(received, context)) or received
        if kind in SESSIONS:
            return first(of_records, Sessions(received, context, received.item.payload)) or received
        if kind not in RECORDS or of_records == by_address:
            return first(by_address, Subject(received, context)) or received
        if not is_container(received):
            return (
                first(of_records, LegacySpan(received, context, received.item.payload)) or received
            )
        return _sifted(received, context, of_records)

    return judge


def first(tests: Sequence[tuple[Outcome, Test]], subject: Subject) -> Outcome | None:
    """The outcome of the first test that a subject fails."""
    return next((outcome for outcome, test in tests if test(subject)), None)


def is_container(received: ReceivedItem) -> bool:
    """Whether an item of a type that has records has them in a container."""
    return received.item.type != "span" or span.is_container(received.item.header)


def _sifted(
    received: ReceivedItem, context: Context, tests: Sequence[tuple[Outcome, Test]]
) -> ReceivedItem | Walked:
    """A container without the records that a filter takes; those that fell before stay fallen."""
    raws = raw_records(received.item.payload)
    fallen = spoilt(received, context, raws)
    places = iter(range(len(raws)))

    def judge(raw: bytes) -> Outcome | None:
        return None if next(places) in fallen else first(tests, Record(received, context, raw))

    return sift(received, RECORDS[received.item.type], raws, judge)


def tests_of(filters: Filters) -> Iterator[tuple[str, Test]]:
    """The filters that are on, in Relay's order, with the key of their outcome."""
    for place, generic in enumerate(filters.generic):
        if generic.is_enabled and generic.condition is not None:
            at = f"filters.generic[{place}].condition"
            yield generic.id, partial(_holds, compile_condition(generic.condition, at))
    if filters.csp:
        yield "invalid-csp", partial(is_disallowed_source, sources=[*map(source_of, filters.csp)])
    if filters.client_ips:
        yield CLIENT_IPS, partial(is_from, networks=[*map(network_of, filters.client_ips)])
    if filters.releases:
        yield "release-version", partial(has_release, patterns=_globs(filters.releases, "releases"))
    if filters.error_messages:
        patterns = _globs(filters.error_messages, "error_messages")
        yield "error-message", partial(has_message, patterns=patterns)
    if filters.localhost:
        yield "localhost", is_local
    if filters.browser_extensions:
        yield "browser-extensions", is_of_extension
    if filters.legacy_browsers:
        options = filters.legacy_browsers
        yield "legacy-browsers", partial(is_legacy_browser, options=options)
    if filters.web_crawlers:
        yield "web-crawlers", is_crawler
    if filters.ignore_transactions:
        patterns = _globs(filters.ignore_transactions, "ignore_transactions")
        yield "filtered-transaction", partial(is_ignored_transaction, patterns=patterns)


def _holds(condition: Condition, subject: Subject) -> bool:
    return condition(lookup_in(subject))


def _globs(patterns: tuple[str, ...], name: str) -> Globs:
    try:
        return Globs(patterns)
    except ValueError as error:
        raise ConfigError(f"filters.{name}: {error}") from None


__all__ = ["filter_stage"]

"""`relay` in a test: one project, what it caught, and sentences about it.

Rule: a sentence looks only at its own project and only at what came after the cursor, so
nothing of an earlier test can answer it.
May import: testing, expect, match and below.
"""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from fake_relay.config import Filters, Quota, Sampling, Scrubbing
from fake_relay.errors import ConfigError
from fake_relay.expect import Exhibit, Expectation, Subject
from fake_relay.expect.expectation import DEFAULT_WITHIN, parsed, types_of
from fake_relay.expect.judge import new_items
from fake_relay.explain import Explanation, explain
from fake_relay.leaks import find_leaks
from fake_relay.testing import accounts, lint, sdk, snapshot, waiting
from fake_relay.testing.asking import Asking, AskingAsync, Refusing, RefusingAsync
from fake_relay.testing.caught import Caught, caught
from fake_relay.testing.faults import ProjectFaults
from fake_relay.testing.live import LiveRelay
from fake_relay.testing.waiting import ExpectationFailed

T = TypeVar("T")

OF_THEIR_OWN_ACCORD = frozenset({"session", "sessions", "client_report"})
"""Item types that SDKs send without being asked; they are never unexpected by default."""


def _outside() -> int:
    """The `stacklevel` of the first frame that is not of this package: the test's line."""
    level, frame = 0, inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith("fake_relay."):
        level, frame = level + 1, frame.f_back
    return level


class Relay:
    """A fresh isolated project on a running relay."""

    def __init__(
        self,
        live: LiveRelay,
        *,
        within: float = DEFAULT_WITHIN,
        snapshots: Path | None = None,
        update: bool = False,
    ) -> None:
        self._live = live
        self._dsn = live.create_project()
        self._faults = ProjectFaults(live, self._dsn.project_id)
        self._snapshots = snapshots
        self._update = update
        self._named = 0
        self._own: dict[str, Any] = {}
        self.within = within
        self.cursor = live.reader.position()
        self._expected: set[tuple[int, int]] = set()

    # Where it is.

    @property
    def dsn(self) -> str:
        """The DSN to give to an SDK."""
        return str(self._dsn)

    @property
    def project(self) -> str:
        """The project's id."""
        return self._dsn.project_id

    @property
    def url(self) -> str:
        """The server's base URL."""
        return self._live.url

    @property
    def env(self) -> dict[str, str]:
        """The environment that points a child process here."""
        return {"SENTRY_DSN": self.dsn, "FAKE_RELAY_URL": self.url}

    # What it holds.

    def items(self, type: str | None = None, q: str = "") -> list[Caught]:  # noqa: A002 - as in the API
        """The accepted items since the cursor, oldest first; sends the SDK's queue first."""
        self.flush()
        types, query = () if type is None else types_of(type), parsed(q)
        return [
            Caught(Subject(exhibit))
            for exhibit in self._exhibits()
            if not exhibit.item.outcome
            and (not types or exhibit.item.type in types)
            and (query is None or query.matches(exhibit.document))
        ]

    @property
    def events(self) -> list[Caught]:
        """The error and message events."""
        return self.items("event")

    @property
    def transactions(self) -> list[Caught]:
        """The transactions."""
        return self.items("transaction")

    @property
    def logs(self) -> list[Caught]:
        """The log records, of all containers."""
        return [
            found for item in self.items("log") for found in caught(item.subject.exhibit.subjects)
        ]

    @property
    def outcomes(self) -> dict[str, dict[str, int]]:
        """The ledger: quantities by data category and outcome, such as `filtered(release)`."""
        return accounts.outcomes(self._live.reader.ledger(self.project))

    @property
    def discards(self) -> dict[str, dict[str, int]]:
        """What the SDK reported to have discarded: quantities by data category and reason."""
        return accounts.discards(self._live.reader.ledger(self.project))

    def clear(self) -> None:
        """Forget what was caught; what comes later is all that counts."""
        self.flush()
        self._live.clear(self.project)
        self._expected.clear()
        self.cursor = self._live.reader.position()

    def configure(
        self,
        *,
        filters: Filters | Mapping[str, Any] | None = None,
        quotas: Iterable[Quota | Mapping[str, Any]] | None = None,
        scrubbing: Scrubbing | Mapping[str, Any] | None = None,
        sampling: Sampling | Mapping[str, Any] | None = None,
    ) -> None:
        """Give this project settings of its own, as records or in the form of the settings file.

        What is not named stays as it is; limits that its quotas ran into are forgotten.
        Raises `ConfigError` for a setting that means nothing.
        """
        quotas = None if quotas is None else list(quotas)
        named = {
            "filters": filters,
            "quotas": quotas,
            "scrubbing": scrubbing,
            "sampling": sampling,
        }
        own = {name: value for name, value in named.items() if value is not None}
        settings = self._own | msgspec.to_builtins(own)
        self._live.configure(self.project, settings)
        self._own = settings

    def flush(self) -> None:
        """Have an SDK in this process that sends here send what it still holds."""
        sdk.flush(self._dsn, self.within)

    def _exhibits(self) -> list[Exhibit]:
        reader = self._live.reader
        return [Exhibit(item, reader) for item in new_items(reader, self.project, self.cursor)]

    # Sentences.

    @property
    def expect_event(self) -> Asking:
        """Wait for an error or message event; give the fields that it should have."""
        return Asking(self, "event")

    @property
    def expect_transaction(self) -> Asking:
        """Wait for a transaction."""
        return Asking(self, "transaction")

    @property
    def expect_log(self) -> Asking:
        """Wait for a log record, in whatever container it comes."""
        return Asking(self, "log")

    @property
    def expect_metric(self) -> Asking:
        """Wait for a metric's record."""
        return Asking(self, "trace_metric")

    @property
    def expect_session(self) -> Asking:
        """Wait for a session, single or aggregated."""
        return Asking(self, "session")

    @property
    def expect_check_in(self) -> Asking:
        """Wait for a check-in of a monitor."""
        return Asking(self, "check_in")

    @property
    def expect_attachment(self) -> Asking:
        """Wait for an attachment; `filename`, `content_type`, `bytes`, `text`."""
        return Asking(self, "attachment")

    @property
    def expect_feedback(self) -> Asking:
        """Wait for what a user said."""
        return Asking(self, "feedback")

    @property
    def expect_client_report(self) -> Asking:
        """Wait for a report of what the SDK discarded: `reason`, `category`, `quantity`."""
        return Asking(self, "client_report")

    def expect_item(self, kind: str | None = None, /, **asked: Any) -> Caught | list[Caught]:
        """Wait for an item of a type, or of any."""
        found: Caught | list[Caught] = Asking(self, kind)(**asked)
        return found

    @property
    def expect_no_event(self) -> Refusing:
        """See to it that no such event comes, until nothing has arrived for `quiet` seconds."""
        return Refusing(self, "event")

    @property
    def expect_no_transaction(self) -> Refusing:
        """The same for transactions."""
        return Refusing(self, "transaction")

    @property
    def expect_no_log(self) -> Refusing:
        """The same for log records."""
        return Refusing(self, "log")

    @property
    def expect_nothing(self) -> Refusing:
        """The same for items of any type."""
        return Refusing(self, None)

    @property
    def aexpect_event(self) -> AskingAsync:
        """`expect_event` for a coroutine; its loop runs on."""
        return AskingAsync(self.expect_event)

    @property
    def aexpect_transaction(self) -> AskingAsync:
        """`expect_transaction` for a coroutine."""
        return AskingAsync(self.expect_transaction)

    @property
    def aexpect_log(self) -> AskingAsync:
        """`expect_log` for a coroutine."""
        return AskingAsync(self.expect_log)

    @property
    def aexpect_no_event(self) -> RefusingAsync:
        """`expect_no_event` for a coroutine."""
        return RefusingAsync(self.expect_no_event)

    @property
    def aexpect_nothing(self) -> RefusingAsync:
        """`expect_nothing` for a coroutine."""
        return RefusingAsync(self.expect_nothing)

    async def aexpect_item(self, kind: str | None = None, /, **asked: Any) -> Caught | list[Caught]:
        """`expect_item` for a coroutine."""
        found: Caught | list[Caught] = await AskingAsync(Asking(self, kind))(**asked)
        return found

    def expect(self, expectation: Expectation) -> list[Caught]:
        """Wait for an expectation; what matched. Raises `ExpectationFailed` with near misses."""
        __tracebackhide__ = True
        mine = replace(
            expectation,
            project=self.project,
            since=max(expectation.since, self.cursor),
        )
        verdict = waiting.wait_for(mine, self._live, self._dsn)
        if not verdict.held:
            raise ExpectationFailed("\n".join((verdict.text, *self._why_nothing())))
        for hint in verdict.hints:
            # It held, perhaps only because nothing can have such a field.
            warnings.warn(hint, stacklevel=_outside())
        self._expected.update(subject.place for subject in verdict.matched)
        return caught(verdict.matched)

    def _why_nothing(self) -> Iterator[str]:
        """What was refused; and of this process's SDK, when the project got nothing at all."""
        for refused in self._live.reader.refused(self.project, limit=1).refused:
            yield (
                f"a request was refused ({refused.status}): {refused.detail};"
                " relay.explain() tells more"
            )
        if not new_items(self._live.reader, self.project, 0):
            yield sdk.state(self._dsn)

    def expect_in_order(
        self, *expectations: Expectation, within: float | None = None
    ) -> list[Caught]:
        """Wait until these came one after the other, whatever came between; the first of each."""
        __tracebackhide__ = True
        if not expectations:
            raise ConfigError("expect_in_order needs at least one expectation, such as event(...)")
        mine = [replace(one, project=self.project, since=self.cursor) for one in expectations]
        patience = self.within if within is None else within
        verdict = waiting.wait_for_order(mine, patience, self._live, self._dsn)
        if not verdict.held:
            raise ExpectationFailed("\n".join((verdict.text, *self._why_nothing())))
        self._expected.update(subject.place for subject in verdict.matched)
        return caught(verdict.matched)

    def wait_for(
        self, wanted: Expectation | Callable[[list[Caught]], T], within: float | None = None
    ) -> T | list[Caught]:
        """Wait for an expectation, or until a function of the items gives something true."""
        __tracebackhide__ = True
        patience = self.within if within is None else within
        if isinstance(wanted, Expectation):
            return self.expect(replace(wanted, within=patience))
        found = waiting.until(self._look(wanted), self.cursor, patience, self._live, self._dsn)
        if not found:
            name = getattr(wanted, "__qualname__", repr(wanted))
            raise ExpectationFailed(
                "\n".join(
                    (
                        f"{name} was not true within {patience:g} s",
                        self.summary() or "nothing arrived",
                        *self._why_nothing(),
                    )
                )
            )
        return found

    def _look(self, predicate: Callable[[list[Caught]], T]) -> Callable[[], tuple[T, int]]:
        def look() -> tuple[T, int]:
            position = self._live.reader.position()
            return predicate(self.items()), position

        return look

    # About everything that was caught.

    def assert_no_leaks(self, *canaries: str | bytes) -> None:
        """Search every byte that arrived for these values, through common encodings."""
        __tracebackhide__ = True
        if not canaries or not all(canaries):
            raise ConfigError("assert_no_leaks needs values to look for, none of them empty")
        self.flush()
        reader = self._live.reader
        items = new_items(reader, self.project, self.cursor)
        found = find_leaks(reader, items, canaries, refused=self.project)
        if found:
            raise ExpectationFailed("\n".join(("leaked:", *(f"  {leak}" for leak in found))))

    def assert_clean(self, *, ignore: Collection[str] = ()) -> None:
        """See to it that Sentry would drop, cut or change nothing of what was sent.

        `ignore` names codes of findings, such as `trimmed`, or with a place, `trimmed:extra.a`.
        """
        __tracebackhide__ = True
        self.flush()
        found = lint.findings(self._exhibits(), self._live.views)
        if lines := lint.report(found, ignore):
            raise ExpectationFailed("\n".join(("Sentry would not keep it as sent:", *lines)))

    def assert_accounted(self) -> None:
        """See to it that the ledger and the stored items agree, unit for unit."""
        __tracebackhide__ = True
        self.flush()
        exhibits = [
            Exhibit(item, self._live.reader)
            for item in new_items(self._live.reader, self.project, 0)
        ]
        if wrong := accounts.differences(self._live.reader.ledger(self.project), exhibits):
            raise ExpectationFailed("\n".join(("the ledger does not balance:", *wrong)))

    def assert_matches_snapshot(self, name: str | None = None) -> None:
        """Compare the items with their snapshot; ids, times, paths and versions are replaced."""
        __tracebackhide__ = True
        if self._snapshots is None:
            raise ConfigError("snapshots need the `relay` fixture: it knows the test's name")
        self._named += 1
        path = snapshot.path(self._snapshots, name, self._named)
        snapshot.check(path, snapshot.render(self.items()), update=self._update)

    def unexpected(self, types: frozenset[str] | None = None) -> list[Caught]:
        """Items that no expectation matched: of these types, or of all that are asked for."""
        self.flush()
        return [
            Caught(subject)
            for exhibit in self._exhibits()
            if not exhibit.item.outcome
            and (
                exhibit.item.type in types
                if types is not None
                else exhibit.item.type not in OF_THEIR_OWN_ACCORD
            )
            for subject in exhibit.subjects
            if subject.place not in self._expected
        ]

    def summary(self) -> str:
        """What was caught, a line for each item; empty for nothing."""
        return "\n".join(
            f"{item.type} {item.id}: {item.title or '<untitled>'}"
            + (f" [{item.outcome}]" if item.outcome else "")
            for item in new_items(self._live.reader, self.project, self.cursor)
        )

    def explain(self, event_id: str | None = None) -> Explanation:
        """Why an event is missing; without one, everything of the project that was not kept."""
        self.flush()
        return explain(
            self._live.reader,
            event_id,
            since=None if event_id else 0.0,
            project=self.project,
            now=time.time(),
        )

    def server_errors(self) -> list[Exception]:
        """Bugs of the server since this was last asked."""
        return self._live.errors()

    @property
    def faults(self) -> ProjectFaults:
        """Break what this project receives, until the test ends: `.outage(times=3)`."""
        return self._faults

    def close(self) -> None:
        """End the faults that the test set."""
        self._faults.close()

    def __repr__(self) -> str:
        return f"<relay {self.dsn}>"

"""What the SDK loses without a word, and what shows that it was that (SDK_CONFIG.md 4.2).

Rule: a gap explains what is missing only where the evidence shows its cause; without that it is
named as a possible one, and what is missing stays a failure.
May import: ledgers.books.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scenarios.ledgers.books import Row


@dataclass(frozen=True)
class Facts:
    """What is known of the run beside the quantities.

    `ended_early` is how the process ended before its flush, empty where it did not; `ignored`
    are the names of `ignore_errors`; `refused` is how many requests the relay answered with no
    200; `release` and `client_reports` are the SDK's settings; `forked` whether it forked.
    """

    ended_early: str = ""
    ignored: tuple[str, ...] = ()
    refused: int = 0
    release: str = ""
    client_reports: bool = True
    forked: bool = False
    reasons: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Gap:
    """A cause: the categories it takes from (none: all), when it is shown, and what mends it."""

    cause: str
    explanation: str
    setting: str
    categories: frozenset[str]
    shown: Callable[[Facts], bool]

    def fits(self, category: str) -> bool:
        """Whether it can take from a category."""
        return not self.categories or category in self.categories


def _gap(
    cause: str,
    explanation: str,
    setting: str,
    shown: Callable[[Facts], bool],
    *categories: str,
) -> Gap:
    return Gap(cause, explanation, setting, frozenset(categories), shown)


UNDELIVERED = frozenset({"network_error", "ratelimit_backoff", "queue_overflow", "send_error"})
"""Reasons that tell of a time in which a client report may be lost as well."""

MISSING: tuple[Gap, ...] = (
    _gap(
        "ended early",
        "what waits in the SDK's queue is lost without a report when the process is killed, calls"
        " os._exit, or gets SIGTERM without a handler",
        "sdk_config.setup(), which flushes on SIGTERM; sentry_sdk.flush() before os._exit",
        lambda facts: bool(facts.ended_early),
    ),
    _gap(
        "ignore_errors",
        "the SDK drops what ignore_errors names and counts it nowhere",
        "sdk_config's ignore_errors, which counts what it drops",
        lambda facts: bool(facts.ignored),
        "error",
        "attachment",
    ),
    _gap(
        "no release",
        "a session without a release is discarded without a report",
        "SENTRY_RELEASE, or release=",
        lambda facts: not facts.release,
        "session",
    ),
    _gap(
        "attachment of a dropped event",
        "attachments go with their event, and no SDK reports them",
        "sdk_config.setup(), which counts them",
        lambda facts: bool(facts.reasons & {"before_send", "event_processor", "sample_rate"}),
        "attachment",
    ),
)
"""Why units can be missing without a trace."""

UNREPORTED: tuple[Gap, ...] = (
    _gap(
        "client reports off",
        "send_client_reports=False: the relay cannot know what was lost",
        "send_client_reports=True",
        lambda facts: not facts.client_reports,
    ),
    MISSING[0],
    _gap(
        "report lost",
        "under a limit on all categories, or in an outage, the SDK's report is dropped like"
        " what it reports",
        "sdk_config's own ledger: sdk_config.status(), or its statistics",
        lambda facts: bool(facts.refused or facts.reasons & UNDELIVERED),
    ),
)
"""Why what the SDK noted as lost can stay unreported."""

SURPLUS: tuple[Gap, ...] = (
    _gap(
        "counted on both sides",
        "the relay counted what was in a request that it refused, and the SDK noted it as lost",
        "",
        lambda facts: bool(facts.refused and facts.reasons & {"send_error", "network_error"}),
    ),
)
"""Why units can be there twice and yet all is well."""


def shown(gaps: Sequence[Gap], category: str, facts: Facts) -> Gap | None:
    """The gap of which the evidence shows the cause."""
    return next((gap for gap in gaps if gap.fits(category) and gap.shown(facts)), None)


def possible(gaps: Sequence[Gap], category: str) -> str:
    """The causes that could be it, in words."""
    return " or ".join(gap.cause for gap in gaps if gap.fits(category))


def misfiled(rows: Mapping[str, Row]) -> int:
    """How many check-ins are missing that the SDK filed as errors when a hook dropped them."""
    error, monitor = rows.get("error"), rows.get("monitor")
    if error is None or monitor is None:
        return 0
    return max(min(monitor.missing, -error.missing), 0)

"""What `-v` tells beside findings: where values come from, what is kept, what that uses up.

Rule: facts judge nothing; secrets are in none.
May import: subject, values; settings, dsn.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from sdk_config.checks.subject import Subject
from sdk_config.checks.values import installed_version
from sdk_config.dsn import redact
from sdk_config.settings import Settings

FREE_ERRORS, FREE_TRANSACTIONS = 5_000, 10_000
"""What the free plan of the documents takes in a month (S1-31, S2-51)."""

CLI_TIMEOUT = 5.0


@dataclass(frozen=True)
class Quota:
    """What some traffic uses up in a month, at the settings' rates."""

    errors: int
    transactions: int

    @property
    def fits(self) -> bool:
        """Whether the free plan takes it."""
        return self.errors <= FREE_ERRORS and self.transactions <= FREE_TRANSACTIONS


def estimate_quota(settings: Settings, requests: int, errors: int = 0) -> Quota:
    """What so many requests and errors a month become at these rates; both are counts.

    Raises `ValueError` for negative counts.
    """
    for name, count in (("requests", requests), ("errors", errors)):
        if count < 0:
            raise ValueError(f"expected {name} of 0 or more, got {count!r}")
    traced = settings.traces_sample_rate if settings.enable_tracing else 0.0
    return Quota(round(errors * settings.sample_rate), round(requests * traced))


def facts_of(subject: Subject) -> Iterator[str]:
    """One line each."""
    settings = subject.settings
    yield f"sentry-sdk {installed_version() or 'is not installed'}"
    yield f"items go to {redact(settings.dsn)}" if settings.dsn else "nothing is sent: no DSN"
    yield f"sentry-cli {cli_version() or 'is not installed'}"
    yield _kept(settings)
    limit = estimate_quota(settings, 1_000_000)
    yield (
        f"a million requests a month are {limit.transactions} transactions; "
        f"the free plan takes {FREE_TRANSACTIONS}"
    )
    for found in settings.explain():
        if found.origin != "default":
            yield str(found)
    arrived = subject.facts.get("arrived")
    if arrived:
        yield "the probed setup sent: " + ", ".join(sorted(arrived))


def cli_version() -> str | None:
    """The release CLI's version, or None without one; nothing else is asked of it (S0-23)."""
    found = shutil.which("sentry-cli")
    if found is None:
        return None
    try:
        run = subprocess.run(
            [found, "--version"], capture_output=True, text=True, check=False, timeout=CLI_TIMEOUT
        )
    except (OSError, subprocess.SubprocessError):
        return "of an unknown version"
    words = run.stdout.split()
    return words[-1] if words else "of an unknown version"


def _kept(settings: Settings) -> str:
    traced = settings.traces_sample_rate if settings.enable_tracing else 0.0
    return (
        f"of 100 errors about {settings.sample_rate * 100:g} are kept, "
        f"of 100 transactions about {traced * 100:g}; the rest is missing on purpose"
    )

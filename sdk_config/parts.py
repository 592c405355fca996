"""The composition: which parts some settings ask for.

Rule: one line adds a part; nothing else names the rooms that plug in.
May import: settings, seams, and the rooms that plug in: privacy, filters, sampling, fingerprints.
"""

from __future__ import annotations

from sdk_config.errors import Problem
from sdk_config.filters import ErrorFilter
from sdk_config.fingerprints import Fingerprinter
from sdk_config.privacy import scrubber_of
from sdk_config.sampling import Sampler, rules_from
from sdk_config.seams import Parts
from sdk_config.settings import Settings


def parts_of(settings: Settings) -> Parts:
    """The scrubber, filters, sampler and fingerprints for these settings."""
    return Parts(
        scrubber=scrubber_of(settings),
        error_filter=_error_filter(settings),
        sampler=_sampler(settings),
        fingerprinter=Fingerprinter(settings.fingerprints) if settings.fingerprints else None,
    )


def _error_filter(settings: Settings) -> ErrorFilter | None:
    if not (
        settings.ignore_errors
        or settings.ignore_loggers
        or settings.ignore_messages
        or settings.ignore_status
        or settings.error_burst
    ):
        return None
    return ErrorFilter(
        errors=settings.ignore_errors,
        loggers=settings.ignore_loggers,
        messages=settings.ignore_messages,
        status=settings.ignore_status,
        burst=settings.error_burst,
    )


def _sampler(settings: Settings) -> Sampler:
    return Sampler(
        rules_from(settings.traces_rules),
        settings.traces_sample_rate,
        parent=settings.traces_parent,
        health_paths=settings.health_paths,
        error_default=settings.sample_rate,
    )


def problems_of(parts: Parts) -> tuple[Problem, ...]:
    """What the parts could not read of what they were given, and left out."""
    plugged = (parts.error_filter, parts.sampler, parts.fingerprinter)
    return tuple(one for part in plugged for one in getattr(part, "problems", ()))

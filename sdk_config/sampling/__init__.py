"""Which share of transactions and errors is sent: rules, the parent's decision, health checks.

Rule: pure; every answer is a rate from 0.0 to 1.0, for the context of any framework.
May import: events, globs, errors, seams, variables.
"""

from __future__ import annotations

from sdk_config.sampling.contexts import Work, work_of
from sdk_config.sampling.sampler import (
    PARENTS,
    ErrorRule,
    Rule,
    Sampler,
    rules_from,
    valid_rate,
)
from sdk_config.variables import HEALTH_PATHS

__all__ = [
    "HEALTH_PATHS",
    "PARENTS",
    "ErrorRule",
    "Rule",
    "Sampler",
    "Work",
    "rules_from",
    "valid_rate",
    "work_of",
]

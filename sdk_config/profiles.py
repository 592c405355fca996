"""Presets: named sets of values that stand between what somebody said and the defaults.

Rule: an explicit value always wins over a profile (K-05), and no profile switches privacy off.
Lost errors cannot be alerted on, so only the profiles of the documents that ask for it sample
errors (K-06).
May import: the standard library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Profile:
    """Values by field; those of the present environment count before those of any."""

    values: Mapping[str, Any]
    by_environment: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def get(self, name: str, environment: str) -> Any:
        """The value of a field in an environment; None where the profile says nothing."""
        own = self.by_environment.get(environment, {})
        return own.get(name, self.values.get(name))


@dataclass(frozen=True)
class Rates:
    """Sample rates for an amount of traffic."""

    traces_sample_rate: float
    profiles_sample_rate: float


_PRIVATE = {"send_default_pii": False, "include_local_variables": False}

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        # S3-03 to S3-05: the three files of the booking backend.
        "development": Profile(
            {
                "debug": True,
                "sample_rate": 1.0,
                "traces_sample_rate": 1.0,
                "profiles_sample_rate": 1.0,
            }
        ),
        "staging": Profile(
            {
                "debug": False,
                "sample_rate": 1.0,
                "traces_sample_rate": 0.5,
                "profiles_sample_rate": 0.2,
            }
        ),
        "production": Profile(
            {
                "debug": False,
                "sample_rate": 0.8,
                "traces_sample_rate": 0.05,
                "profiles_sample_rate": 0.02,
                **_PRIVATE,
            }
        ),
        # S2-17: tracing in all environments, at three rates.
        "balanced": Profile(
            {"enable_tracing": True, "traces_sample_rate": 0.1, "profiles_sample_rate": 0.1},
            {
                "development": {"traces_sample_rate": 1.0},
                "staging": {"traces_sample_rate": 0.5},
                "production": _PRIVATE,
            },
        ),
        # K-05 with the S3 rates of production, and all errors.
        "low_cost": Profile(
            {"traces_sample_rate": 0.05, "profiles_sample_rate": 0.02},
            {"production": _PRIVATE},
        ),
        # S1-03, S1-04, S1-32.
        "kibray": Profile(
            {
                "traces_sample_rate": 0.1,
                "profiles_sample_rate": 0.0,
                "send_default_pii": False,
                # S1-32: what its code drops, and what the comment beside it says (K-24).
                "ignore_loggers": ("django.security.DisallowedHost",),
                "ignore_status": (404,),
            },
            {"production": _PRIVATE},
        ),
    }
)


def recommend_rates(monthly_requests: int) -> Rates:
    """Rates for a number of requests a month: 1.0 under 1M, 0.1 to 10M, 0.01 beyond (S0-34).

    Raises `ValueError` for a negative number.
    """
    if monthly_requests < 0:
        raise ValueError(f"expected requests of 0 or more, got {monthly_requests!r}")
    if monthly_requests < 1_000_000:
        rate = 1.0
    elif monthly_requests <= 10_000_000:
        rate = 0.1
    else:
        rate = 0.01
    return Rates(traces_sample_rate=rate, profiles_sample_rate=rate)

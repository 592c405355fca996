"""The presets of the documents, and rates by traffic."""

from __future__ import annotations

import pytest

from sdk_config import PROFILES, Settings, recommend_rates
from sdk_config.settings import FIELDS


@pytest.mark.parametrize(
    ("profile", "environment", "rates", "debug", "local_variables"),
    [
        ("development", "development", (1.0, 1.0, 1.0), True, True),
        ("staging", "staging", (1.0, 0.5, 0.2), False, True),
        ("production", "production", (0.8, 0.05, 0.02), False, False),
        ("production", "staging", (0.8, 0.05, 0.02), False, False),
        ("balanced", "development", (1.0, 1.0, 0.1), False, True),
        ("balanced", "staging", (1.0, 0.5, 0.1), False, True),
        ("balanced", "production", (1.0, 0.1, 0.1), False, False),
        ("low_cost", "production", (1.0, 0.05, 0.02), False, False),
        ("kibray", "production", (1.0, 0.1, 0.0), False, False),
    ],
)
def test_each_profile_gives_the_values_of_its_document(
    profile: str,
    environment: str,
    rates: tuple[float, float, float],
    debug: bool,
    local_variables: bool,
) -> None:
    found = Settings.from_env({"APP_ENV": environment, "SENTRY_PROFILE": profile})

    assert (found.sample_rate, found.traces_sample_rate, found.profiles_sample_rate) == rates
    assert (found.debug, found.include_local_variables) == (debug, local_variables)
    assert found.send_default_pii is False
    assert found.enable_tracing is True
    assert found.profile == profile


def test_what_is_said_wins_over_a_profile() -> None:
    """K-05."""
    env = {"SENTRY_PROFILE": "production", "SENTRY_TRACES_SAMPLE_RATE": "0.5"}

    assert Settings.from_env(env).traces_sample_rate == 0.5


def test_the_argument_wins_over_the_variable() -> None:
    found = Settings.from_env({"SENTRY_PROFILE": "production"}, profile="development")

    assert found.profile == "development"


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_name_only_settings_that_are_there(profile: str) -> None:
    preset = PROFILES[profile]

    named = set(preset.values).union(*preset.by_environment.values())
    assert named <= FIELDS
    assert Settings.from_env({}, profile=profile).problems == ()


@pytest.mark.parametrize(
    ("requests", "rate"),
    [(0, 1.0), (999_999, 1.0), (1_000_000, 0.1), (10_000_000, 0.1), (10_000_001, 0.01)],
)
def test_rates_by_traffic(requests: int, rate: float) -> None:
    """S0-34."""
    assert recommend_rates(requests).traces_sample_rate == rate


def test_traffic_is_not_negative() -> None:
    with pytest.raises(ValueError, match="requests of 0 or more, got -1"):
        recommend_rates(-1)

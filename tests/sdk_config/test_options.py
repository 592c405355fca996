"""From settings to what an SDK accepts: old lists, new lists, and what had to be translated."""

from __future__ import annotations

from typing import Any

import pytest

from sdk_config import Settings, to_options
from sdk_config.options import SAME_NAME, installed_options

OLD = frozenset(
    {*SAME_NAME, "traces_sample_rate", "profiles_sample_rate", "send_default_pii", "spotlight"}
    | {"include_local_variables", "include_source_context", "_experiments", "before_send"}
    | {"in_app_include", "in_app_exclude", "trace_propagation_targets", "max_value_length"}
)
"""As of 1.45 and 2.0."""
PRESENT = OLD | {"data_collection", "profile_session_sample_rate", "profile_lifecycle"}
"""As of 2.75: both ways, the older deprecated."""
NEXT = PRESENT - {
    "send_default_pii",
    "include_local_variables",
    "include_source_context",
    "profiles_sample_rate",
}
"""As of the 3.0 pre-release."""


def values(accepted: frozenset[str], **settings: Any) -> dict[str, Any]:
    """The options for settings."""
    return dict(to_options(Settings(**settings), accepted).values)


@pytest.mark.parametrize("accepted", [OLD, PRESENT, NEXT], ids=["old", "present", "next"])
def test_only_what_the_sdk_accepts_is_given_to_it(accepted: frozenset[str]) -> None:
    found = to_options(Settings(dsn="https://k@example.com/1", enable_logs=True), accepted)

    assert found.values.keys() <= accepted
    assert found.left_out == ()


def test_without_personal_data_the_present_sdk_keeps_its_older_options() -> None:
    """S1-04: giving `send_default_pii` at all is a deprecation."""
    found = values(PRESENT, include_local_variables=False)

    assert "data_collection" not in found
    assert "send_default_pii" not in found
    assert found["include_local_variables"] is False


def test_personal_data_is_translated_where_the_option_is_deprecated() -> None:
    found = values(PRESENT, send_default_pii=True, include_local_variables=False)

    assert "send_default_pii" not in found
    assert found["data_collection"]["user_info"] is True
    assert found["data_collection"]["stack_frame_variables"] is False


def test_the_next_sdk_is_told_everything_by_data_collection() -> None:
    found = values(NEXT, include_source_context=False, max_request_body_size="never")

    assert found["data_collection"]["user_info"] is False
    assert found["data_collection"]["cookies"] == {"mode": "off"}
    assert found["data_collection"]["frame_context_lines"] == 0
    assert found["data_collection"]["http_bodies"] == []


def test_an_old_sdk_is_told_by_its_own_options() -> None:
    assert values(OLD, send_default_pii=True)["send_default_pii"] is True


def test_tracing_that_is_off_gives_no_rate_at_all() -> None:
    """K-09: a rate of 0 would continue what others sampled."""
    found = values(PRESENT, enable_tracing=False, traces_sample_rate=1.0)

    assert "traces_sample_rate" not in found
    assert "profile_session_sample_rate" not in found


def test_a_rate_of_zero_is_given() -> None:
    assert values(PRESENT, traces_sample_rate=0.0)["traces_sample_rate"] == 0.0


@pytest.mark.parametrize(
    ("accepted", "given", "expected"),
    [
        (OLD, {"profiles_sample_rate": 0.2}, {"profiles_sample_rate": 0.2}),
        (OLD, {"profile_session_sample_rate": 0.3}, {"profiles_sample_rate": 0.3}),
        (
            PRESENT,
            {"profiles_sample_rate": 0.2},
            {"profile_session_sample_rate": 0.2, "profile_lifecycle": "trace"},
        ),
        (
            PRESENT,
            {"profile_session_sample_rate": 0.3, "profile_lifecycle": "manual"},
            {"profile_session_sample_rate": 0.3, "profile_lifecycle": "manual"},
        ),
        (PRESENT, {"profiles_sample_rate": 0.0}, {}),
        (PRESENT, {"profiles_sample_rate": 0.2, "enable_tracing": False}, {}),
    ],
)
def test_profiles_are_asked_for_in_the_way_the_sdk_knows(
    accepted: frozenset[str], given: dict[str, Any], expected: dict[str, Any]
) -> None:
    """K-07."""
    found = values(accepted, **given)

    assert {name: value for name, value in found.items() if "profile" in name} == expected


def test_logs_go_under_experiments_where_they_are_no_option_yet() -> None:
    hook = object()

    found = to_options(
        Settings(enable_logs=True), OLD, {"before_send_log": hook}, {"_experiments": {"x": 1}}
    )

    assert found.values["_experiments"] == {
        "enable_logs": True,
        "before_send_log": hook,
        "x": 1,
    }
    assert found.left_out == ()


@pytest.mark.parametrize(
    ("value", "option"),
    [
        (None, False),
        ("0", False),
        ("true", True),
        ("http://127.0.0.1:8969/stream", "http://127.0.0.1:8969/stream"),
    ],
)
def test_spotlight_is_said_in_so_many_words(value: str | None, option: Any) -> None:
    """M-32: unset, the SDK would read a variable of its own."""
    assert values(PRESENT, spotlight=value)["spotlight"] == option


def test_what_the_sdk_does_not_know_is_named() -> None:
    assert to_options(Settings(dist="7"), PRESENT - {"dist"}).left_out == ("dist",)


def test_the_application_s_own_options_win() -> None:
    found = to_options(Settings(max_breadcrumbs=5), PRESENT, extra={"max_breadcrumbs": 7})

    assert found.values["max_breadcrumbs"] == 7


def test_the_installed_sdk_accepts_every_setting_of_the_same_name() -> None:
    assert set(SAME_NAME) <= installed_options()

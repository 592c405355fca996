"""Settings: every variable and alias, who wins and why, what is wrong, and no secret shown."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk_config import Settings, SettingsError
from sdk_config.settings import FIELDS
from sdk_config.variables import BY_FIELD, VARIABLES, Variable

DSN = "https://k3y@example.com/1"

EXAMPLES: dict[str, tuple[str, Any]] = {
    "dsn": (DSN, DSN),
    "environment": ("staging", "staging"),
    "release": ("shop@2.0.3", "shop@2.0.3"),
    "release_sources": ("ci", ("ci",)),
    "max_request_body_size": ("never", "never"),
    "profile_lifecycle": ("manual", "manual"),
    "ignore_errors": ("ValueError,shop.Late", ("ValueError", "shop.Late")),
    "ignore_status": ("404,4xx", (404, "4xx")),
    "traces_rules": ("POST /pay=1,task:a.*=0.5", (("POST /pay", 1.0), ("task:a.*", 0.5))),
    "traces_parent": ("ignore", "ignore"),
    "otel": ("link", "link"),
    "default_tags": ("team=shop", (("team", "shop"),)),
}


def example(variable: Variable) -> tuple[str, Any]:
    """A text for a variable, and the value that it must give."""
    if variable.field in EXAMPLES:
        return EXAMPLES[variable.field]
    for text, value in (("0.25", 0.25), ("7", 7), ("true", True), ("a,b", ("a", "b"))):
        if variable.read.__name__ in {"rate", "seconds"} and value == 0.25:
            return text, value
        if variable.read.__name__ == "count" and value == 7:
            return text, value
        if variable.read.__name__ == "flag" and value is True:
            return ("false", False) if variable.default is True else (text, value)
        if variable.read.__name__ == "words" and isinstance(value, tuple):
            return text, value
    return "word", "word"


@pytest.mark.parametrize(
    ("field", "name"), [(row.field, name) for row in VARIABLES for name in row.names]
)
def test_every_variable_and_alias_gives_its_setting(field: str, name: str) -> None:
    text, value = example(BY_FIELD[field])

    found = Settings.from_env({name: text})

    assert getattr(found, field) == value
    assert (found.source(field).origin, found.source(field).name) == ("environment", name)


@pytest.mark.parametrize(
    ("field", "name"), [(row.field, name) for row in VARIABLES for name in row.names]
)
def test_every_variable_may_name_a_mounted_file(field: str, name: str, tmp_path: Path) -> None:
    text, value = example(BY_FIELD[field])
    (tmp_path / "mounted").write_text(f"{text}\n")

    found = Settings.from_env({f"{name}_FILE": str(tmp_path / "mounted")})

    assert getattr(found, field) == value
    assert found.source(field).origin == "secret file"


def test_the_record_and_the_table_have_the_same_fields_and_defaults() -> None:
    table = {row.field: row.default for row in VARIABLES}

    assert set(table) == FIELDS
    assert {
        entry.name: entry.default
        for entry in fields(Settings)
        if entry.name in FIELDS and entry.default is not MISSING
    } == table


def test_nothing_said_gives_the_defaults_and_no_problem() -> None:
    found = Settings.from_env({})

    assert found == Settings()
    assert found.problems == ()
    assert (found.environment, found.sample_rate, found.traces_sample_rate) == (
        "development",
        1.0,
        0.1,
    )


def test_argument_over_environment_over_file_over_profile_over_default(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SENTRY_SAMPLE_RATE=0.2\nSENTRY_MAX_BREADCRUMBS=2\n")
    env = {"SENTRY_SAMPLE_RATE": "0.3"}

    def read(**arguments: Any) -> Settings:
        return Settings.from_env(env, dotenv=tmp_path / ".env", profile="production", **arguments)

    assert read(sample_rate=0.4).sample_rate == 0.4
    assert read().sample_rate == 0.3
    assert read().max_breadcrumbs == 2
    assert read().traces_sample_rate == 0.05
    assert read().attach_stacktrace is True
    assert [read().source(name).origin for name in ("max_breadcrumbs", "traces_sample_rate")] == [
        "dotenv",
        "profile",
    ]


def test_explain_says_who_won_and_who_was_overruled(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SENTRY_SAMPLE_RATE=0.2\n")
    found = Settings.from_env({"SENTRY_SAMPLE_RATE": "0.3"}, dotenv=tmp_path / ".env")

    assert str(found.source("sample_rate")) == (
        "sample_rate = 0.3 from environment SENTRY_SAMPLE_RATE (over SENTRY_SAMPLE_RATE)"
    )
    assert [source.field for source in found.explain()] == [row.field for row in VARIABLES]
    # A variable over its own line in a file is what the file is for.
    assert found.problems == ()


@pytest.mark.parametrize(
    ("env", "environment"),
    [
        ({"SENTRY_ENVIRONMENT": "prod", "APP_ENV": "prod"}, "production"),
        ({"APP_ENV": "staging", "SENTRY_ENVIRONMENT": "  "}, "staging"),
        ({"ENVIRONMENT": "Production"}, "production"),
        ({"DJANGO_ENV": "dev"}, "development"),
        ({"ENVIRONMENT": "stage"}, "staging"),
        ({"SENTRY_ENVIRONMENT": "qa-2"}, "qa-2"),
        ({}, "development"),
    ],
)
def test_the_environment_has_four_names_and_short_forms(
    env: dict[str, str], environment: str
) -> None:
    """K-01, K-03, K-04."""
    assert Settings.from_env(env).environment == environment


def test_two_environments_are_a_warning_that_names_both() -> None:
    """K-01."""
    found = Settings.from_env({"SENTRY_ENVIRONMENT": "production", "DJANGO_ENV": "staging"})

    assert found.environment == "production"
    assert [str(problem) for problem in found.problems] == [
        (
            "TWO-VALUES: SENTRY_ENVIRONMENT counts, and DJANGO_ENV says something else; "
            "keep one of them"
        )
    ]


def test_a_dsn_without_an_environment_is_a_warning() -> None:
    """K-04."""
    (problem,) = Settings.from_env({"SENTRY_DSN": DSN}).problems

    assert (problem.rule, problem.level) == ("ENV-MISSING", "warning")


def test_an_environment_that_sentry_refuses_is_an_error() -> None:
    found = Settings.from_env({"SENTRY_ENVIRONMENT": "a/b"})

    assert found.environment == "development"
    assert found.problems[0].rule == "VALUE"


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ({"SENTRY_DSN": DSN}, None),
        ({"SENTRY_DSN": DSN, "SENTRY_ENABLED": "true"}, None),
        ({"SENTRY_DSN": DSN, "SENTRY_ENABLED": "false"}, "SENTRY_ENABLED is false"),
        ({"SENTRY_DSN": "", "SENTRY_ENABLED": "true"}, "there is no DSN"),
        ({"SENTRY_DSN": "   "}, "there is no DSN"),
        ({}, "there is no DSN"),
    ],
)
def test_either_switch_says_off(env: dict[str, str], reason: str | None) -> None:
    """K-08."""
    assert Settings.from_env(env).off_reason == reason


def test_an_empty_dsn_in_the_environment_is_off_whatever_the_file_says(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"SENTRY_DSN={DSN}\n")

    assert Settings.from_env({"SENTRY_DSN": ""}, dotenv=tmp_path / ".env").dsn is None
    assert Settings.from_env({}, dotenv=tmp_path / ".env").dsn == DSN


def test_a_dsn_that_cannot_be_read_is_off_and_an_error_without_the_key() -> None:
    found = Settings.from_env({"SENTRY_DSN": f"'{DSN}'", "APP_ENV": "test"})

    assert found.dsn is None
    assert [str(problem) for problem in found.problems] == [
        "DSN: SENTRY_DSN: the DSN stands in quotes; remove them; nothing is sent"
    ]


def test_the_secret_half_of_a_dsn_is_taken_out_and_an_error() -> None:
    """K-26."""
    found = Settings.from_env({"SENTRY_DSN": "https://k3y:hush@example.com/1", "APP_ENV": "test"})

    assert found.dsn == DSN
    assert [problem.rule for problem in found.problems] == ["DSN-SECRET"]
    assert "hush" not in repr(found.problems) + repr(found.sources)


def test_a_value_that_cannot_be_read_gives_way_to_the_next_source(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SENTRY_TRACES_SAMPLE_RATE=0.2\n")
    found = Settings.from_env({"SENTRY_TRACES_SAMPLE_RATE": "10"}, dotenv=tmp_path / ".env")

    assert found.traces_sample_rate == 0.2
    assert [str(problem) for problem in found.problems] == [
        (
            "VALUE: SENTRY_TRACES_SAMPLE_RATE: expected a rate from 0.0 to 1.0, got '10'; "
            "for 10 per cent write 0.1"
        )
    ]


@pytest.mark.parametrize(
    "field",
    ["send_default_pii", "include_local_variables", "include_source_context", "allow_unscrubbed"],
)
def test_a_privacy_setting_that_cannot_be_read_is_private(field: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"SENTRY_{field.upper()}=true\n")
    found = Settings.from_env({f"SENTRY_{field.upper()}": "maybe"}, dotenv=tmp_path / ".env")

    assert getattr(found, field) is False


def test_local_variables_are_off_in_production_unless_asked_for() -> None:
    """K-18."""
    name = "SENTRY_INCLUDE_LOCAL_VARIABLES"

    assert Settings.from_env({"APP_ENV": "staging"}).include_local_variables
    assert not Settings.from_env({"APP_ENV": "production"}).include_local_variables
    assert Settings.from_env({"APP_ENV": "production", name: "true"}).include_local_variables


def test_profiling_in_both_ways_is_an_error() -> None:
    """K-07."""
    names = ("SENTRY_PROFILES_SAMPLE_RATE", "SENTRY_PROFILE_SESSION_SAMPLE_RATE")

    found = Settings.from_env(dict.fromkeys(names, "0.5"))

    problems = {problem.rule: problem.level for problem in found.problems}
    assert problems["PROFILES-TWICE"] == "error"


@pytest.mark.parametrize(
    ("crashes", "given", "profiled", "rules"),
    [
        (True, {}, False, []),
        (True, {"profile": "development"}, False, []),
        (True, {"profiles_sample_rate": 0.1}, True, ["PROFILER"]),
        (True, {"profile_session_sample_rate": 0.1}, True, ["PROFILER"]),
        (True, {"profiles_sample_rate": 0.0}, True, []),
        (False, {}, True, []),
        (False, {"profiles_sample_rate": 0.1}, True, []),
    ],
)
def test_a_profiler_that_may_crash_runs_only_where_somebody_says_so(
    crashes: bool,
    given: dict[str, Any],
    profiled: bool,
    rules: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sdk_config.settings.PROFILER_MAY_CRASH", crashes)

    found = Settings.from_env({}, **given)

    assert found.profiles == profiled
    assert [problem.rule for problem in found.problems] == rules


@pytest.mark.parametrize("release", ["latest", "refs/heads/main", "unknown", "shop@master"])
def test_a_vague_release_is_none(release: str) -> None:
    """K-19."""
    found = Settings.from_env({"SENTRY_RELEASE": release})

    assert found.release is None
    assert found.problems[0].level == "error"
    assert found.source("release").shown == "None"


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("SENTRY_TRACE_SAMPLE_RATE", "; did you mean SENTRY_TRACES_SAMPLE_RATE?"),
        ("SENTRY_ENVIROMENT", "; did you mean SENTRY_ENVIRONMENT?"),
        ("SENTRY_QQQ", ""),
    ],
)
def test_a_name_that_nothing_reads_is_a_warning_with_a_suggestion(
    name: str, suggestion: str
) -> None:
    (problem,) = Settings.from_env({name: "1"}).problems

    assert str(problem) == f"UNKNOWN: nothing reads {name}{suggestion}"


def test_names_that_others_read_are_no_mistakes() -> None:
    env = {"SENTRY_LOG_LEVEL": "info", "SENTRY_KEEP_ALIVE": "1", "SENTRY_PRINT_ENVELOPES": "1"}

    assert Settings.from_env(env).problems == ()


def test_an_argument_that_is_no_setting_is_an_error_with_a_suggestion() -> None:
    (problem,) = Settings.from_env({}, tracing_sample_rate=1.0).problems

    assert str(problem) == (
        "UNKNOWN: there is no setting 'tracing_sample_rate'; did you mean traces_sample_rate?"
    )


def test_strict_raises_with_all_errors() -> None:
    env = {"SENTRY_SAMPLE_RATE": "x", "SENTRY_DEBUG": "perhaps"}

    with pytest.raises(SettingsError, match=r"SENTRY_SAMPLE_RATE.*SENTRY_DEBUG") as error:
        Settings.from_env(env, strict=True)

    assert len(error.value.problems) == 2


def test_strict_lets_warnings_pass() -> None:
    assert Settings.from_env({"SENTRY_DSN": DSN}, strict=True).dsn == DSN


def test_a_profile_that_is_not_there_is_an_error_with_a_suggestion() -> None:
    (problem,) = Settings.from_env({"SENTRY_PROFILE": "low-cost"}).problems

    assert problem.text.endswith("got 'low-cost'; did you mean low_cost?")


@pytest.mark.parametrize("path", ["missing.env", "."])
def test_a_file_that_cannot_be_read_is_an_error_and_not_a_crash(path: str, tmp_path: Path) -> None:
    found = Settings.from_env({}, dotenv=tmp_path / path)

    assert [problem.rule for problem in found.problems] == ["DOTENV"]


def test_a_mounted_secret_that_is_missing_is_an_error(tmp_path: Path) -> None:
    found = Settings.from_env({"SENTRY_DSN_FILE": str(tmp_path / "nothing")})

    assert found.dsn is None
    assert "No such file" in found.problems[0].text


def test_no_secret_is_in_any_text() -> None:
    env = {
        "SENTRY_DSN": "https://hush1@example.com/1",
        "SENTRY_AUTH_TOKEN": "hush2",
        "SENTRY_HASH_USER_ID": "hush3",
        "SENTRY_HTTP_PROXY": "http://u:hush4@proxy",
    }
    found = Settings.from_env(env)

    assert "hush" not in repr(found) + repr(found.explain()) + str(found.problems)
    assert found.auth_token == "hush2"


def test_the_process_environment_is_read_and_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "staging")
    monkeypatch.delenv("SENTRY_ENVIRONMENT", raising=False)

    assert Settings.from_env().environment == "staging"
    import os

    assert "SENTRY_ENVIRONMENT" not in os.environ


NAMES = [name for row in VARIABLES for name in row.names] + ["SENTRY_PROFILE"]


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20)))
def test_any_environment_can_be_read_and_explained(env: dict[str, str]) -> None:
    found = Settings.from_env(env)

    assert len(found.explain()) == len(VARIABLES)
    assert 0.0 <= found.traces_sample_rate <= 1.0
    assert Settings.from_env(env) == found

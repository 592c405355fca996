"""Settings and variables: each rule finds its mistake, and finds nothing where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from sdk_config import Settings
from sdk_config.checks import check

SECRET = "sntrys_" + "a1b2c3d4" * 4

CASES: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("VALUE", {"SENTRY_SAMPLE_RATE": "80"}, {"SENTRY_SAMPLE_RATE": "0.8"}),
    ("DSN", {"SENTRY_DSN": "'https://k@h/1'"}, {}),
    ("DSN", {"SENTRY_DSN": "https://key@host"}, {}),
    ("DSN-PLACEHOLDER", {"SENTRY_DSN": "https://your-key@sentry.test/1"}, {}),
    ("DSN-MISSING", {"SENTRY_DSN": "-"}, {}),
    (
        "DSN-SECRET",
        {"SENTRY_DSN": "https://0123456789ab:cdef01234567@sentry.test/1"},
        {"SENTRY_DSN": "https://0123456789ab@sentry.test/1"},
    ),
    (
        "DSN-HTTP",
        {"SENTRY_DSN": "http://0123456789ab@sentry.test/1"},
        {"SENTRY_DSN": "http://0123456789ab@127.0.0.1:9119/1"},
    ),
    ("ENV-MISSING", {"SENTRY_ENVIRONMENT": "-"}, {}),
    ("ENV-TESTING", {"DJANGO_DEBUG": "true"}, {"DJANGO_DEBUG": "false"}),
    (
        "ENV-TESTING",
        {"PYTEST_CURRENT_TEST": "test_a.py::test_b"},
        {"PYTEST_CURRENT_TEST": "test_a.py::test_b", "SENTRY_ENVIRONMENT": "test"},
    ),
    ("OFF", {"SENTRY_ENABLED": "false"}, {"SENTRY_ENABLED": "true"}),
    ("DEBUG-PROD", {"SENTRY_DEBUG": "1"}, {"SENTRY_DEBUG": "1", "SENTRY_ENVIRONMENT": "staging"}),
    ("PII-ON", {"SENTRY_SEND_DEFAULT_PII": "true"}, {"SENTRY_SEND_DEFAULT_PII": "false"}),
    (
        "LOCALS",
        {"SENTRY_INCLUDE_LOCAL_VARIABLES": "true"},
        {"SENTRY_INCLUDE_LOCAL_VARIABLES": "true", "SENTRY_ENVIRONMENT": "staging"},
    ),
    ("TOKEN-PUBLIC", {"VITE_SENTRY_AUTH_TOKEN": SECRET}, {"SENTRY_AUTH_TOKEN": SECRET}),
    (
        "TOKEN-PUBLIC",
        {"NEXT_PUBLIC_BUILD": SECRET},
        {"VITE_SENTRY_DSN": "https://0123456789ab@sentry.test/1"},
    ),
    ("PRINT-ENVELOPES", {"SENTRY_PRINT_ENVELOPES": "1"}, {"SENTRY_PRINT_ENVELOPES": "0"}),
    ("SPOTLIGHT", {"SENTRY_SPOTLIGHT": "1"}, {"SENTRY_SPOTLIGHT": "false"}),
    (
        "TRACE-TARGETS",
        {"SENTRY_TRACE_PROPAGATION_TARGETS": "-"},
        {"SENTRY_TRACE_PROPAGATION_TARGETS": "-", "SENTRY_ENABLE_TRACING": "false"},
    ),
    ("RATE-PROD", {"SENTRY_TRACES_SAMPLE_RATE": "1.0"}, {"SENTRY_TRACES_SAMPLE_RATE": "0.1"}),
    ("SIZE", {"SENTRY_MAX_VALUE_LENGTH": "-"}, {"SENTRY_MAX_VALUE_LENGTH": "5000"}),
    ("COST-4XX", {"SENTRY_IGNORE_STATUS": "-"}, {"SENTRY_IGNORE_STATUS": "404"}),
    (
        "OTEL-TWICE",
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317", "OTEL_TRACES_EXPORTER": "none"},
    ),
    (
        "NOISY-LOGGER",
        {"DJANGO_SETTINGS_MODULE": "shop.settings"},
        {
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "SENTRY_IGNORE_LOGGERS": "django.security.*",
        },
    ),
    ("TAGS", {"SENTRY_DEFAULT_TAGS": f"{'x' * 33}=1"}, {"SENTRY_DEFAULT_TAGS": "team=pay"}),
    ("TAGS", {"SENTRY_DEFAULT_TAGS": f"team={'x' * 201}"}, {"SENTRY_DEFAULT_TAGS": "team=pay"}),
    ("CA-FILE", {"SENTRY_CA_CERTS": "/no/such/file.pem"}, {}),
    ("PROXY", {"SENTRY_HTTPS_PROXY": "http://u:secretsecret@proxy.test:3128"}, {}),
    ("UNKNOWN", {"SENTRY_TRACE_SAMPLE_RATE": "0.1"}, {}),
    ("TWO-VALUES", {"APP_ENV": "staging"}, {"APP_ENV": "production"}),
    ("REL-VAGUE", {"SENTRY_RELEASE": "latest"}, {"SENTRY_RELEASE": "2.0.3"}),
    ("REL-REF", {"SENTRY_RELEASE": "refs/heads/main"}, {"SENTRY_RELEASE": "v2.0.3"}),
    ("REL-CHARS", {"SENTRY_RELEASE": "shop/2.0.3"}, {"SENTRY_RELEASE": "shop@4f2a9c1"}),
    ("REL-SEMVER", {"SENTRY_RELEASE": "spring"}, {"SENTRY_RELEASE": "shop@2.0.3"}),
    (
        "PROFILES-TWICE",
        {"SENTRY_PROFILES_SAMPLE_RATE": "0.1", "SENTRY_PROFILE_SESSION_SAMPLE_RATE": "0.1"},
        {"SENTRY_PROFILES_SAMPLE_RATE": "0.1"},
    ),
    ("PROFILE", {"SENTRY_PROFILE": "prodution"}, {"SENTRY_PROFILE": "production"}),
    ("FINGERPRINT", {"SENTRY_FINGERPRINTS": "what"}, {"SENTRY_FINGERPRINTS": "export-error"}),
    ("UNSCRUBBED", {"SENTRY_ALLOW_UNSCRUBBED": "true"}, {}),
]


def test_nothing_is_found_in_a_good_production_environment(judge: Any) -> None:
    found = [one for one in judge().findings if one.rule != "CLI-NONE"]

    assert found == []


@pytest.mark.parametrize(("rule", "bad", "good"), CASES)
def test_a_rule_finds_its_mistake_and_nothing_where_there_is_none(
    rule: str, bad: dict[str, str], good: dict[str, str], judge: Any
) -> None:
    every = {"types": ["config,security,performance,release,checklist", "connectivity"]}
    # Connectivity is judged offline here: there is nothing at that port.
    nowhere = {**every, "connect_to": "http://k@127.0.0.1:9/1"}

    assert rule in judge(bad, **nowhere).rules()
    assert rule not in judge(good, **nowhere).rules()


@pytest.mark.parametrize("absent", ["SENTRY_DSN", "SENTRY_RELEASE"])
def test_of_the_three_what_is_missing_is_an_error(
    absent: str, judge: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)  # no git to ask for a release

    report = judge({absent: "-"}, types=["release"])

    assert {"SENTRY_DSN": "DSN-MISSING", "SENTRY_RELEASE": "REL-MISSING"}[absent] in report.rules()
    assert report.exit_status == 1


def test_in_development_that_says_so_the_three_are_no_errors(
    judge: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    without = {"SENTRY_DSN": "-", "SENTRY_RELEASE": "-", "SENTRY_ENVIRONMENT": "development"}

    assert judge(without).ok


def test_it_is_judged_as_the_environment_that_is_asked_for(judge: Any) -> None:
    report = judge({"SENTRY_ENVIRONMENT": "dev", "SENTRY_DEBUG": "1"}, environment="prod")

    assert report.environment == "production"
    assert {"DEBUG-PROD", "ENV-DIFFERS"} <= report.rules()


def test_a_missing_environment_is_found_whatever_is_asked_for(judge: Any) -> None:
    assert "ENV-MISSING" in judge({"SENTRY_ENVIRONMENT": "-"}, environment="production").rules()


def test_settings_from_code_are_judged_as_well() -> None:
    settings = Settings.from_env({}, dsn="https://0123456789ab@sentry.test/1", environment="prod")

    report = check(settings, env={}, types=["security"])

    assert "TRACE-TARGETS" in report.rules()


@pytest.mark.parametrize(
    ("version", "rule"), [("1.45.1", "SDK-OLD"), ("3.0.0b2", "SDK-PRE"), ("2.75.0", None)]
)
def test_an_old_or_unreleased_sdk_is_found(version: str, rule: str | None) -> None:
    from sdk_config.checks.values import of_version

    assert [one.rule for one in of_version(version, "installed")] == ([rule] if rule else [])


def test_a_type_that_is_not_there_is_an_error(judge: Any) -> None:
    with pytest.raises(ValueError, match=r"expected config, connectivity, .* got 'conectivity'"):
        judge(types=["conectivity"])


def test_only_the_types_that_are_asked_for_are_in_the_report(judge: Any) -> None:
    bad = {"SENTRY_DEBUG": "1", "SENTRY_SEND_DEFAULT_PII": "1"}

    assert judge(bad, types=["security"]).rules() == {"PII-ON"}

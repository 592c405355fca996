"""Reports: exit status, text, JSON, checklist, and no secret in any of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdk_config import Settings, estimate_quota
from sdk_config.checks import check
from sdk_config.checks.findings import Finding, Report
from sdk_config.checks.render import report_text
from sdk_config.checks.rules import finding
from sdk_config.checks.secrecy import secrets_of

CONNECT = finding("CONNECT", "nobody")
ERROR = finding("VALUE", "wrong")
WARNING = finding("TRIO", "something", "compose.yml")


@pytest.mark.parametrize(
    ("findings", "status"),
    [((), 0), ((WARNING,), 0), ((ERROR, WARNING), 1), ((CONNECT,), 3), ((CONNECT, ERROR), 1)],
)
def test_the_exit_status_follows_from_the_findings(
    findings: tuple[Finding, ...], status: int
) -> None:
    assert Report("test", ("config",), findings).exit_status == status


def test_a_report_as_text_is_plain_and_says_what_and_where() -> None:
    report = Report("production", ("config", "release"), (ERROR, WARNING), ("a fact",))

    assert report_text(report) == (
        "sdk-config check: production (config, release)\n\n"
        "error    VALUE\n         wrong\n\n"
        "warning  TRIO  compose.yml\n         something\n\n"
        "1 error, 1 warning: not ok"
    )


def test_what_only_informs_is_shown_when_asked_for() -> None:
    report = Report("test", ("config",), (finding("SIZE", "long"),), ("a fact",))

    assert "SIZE" not in report_text(report)
    assert "(-v shows what only informs)" in report_text(report)
    assert "SIZE" in report_text(report, verbose=True)
    assert "  a fact" in report_text(report, verbose=True)


def test_colours_come_only_where_they_are_asked_for() -> None:
    report = Report("test", ("config",), (ERROR,))

    assert "\x1b" not in report_text(report)
    assert "\x1b[31merror" in report_text(report, colour=True)


def test_long_texts_are_wrapped_and_long_words_are_whole() -> None:
    word = "x" * 120
    text = report_text(Report("test", ("config",), (finding("VALUE", f"{'why ' * 40}{word}"),)))

    assert word in text
    assert all(len(line) <= 88 or word in line for line in text.splitlines())


def test_the_checklist_passes_fails_or_asks_a_person(judge: Any) -> None:
    states = {item.text: item.state for item in judge(types=["checklist"]).items}
    bad = judge({"SENTRY_RELEASE": "latest", "SENTRY_DEBUG": "1"}, types=["checklist"])
    worse = {item.text: item.state for item in bad.items}

    assert states["the release is named and good"] == "pass"
    assert worse["the release is named and good"] == "fail"
    assert worse["debug output is off"] == "fail"
    assert states["mail arrives for a new issue"] == "manual"
    assert states["hooks and samplers work"] == "manual"


def test_the_checklist_looks_into_ci_and_build(judge_files: Any) -> None:
    files = {".gitlab-ci.yml": "sentry-cli releases new 1", "vite.config.ts": "sentryVitePlugin()"}

    states = {item.text: item.state for item in judge_files(files, types=["checklist"]).items}

    assert states["a step of CI makes releases"] == "pass"
    assert states["source maps are made and sent"] == "pass"


def test_facts_explain_what_is_kept_and_where_values_come_from(judge: Any) -> None:
    facts = "\n".join(judge({"SENTRY_SAMPLE_RATE": "0.8"}).facts)

    assert "of 100 errors about 80 are kept, of 100 transactions about 10" in facts
    assert "sample_rate = 0.8 from environment SENTRY_SAMPLE_RATE" in facts
    assert "sentry-cli is not installed" in facts or "sentry-cli " in facts


@pytest.mark.parametrize(
    ("requests", "errors", "rates", "expected", "fits"),
    [
        (100_000, 5_000, {}, (5_000, 10_000), True),
        (100_001, 6_000, {"sample_rate": 0.5, "traces_sample_rate": 0.2}, (3_000, 20_000), False),
        (1_000_000, 0, {"enable_tracing": False}, (0, 0), True),
    ],
)
def test_traffic_becomes_what_is_used_up(
    requests: int, errors: int, rates: dict[str, Any], expected: tuple[int, int], fits: bool
) -> None:
    quota = estimate_quota(Settings(**rates), requests, errors)

    assert (quota.errors, quota.transactions) == expected
    assert quota.fits is fits


def test_traffic_is_no_negative_number() -> None:
    with pytest.raises(ValueError, match="expected errors of 0 or more, got -1"):
        estimate_quota(Settings(), 1, -1)


SECRETS = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=8, max_size=24)
PLACES = st.sampled_from(
    [
        ("SENTRY_DSN", "https://{}@o1.ingest.sentry.io/1"),
        ("SENTRY_DSN", "https://key12345:{}@o1.ingest.sentry.io/1"),
        ("SENTRY_DSN", "'https://{}@o1.ingest.sentry.io/1'"),
        ("SENTRY_DSN", "ftp://{}@o1.ingest.sentry.io"),
        ("SENTRY_DSN", "https://o1.ingest.sentry.io/{}"),
        ("SENTRY_DSN", "https://{}@your-host.example/1"),
        ("SENTRY_DSN", "https://{} @host.test/1"),
        ("SENTRY_AUTH_TOKEN", "{}"),
        ("SENTRY_AUTH_TOKEN", "sntrys_{}"),
        ("SENTRY_HASH_USER_ID", "{}"),
        ("SENTRY_HTTPS_PROXY", "http://user:{}@proxy.test:3128"),
        ("SENTRY_HTTP_PROXY", "{}"),
        ("VITE_SENTRY_AUTH_TOKEN", "{}"),
        ("VITE_SENTRY_DSN", "https://{0}:{0}@host.test/1"),
        ("DATABASE_URL", "postgres://shop:{}@db.test/shop"),
        ("SECRET_KEY", "{}"),
    ]
)
DOUBLES = st.sampled_from(
    ["SENTRY_SAMPLE_RATE", "SENTRY_RELEASE", "SENTRY_ENVIRONMENT", "SENTRY_DEFAULT_TAGS"]
)


@settings(max_examples=150)
@given(secret=SECRETS, place=PLACES, pasted=DOUBLES, verbose=st.booleans())
def test_no_secret_is_in_any_output(
    secret: str, place: tuple[str, str], pasted: str, verbose: bool
) -> None:
    name, shape = place
    # The same secret pasted where a value belongs is in the text of a problem.
    env = {name: shape.format(secret), pasted: f"a {secret}"}

    report = check(env=env, types=["config", "security", "performance", "release", "checklist"])

    assert secret not in report_text(report, verbose=verbose)
    assert secret not in json.dumps(report.to_json())
    assert secret not in repr(report)


@given(secret=SECRETS, text=st.text(max_size=40))
def test_redacting_takes_every_occurrence_out_of_a_tree(secret: str, text: str) -> None:
    found = secrets_of({"MY_API_TOKEN": secret})

    clean = found.cleaned({f"{text}{secret}": [secret, (f"{secret}{text}{secret}",), 1, None]})

    assert secret not in json.dumps(clean, ensure_ascii=False)


def test_a_redacted_dsn_is_left_as_it_is() -> None:
    env = {"SENTRY_DSN": "https://0123456789ab@sentry.test/1"}

    assert (
        secrets_of(env).redacted("to https://***@sentry.test/1") == "to https://***@sentry.test/1"
    )

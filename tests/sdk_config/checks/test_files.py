"""Compose, CI, build and server files: each rule finds its mistake, and nothing in a good file."""

from __future__ import annotations

from typing import Any

import pytest

COMPOSE = """
services:
  api:
    environment:
      SENTRY_DSN: ${SENTRY_DSN}
      SENTRY_ENVIRONMENT: ${SENTRY_ENVIRONMENT:-production}
      SENTRY_RELEASE: RELEASE
  worker:
    environment:
      - SENTRY_DSN=${SENTRY_DSN}
      - SENTRY_ENVIRONMENT=${SENTRY_ENVIRONMENT:-production}
      - SENTRY_RELEASE=RELEASE
  redis:
    image: redis
"""
GOOD_COMPOSE = COMPOSE.replace("RELEASE\n", "${SENTRY_RELEASE}\n")
CI = """
jobs:
  release:
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - run: sentry-cli releases set-commits "$SENTRY_RELEASE" --auto
        env:
          SENTRY_RELEASE: ${{ github.sha }}
"""
VITE = """
export default { build: { sourcemap: true },
  plugins: [sentryVitePlugin({ release: { name: "shop@2.0.3" }, org: "shop" })] }
"""

CASES = [
    ("TRIO", "compose.yml", GOOD_COMPOSE.replace("SENTRY_DSN: ${", "DSN: ${"), GOOD_COMPOSE),
    ("REL-DIFFERS", "compose.yml", COMPOSE.replace("RELEASE\n", "2.0.2\n", 1), GOOD_COMPOSE),
    (
        "REL-VAGUE",
        "docker-compose.yml",
        GOOD_COMPOSE.replace("${SENTRY_RELEASE}", "${SENTRY_RELEASE:-latest}"),
        GOOD_COMPOSE,
    ),
    ("GIT-SHALLOW", ".github/workflows/ci.yml", CI.replace("fetch-depth: 0", "lfs: true"), CI),
    ("REL-REF", ".github/workflows/ci.yml", CI.replace("github.sha", "github.ref"), CI),
    ("COMMITS-NONE", ".github/workflows/ci.yml", CI.replace("set-commits", "new"), CI),
    (
        "CURL-PIPE",
        ".gitlab-ci.yml",
        "script: curl -sL https://sentry.io/get-cli/ | SENTRY_CLI=1 bash\n".replace(
            "SENTRY_CLI=1 ", ""
        ),
        "script: pip install sentry-cli\n",
    ),
    (
        "REL-DIFFERS",
        ".github/workflows/ci.yml",
        CI.replace("${{ github.sha }}", "shop@2.0.2"),
        CI.replace("${{ github.sha }}", "shop@2.0.3"),
    ),
    ("SOURCEMAPS", "vite.config.ts", VITE.replace("true", "false"), VITE),
    ("SOURCEMAPS", "web/vite.config.js", VITE.replace("sentryVitePlugin", "other"), VITE),
    ("REL-DIFFERS", "vite.config.ts", VITE.replace("2.0.3", "2.0.2"), VITE),
    (
        "TOKEN-PUBLIC",
        "vite.config.ts",
        VITE.replace('org: "shop"', 'authToken: "abc"'),
        VITE.replace('org: "shop"', "authToken: process.env.SENTRY_AUTH_TOKEN"),
    ),
    ("SDK-OLD", "requirements.txt", "sentry-sdk[flask]==1.45.1\n", "sentry-sdk==2.18.0\n"),
    ("SDK-PRE", "requirements.txt", "sentry-sdk==3.0.0b2\n", "sentry-sdk==2.18.0\n"),
    ("UWSGI", "uwsgi.ini", "[uwsgi]\nmaster = true\n", "[uwsgi]\nenable-threads = true\n"),
    ("UWSGI", "uwsgi.ini", "[uwsgi]\nthreads = 0\n", "[uwsgi]\nthreads = 4\n"),
]


@pytest.mark.parametrize(("rule", "name", "bad", "good"), CASES)
def test_a_rule_finds_its_mistake_and_nothing_in_a_good_file(
    rule: str, name: str, bad: str, good: str, judge_files: Any
) -> None:
    assert rule in judge_files({name: bad}).rules()
    assert rule not in judge_files({name: good}).rules()


def test_a_shallow_clone_is_found(judge_files: Any) -> None:
    assert "GIT-SHALLOW" in judge_files({".git/shallow": "4f2a9c1\n"}).rules()


def test_a_file_that_is_no_text_is_passed_over(judge_files: Any, tmp_path: Any) -> None:
    (tmp_path / "compose.yml").write_bytes(b"\xff\xfe\x00services:")

    assert "TRIO" not in judge_files({}).rules()

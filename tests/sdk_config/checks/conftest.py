"""Environments to judge, and what the rules find in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sdk_config.checks import Report, check

KEY = "0123456789abcdef0123456789abcdef"
GOOD = {
    "SENTRY_DSN": f"https://{KEY}@o1.ingest.sentry.io/42",
    "SENTRY_ENVIRONMENT": "production",
    "SENTRY_RELEASE": "shop@2.0.3",
    "SENTRY_TRACE_PROPAGATION_TARGETS": "shop.test",
    "SENTRY_MAX_VALUE_LENGTH": "10000",
    "SENTRY_IGNORE_STATUS": "404",
}
"""A production environment in which no rule finds anything."""

OFFLINE = "config,security,performance,release"

Judge = Callable[..., Report]


@pytest.fixture
def judge() -> Judge:
    """Judge the good environment with some variables over it, without the network."""

    def run(more: dict[str, str] | None = None, **options: Any) -> Report:
        env = {name: value for name, value in {**GOOD, **(more or {})}.items() if value != "-"}
        return check(env=env, **{"types": [OFFLINE], **options})

    return run


@pytest.fixture
def judge_files(judge: Judge, tmp_path: Path) -> Judge:
    """Judge a folder that holds some files, under the good environment."""

    def run(files: dict[str, str], **options: Any) -> Report:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return judge(root=tmp_path, **options)

    return run

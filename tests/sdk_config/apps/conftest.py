"""Applications in processes of their own, with the frameworks and SDKs that tests/e2e locks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fake_relay.testing import Relay

ROOT = Path(__file__).parents[3]

RunApp = Callable[..., str]


@pytest.fixture
def run_app(installer: Any, relay: Relay) -> RunApp:
    """Run a script against this test's project and give its standard output.

    `run_app(code, *arguments, frameworks=True, otel=True, version="2.0.1", variables={...})`: with
    Django and the others, with OpenTelemetry, with that sentry-sdk. Fails unless it ends with 0.
    `frameworks=("Flask",)` leaves out the other big ones: the SDK imports all that it can find,
    which takes a second.
    """

    def run(
        code: str,
        *arguments: str,
        version: str | None = None,
        frameworks: bool | tuple[str, ...] = False,
        otel: bool = False,
        variables: dict[str, str] | None = None,
    ) -> str:
        folders = [installer.python_sdk(version)] if version else []
        folders += [installer.frameworks()] if frameworks else []
        folders += [installer.otel_sdk()] if otel else []
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")}
        environment = {
            **kept,
            "PYTHONPATH": os.pathsep.join(map(str, [*folders, ROOT])),
            "SENTRY_DSN": relay.dsn,
            "SENTRY_ENVIRONMENT": "test",
            "SENTRY_RELEASE": "shop@2.0.3",
            "SENTRY_TRACES_SAMPLE_RATE": "1.0",
            **(variables or {}),
        }
        done = subprocess.run(
            [sys.executable, "-c", _without(frameworks) + code, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


BIG = ("celery", "django", "fastapi", "flask", "sqlalchemy", "starlette")
"""Packages of integrations that take long to import."""

NEEDS = {"fastapi": {"fastapi", "starlette"}}


def _without(frameworks: bool | tuple[str, ...]) -> str:
    """Code after which the frameworks that are not named cannot be imported."""
    if isinstance(frameworks, bool):
        return ""
    named = {part for name in frameworks for part in NEEDS.get(name.lower(), {name.lower()})}
    left_out = [name for name in BIG if name not in named]
    return f"import sys\nsys.modules.update(dict.fromkeys({left_out!r}))\n"

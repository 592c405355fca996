"""Real sentry-sdk processes of several versions: what they send is kept byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

APP = Path(__file__).parent / "python" / "app.py"
ALWAYS = {
    "event",
    "transaction",
    "session",
    "sessions",
    "attachment",
    "user_report",
    "feedback",
    "check_in",
    "client_report",
    "profile",
}
BY_VERSION = {
    "1.45.1": {"statsd", "metric_meta"},
    "2.0.1": {"statsd", "metric_meta"},
    "2.75.0": {"log", "trace_metric"},
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def run_app(folder: Path, dsn: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the application under the SDK in that folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "SENTRY_DSN": dsn}
    return subprocess.run(
        [sys.executable, str(APP), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("coding", ["gzip", "br"])
@pytest.mark.parametrize("version", ["1.45.1", "2.0.1", "2.75.0"])
def test_everything_a_python_sdk_sends_is_kept_byte_for_byte(
    version: str, coding: str, installer: ModuleType, recorder: Any, check_kept: Any
) -> None:
    """One of everything, by each version, with and without brotli at hand."""
    folder = installer.python_sdk(version)
    arguments = ["brotli"] if coding == "br" else []

    run = run_app(folder, f"http://{'a' * 32}@127.0.0.1:{recorder.port}/42", *arguments)

    assert run.stderr.rstrip().endswith("RuntimeError: nobody handles this"), run.stderr
    assert set(check_kept()) == ALWAYS | BY_VERSION[version]
    # Versions before 2.20 know no brotli and send gzip whatever is importable.
    expected = coding if version == "2.75.0" else "gzip"
    assert {request.headers["content-encoding"] for request in recorder.requests} == {expected}


def test_the_process_ran_the_version_that_the_test_names(
    installer: ModuleType, recorder: Any, server: Any, check_kept: Any
) -> None:
    """PYTHONPATH wins over the SDK in the environment: the stored client names the version."""
    folder = installer.python_sdk("2.0.1")

    run_app(folder, f"http://{'a' * 32}@127.0.0.1:{recorder.port}/42")

    clients = {found.client for found in server.relay.store.find_envelopes(limit=1000).envelopes}
    assert clients == {"sentry.python/2.0.1"}

"""A real @sentry/node process: what it sends is kept byte for byte."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

APP = Path(__file__).parent / "node" / "app.mjs"
EXPECTED = {
    "event",
    "session",
    "attachment",
    "feedback",
    "check_in",
    "client_report",
    "log",
    "trace_metric",
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.mark.parametrize(("lifecycle", "traced"), [("static", "transaction"), ("stream", "span")])
def test_everything_the_node_sdk_sends_is_kept_byte_for_byte(
    lifecycle: str,
    traced: str,
    node: str,
    installer: ModuleType,
    recorder: Any,
    check_kept: Any,
) -> None:
    """One of everything, in transactions and as streamed spans, which is version 11's default."""
    environment = {
        **os.environ,
        "TRACE_LIFECYCLE": lifecycle,
        "SDK_ROOT": str(installer.node_sdk()),
        "SENTRY_DSN": f"http://{'a' * 32}@127.0.0.1:{recorder.port}/42",
    }

    run = subprocess.run(
        [node, str(APP)], env=environment, capture_output=True, text=True, check=False, timeout=120
    )

    assert "nobody handles this" in run.stderr
    assert set(check_kept()) == EXPECTED | {traced}
    # The SDK sends what is over 32 KB compressed and the rest as it is: both were kept.
    assert {request.headers.get("content-encoding") for request in recorder.requests} == {
        "gzip",
        None,
    }

"""What people send by hand and from crontabs: curl, as the documentation has it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from fake_relay.store import Selection

KEY = "a" * 32
LEVEL_2 = {
    "csp-report": {
        "document-uri": "https://shop.example/",
        "violated-directive": "script-src 'self'",
        "blocked-uri": "https://evil.example/x.js",
    }
}
REPORT = {
    "type": "csp-violation",
    "body": {"effectiveDirective": "img-src", "blockedURL": "https://evil.example/x.png"},
}


@pytest.fixture
def curl(server: Any) -> Any:
    """Run curl with some arguments on a path; the status and the body of the answer."""
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed")

    def run(path: str, *arguments: str, data: str = "") -> tuple[int, str]:
        command = [program, "-sS", "--max-time", "20", "-w", "\n%{http_code}", *arguments]
        answer = subprocess.run(
            [*command, server.url + path],
            input=data,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        body, _, status = answer.stdout.rpartition("\n")
        return int(status), body

    return run


def titles(server: Any) -> list[tuple[str, str, str]]:
    """Type, title and outcome of what is stored, oldest first."""
    items = server.relay.store.find(Selection()).items[::-1]
    return [(item.type, item.title, item.outcome) for item in items]


def test_a_browsers_report_in_both_of_its_forms(curl: Any, server: Any) -> None:
    path = f"/api/42/security/?sentry_key={KEY}&sentry_release=shop%401"
    level_2 = ("-H", "Content-Type: application/csp-report", "--data-binary", "@-")
    reporting = ("-H", "Content-Type: application/reports+json", "--data-binary", "@-")
    assert curl(path, *level_2, data=json.dumps(LEVEL_2)) == (200, "")
    assert curl(path, *reporting, data=json.dumps([REPORT, REPORT])) == (200, "")
    image = ("raw_security", "Blocked 'image' from 'evil.example'", "")
    assert titles(server) == [
        ("raw_security", "Blocked 'script' from 'evil.example'", ""),
        image,
        image,
    ]


def test_a_job_checks_in_by_url_and_by_body(curl: Any, server: Any) -> None:
    path = f"/api/42/cron/nightly/{KEY}/"
    assert curl(f"{path}?status=in_progress") == (202, "")
    assert curl(f"{path}?status=ok&duration=2", "-X", "POST") == (202, "")
    body = ("-H", "Content-Type: application/json", "--data-binary", "@-")
    assert curl(path, *body, data='{"status":"error"}') == (202, "")
    status, text = curl(path)
    assert (status, "status" in text) == (400, True)
    assert titles(server) == [
        ("check_in", "nightly in_progress", ""),
        ("check_in", "nightly ok", ""),
        ("check_in", "nightly error", ""),
    ]

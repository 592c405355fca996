"""A page on another origin in a real browser: preflights, text/plain, and the browser SDK."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

KEY = "a" * 32
ENVELOPE = '{}\n{"type":"event"}\n{"message":"from a page"}\n'
PAGE = """<!doctype html><meta charset="utf-8"><title>a shop</title>
<script type="importmap">{importmap}</script>
<body>waiting
<script type="module">
const relay = {relay};
try {{
{script}
  document.body.textContent = "done";
}} catch (error) {{
  document.body.textContent = `failed: ${{error}} ${{error.stack}}`;
}}
document.title = "over";
</script>
"""
MODULES = {
    "@sentry/browser": "@sentry/browser/build/npm/esm/prod/index.js",
    "@sentry/browser-utils": "@sentry/browser-utils/build/esm/index.js",
    "@sentry/core": "@sentry/core/build/esm/index.js",
    "@sentry/core/browser": "@sentry/core/build/esm/browser.js",
    "@sentry/conventions/attributes": "@sentry/conventions/dist/attributes.mjs",
    "@sentry/conventions/metrics": "@sentry/conventions/dist/metrics.mjs",
    "@sentry/conventions/op": "@sentry/conventions/dist/op.mjs",
    "@sentry/feedback": "@sentry/feedback/build/npm/esm/index.js",
    "@sentry/replay": "@sentry/replay/build/npm/esm/index.js",
    "@sentry/replay-canvas": "@sentry/replay-canvas/build/npm/esm/index.js",
    "web-vitals": "web-vitals/dist/web-vitals.js",
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def visit(browser: str, origin: str, tmp_path: Path, recorder: Any) -> Any:
    """A function that opens a page with a script and gives the text that the page ends with."""

    def open_page(script: str) -> str:
        page = PAGE.format(
            importmap=json.dumps({"imports": {key: f"/{path}" for key, path in MODULES.items()}}),
            relay=json.dumps(f"http://127.0.0.1:{recorder.port}"),
            script=script,
        )
        (tmp_path / "site" / "index.html").write_text(page)
        run = subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--virtual-time-budget=20000",
                "--dump-dom",
                f"{origin}/index.html",
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return run.stdout.partition("<body>")[2].partition("</body>")[0].strip()

    return open_page


def test_a_page_of_another_origin_posts_text_with_the_key_in_the_query(
    visit: Any, recorder: Any, check_kept: Any
) -> None:
    """What the browser SDK's fetch does: a simple request, and the answer can be read."""
    script = f"""
  const answer = await fetch(`${{relay}}/api/42/envelope/?sentry_key={KEY}&sentry_version=7`,
    {{method: "POST", body: {json.dumps(ENVELOPE)}}});
  if (answer.status !== 200) throw new Error(answer.status);
  if (!(await answer.json()).id) throw new Error("no id");
"""

    assert visit(script) == "done"
    assert check_kept() == ["event"]
    assert recorder.requests[0].headers["content-type"] == "text/plain;charset=UTF-8"


def test_a_page_of_another_origin_may_send_the_auth_header(
    visit: Any, recorder: Any, check_kept: Any
) -> None:
    """The header needs a preflight, which the browser makes and the relay grants."""
    script = f"""
  const answer = await fetch(`${{relay}}/api/42/envelope/`, {{
    method: "POST",
    headers: {{"X-Sentry-Auth": "Sentry sentry_key={KEY}, sentry_version=7"}},
    body: {json.dumps(ENVELOPE)},
  }});
  if (answer.status !== 200) throw new Error(answer.status);
"""

    assert visit(script) == "done"
    assert check_kept() == ["event"]
    assert any(bytes(stream).startswith(b"OPTIONS ") for stream in recorder.streams)


def test_a_page_can_read_why_it_was_refused(visit: Any) -> None:
    """A refusal carries the same cross-origin headers, and x-sentry-error is exposed."""
    script = """
  const answer = await fetch(`${relay}/api/42/envelope/`, {method: "POST", body: "{}\\n"});
  if (answer.status < 400 || answer.status >= 500) throw new Error(answer.status);
  if (!(await answer.json()).detail) throw new Error("no detail");
"""

    assert visit(script) == "done"


def test_the_browser_sdk_sends_from_another_origin(
    visit: Any, installer: ModuleType, check_kept: Any, tmp_path: Path
) -> None:
    """The real @sentry/browser as native modules: error, message, spans, log, feedback, session."""
    modules = installer.node_sdk() / "node_modules"
    for name in ("@sentry", "web-vitals"):
        (tmp_path / "site" / name).symlink_to(modules / name)
    script = f"""
  const Sentry = await import("@sentry/browser");
  Sentry.init({{
    dsn: relay.replace("://", "://{KEY}@") + "/42",
    release: "shop@2.0.1",
    tracesSampleRate: 1.0,
  }});
  Sentry.captureMessage("a plain message: café ☕");
  Sentry.captureException(new Error("nobody has this in stock"));
  Sentry.startSpan({{name: "checkout", op: "ui"}}, () => {{}});
  Sentry.captureFeedback({{message: "the basket is empty"}});
  Sentry.logger.warn("order waits");
  if (!(await Sentry.flush(10000))) throw new Error("the SDK could not send everything");
"""

    assert visit(script) == "done"
    assert set(check_kept()) == {"event", "feedback", "log", "session", "span"}

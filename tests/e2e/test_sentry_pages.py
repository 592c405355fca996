"""The crash dialog and the loader in a real browser, on a page of another origin."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fake_relay.store import Selection

KEY = "a" * 32
ID = "9ec79c33ec9942ab8353589fcb2e04dc"
PAGE = """<!doctype html><meta charset="utf-8"><title>a shop</title>
{head}
<body><p id="said">waiting</p>
<script type="module">
const relay = {relay};
const until = async (found) => {{
  while (!found()) await new Promise((go) => setTimeout(go, 20));
  return found();
}};
const say = (text) => {{ document.getElementById("said").textContent = text; }};
try {{
{script}
}} catch (error) {{ say(`failed: ${{error}} ${{error.stack}}`); }}
</script>
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def visit(browser: str, origin: str, tmp_path: Path, server: Any) -> Any:
    """A function that opens a page with a script and gives what the page says in the end."""

    def open_page(script: str, head: str = "") -> str:
        page = PAGE.format(head=head, relay=json.dumps(server.url), script=script)
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
        return run.stdout.partition('<p id="said">')[2].partition("</p>")[0]

    return open_page


def payloads(server: Any, kind: str) -> list[dict[str, Any]]:
    """The stored payloads of a type."""
    store = server.relay.store
    items = store.find(Selection(limit=100)).items
    return [json.loads(store.payload(item.id)) for item in items if item.type == kind]


def test_somebody_fills_in_the_dialog(visit: Any, server: Any) -> None:
    """A wrong form is said to be wrong, a right one is thanked for, closing tells the SDK."""
    script = f"""
  const tag = document.createElement("script");
  tag.src = relay + "/api/embed/error-page/?" + new URLSearchParams({{
    eventId: "{ID}", dsn: relay.replace("://", "://{KEY}@") + "/42", name: "Ana <b>",
    successMessage: "thank you so much",
  }});
  document.head.appendChild(tag);
  const form = await until(() => document.querySelector("[role=dialog] form"));
  const send = form.querySelector("[type=submit]");
  send.click();
  await until(() => form.querySelector("[role=alert]").textContent.includes("invalid"));
  await until(() => !send.disabled);
  form.elements.email.value = "ana@example.com";
  form.elements.comments.value = "100% broken & sad ☕";
  send.click();
  const dialog = document.querySelector("[role=dialog]");
  await until(() => dialog.textContent.includes("thank you so much"));
  const closed = new Promise((go) => addEventListener("message", (event) => go(event.data)));
  dialog.querySelector("button").click();
  const told = await closed;
  if (document.querySelector("[role=dialog]")) throw new Error("still open");
  say(told);
"""

    assert visit(script) == "__sentry_reportdialog_closed__"
    assert payloads(server, "user_report") == [
        {
            "event_id": ID,
            "name": "Ana <b>",
            "email": "ana@example.com",
            "comments": "100% broken & sad ☕",
        }
    ]


def test_the_loader_sends_what_went_wrong_before_and_after_it_was_ready(
    visit: Any, server: Any
) -> None:
    """Without an SDK on the page."""
    head = (
        f'<script src="{server.url}/js-sdk-loader/{KEY}.min.js"></script>'
        '<script>Sentry.onLoad(() => Sentry.init({release: "shop@1"}));'
        'throw new TypeError("too early")</script>'
    )
    script = """
  await until(() => document.readyState === "complete");
  await new Promise((go) => setTimeout(go, 50));
  Sentry.setTag("plan", "pro");
  Sentry.captureMessage("by hand");
  Promise.reject(new RangeError("nobody waits"));
  setTimeout(() => { throw new Error("too late"); });
  await new Promise((go) => setTimeout(go, 500));
  say(Sentry.lastEventId().length);
"""

    assert visit(script, head) == "32"
    events = payloads(server, "event")
    said = {
        event["exception"]["values"][0]["value"] if "exception" in event else event["message"]
        for event in events
    }
    assert said == {"too early", "by hand", "nobody waits", "too late"}
    assert {event["release"] for event in events} == {"shop@1"}
    late = next(event for event in events if "late" in json.dumps(event))
    (exception,) = late["exception"]["values"]
    assert (exception["mechanism"]["type"], late["tags"]) == ("onerror", {"plan": "pro"})
    assert exception["stacktrace"]["frames"][-1]["filename"].endswith("/index.html")


def test_the_loader_gives_its_dsn_to_the_sdk_of_the_page(visit: Any, server: Any) -> None:
    head = (
        "<script>window.seen = []; window.Sentry = {init: (o) => seen.push(o.dsn),"
        " captureException: (e) => seen.push(e.message)};</script>"
        f'<script src="{server.url}/js-sdk-loader/{KEY}.js"></script>'
        '<script>throw new Error("early")</script>'
    )
    script = """
  await until(() => seen.length === 2);
  say(seen.join(" "));
"""

    dsn = server.url.replace("://", f"://{KEY}@") + "/1"
    assert visit(script, head) == f"{dsn} early"
    assert payloads(server, "event") == []

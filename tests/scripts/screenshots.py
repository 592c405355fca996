"""Take a picture of every page, light and dark, wide and narrow: `make screenshots`.

The data is real: two applications with the real SDK send it. Pictures go to build/screenshots,
and with `--readme` the two of the README to docs/images.
May import: fake_relay's public shell, the scripts beside this one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

import find_browser  # type: ignore[import-not-found]
import install_sdks  # type: ignore[import-not-found]

from fake_relay.config import Filters, Quota, RelayConfig
from fake_relay.relay import Relay
from fake_relay.store import Selection, open_store
from fake_relay.web.pages import PAGES
from fake_relay.web.runner import ThreadServer

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "screenshots"
README = ROOT / "docs" / "images"
APPS = (
    (ROOT / "tests" / "e2e" / "python" / "app.py", ()),
    (Path(__file__).parent / "shop.py", ("24",)),
)
SIZES = ((1440, 900), (390, 844))
CONFIG = RelayConfig(
    filters=Filters(error_messages=("*ChunkLoadError*",)),
    quotas=(Quota(id="small", categories=("transaction",), limit=18, window=3600),),
)


def run_apps(url: str) -> None:
    """Have both applications send what they have, and one request that is refused."""
    dsn = url.replace("://", f"://{'a' * 32}@") + "/42"
    environment = {
        **os.environ,
        "PYTHONPATH": str(install_sdks.python_sdk("2.75.0")),
        "SENTRY_DSN": dsn,
    }
    for script, arguments in APPS:
        command = [sys.executable, str(script), *arguments]
        subprocess.run(command, env=environment, check=False, stderr=subprocess.DEVNULL)
    try:
        body = b'{"event_id":"not an id"}\n{"type":"event"}\n{}'
        urllib.request.urlopen(f"{url}/api/42/envelope/?sentry_key={'a' * 32}", body, timeout=10)
    except urllib.error.HTTPError as error:
        error.close()


def addresses(server: ThreadServer) -> dict[str, str]:
    """Name of a picture -> what it is of: every page, an item of every type, its views."""
    found = {
        page.path.strip("/").replace("/", "-") or "inbox": page.path
        for page in PAGES
        if "{" not in page.path
    }
    for item in reversed(server.relay.store.find(Selection(limit=1000)).items):
        error = item.title.startswith("PaymentDeclined")
        name = "error" if error else f"item-{item.type}"
        found[name] = f"/items/{item.id}"
        if item.type == "profile":
            found["profile-one"] = f"/profiles/{item.id}"
        if item.type == "transaction":
            found["trace-one"] = f"/traces/{item.trace_id}"
        found["envelope"] = f"/envelopes/{item.envelope_id}"
    found["error-stored"] = f"{found['error']}?view=stored"
    found["error-payload"] = f"{found['error']}?view=json"
    found["refused-one"] = "/refused/1"
    found["ledger-hour"] = "/ledger?range=hour"
    found["ledger-error"] = "/ledger?range=hour&category=error"
    found["inbox-filtered"] = "/?q=level%3Aerror"
    found["inbox-problem"] = "/?q=level%3A%3E"
    found["not-found"] = "/items/99999"
    return found


def take(page: Page, url: str, path: Path, *, whole: bool = True) -> None:
    """A picture of an address."""
    page.goto(url, wait_until="domcontentloaded")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=path, full_page=whole)


def take_all(browser: Browser, server: ThreadServer, empty: ThreadServer) -> int:
    """Every page in both sizes and themes; how many."""
    wanted = {name: server.url + path for name, path in addresses(server).items()}
    wanted["first-visit"] = empty.url
    for scheme in ("light", "dark"):
        for width, height in SIZES:
            viewport = {"width": width, "height": height}
            page = browser.new_page(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
            for name, url in wanted.items():
                take(page, url, OUT / f"{name}-{width}-{scheme}.png")
            page.close()
    return len(wanted) * 4


def take_readme(browser: Browser, server: ThreadServer) -> None:
    """The two pictures of the README."""
    page = browser.new_page(viewport={"width": 1280, "height": 760}, color_scheme="light")
    take(page, server.url, README / "inbox.png", whole=False)
    take(page, server.url + addresses(server)["error"], README / "error.png", whole=False)


def main() -> int:
    """Take the pictures; 1 without a browser."""
    path = find_browser.find()
    if path is None:
        print("no Chromium is installed; on Debian: apt-get install chromium")
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        store = f"{folder}/relay.sqlite"
        with (
            ThreadServer(lambda: Relay(open_store(store), CONFIG)) as server,
            ThreadServer(lambda: Relay(open_store("memory:"))) as empty,
        ):
            run_apps(server.url)
            browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
            if "--readme" in sys.argv[1:]:
                README.mkdir(parents=True, exist_ok=True)
                take_readme(browser, server)
            number = take_all(browser, server, empty)
            browser.close()
    print(f"{number} pictures in {OUT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

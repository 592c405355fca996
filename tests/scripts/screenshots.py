"""Take a picture of every page, light and dark, wide and narrow: `make screenshots`.

Applications with the real SDK send most of it, `show_data` what they do not. Pictures go to
build/screenshots; `--readme` takes the two of the README alone, to docs/images; other words on
the command line are the only views that are taken.
May import: fake_relay's public shell, the scripts beside this one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

import find_browser  # type: ignore[import-not-found]
import install_sdks  # type: ignore[import-not-found]
import show_data  # type: ignore[import-not-found]

from fake_relay.config import Filters, Quota, RelayConfig, Upstream
from fake_relay.relay import Relay
from fake_relay.store import Selection, open_store
from fake_relay.web.pages import PAGES
from fake_relay.web.runner import ThreadServer
from fake_relay.web.settings import WebConfig

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "screenshots"
README = ROOT / "docs" / "images"
APPS = (
    (ROOT / "tests" / "e2e" / "python" / "app.py", ()),
    (ROOT / "tests" / "e2e" / "python" / "two_services.py", ()),
    (Path(__file__).parent / "shop.py", ("24",)),
)
SIZES = ((1440, 900), (390, 844))
CONFIG = RelayConfig(
    filters=Filters(error_messages=("*ChunkLoadError*",)),
    quotas=(Quota(id="small", categories=("transaction",), limit=18, window=3600),),
)
SCENARIOS: Final = ("E-01.raised", "E-02", "E-03", "E-04.chained", "P-06")
NOWHERE: Final = "http://key@127.0.0.1:9/1"
"""Port 9 takes no connection, so that what is forwarded there waits."""

DECLINED: Final = "PaymentDeclined"
"""The error that is shown most: it has a cause, source, locals, and what Sentry scrubs."""

Act = Callable[[Page], object]
ACTS: Final[dict[str, tuple[str, Act]]] = {
    "inbox-completion": ("/", lambda page: page.locator("#q").press_sequentially("le")),
    "inbox-filter-open": ("/", lambda page: page.locator(".chip-menu summary").first.click()),
    "inbox-keys": ("/", lambda page: page.keyboard.press("?")),
    "inbox-paused": ("/", lambda page: page.locator("#pause").click()),
}
"""Views that a person gets to by doing something: the address, and what is done there."""


def run_apps(url: str) -> None:
    """Have the applications send what they have, and one request that is refused."""
    dsn = url.replace("://", f"://{show_data.KEY}@") + "/42"
    environment = {
        **os.environ,
        "PYTHONPATH": str(install_sdks.python_sdk("2.75.0")),
        "SENTRY_DSN": dsn,
    }
    for script, arguments in APPS:
        command = [sys.executable, str(script), *arguments]
        subprocess.run(command, env=environment, check=False, stderr=subprocess.DEVNULL)
    try:
        show_data.send(url, ({"type": "event"}, {}), event_id="not an id")
    except urllib.error.HTTPError as error:
        error.close()


def run_scenarios(folder: Path) -> None:
    """Leave two reports where pages look for them: of sdk_config, and of a bare SDK that leaks."""
    for target in ("sdk_config", "raw"):
        command = ["-m", "fake_relay", "scenarios", "run", *SCENARIOS, "--setup", target]
        subprocess.run([sys.executable, *command], cwd=folder, check=False, capture_output=True)


def troubled(refusing: str) -> Relay:
    """A relay whose upstreams make trouble: one takes nothing, one refuses everything."""
    upstreams = (
        Upstream(name="sentry.io", dsn=NOWHERE, enabled=True, sample_rate=0.5),
        Upstream(name="team", dsn=refusing.replace("://", "://key@") + "/1", enabled=True),
        Upstream(name="by-hand", dsn=NOWHERE, scrub=False),
    )
    return Relay(open_store("memory:"), RelayConfig(upstreams=upstreams))


def make_trouble(url: str) -> None:
    """Have items forwarded, break something on purpose, and let it be felt."""
    show_data.send_all(url)
    form = "application/x-www-form-urlencoded"
    for effect in ("latency=20ms", "rate_limit=error:60"):
        words = urllib.parse.urlencode({"effect": effect, "times": "100"}).encode()
        show_data.post(f"{url}/faults/add", words, form)
    for _ in range(3):
        with suppress(urllib.error.HTTPError):
            show_data.send(url, ({"type": "event"}, {"message": "boom"}), event_id="d7" * 16)


def addresses(server: ThreadServer) -> dict[str, str]:
    """Name of a picture -> what it is of: every page, an item of every type, its views."""
    found = {
        page.path.strip("/").replace("/", "-") or "inbox": page.path
        for page in PAGES
        if "{" not in page.path
    }
    for item in reversed(server.relay.store.find(Selection(limit=1000)).items):
        error = item.title.startswith(DECLINED)
        name = "error" if error else f"item-{item.type}"
        if item.level == "fatal":
            name = "item-crash" if "Minidump" in item.title else "item-long"
        found[name] = f"/items/{item.id}"
        if item.type in ("profile", "profile_chunk"):
            found[f"{item.type}-one"] = f"/profiles/{item.id}"
        if item.type == "transaction" and item.trace_id != show_data.TRACE:
            found["trace-one"] = f"/traces/{item.trace_id}"
        if "refused" not in item.title:
            found["envelope"] = f"/envelopes/{item.envelope_id}"
    found["item-right-to-left"] = first(server, "c4" * 16)
    found["item-sixty-spans"] = first(server, "a1" * 16)
    found["trace-sixty-spans"] = f"/traces/{show_data.TRACE}"
    found["replay-one"] = f"/replays/{show_data.REPLAY}"
    found["error-stored"] = f"{found['error']}?view=stored"
    found["error-payload"] = f"{found['error']}?view=json"
    found["refused-one"] = "/refused/1"
    found["inbox-filtered"] = "/?q=level%3Aerror"
    found["inbox-problem"] = "/?q=level%3A%3E"
    found["why-event"] = f"/why?event_id={'b2' * 16}"
    found["not-found"] = "/items/99999"
    return found


def first(server: ThreadServer, event_id: str) -> str:
    """The address of an event."""
    (item,) = server.relay.store.find(Selection(event_id=event_id, limit=1)).items
    return f"/items/{item.id}"


def take(page: Page, url: str, path: Path, act: Act | None = None, *, whole: bool = True) -> None:
    """A picture of an address, after something was done there."""
    page.goto(url, wait_until="load")
    page.evaluate("document.fonts.ready")
    if act:
        act(page)
        page.wait_for_timeout(400)
    page.screenshot(path=path, full_page=whole and act is None)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        print(f"{path.name}: wider than its window")


Views = dict[str, tuple[str, Act | None]]


def views(server: ThreadServer, empty: ThreadServer, trouble: ThreadServer) -> Views:
    """Name of a picture -> its URL, and what is done there."""
    plain = {name: server.url + path for name, path in addresses(server).items()}
    plain["first-visit"] = empty.url
    plain |= {f"{name}-active": f"{trouble.url}/{name}" for name in ("faults", "forwarding")}
    plain["inbox-active"] = trouble.url
    acts = {name: (server.url + path, act) for name, (path, act) in ACTS.items()}
    return {**{name: (url, None) for name, url in plain.items()}, **acts}


def take_all(browser: Browser, wanted: Views) -> int:
    """Every page in both sizes and themes; how many."""
    for scheme in ("light", "dark"):
        for width, height in SIZES:
            viewport = {"width": width, "height": height}
            page = browser.new_page(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
            for name, (url, act) in wanted.items():
                take(page, url, OUT / f"{name}-{width}-{scheme}.png", act)
            page.close()
    return len(wanted) * 4


def take_readme(browser: Browser, server: ThreadServer) -> None:
    """The two pictures of the README."""
    page = browser.new_page(viewport={"width": 1280, "height": 760}, color_scheme="light")
    take(page, server.url, README / "inbox.png", whole=False)
    items = server.relay.store.find(Selection(type="event", limit=100)).items
    error = next(item for item in items if item.title.startswith(DECLINED))
    take(page, f"{server.url}/items/{error.id}", README / "error.png", whole=False)


def take_wanted(folder: Path, browser: Browser, asked: list[str]) -> None:
    """Serve, send, and take what the command line asks for."""
    config = WebConfig(reports=str(folder / ".fake-relay" / "reports"))
    with (
        ThreadServer(
            lambda: Relay(open_store(f"{folder}/a.sqlite"), CONFIG), config=config
        ) as full,
        ThreadServer(lambda: Relay(open_store("memory:"))) as empty,
        ThreadServer(lambda: Relay(open_store("memory:"), RelayConfig(strict=True))) as strict,
        ThreadServer(lambda: troubled(strict.url)) as trouble,
    ):
        if "--readme" in asked:
            run_apps(full.url)
            take_readme(browser, full)
            return
        show_data.send_all(full.url)
        run_apps(full.url)
        run_scenarios(folder)
        make_trouble(trouble.url)
        wanted = views(full, empty, trouble)
        chosen = {name: view for name, view in wanted.items() if not asked or name in asked}
        print(f"{take_all(browser, chosen)} pictures in {OUT}")


def main() -> int:
    """Take the pictures; 1 without a browser."""
    path = find_browser.find()
    if path is None:
        print("no Chromium is installed; on Debian: apt-get install chromium")
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        take_wanted(Path(folder), browser, sys.argv[1:])
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Which client gets what across: real runs, written as docs/reference/clients.md.

python tests/scripts/client_matrix.py [--only NAME ...] [--stdout]

Each client runs as a program of its own (tests/scripts/clients) against a fresh project of one
relay; a cell counts the items of a type that the relay accepted and that read back as the
client's own kind. Clients are installed into .cache/matrix, once, in exactly these versions.
May import: fake_relay's public shell, find_browser and install_sdks beside it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fake_relay.relay import Relay
from fake_relay.store import Selection, open_store
from fake_relay.web.runner import ThreadServer

sys.path.insert(0, str(Path(__file__).parent))
import find_browser  # type: ignore[import-not-found]
import install_sdks  # type: ignore[import-not-found]

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = Path(__file__).parent / "clients"
CACHE = ROOT / ".cache" / "matrix"
PAGE = ROOT / "docs" / "reference" / "clients.md"
KEY = "a" * 32

COLUMNS = (
    ("event", ("event",)),
    ("transaction", ("transaction",)),
    ("span", ("span",)),
    ("log", ("log",)),
    ("metric", ("trace_metric",)),
    ("session", ("session", "sessions")),
    ("check-in", ("check_in",)),
    ("attachment", ("attachment",)),
    ("feedback", ("feedback", "user_report")),
    ("client report", ("client_report",)),
    ("profile", ("profile", "profile_chunk")),
    ("replay", ("replay_event", "replay_recording", "replay_video")),
    ("security", ("raw_security", "security")),
)

NO_CALL = "this client has no call for it"
WHY: dict[tuple[str, str], str] = {
    ("sentry-sdk", "feedback"): "the Python SDK has no call for feedback",
    ("sentry-sdk", "replay"): "replays are recorded in browsers and on phones",
    ("sentry-sdk", "span"): "spans travel inside of transactions by default",
    ("sentry-sdk", "security"): "browsers send these themselves",
    ("@sentry/node", "transaction"): "version 11 streams spans by default",
    ("@sentry/node", "span"): "spans travel inside of transactions before version 11",
    ("@sentry/node", "client report"): "the SDK for Node sent none before version 8",
    ("@sentry/node", "profile"): "its native part has no binary for this version of Node",
    ("@sentry/browser", "transaction"): "version 11 streams spans by default",
    ("@sentry/browser", "span"): "spans travel inside of transactions before version 11",
    ("@sentry/node", "replay"): "replays are recorded in browsers and on phones",
    ("@sentry/node", "security"): "browsers send these themselves",
    ("@sentry/browser", "security"): "browsers send these themselves, see curl",
    ("@sentry/browser", "profile"): "needs a document policy header of the page's server",
    ("@sentry/browser", "session"): "sent at page load",
    ("@sentry/browser", "check-in"): "monitors are a server's business",
    ("raven", "*"): "raven knew errors and messages only",
    ("sentry-cli", "*"): "the command line sends events, envelopes and check-ins",
    ("OpenTelemetry", "*"): "OTLP carries traces and logs; metrics have no door at Sentry",
    ("curl", "*"): "needs a program; curl shows the doors that browsers and crash reporters use",
}


@dataclass
class Ran:
    """What one client sent, as the relay holds it, and what it said about itself."""

    client: str
    version: str
    found: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    failed: str = ""


@dataclass(frozen=True)
class Client:
    """A row: its name and version, and how it is run."""

    name: str
    version: str
    run: Callable[[Client, str], str]

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"


def python_sdk(client: Client, dsn: str) -> str:
    """Run the program of the Python SDKs."""
    folder = _pip(f"sentry-sdk=={client.version}")
    return _python("python_sdk.py", folder, SENTRY_DSN=dsn)


def raven(client: Client, dsn: str) -> str:
    """Run raven, which speaks the legacy store door."""
    return _python("raven_client.py", _pip(f"raven=={client.version}"), SENTRY_DSN=dsn)


def otel(client: Client, dsn: str) -> str:
    """Run the OpenTelemetry SDK with its OTLP exporter over HTTP."""
    folder = _pip(
        f"opentelemetry-sdk=={client.version}",
        f"opentelemetry-exporter-otlp-proto-http=={client.version}",
    )
    base, _, project = dsn.replace(f"{KEY}@", "").rpartition("/")
    endpoint = f"{base}/api/{project}/integration/otlp"
    return _python("otel_sdk.py", folder, OTLP_ENDPOINT=endpoint, SENTRY_KEY=KEY)


def node_sdk(client: Client, dsn: str) -> str:
    """Run the program of the Node SDKs."""
    major = client.version.partition(".")[0]
    folder = _npm(f"@sentry/node@{client.version}", f"@sentry/profiling-node@{major}")
    command = install_sdks.node_command("node", str(CLIENTS / "node_sdk.cjs"))
    return _run(command, SDK_ROOT=str(folder), SENTRY_DSN=dsn)


def browser_sdk(client: Client, dsn: str) -> str:
    """Bundle the SDK into a page, serve that from another origin, and open it in Chromium."""
    folder = _npm(f"@sentry/browser@{client.version}", "esbuild@0.25.12")
    browser = find_browser.find()
    if browser is None:
        raise RuntimeError("no Chromium is installed")
    with TemporaryDirectory(prefix="fake-relay-matrix-") as site:
        entry = folder / "browser_sdk.js"
        entry.write_text((CLIENTS / "browser_sdk.js").read_text())
        bundle = f"--outfile={site}/page.js"
        _run([str(folder / "node_modules/.bin/esbuild"), str(entry), "--bundle", bundle])
        page = _PAGE % json.dumps(dsn)
        Path(site, "index.html").write_text(page)
        with _serving(site) as origin:
            dom = _run([browser, *_HEADLESS, f"--user-data-dir={site}/profile", origin])
    told = dom.partition("<body>")[2].partition("</body>")[0]
    if not told.startswith("["):
        raise RuntimeError(f"the page ended with {told!r:.300}")
    return "\n".join(json.dumps(line) for line in json.loads(told.replace("&gt;", ">")))


_PAGE = """<!doctype html><title>a shop</title><body>waiting
<script>window.SENTRY_DSN=%s</script><script src=page.js></script>"""


def sentry_cli(client: Client, dsn: str) -> str:
    """Send an event, an envelope, and a monitor's run by sentry-cli."""
    folder = _npm(f"@sentry/cli@{client.version}")
    tool = str(folder / "node_modules/.bin/sentry-cli")
    envelope = folder / "one.envelope"
    envelope.write_bytes(
        b'{"event_id":"' + b"e" * 32 + b'"}\n{"type":"event"}\n{"message":"matrix-envelope"}\n'
    )
    url = dsn.replace(f"{KEY}@", "").rpartition("/")[0]
    told = {"SENTRY_DSN": dsn, "SENTRY_URL": url}
    _run([tool, "send-event", "-m", "matrix-event"], **told)
    _run([tool, "send-envelope", str(envelope)], **told)
    _run([tool, "monitors", "run", "matrix", "--", "true"], **told)
    return "\n".join(json.dumps({"kind": kind, "sent": True}) for kind in ("event", "check-in"))


def curl(client: Client, dsn: str) -> str:
    """Send a CSP report both ways, a minidump, a network error and a cron check-in by curl."""
    base, _, project = dsn.replace(f"{KEY}@", "").rpartition("/")
    api, key = f"{base}/api/{project}", f"sentry_key={KEY}"
    level2 = {
        "csp-report": {
            "document-uri": "https://shop.example/",
            "effective-directive": "script-src",
            "blocked-uri": "https://evil.example/x.js",
        }
    }
    level3 = [
        {
            "type": "csp-violation",
            "url": "https://shop.example/",
            "body": {
                "documentURL": "https://shop.example/",
                "effectiveDirective": "style-src",
                "blockedURL": "inline",
            },
        }
    ]
    network = [
        {
            "type": "network-error",
            "age": 5,
            "url": "https://shop.example/",
            "body": {"type": "tcp.timed_out", "phase": "connection", "sampling_fraction": 1.0},
        }
    ]
    with TemporaryDirectory(prefix="fake-relay-matrix-") as folder:
        dump = Path(folder) / "crash.dmp"
        dump.write_bytes(b"MDMP" + bytes(60))
        posts = (
            ("security/", "application/csp-report", json.dumps(level2)),
            ("security/", "application/reports+json", json.dumps(level3)),
            ("nel/", "application/reports+json", json.dumps(network)),
        )
        for path, kind, body in posts:
            url = f"{api}/{path}?{key}"
            _run(["curl", "-sSf", "-H", f"Content-Type: {kind}", "-d", body, url])
        _run(["curl", "-sSf", "-F", f"upload_file_minidump=@{dump}", f"{api}/minidump/?{key}"])
        _run(["curl", "-sSf", f"{api}/cron/matrix/{KEY}/?status=ok"])
    kinds = ("security", "log", "event", "check-in")
    return "\n".join(json.dumps({"kind": kind, "sent": True}) for kind in kinds)


CLIENTS_RUN = (
    *(Client("sentry-sdk", v, python_sdk) for v in ("0.20.3", "1.45.1", "2.0.1", "2.75.0")),
    Client("raven", "6.10.0", raven),
    *(
        Client("@sentry/node", v, node_sdk)
        for v in ("7.120.4", "8.55.2", "9.47.2", "10.78.0", "11.12.0")
    ),
    *(
        Client("@sentry/browser", v, browser_sdk)
        for v in ("7.120.4", "8.55.2", "10.78.0", "11.12.0")
    ),
    Client("sentry-cli", "3.8.0", sentry_cli),
    Client("OpenTelemetry", "1.45.2", otel),
    Client("curl", "", curl),
)

_HEADLESS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--virtual-time-budget=60000",
    "--dump-dom",
)


def observe(server: ThreadServer, client: Client, project: str) -> Ran:
    """Run a client against a project of its own and read back what the relay holds."""
    ran = Ran(client.name, client.version)
    dsn = server.url.replace("://", f"://{KEY}@") + f"/{project}"
    try:
        said = client.run(client, dsn)
        for line in said.splitlines():
            if line.startswith("{"):
                told = json.loads(line)
                ran.said[told["kind"]] = "" if told["sent"] else told["why"]
    except (RuntimeError, OSError, subprocess.SubprocessError, json.JSONDecodeError) as error:
        ran.failed = " ".join(str(error).split())[:300]
    store = server.relay.store
    for item in store.find(Selection(project=project, limit=1000)).items:
        if item.outcome or not item.title:
            ran.unreadable.append(f"{item.type}: {item.outcome or 'has no title'}")
        else:
            ran.found[item.type] += 1
    return ran


def page(rows: Sequence[Ran], today: dt.date) -> str:
    """The matrix as Markdown."""
    notes: dict[str, int] = {}
    head = ["client", *(name for name, _ in COLUMNS)]
    lines = [head, ["---"] * len(head)]
    for ran in rows:
        cells = [_cell(ran, name, types, notes) for name, types in COLUMNS]
        lines.append([f"{ran.client} {ran.version}".strip(), *cells])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    explained = "\n".join(f"{number}. {text}" for text, number in notes.items())
    broken = [f"- {ran.client} {ran.version}: {text}" for ran in rows for text in _broken(ran)]
    return "\n".join(
        (
            "# Clients",
            "",
            f"Real runs of {today.isoformat()}, by `tests/scripts/client_matrix.py`.",
            "A number is how many items of that kind the relay accepted and reads back;",
            "a number in brackets says why there is none.",
            "",
            table,
            "",
            explained,
            *(["", "Not as it should be:", "", *broken] if broken else []),
            "",
        )
    )


def _cell(ran: Ran, name: str, types: Sequence[str], notes: dict[str, int]) -> str:
    found = sum(ran.found[kind] for kind in types)
    if found:
        return str(found)
    said = next((ran.said[kind] for kind in (name, *types) if ran.said.get(kind)), "")
    why = said or WHY.get((ran.client, name)) or WHY.get((ran.client, "*")) or NO_CALL
    return f"[{notes.setdefault(_plain(why), len(notes) + 1)}]"


def _plain(why: str) -> str:
    if why.startswith(_HAS_NONE) or why.endswith("in this version"):
        return "this version has none"
    return why.removeprefix("Error: ").replace("|", "/").splitlines()[0][:160]


_HAS_NONE = ("ImportError", "ModuleNotFoundError", "AttributeError", "TypeError")


def _broken(ran: Ran) -> list[str]:
    return [text for text in (ran.failed, *sorted(set(ran.unreadable))) if text]


def _pip(*wanted: str) -> Path:
    folder = CACHE / "-".join(wanted).replace("==", "-")
    if not (folder / ".done").exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*command, "--root-user-action=ignore", "--target", str(folder), *wanted, *_OLD_NEEDS])
        (folder / ".done").touch()
    return folder


# Old SDKs do not say what they need of these.
_OLD_NEEDS = ("urllib3<2", "certifi")


def _npm(*wanted: str) -> Path:
    folder = CACHE / "-".join(wanted).replace("/", "-")
    if not (folder / ".done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        flags = ("--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder))
        _run(install_sdks.node_command("npm", "install", *flags, *wanted))
        (folder / ".done").touch()
    return folder


def _python(program: str, folder: Path, **environment: str) -> str:
    command = [sys.executable, "-W", "ignore", str(CLIENTS / program)]
    return _run(command, PYTHONPATH=str(folder), **environment)


def _run(command: Sequence[str], **environment: str) -> str:
    beside = str(Path(sys.executable).parent)
    path = f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"
    ran = subprocess.run(
        list(command),
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    if ran.returncode:
        raise RuntimeError(f"{command[0]} ended with {ran.returncode}: {ran.stderr[-2000:]}")
    return ran.stdout


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by its base
        """Say nothing."""


@contextmanager
def _serving(folder: str) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{site.server_port}/index.html"
        site.shutdown()
        thread.join()


def main() -> int:
    """Run all clients and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", default=(), help="names of clients")
    parser.add_argument("--stdout", action="store_true", help="print the page, do not write it")
    arguments = parser.parse_args()
    wanted = [c for c in CLIENTS_RUN if not arguments.only or c.name in arguments.only]
    rows = []
    with ThreadServer(lambda: Relay(open_store("memory:"))) as server:
        for number, client in enumerate(wanted, 100):
            begun = time.monotonic()
            rows.append(observe(server, client, str(number)))
            found = dict(rows[-1].found)
            print(f"{client.title}: {found} in {time.monotonic() - begun:.0f} s", file=sys.stderr)
    text = page(rows, dt.datetime.now(dt.UTC).date())
    if arguments.stdout:
        print(text)
    else:
        PAGE.write_text(text)
    return any(ran.failed or ran.unreadable for ran in rows)


if __name__ == "__main__":
    sys.exit(main())

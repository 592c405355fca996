"""SIGTERM while events wait: what arrives of an application under servers and workers.

`python tests/scripts/served_endings.py --python ENVIRONMENT/bin/python` drives those of gunicorn,
uvicorn, Celery and RQ that this interpreter has (with sentry-sdk; Flask, FastAPI and fakeredis
for the applications), against a relay that takes its time with each request. Each case captures
`CAPTURED` errors and gets SIGTERM at once; one more is captured by what is under way then. It is
told how many of them arrived, and how often.
May import: the standard library, fake_relay.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fake_relay import RelayConfig, Selection
from fake_relay.testing.faults import ProjectFaults
from fake_relay.testing.live import ServedHere

ROOT = Path(__file__).resolve().parents[2]
CAPTURED = 10
LATE = 1.0
"""Seconds that a request or task needs that is under way when the signal comes."""
LATENCY_MS = 100
PATIENCE = 40.0
EVERY = f"{CAPTURED + 1} of {CAPTURED + 1} arrived, 0 more than once"

SET_UP = """
if os.environ["SET_UP_BY"] == "ours":
    sdk_config.setup(shutdown_timeout=5)
else:
    sentry_sdk.init()
"""
APPLICATIONS = {
    "web": """
import asyncio, os, time, sdk_config, sentry_sdk
{set_up}

def fail():
    for number in range({captured}):
        sentry_sdk.capture_message(f"waited {{number}}")
    return "failed"

def late(seconds=0):
    time.sleep(seconds)
    sentry_sdk.capture_message("late")
    return "late"

if os.environ["FACE"] == "wsgi":
    import flask
    app = flask.Flask("shop")
    app.get("/")(lambda: "ready")
    app.get("/fail")(fail)
    app.get("/late", defaults={{"seconds": {late}}})(late)
else:
    import fastapi
    app = fastapi.FastAPI()
    @app.get("/")
    async def ready(): return "ready"
    @app.get("/fail")
    async def failing(): return fail()
    @app.get("/late")
    async def latest():
        await asyncio.sleep({late})
        return late()
""",
    "work": """
import os, time, sdk_config, sentry_sdk, celery
{set_up}
folder = os.environ["BROKER"]
app = celery.Celery("work", broker="filesystem://")
app.conf.broker_transport_options = {{
    "data_folder_in": folder, "data_folder_out": folder, "processed_folder": folder + "/done"}}
app.conf.worker_prefetch_multiplier = 1

@app.task
def fail():
    for number in range({captured}):
        sentry_sdk.capture_message(f"waited {{number}}")
    open(folder + "/failed", "w").close()
    time.sleep({late})
    sentry_sdk.capture_message("late")
""",
    "jobs": """
import os, time, sdk_config, sentry_sdk, fakeredis, rq
{set_up}

def fail():
    for number in range({captured}):
        sentry_sdk.capture_message(f"waited {{number}}")
    open(os.environ["BROKER"] + "/failed", "w").close()
    time.sleep({late})
    sentry_sdk.capture_message("late")

if __name__ == "__main__":
    store = fakeredis.FakeRedis()
    queue = rq.Queue(connection=store)
    queue.enqueue("jobs.fail")
    getattr(rq, os.environ["FACE"])([queue], connection=store).work(logging_level="CRITICAL")
""",
}


@dataclass(frozen=True)
class Case:
    """A server or a worker: the module it needs, its command line, and what it runs."""

    name: str
    needs: str
    command: tuple[str, ...]
    application: str = "web"
    face: str = "wsgi"


GUNICORN = ("-m", "gunicorn", "--bind", "127.0.0.1:{port}")
UVICORN = ("-m", "uvicorn", "--port", "{port}", "web:app")
CELERY = ("-m", "celery", "-A", "work", "worker", "--concurrency", "2", "--pool")
CASES = (
    Case("gunicorn", "gunicorn", (*GUNICORN, "--workers", "2", "web:app")),
    Case("gunicorn --preload", "gunicorn", (*GUNICORN, "--workers", "2", "--preload", "web:app")),
    Case("gunicorn --threads", "gunicorn", (*GUNICORN, "--threads", "4", "web:app")),
    Case("uvicorn", "uvicorn", UVICORN, face="asgi"),
    Case("uvicorn --workers", "uvicorn", (*UVICORN, "--workers", "2"), face="asgi"),
    Case("celery prefork", "celery", (*CELERY, "prefork"), "work"),
    Case("celery solo", "celery", (*CELERY, "solo"), "work"),
    Case("celery threads", "celery", (*CELERY, "threads"), "work"),
    Case("rq Worker", "rq", ("jobs.py",), "jobs", "Worker"),
    Case("rq SimpleWorker", "rq", ("jobs.py",), "jobs", "SimpleWorker"),
)


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def until(done: Callable[[], bool], what: str) -> None:
    """Ask again until it is so; raises `TimeoutError` after `PATIENCE` seconds."""
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)


def asked(address: str) -> bool:
    """Whether an address answers."""
    with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
        return True
    return False


def environment(case: Case, by: str, dsn: str, folder: Path) -> dict[str, str]:
    """What a case is told: where to send, who sets the SDK up, where its broker lies."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT))),
        "SENTRY_DSN": dsn,
        "SENTRY_RELEASE": "shop@2.0.3",
        "SENTRY_ENVIRONMENT": "test",
        "SET_UP_BY": by,
        "FACE": case.face,
        "BROKER": str(folder / "broker"),
    }


def prepared(case: Case, folder: Path) -> None:
    """The application of a case, in its folder."""
    (folder / "broker" / "done").mkdir(parents=True)
    source = APPLICATIONS[case.application].format(set_up=SET_UP, captured=CAPTURED, late=LATE)
    (folder / f"{case.application}.py").write_text(source)


@contextmanager
def running(
    command: Sequence[str], told: dict[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own; what is left of it at the end is killed."""
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command, env=told, cwd=folder, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def ended(case: Case, by: str, python: str, dsn: str, folder: Path) -> str:
    """Run a case to its end by SIGTERM; how it ended, and after how long."""
    prepared(case, folder)
    port = free_port()
    command = [python, *(part.format(port=port) for part in case.command)]
    told = environment(case, by, dsn, folder)
    with running(command, told, folder) as process:
        if case.application == "web":
            until(lambda: asked(f"http://127.0.0.1:{port}/"), "it does not answer")
            threading.Thread(target=asked, args=(f"http://127.0.0.1:{port}/late",)).start()
            if not asked(f"http://127.0.0.1:{port}/fail"):
                raise TimeoutError("it did not fail")
        else:
            if case.application == "work":
                call = [python, "-c", "import work; work.fail.delay()"]
                subprocess.run(call, env=told, cwd=folder, check=True, capture_output=True)
            until((folder / "broker" / "failed").exists, "no task was done")
        began = time.monotonic()
        process.terminate()
        status = process.wait(PATIENCE)
        return f"status {status} after {time.monotonic() - began:.1f} s"


def judged(case: Case, by: str, python: str, live: ServedHere) -> str:
    """What became of a case, in a line."""
    dsn = live.create_project()
    ProjectFaults(live, dsn.project_id).latency(f"{LATENCY_MS}ms")
    with tempfile.TemporaryDirectory() as folder:
        try:
            how = ended(case, by, python, str(dsn), Path(folder))
        except (TimeoutError, subprocess.SubprocessError) as error:
            how = f"{error!r}: {(Path(folder) / 'output').read_text()[-1500:]}"
    wanted = Selection(project=dsn.project_id, type="event", limit=1000)
    found = live.reader.payloads([item.id for item in live.reader.find(wanted).items])
    events = [json.loads(payload) for payload in found.values()]
    texts = Counter(event["message"] for event in events if "message" in event)
    twice = sum(count > 1 for count in texts.values())
    others = [event["exception"]["values"][-1] for event in events if "message" not in event]
    also = "".join(f"; also {one.get('type')}: {one.get('value')}" for one in others)
    return f"{len(texts):2} of {CAPTURED + 1} arrived, {twice} more than once; {how}{also}"


def has(python: str, module: str) -> bool:
    """Whether an interpreter has a module."""
    look = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    return subprocess.run([python, "-c", look], check=False).returncode == 0


def main() -> int:
    """Run what can be run; 1 where something of ours did not arrive exactly once."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has them")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    arguments = parser.parse_args()
    lost = 0
    with ServedHere(RelayConfig()) as live:
        for case in CASES:
            if arguments.only not in case.name:
                continue
            if not has(arguments.python, case.needs):
                print(f"{case.name}: {case.needs} is not there")
                continue
            for by in ("raw", "ours"):
                line = judged(case, by, arguments.python, live)
                print(f"{case.name:20} {by:5} {line}", flush=True)
                lost += by == "ours" and not line.startswith(EVERY)
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())

"""Install the SDKs that tests/e2e runs into .cache/sdks: locked, with hashes, each on its own.

They are installed side by side, each by one process at a time; what is there for the present
lock file is left alone.
May import: the standard library.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "sdks"
LOCKS = ROOT / "tests" / "e2e" / "python"
UPSTREAM_LOCKS = ROOT / "tests" / "e2e" / "upstreams"
NODE_LOCK = ROOT / "tests" / "e2e" / "node"
BUGSINK_DATABASE = "upstream.sqlite3"
BUGSINK_KEY, BUGSINK_TOKEN = "b" * 32, "c" * 40
BUGSINK_SETTINGS = """
import os
from bugsink.settings.default import *
SECRET_KEY = "only for tests"
DATABASES["default"]["NAME"] = os.environ["UPSTREAM_DATABASE"]
DATABASES["snappea"]["NAME"] = os.environ["UPSTREAM_DATABASE"] + ".snappea"
SNAPPEA = {"TASK_ALWAYS_EAGER": True}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
ALLOWED_HOSTS = ["*"]
PHONEHOME = False
"""
BUGSINK_PROJECT = f"""
import uuid, django
django.setup()
from bsmain.models import AuthToken
from projects.models import Project
Project.objects.create(name="forwarded", sentry_key=uuid.UUID("{BUGSINK_KEY}"))
AuthToken.create_full_access(token="{BUGSINK_TOKEN}")
"""
PYTHON_VERSIONS = ("1.45.1", "2.0.1", "2.75.0", "3.0.0b2")


def python_sdk(version: str) -> Path:
    """The folder with that sentry-sdk and what it needs, for PYTHONPATH; installs it if missing."""
    return _python(f"sentry-sdk-{version}", f"python-{version}")


def otel_sdk() -> Path:
    """The folder with OpenTelemetry's SDK and its exporter over HTTP; installs it if missing."""
    return _python("otel", "python-otel")


def frameworks() -> Path:
    """The folder with Django, FastAPI, Flask, Celery and SQLAlchemy, without an SDK of its own.

    Behind the folder of a `python_sdk` on PYTHONPATH, or alone with the environment's SDK.
    """
    return _python("frameworks", "python-frameworks")


def libraries() -> Path:
    """The folder with GraphQL servers, job queues, stores and clients that SDKs watch.

    Behind the folders of `frameworks` and of a `python_sdk`: what those have is not there again.
    """
    return _python("libraries", "python-libraries")


def kent() -> Path:
    """The folder with the server Kent, to be an upstream; installs it if missing."""
    return _python("kent", "upstream-kent", UPSTREAM_LOCKS)


def bugsink() -> Path:
    """The folder with the server Bugsink, to be an upstream; installs it if missing.

    `BUGSINK_DATABASE` in it is a database with a project and a token, to be copied.
    """
    return _python("bugsink", "upstream-bugsink", UPSTREAM_LOCKS, _make_bugsink_database)


def bugsink_environment(folder: Path, database: Path) -> dict[str, str]:
    """The environment of Bugsink's commands, for a database."""
    return {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PYTHONWARNINGS": "ignore",
        "DJANGO_SETTINGS_MODULE": "upstream_settings",
        "UPSTREAM_DATABASE": str(database),
        "HOME": str(database.parent),
    }


def _make_bugsink_database(folder: Path) -> None:
    (folder / "upstream_settings.py").write_text(BUGSINK_SETTINGS)
    database = folder / BUGSINK_DATABASE
    environment = bugsink_environment(folder, database)
    manage = (sys.executable, "-m", "bugsink.scripts.manage")
    _run(*manage, "migrate", environment=environment)
    _run(*manage, "migrate", "snappea", "--database=snappea", environment=environment)
    _run(sys.executable, "-c", BUGSINK_PROJECT, environment=environment)


def _python(
    lock_name: str,
    folder_name: str,
    locks: Path = LOCKS,
    finish: Callable[[Path], None] = lambda folder: None,
) -> Path:
    lock = locks / f"{lock_name}.txt"
    command = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    options = ("--root-user-action=ignore", "--no-deps", "--require-hashes", "-r", str(lock))

    def install(folder: Path) -> None:
        _run(*command, *options, "--target", str(folder))
        finish(folder)

    return _installed(CACHE / folder_name, lock, install)


def node_sdk() -> Path:
    """The folder whose node_modules has the JavaScript SDKs; installs them if missing."""

    def install(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NODE_LOCK / name, folder / name)
        command = node_command("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
        _run(*command, cwd=folder)

    return _installed(CACHE / "node", NODE_LOCK / "package-lock.json", install)


def node_command(tool: str, *arguments: str) -> list[str]:
    """A command line of `node` or `npm`: from the environment's wheel, or else the system's.

    Raises `FileNotFoundError` when there is none.
    """
    beside = Path(sys.executable).parent / tool
    found = str(beside) if beside.exists() else shutil.which(tool)
    if found is None:
        raise FileNotFoundError(f"{tool} is neither in the environment nor on the path")
    return [found, *arguments]


def _installed(folder: Path, lock: Path, install: Callable[[Path], None]) -> Path:
    stamp = folder / ".lock"
    want = hashlib.sha256(lock.read_bytes()).hexdigest()
    with _alone(folder.name):
        if not stamp.exists() or stamp.read_text() != want:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            install(folder)
            stamp.write_text(want)
    return folder


def _run(
    *command: str, cwd: Path | None = None, environment: Mapping[str, str] = os.environ
) -> None:
    beside = str(Path(sys.executable).parent)
    environment = {**environment, "PATH": f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"}
    run = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {run.returncode}: {run.stderr}")


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Only one of pytest's workers installs it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f".{name}.guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Install all of them."""
    with ThreadPoolExecutor() as threads:
        node = threads.submit(node_sdk)
        otel = threads.submit(otel_sdk)
        apps = threads.submit(frameworks)
        upstreams = [threads.submit(kent), threads.submit(bugsink)]
        more = threads.submit(libraries)
        folders = threads.map(python_sdk, PYTHON_VERSIONS)
        for version, folder in zip(PYTHON_VERSIONS, folders, strict=True):
            print(f"sentry-sdk {version}: {folder}")
        print(f"opentelemetry-sdk: {otel.result()}")
        print(f"frameworks: {apps.result()}")
        print(f"libraries: {more.result()}")
        for upstream in upstreams:
            print(f"upstream: {upstream.result()}")
        print(f"@sentry/node and @sentry/browser: {node.result()}")


if __name__ == "__main__":
    main()

"""Folders with other versions of the SDK: made when they are asked for, and then kept.

Rule: what is there is used without a network; one that was not finished is not there. A folder
belongs to one version of Python, for wheels may.
May import: errors.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scenarios.errors import CannotRun, ScenarioError

PACKAGE = "sentry-sdk"
INSTALLED = "installed"
"""The word for the SDK of the interpreter itself."""

PATIENCE = 300
"""Seconds for an installation."""

_VERSION = re.compile(r"\d[0-9A-Za-z.!+_-]*")


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where SDKs are kept: FAKE_RELAY_CACHE, else below the user's cache."""
    if own := environment.get("FAKE_RELAY_CACHE"):
        return Path(own)
    base = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "fake-relay"


def sdk_folder(
    wanted: str, *, cache: Path | None = None, python: str = "", installer: Sequence[str] = ()
) -> str:
    """The folder for `Target.sdk` of a version, a folder, or `installed` (an empty text).

    A version is fetched from the package index if it is not kept yet. `installer` are further
    arguments for it. Raises `ScenarioError` for what is neither, `CannotRun` when it cannot be
    fetched.
    """
    if wanted in ("", INSTALLED):
        return ""
    if (Path(wanted) / "sentry_sdk").is_dir():
        return wanted
    if not _VERSION.fullmatch(wanted):
        raise ScenarioError(
            f"--sdk {wanted!r} is no version such as 2.20.0, no folder with a sentry_sdk, and not"
            f" {INSTALLED!r}"
        )
    interpreter = python or sys.executable
    name = f"{PACKAGE}-{wanted}-{_tag(interpreter)}"
    folder = (cache or cache_folder()) / "sdks" / name
    with _alone(folder):
        if not folder.is_dir():
            _install(f"{PACKAGE}=={wanted}", folder, interpreter, installer)
    return str(folder)


def _tag(python: str) -> str:
    if python == sys.executable:
        return sys.implementation.cache_tag
    code = "import sys; print(sys.implementation.cache_tag)"
    try:
        told = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotRun(f"cannot run the interpreter {python!r}: {error}") from error
    return told.stdout.strip()


def _install(requirement: str, folder: Path, python: str, more: Sequence[str]) -> None:
    """Into a folder beside, which takes its place only when it is whole."""
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        command = [*_command(python), *more, "--target", str(made), requirement]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        if done.returncode:
            raise CannotRun(_refused(requirement, done.stderr or done.stdout))
        made.rename(folder)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotRun(_refused(requirement, str(error))) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _command(python: str) -> list[str]:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", python]
    quiet = ("--quiet", "--disable-pip-version-check", "--root-user-action=ignore")
    return [python, "-m", "pip", "install", *quiet]


def _refused(requirement: str, said: str) -> str:
    lines = [line for line in said.strip().splitlines() if line.strip()] or ["it said nothing"]
    return (
        f"cannot fetch {requirement}: {' '.join(lines[-3:])}; is there such a version, and a way"
        " to the package index? What was fetched once is kept"
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Of several processes only one makes it; the others wait and find it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield

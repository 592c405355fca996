"""Where a release's name comes from when nobody says it: git, or the build's environment.

Rule: the order is the SDK's own (3.2); commands are bounded in time, read only, and a failure is
no name rather than a word like "unknown" (S0-21).
May import: releases.names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sdk_config.releases.names import validate_release

GIT_TIMEOUT = 2.0
"""Seconds; a start must not hang on a slow disk."""

GIT_MODES: Mapping[str, tuple[str, ...]] = {
    "sha": ("rev-parse", "HEAD"),
    "short": ("rev-parse", "--short", "HEAD"),
    "tag": ("describe", "--tags", "--abbrev=0"),
    "describe": ("describe", "--always"),
    "describe-tags": ("describe", "--tags", "--always"),
}

CI_VARIABLES = (
    "HEROKU_BUILD_COMMIT",
    "HEROKU_SLUG_COMMIT",
    "SOURCE_VERSION",
    "CODEBUILD_RESOLVED_SOURCE_VERSION",
    "CIRCLE_SHA1",
    "GAE_DEPLOYMENT_ID",
    "K_REVISION",
)


@dataclass(frozen=True)
class Release:
    """A release and where its name was found: `git` with a mode, or `ci` with a variable."""

    name: str
    origin: Literal["environment", "git", "ci"]
    where: str


def resolve_release(
    sources: Sequence[str] = ("env", "git", "ci"),
    prefix: str = "",
    *,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    mode: str = "sha",
) -> Release | None:
    """The first good name among `SENTRY_RELEASE`, git and the build's variables; None if none is.

    `prefix` goes before names of git and builds, as in `backend@`.
    """
    environment = os.environ if env is None else env
    for source in sources:
        found = _from(source, environment, prefix, cwd, mode)
        if found is not None:
            return found
    return None


def release_from_git(mode: str = "sha", prefix: str = "", *, cwd: str | None = None) -> str | None:
    """The checkout's commit or tag with a prefix, or None outside of one.

    `mode` is sha, short, tag, describe or describe-tags; raises `ValueError` for others.
    """
    if mode not in GIT_MODES:
        raise ValueError(f"expected one of {', '.join(GIT_MODES)}, got {mode!r}")
    git = shutil.which("git")
    if git is None:
        return None
    try:
        run = subprocess.run(
            [git, *GIT_MODES[mode]],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            timeout=GIT_TIMEOUT,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    name = run.stdout.strip()
    return f"{prefix}{name}" if run.returncode == 0 and name else None


def _from(
    source: str, env: Mapping[str, str], prefix: str, cwd: str | None, mode: str
) -> Release | None:
    if source == "env":
        name = env.get("SENTRY_RELEASE", "").strip()
        return Release(name, "environment", "SENTRY_RELEASE") if _good(name) else None
    if source == "git":
        name = release_from_git(mode, prefix, cwd=cwd) or ""
        return Release(name, "git", GIT_MODES[mode][0]) if _good(name) else None
    for variable in CI_VARIABLES if source == "ci" else ():
        name = env.get(variable, "").strip()
        if name and _good(f"{prefix}{name}"):
            return Release(f"{prefix}{name}", "ci", variable)
    return None


def _good(name: str) -> bool:
    return all(problem.level != "error" for problem in validate_release(name))

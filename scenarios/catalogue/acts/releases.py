"""What the scenarios of releases do and data cannot say: checkouts, deployments, every item type.

May import: acts.sampling, acts.sessions, the standard library, sentry_sdk, sdk_config, git.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import sentry_sdk
from sentry_sdk.crons import capture_checkin

from scenarios.catalogue.acts.sessions import requests
from scenarios.process.journal import note

IDENTITY = {
    "GIT_AUTHOR_NAME": "shop",
    "GIT_AUTHOR_EMAIL": "shop@app.example",
    "GIT_COMMITTER_NAME": "shop",
    "GIT_COMMITTER_EMAIL": "shop@app.example",
}


def everything() -> None:
    """Send an item of each type that has a release."""
    scope = sentry_sdk.Scope.get_isolation_scope()
    scope.start_session(session_mode="application")
    sentry_sdk.capture_exception(ValueError("out of stock"))
    with sentry_sdk.start_transaction(name="visit", op="task", sampled=True):
        pass
    capture_checkin(monitor_slug="nightly-report", status="ok")
    logger: Any = getattr(sentry_sdk, "logger", None)
    if logger is not None:
        logger.warning("stock is low")
    metrics: Any = getattr(sentry_sdk, "metrics", None)
    if hasattr(metrics, "count"):
        metrics.count("orders", 1)
    scope.end_session()


_folders: list[Any] = []
"""Folders live as long as the process does."""


def _folder() -> Path:
    _folders.append(tempfile.TemporaryDirectory())
    return Path(_folders[-1].name)


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "commit.gpgsign=false", *arguments],  # noqa: S607 - the path's git
        env={**os.environ, **IDENTITY},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def in_a_folder(git: bool = False) -> None:
    """Start sdk_config in an empty folder, or in a checkout."""
    os.chdir(_folder())
    if git:
        _git("init", "--quiet")
        _git("commit", "--quiet", "--allow-empty", "--message", "first")
        note(head=_git("rev-parse", "HEAD"))
    import sdk_config

    sdk_config.setup()


def git_modes() -> dict[str, str | None]:
    """What each mode calls a checkout that is one commit after its tag."""
    import sdk_config

    os.chdir(_folder())
    _git("init", "--quiet")
    _git("commit", "--quiet", "--allow-empty", "--message", "first")
    _git("tag", "v1.4.0")
    _git("commit", "--quiet", "--allow-empty", "--message", "second")
    head, short = _git("rev-parse", "HEAD"), _git("rev-parse", "--short", "HEAD")
    found = {
        mode: sdk_config.release_from_git(mode, "shop@")
        for mode in ("sha", "short", "tag", "describe", "describe-tags")
    }
    return {
        mode: name and name.replace(head, "HEAD").replace(short, "SHORT")
        for mode, name in found.items()
    }


def judged_names(*names: str) -> dict[str, str]:
    """The rule that refuses each name, or an empty text."""
    import sdk_config

    return {
        name: next(
            (one.rule for one in sdk_config.validate_release(name) if one.level == "error"), ""
        )
        for name in names
    }


def deploy(fails: bool = False) -> None:
    """Deploy within the context manager; it takes twelve seconds and a half by its clock."""
    import sdk_config

    seconds = iter((100.0, 112.5))
    with sdk_config.deployment(
        "shop@2.1.0", "production", clock=lambda: next(seconds), deployed_by="ci"
    ):
        if fails:
            raise ConnectionError("the cluster is away")


def tell_of_the_release() -> None:
    """An event of the release, and a number of its health."""
    import sdk_config

    sdk_config.record_release_event("switched on", "warning", {"features": ["basket"]})
    sdk_config.record_release_health("shop@2.0.1", "error_rate", 0.5, "percent")


def change_the_release() -> str:
    """Capture, change the release, and send a session and an error; the outgoing baggage."""
    import sdk_config

    sentry_sdk.capture_message("before")
    sdk_config.set_release("shop@2.1.0", "4f2a9c1")
    scope = sentry_sdk.Scope.get_isolation_scope()
    scope.start_session(session_mode="application")
    sentry_sdk.capture_message("after")
    scope.end_session()
    return str(sentry_sdk.get_baggage())


def sessions_of_two_releases() -> None:
    """Ten sessions of a release, and five of the one after it."""
    import sdk_config

    requests(fine=8, errored=1, crashed=1)
    sentry_sdk.flush(5)
    sdk_config.set_release("shop@2.1.0")
    requests(fine=5, errored=0, crashed=0)


FILES = {
    "docker-compose.yml": """\
services:
  api:
    environment:
      SENTRY_DSN: ${SENTRY_DSN}
      SENTRY_ENVIRONMENT: production
      SENTRY_RELEASE: shop@2.0.3
  worker:
    environment:
      SENTRY_DSN: ${SENTRY_DSN}
      SENTRY_ENVIRONMENT: production
      SENTRY_RELEASE: shop@2.0.2
""",
    ".github/workflows/deploy.yml": """\
steps:
  - run: deploy
    env:
      SENTRY_RELEASE: shop@2.0.4
""",
    "vite.config.ts": """\
export default {
  build: { sourcemap: true },
  plugins: [sentryVitePlugin({ release: { name: "shop@2.0.1" } })],
}
""",
}
"""A service of which every part says another release."""

PARTS = {"api": "shop@2.0.3", "worker": "shop@2.0.2", "page": "shop@2.0.1"}
"""What of it runs, by the releases that it would tell."""


def run_parts() -> None:
    """Send an event as each part of the service would, under the release that its file says."""
    import sdk_config

    for part, release in PARTS.items():
        sdk_config.set_release(release)
        sdk_config.capture_message(f"{part} began")


def differing_releases() -> list[str]:
    """Where the check finds a release that differs from the one that runs, or from another."""
    import sdk_config

    root = _folder()
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    env = {
        "SENTRY_DSN": os.environ["SENTRY_DSN"],
        "SENTRY_ENVIRONMENT": "production",
        "SENTRY_RELEASE": "shop@2.0.3",
    }
    report = sdk_config.check(types=["release"], root=root, env=env)
    found = [one for one in report.findings if one.rule == "REL-DIFFERS"]
    return sorted({one.where.partition(":")[0] for one in found})


def every_helper() -> list[str]:
    """Call every helper of an application; the names of those that gave something."""
    import sdk_config

    error = ValueError("out of stock")
    given = {
        "capture_exception": sdk_config.capture_exception(error, order="A-7"),
        "capture_message": sdk_config.capture_message("hello"),
        "capture_payment_error": sdk_config.capture_payment_error(error, "p-9"),
        "add_breadcrumb": sdk_config.add_breadcrumb("here"),
        "set_user": sdk_config.set_user({"id": "42"}),
        "clear_user": sdk_config.clear_user(),
        "set_context": sdk_config.set_context("shop", {"city": "berlin"}),
        "set_release": sdk_config.set_release("shop@2.1.0"),
        "current_release": sdk_config.current_release(),
        "record_deployment": sdk_config.record_deployment("1.0.0", "staging", "succeeded"),
        "record_release_event": sdk_config.record_release_event("hello"),
        "record_release_health": sdk_config.record_release_health("1.0.0", "errors", 1),
    }
    sdk_config.measure("rows", 7)
    with sdk_config.transaction("visit"), sdk_config.span("db", "select"):
        pass
    return [name for name, value in given.items() if value is not None]

"""`sdk-config deploy` and `release`, for CI.

Rule: a deployment is told before this ends, or the exit status says that it was not.
May import: checks, deployments, install, releases, settings.
"""

from __future__ import annotations

import argparse

from sdk_config import install
from sdk_config.checks.findings import FINDINGS, OK
from sdk_config.checks.trial import quiet
from sdk_config.deployments import record_deployment
from sdk_config.environment import environment_name
from sdk_config.errors import Problem
from sdk_config.releases.names import validate_release
from sdk_config.releases.sources import release_from_git, resolve_release
from sdk_config.settings import Settings

FLUSH = 10.0


def deploy(given: argparse.Namespace) -> int:
    """Tell Sentry of a deployment, and wait until it was told (S0-20)."""
    for problem in _errors(given.version):
        raise ValueError(problem.text)
    details = dict(_detail(one) for one in given.detail)
    environment = environment_name(given.environment)
    with quiet():
        state = install.setup(
            dotenv=given.dotenv,
            environment=environment,
            release=given.version,
            sample_rate=1.0,
            debug=False,
        )
        if not state.enabled:
            print(f"Sentry is off, and was told nothing: {state.reason}")
            # Switched off is a decision, a missing DSN a mistake.
            return OK if state.dsn_configured else FINDINGS
        told = record_deployment(given.version, environment, given.status, details)
        done = install.shutdown(FLUSH)
    if told is None or not done:
        print(f"the deployment of {given.version} could not be told")
        return FINDINGS
    print(f"told: {given.version} to {environment}, {given.status} ({told})")
    return OK


def release(given: argparse.Namespace) -> int:
    """Print a release's name, alone in its line; or what is wrong with one."""
    if given.name is not None:
        problems = validate_release(given.name)
        for problem in problems:
            print(f"{problem.level}  {problem}")
        bad = any(problem.level == "error" for problem in problems)
        if not problems:
            print(f"{given.name} is a good release")
        return FINDINGS if bad else OK
    name = _found(given.mode, given.prefix)
    if name is None:
        raise ValueError("there is no release: set SENTRY_RELEASE, or run this in a git checkout")
    print(name)
    return OK


def _found(mode: str | None, prefix: str) -> str | None:
    if mode is not None:
        return release_from_git(mode, prefix)
    settings = Settings.from_env()
    if settings.release is not None:
        return settings.release
    found = resolve_release(settings.release_sources, prefix)
    return found.name if found else None


def _errors(name: str) -> list[Problem]:
    return [problem for problem in validate_release(name) if problem.level == "error"]


def _detail(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name.strip():
        raise ValueError(f"expected a detail as name=value, got {text!r}")
    return name.strip(), value

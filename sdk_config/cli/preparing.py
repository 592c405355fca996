"""`sdk-config env` and `init`: snippets for platforms, files for environments, two scripts.

Rule: a snippet never holds a DSN, only where to put it; files that are there are not touched
unless asked.
May import: profiles, variables.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sdk_config.profiles import PROFILES, Profile

ENVIRONMENTS = ("development", "staging", "production")

SCRIPTS = {
    "validate_sentry_setup.py": "check",
    "test_sentry_integration.py": "test",
}
"""The documents' scripts, and the commands that they are."""

SECRET = "sentry-config"  # noqa: S105 - the name of the secret, as S4 has it


def env(given: argparse.Namespace) -> int:
    """Print a profile's variables for a platform."""
    if given.profile not in PROFILES:
        raise ValueError(f"expected one of {', '.join(PROFILES)}, got {given.profile!r}")
    values = variables(given.profile)
    print(SNIPPETS[given.platform](values, given.service or ["api"]), end="")
    return 0


def init(given: argparse.Namespace) -> int:
    """Write .env.development, .env.staging and .env.production, or the scripts."""
    folder = Path(given.directory)
    if not folder.is_dir():
        raise ValueError(f"there is no folder {str(folder)!r}")
    files = _scripts() if given.scripts else _env_files()
    there = [name for name in files if (folder / name).exists()]
    if there and not given.force:
        raise ValueError(f"{', '.join(there)} is there already; --force writes over it")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        print(f"wrote {folder / name}")
    return 0


def variables(profile: str) -> dict[str, str]:
    """The variables of a profile, without DSN and release; the environment is the profile's."""
    found: Profile = PROFILES[profile]
    environment = profile if profile in ENVIRONMENTS else "production"
    values = {"SENTRY_ENVIRONMENT": environment}
    names = dict.fromkeys((*found.values, *found.by_environment.get(environment, {})))
    for name in names:
        values[f"SENTRY_{name.upper()}"] = _written(found.get(name, environment))
    return values


def dotenv(values: Mapping[str, str], services: Sequence[str] = ()) -> str:
    """A .env file; an empty DSN is off."""
    lines = ["# The DSN stands in the project's client keys; empty is off.", "SENTRY_DSN="]
    lines += [f"{name}={value}" for name, value in values.items()]
    lines += ["# A version or a commit, never latest; git is asked where this is empty."]
    return "\n".join([*lines, "SENTRY_RELEASE=", ""])


def docker(values: Mapping[str, str], services: Sequence[str]) -> str:
    """A part of docker-compose.yml; all services get the same release, and none a default."""
    lines = ["x-sentry: &sentry", "  SENTRY_DSN: ${SENTRY_DSN:?}"]
    lines += ["  SENTRY_RELEASE: ${SENTRY_RELEASE:?}"]
    lines += [f'  {name}: "{value}"' for name, value in values.items()]
    lines += ["", "services:"]
    for service in services:
        lines += [f"  {service}:", "    environment:", "      <<: *sentry"]
    start = 'SENTRY_RELEASE="$(git rev-parse --short HEAD)" docker compose up'
    return "\n".join([*lines, "", f"# {start}", ""])


def k8s(values: Mapping[str, str], services: Sequence[str]) -> str:
    """A secret, and the env of a deployment that reads it."""
    environment = values["SENTRY_ENVIRONMENT"]
    command = (
        f"# kubectl create secret generic {SECRET}"
        f' --from-literal=dsn="$SENTRY_DSN" --from-literal=environment={environment}'
    )
    lines = [command, "env:"]
    for name, key in (("SENTRY_DSN", "dsn"), ("SENTRY_ENVIRONMENT", "environment")):
        lines += [f"  - name: {name}", "    valueFrom:", "      secretKeyRef:"]
        lines += [f"        name: {SECRET}", f"        key: {key}"]
    rest = {name: value for name, value in values.items() if name != "SENTRY_ENVIRONMENT"}
    for name, value in {"SENTRY_RELEASE": "RELEASE", **rest}.items():
        lines += [f"  - name: {name}", f'    value: "{value}"']
    return "\n".join([*lines, ""])


def railway(values: Mapping[str, str], services: Sequence[str]) -> str:
    """Commands of Railway's command line."""
    said = {"SENTRY_DSN": "$SENTRY_DSN", "SENTRY_RELEASE": "$RAILWAY_GIT_COMMIT_SHA", **values}
    return "".join(f'railway variables set {name}="{value}"\n' for name, value in said.items())


def render(values: Mapping[str, str], services: Sequence[str]) -> str:
    """A part of render.yaml; the DSN is asked for in the dashboard."""
    lines = ["services:"]
    for service in services:
        lines += ["  - type: web", f"    name: {service}", "    envVars:"]
        lines += ["      - key: SENTRY_DSN", "        sync: false"]
        for name, value in values.items():
            lines += [f"      - key: {name}", f'        value: "{value}"']
    return "\n".join([*lines, "# release: export SENTRY_RELEASE=$RENDER_GIT_COMMIT", ""])


SNIPPETS: Mapping[str, Callable[[Mapping[str, str], Sequence[str]], str]] = {
    "dotenv": dotenv,
    "docker": docker,
    "k8s": k8s,
    "railway": railway,
    "render": render,
}


def _env_files() -> dict[str, str]:
    return {f".env.{name}": dotenv(variables(name)) for name in ENVIRONMENTS}


def _scripts() -> dict[str, str]:
    return {
        name: "import sys; from sdk_config.cli import main\n"
        f'sys.exit(main(["{command}", *sys.argv[1:]]))\n'
        for name, command in SCRIPTS.items()
    }


def _written(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return ",".join(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)

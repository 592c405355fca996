"""Judge a configuration offline: settings, environment, files, source, hooks, the way to Sentry.

Rule: nothing of the application is changed or sent; its setup is only run in a process of its
own. A judge yields findings, and `JUDGES` is all of them.
May import: its own files; install and every room below it, but lazily.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sdk_config.checks import connectivity, files, probing, source, values
from sdk_config.checks.checklist import checklist
from sdk_config.checks.facts import facts_of
from sdk_config.checks.findings import CHECK_TYPES, CheckType, Finding, Report, worst_first
from sdk_config.checks.rules import finding
from sdk_config.checks.secrecy import Secrets, secrets_of
from sdk_config.checks.subject import Subject
from sdk_config.environment import environment_name
from sdk_config.releases.sources import resolve_release
from sdk_config.settings import Settings

__all__ = ["CHECK_TYPES", "Finding", "Report", "check"]

JUDGES: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    values.problems,
    values.environment,
    values.switches,
    values.trio,
    values.privacy,
    values.transport,
    values.tokens,
    values.rates,
    values.tracers,
    values.loggers,
    values.tags,
    values.sdk,
    files.compose,
    files.pipelines,
    files.checkout,
    files.front_end,
    files.runtime_release,
    files.requirements,
    files.servers,
    source.judge,
    probing.judge,
    connectivity.proxies,
)
"""Everything that is looked at offline; connecting comes on top."""


def check(
    settings: Settings | None = None,
    *,
    environment: str | None = None,
    types: Sequence[str] = ("all",),
    setup: str | None = None,
    root: str | os.PathLike[str] | None = None,
    dotenv: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    connect_to: str | None = None,
) -> Report:
    """Judge a configuration; what is found is in the report, and no secret is.

    `environment` judges it as that one; `types` are kinds of checks or "all"; `setup` is the
    application's own, as `module:function`, to be probed in a process of its own; `root` is a
    folder whose source and CI files are read; `connect_to` is a DSN to connect to instead of the
    configured one. Only the type connectivity uses the network.
    Raises `ValueError` for a type or environment that cannot be.
    """
    kinds = kinds_of(types)
    variables = os.environ if env is None else env
    settings, said = _settings(settings, variables, environment, dotenv)
    secrets = secrets_of(variables, settings)
    folder = None if root is None else Path(root)
    subject = Subject(settings, variables, settings.environment, said, folder)
    if setup is not None:
        subject = replace(subject, facts=probing.probe(setup, _for_probe(subject), folder))
        subject = _with_release_of(subject)
    found = list(_judged(subject))
    if "connectivity" in kinds:
        found += connectivity.connect(subject, connect_to)
    return _report(subject, kinds, found, secrets)


def kinds_of(types: Iterable[str]) -> tuple[CheckType, ...]:
    """The kinds of checks that are meant; raises `ValueError` for a word that names none."""
    asked = {word.strip() for types_ in types for word in types_.split(",")}
    for word in sorted(asked - {*CHECK_TYPES, "all"}):
        raise ValueError(f"expected {', '.join(CHECK_TYPES)} or all, got {word!r}")
    return tuple(kind for kind in CHECK_TYPES if "all" in asked or kind in asked)


def _settings(
    settings: Settings | None,
    env: Mapping[str, str],
    environment: str | None,
    dotenv: str | os.PathLike[str] | None,
) -> tuple[Settings, str | None]:
    """The settings as that environment has them, and the environment that is configured."""
    judged_as = None if environment is None else environment_name(environment)
    configured = settings or Settings.from_env(env, dotenv=dotenv)
    said = configured.environment if configured.said("environment") else None
    if judged_as is not None:
        if settings is None:
            settings = Settings.from_env(env, dotenv=dotenv, environment=judged_as)
        else:
            settings = settings.found("environment", judged_as, "argument", "")
    else:
        settings = configured
    if settings.release is None and settings.dsn is not None:
        found = resolve_release(settings.release_sources)
        if found is not None:
            settings = settings.found("release", found.name, found.origin, found.where)
    return settings, said


def _for_probe(subject: Subject) -> dict[str, str]:
    return {**subject.env, "SENTRY_ENVIRONMENT": subject.environment}


def _with_release_of(subject: Subject) -> Subject:
    """A setup may give its release in code."""
    release = subject.facts.get("release")
    if subject.settings.release is not None or not isinstance(release, str) or not release:
        return subject
    found = subject.settings.found("release", release, "argument", "")
    return replace(subject, settings=found)


def _judged(subject: Subject) -> Iterator[Finding]:
    for judge in JUDGES:
        try:
            yield from judge(subject)
        except Exception as error:  # noqa: BLE001 - one rule must not cost the others
            text = f"a check failed with {type(error).__name__}; please report it"
            yield finding("SOURCE", text, f"{judge.__module__}.{judge.__name__}")


def _report(
    subject: Subject, kinds: tuple[CheckType, ...], found: list[Finding], secrets: Secrets
) -> Report:
    """The report of what was found, with every secret taken out of every text."""
    clean = (
        replace(one, text=secrets.redacted(one.text), where=secrets.redacted(one.where))
        for one in found
    )
    kept = worst_first(one for one in clean if one.type in kinds)
    items = checklist(subject, found) if "checklist" in kinds else ()
    facts = tuple(secrets.redacted(fact) for fact in facts_of(subject))
    return Report(secrets.redacted(subject.environment), kinds, kept, facts, items)

"""The settings of a service: one frozen record, read from everywhere that may say something.

Rule: reading never raises for a value (unless asked to) and changes nothing outside; every value
knows its source, and a secret is in no representation.
May import: variables, precedence, profiles, dotenv, dsn, environment, errors, releases.names.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sdk_config.dotenv import read_dotenv
from sdk_config.dsn import parse_dsn
from sdk_config.environment import KNOWN
from sdk_config.errors import Problem, SettingsError
from sdk_config.precedence import Layers, Origin, Source, pick, shown
from sdk_config.profiles import PROFILES, Profile
from sdk_config.releases.names import validate_release
from sdk_config.variables import (
    BY_FIELD,
    HEALTH_PATHS,
    PROFILE_NAME,
    VARIABLES,
    Variable,
    known_names,
)


@dataclass(frozen=True, repr=False)
class Settings:
    """What a service says about its Sentry SDK; the defaults are those of `VARIABLES`.

    Rates are shares from 0.0 to 1.0, times are seconds. Two settings are equal when their
    values are; where these came from does not count.
    """

    dsn: str | None = None
    enabled: bool = True
    environment: str = "development"
    release: str | None = None
    release_sources: tuple[str, ...] = ("git", "ci")
    dist: str | None = None
    server_name: str | None = None

    sample_rate: float = 1.0
    attach_stacktrace: bool = True
    max_breadcrumbs: int = 100
    max_value_length: int | None = None
    ignore_errors: tuple[str, ...] = ()
    ignore_loggers: tuple[str, ...] = ()
    ignore_messages: tuple[str, ...] = ()
    ignore_status: tuple[int | str, ...] = ()
    error_burst: int | None = None
    fingerprints: tuple[str, ...] = ()

    enable_tracing: bool = True
    traces_sample_rate: float = 0.1
    traces_rules: tuple[tuple[str, float], ...] = ()
    traces_parent: str = "respect"
    health_paths: tuple[str, ...] = HEALTH_PATHS
    profiles_sample_rate: float = 0.1
    profile_session_sample_rate: float | None = None
    profile_lifecycle: str | None = None
    trace_propagation_targets: tuple[str, ...] | None = None
    enable_logs: bool = False
    auto_session_tracking: bool = True

    send_default_pii: bool = False
    include_local_variables: bool = True
    include_source_context: bool = True
    max_request_body_size: str = "medium"
    user_fields: tuple[str, ...] = ("id",)
    hash_user_id: str | None = None
    scrub_keys: tuple[str, ...] = ()
    scrub_allow_keys: tuple[str, ...] = ()
    allow_unscrubbed: bool = False

    shutdown_timeout: float = 2.0
    flush_on_sigterm: bool = True
    transport_queue_size: int = 100
    keep_alive: bool | None = None
    http_proxy: str | None = None
    https_proxy: str | None = None
    ca_certs: str | None = None
    send_client_reports: bool = True

    otel: str = "off"
    debug: bool = False
    spotlight: str | None = None
    in_app_include: tuple[str, ...] = ()
    in_app_exclude: tuple[str, ...] = ()
    default_tags: tuple[tuple[str, str], ...] = ()

    org: str | None = None
    project: str | None = None
    auth_token: str | None = None
    url: str | None = None

    profile: str | None = None
    problems: tuple[Problem, ...] = field(default=(), compare=False)
    sources: tuple[Source, ...] = field(default=(), compare=False)

    @classmethod
    def from_env(
        cls,
        env: Mapping[str, str] | None = None,
        *,
        profile: str | None = None,
        dotenv: str | os.PathLike[str] | None = None,
        strict: bool = False,
        **overrides: Any,
    ) -> Settings:
        """Read arguments, environment, .env file, profile and defaults, in this order.

        `env` stands in for the process environment. A blank variable is absent, but for an empty
        DSN, which is "off"; an argument of None says nothing. What is wrong is in `problems`;
        with `strict`, errors among them raise `SettingsError`.
        """
        environment = os.environ if env is None else env
        problems: list[Problem] = []
        file = _dotenv(dotenv, problems)
        name, preset = _profile(profile, environment, file, problems)
        problems += _unknown_variables([*environment, *file])
        problems += _unknown_arguments(overrides)
        layers = Layers(overrides, environment, file, preset, name or "")
        values, sources = _pick_all(layers, problems)
        found = cls(**values, profile=name, sources=tuple(sources))
        found, more = _judge(found)
        found = replace(found, problems=(*problems, *more))
        return found.require_valid() if strict else found

    def explain(self) -> list[Source]:
        """Where each value came from, in the order of the fields; safe to print."""
        known = {source.field: source for source in self.sources}
        return [
            known.get(variable.field) or _said_in_code(variable, getattr(self, variable.field))
            for variable in VARIABLES
        ]

    def source(self, name: str) -> Source:
        """Where one value came from; raises `KeyError` for a field that is not there."""
        return {source.field: source for source in self.explain()}[name]

    def require_valid(self) -> Settings:
        """These settings; raises `SettingsError` if a problem among them is an error."""
        errors = [problem for problem in self.problems if problem.level == "error"]
        if errors:
            raise SettingsError(errors)
        return self

    def found(self, name: str, value: Any, origin: Origin, where: str) -> Settings:
        """These settings with a value that was found elsewhere, and its source."""
        source = Source(name, shown(BY_FIELD[name], value), origin, where)
        others = [other for other in self.sources if other.field != name]
        return replace(self, **{name: value}, sources=(*others, source))

    def said(self, name: str) -> bool:
        """Whether somebody gave that value; False for defaults and profiles."""
        return self.source(name).origin not in {"default", "profile"}

    @property
    def profiles(self) -> bool:
        """Whether profiles are taken; where a profiler may crash, only if somebody says so."""
        said = any(self.said(name) for name in PROFILE_RATES)
        return self.enable_tracing and (said or not PROFILER_MAY_CRASH)

    @property
    def off_reason(self) -> str | None:
        """Why nothing will be sent, or None: either says off, and it is off (K-08)."""
        if not self.enabled:
            return "SENTRY_ENABLED is false"
        return None if self.dsn else "there is no DSN"

    def __repr__(self) -> str:
        said = ", ".join(
            f"{variable.field}={shown(variable, getattr(self, variable.field))}"
            for variable in VARIABLES
            if getattr(self, variable.field) != variable.default
        )
        return f"Settings({said})"


PROFILE_RATES = ("profiles_sample_rate", "profile_session_sample_rate")

PROFILER_MAY_CRASH = sys.version_info[:2] == (3, 11)
"""CPython 3.11 can end with SIGSEGV while the SDK reads the frames of threads that run: seen with
sentry-sdk 2.75 in our own tests, and in getsentry/sentry-python 2386 and 6119.
"""

FIELDS = frozenset(entry.name for entry in fields(Settings)) - {"problems", "sources", "profile"}


def suggest(name: str, known: Iterable[str]) -> str:
    """A hint at what was meant, to be put behind a text; empty if nothing is near."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return f"; did you mean {near[0]}?" if near else ""


def _pick_all(layers: Layers, problems: list[Problem]) -> tuple[dict[str, Any], list[Source]]:
    values: dict[str, Any] = {}
    sources = []
    # The environment decides about other defaults, so it is read first.
    for variable in sorted(VARIABLES, key=lambda row: row.field != "environment"):
        environment = values.get("environment", "")
        value, source, wrong = pick(variable, layers, environment)
        values[variable.field] = value
        sources.append(source)
        problems += wrong
    return values, sources


def _profile(
    argument: str | None,
    environment: Mapping[str, str],
    file: Mapping[str, str],
    problems: list[Problem],
) -> tuple[str | None, Profile | None]:
    name = argument or environment.get(PROFILE_NAME) or file.get(PROFILE_NAME) or ""
    name = name.strip().lower()
    if not name:
        return None, None
    if name not in PROFILES:
        text = f"{PROFILE_NAME}: expected one of {', '.join(PROFILES)}, got {name!r}"
        problems.append(Problem("PROFILE", "error", text + suggest(name, PROFILES), "profile"))
        return None, None
    return name, PROFILES[name]


def _dotenv(path: str | os.PathLike[str] | None, problems: list[Problem]) -> dict[str, str]:
    if path is None:
        return {}
    try:
        return read_dotenv(os.fspath(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        text = f"{os.fspath(path)!r} cannot be read: {reason}"
        problems.append(Problem("DOTENV", "error", text))
        return {}


def _unknown_variables(names: Iterable[str]) -> list[Problem]:
    known = known_names()
    unknown = {name for name in names if name.startswith("SENTRY_")} - known
    return [
        Problem("UNKNOWN", "warning", f"nothing reads {name}{_suggest_variable(name, known)}")
        for name in sorted(unknown)
    ]


def _suggest_variable(name: str, known: Iterable[str]) -> str:
    """What all have in common must not make them near."""
    rests = [one.removeprefix("SENTRY_") for one in known if one.startswith("SENTRY_")]
    return suggest(name.removeprefix("SENTRY_"), rests).replace("mean ", "mean SENTRY_")


def _unknown_arguments(overrides: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem("UNKNOWN", "error", f"there is no setting {name!r}{suggest(name, FIELDS)}")
        for name in overrides
        if name not in FIELDS
    ]


def _said_in_code(variable: Variable, value: Any) -> Source:
    origin: Origin = "default" if value == variable.default else "argument"
    return Source(variable.field, shown(variable, value), origin)


def _judge(found: Settings) -> tuple[Settings, list[Problem]]:
    problems: list[Problem] = []
    for rule in (_check_dsn, _check_release, _check_environment, _check_profiling, _check_scrubbed):
        found, wrong = rule(found)
        problems += wrong
    return found, problems


def _check_dsn(found: Settings) -> tuple[Settings, list[Problem]]:
    if not found.dsn:
        return found, []
    name = found.source("dsn").name or "argument dsn"
    try:
        dsn = parse_dsn(found.dsn)
    except ValueError as error:
        text = f"{name}: {error}; nothing is sent"
        return replace(found, dsn=None), [Problem("DSN", "error", text, "dsn")]
    if dsn.secret_key is None:
        return found, []
    text = f"{name} holds a secret key after its public one; take it out, it is not used (K-26)"
    clean = found.dsn.replace(f":{dsn.secret_key}@", "@", 1)
    return replace(found, dsn=clean), [Problem("DSN-SECRET", "error", text, "dsn")]


def _check_release(found: Settings) -> tuple[Settings, list[Problem]]:
    if found.release is None:
        return found, []
    problems = validate_release(found.release)
    if any(problem.level == "error" for problem in problems):
        where = found.source("release").name or "argument release"
        return found.found("release", None, "default", f"{where} was refused"), problems
    return found, problems


def _check_environment(found: Settings) -> tuple[Settings, list[Problem]]:
    if found.dsn and not found.said("environment"):
        text = (
            f"there is a DSN but no environment; {found.environment!r} is taken; "
            "set SENTRY_ENVIRONMENT"
        )
        return found, [Problem("ENV-MISSING", "warning", text, "environment")]
    if found.environment not in KNOWN:
        text = f"{found.environment!r} is not one of {', '.join(sorted(KNOWN))}; it is kept"
        return found, [Problem("ENV-UNKNOWN", "warning", text, "environment")]
    return found, []


def _check_profiling(found: Settings) -> tuple[Settings, list[Problem]]:
    said = [name for name in PROFILE_RATES if found.said(name)]
    wrong = []
    if PROFILER_MAY_CRASH and any(getattr(found, name) for name in said):
        text = "the profiler of the SDK can crash CPython 3.11; use 3.12 or newer, or a rate of 0"
        wrong.append(Problem("PROFILER", "warning", text, said[0]))
    if len(said) < len(PROFILE_RATES):
        return found, wrong
    text = (
        "SENTRY_PROFILES_SAMPLE_RATE and SENTRY_PROFILE_SESSION_SAMPLE_RATE are both set, and "
        "the SDK knows one way to profile at a time; the second counts, remove one (K-07)"
    )
    twice = Problem("PROFILES-TWICE", "error", text, "profile_session_sample_rate")
    return found, [*wrong, twice]


def _check_scrubbed(found: Settings) -> tuple[Settings, list[Problem]]:
    if not found.allow_unscrubbed:
        return found, []
    text = "nothing is scrubbed before it is sent; take SENTRY_ALLOW_UNSCRUBBED away"
    return found, [Problem("UNSCRUBBED", "warning", text, "allow_unscrubbed")]

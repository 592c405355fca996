"""Judge settings and environment variables: config, security and performance.

Rule: pure functions of the subject; each yields findings, and no text holds a secret.
May import: subject, rules; settings, dsn, options and parts.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address

from sdk_config.checks.findings import Finding
from sdk_config.checks.rules import RULES, finding
from sdk_config.checks.subject import Subject
from sdk_config.coercion import FALSE, TRUE
from sdk_config.dsn import Dsn, parse_dsn
from sdk_config.errors import Level
from sdk_config.options import installed_options, to_options
from sdk_config.parts import parts_of, problems_of

PUBLIC_PREFIXES = ("VITE_", "NEXT_PUBLIC_", "REACT_APP_", "NUXT_PUBLIC_", "PUBLIC_", "EXPO_PUBLIC_")
"""Builds put variables of these names into what browsers download."""

HIGH_RATE = 0.2
"""In production, a rate beyond this is rather one of development (S0-34, S3-57)."""

LONGEST_TAG_NAME, LONGEST_TAG_VALUE = 32, 200
"""What Sentry keeps of a tag (S1-29)."""

_EXAMPLES = re.compile(r"your|example|changeme|placeholder|xxxx|<|>|\$\{?\w", re.IGNORECASE)
_TAG_NAME = re.compile(r"^[\w.:-]+$", re.ASCII)
_PRE_RELEASE = re.compile(r"\d(?:a|b|rc|\.dev)\d+", re.IGNORECASE)


def problems(subject: Subject) -> Iterator[Finding]:
    """What reading the settings brought up, and the parts that they plug in."""
    settings = subject.settings
    for problem in (*settings.problems, *problems_of(parts_of(settings))):
        rule = problem.rule if problem.rule in RULES else "SETUP"
        yield finding(rule, problem.text, level=problem.level)


def environment(subject: Subject) -> Iterator[Finding]:
    """Which environment this is, and whether the process looks like it."""
    said = subject.said_environment
    if said is None and subject.settings.dsn and not _has(subject, "ENV-MISSING"):
        yield finding("ENV-MISSING", "there is a DSN but no environment; set SENTRY_ENVIRONMENT")
    elif said is not None and said != subject.environment:
        text = f"judged as {subject.environment!r}, but the configuration says {said!r}"
        yield finding("ENV-DIFFERS", text)
    if not subject.in_production:
        return
    signs = [name for name in ("DEBUG", "DJANGO_DEBUG", "FLASK_DEBUG") if _is_on(subject.env, name)]
    signs += [name for name in ("PYTEST_CURRENT_TEST", "TOX_ENV_NAME") if subject.env.get(name)]
    if signs:
        text = f"reports as production, while {', '.join(signs)} says a test or debug mode runs"
        yield finding("ENV-TESTING", text)


def switches(subject: Subject) -> Iterator[Finding]:
    """Off, debug, and the DSN of an example."""
    settings = subject.settings
    if subject.in_production and not settings.enabled:
        yield finding("OFF", "SENTRY_ENABLED is false in production; nothing is sent")
    if subject.in_production and settings.debug:
        yield finding("DEBUG-PROD", "SENTRY_DEBUG writes what is sent to stderr; switch it off")
    raw = subject.env.get("SENTRY_DSN", "")
    if _EXAMPLES.search(raw):
        text = "SENTRY_DSN is that of an example; take the one of the project's client keys"
        yield finding("DSN-PLACEHOLDER", text)


def trio(subject: Subject) -> Iterator[Finding]:
    """DSN, release and environment: what is missing is an error where they are expected."""
    settings = subject.settings
    relaxed = (
        subject.environment in {"development", "test"} and subject.said_environment is not None
    )
    level: Level = "info" if relaxed else RULES["DSN-MISSING"].level
    if not settings.dsn and settings.enabled and not _has(subject, "DSN"):
        yield finding("DSN-MISSING", "there is no DSN; set SENTRY_DSN", level=level)
    refused = any(one.rule.startswith("REL-") and one.level == "error" for one in settings.problems)
    if settings.release is None and not refused:
        text = "there is no release; set SENTRY_RELEASE, or run in a git checkout"
        yield finding("REL-MISSING", text, level=level)
    if not settings.dsn and subject.said_environment is None:
        yield finding("ENV-MISSING", "there is no environment; set SENTRY_ENVIRONMENT")


def privacy(subject: Subject) -> Iterator[Finding]:
    """What would collect or show personal data."""
    settings = subject.settings
    if settings.send_default_pii:
        text = "send_default_pii collects addresses, cookies and users; leave it off"
        yield finding("PII-ON", text, level=subject.harder)
    if subject.in_production and settings.include_local_variables:
        text = "local variables leave with every error; set SENTRY_INCLUDE_LOCAL_VARIABLES=false"
        yield finding("LOCALS", text)
    if _is_on(subject.env, "SENTRY_PRINT_ENVELOPES"):
        text = "SENTRY_PRINT_ENVELOPES writes whole payloads to stderr; unset it"
        yield finding("PRINT-ENVELOPES", text, level=subject.harder)
    spotlight = settings.spotlight or ""
    if spotlight and spotlight.lower() not in FALSE:
        text = "Spotlight gets an unsampled copy over plain HTTP; unset SENTRY_SPOTLIGHT"
        yield finding("SPOTLIGHT", text, level=subject.harder)


def transport(subject: Subject) -> Iterator[Finding]:
    """Whether items leave with TLS, and to whom trace headers go."""
    settings = subject.settings
    dsn = _dsn(settings.dsn)
    if dsn is not None and dsn.scheme == "http" and not is_local(dsn.host):
        text = f"the DSN sends to {dsn.host} without TLS, which the SDK allows; use https://"
        yield finding("DSN-HTTP", text, level=subject.harder)
    traces = settings.enable_tracing and settings.traces_sample_rate > 0
    ours = subject.facts.get("ours", True)
    if subject.in_production and traces and ours and settings.trace_propagation_targets is None:
        text = "every third party gets trace headers; set SENTRY_TRACE_PROPAGATION_TARGETS"
        yield finding("TRACE-TARGETS", text)


def tokens(subject: Subject) -> Iterator[Finding]:
    """Secrets under names that a build publishes."""
    token = subject.settings.auth_token
    for name, value in sorted(subject.env.items()):
        if not name.startswith(PUBLIC_PREFIXES) or not value:
            continue
        named = "TOKEN" in name.upper() or "SECRET" in name.upper()
        if named or value == token or value.startswith(("sntrys_", "sntryu_")):
            text = f"builds publish {name}, and it holds a token; rename it"
            yield finding("TOKEN-PUBLIC", text)
        dsn = _dsn(value) if name.upper().endswith("DSN") else None
        if dsn is not None and dsn.secret_key is not None:
            yield finding("DSN-SECRET", f"builds publish {name}, and it holds a secret key")


def rates(subject: Subject) -> Iterator[Finding]:
    """Rates, sizes and what uses the quota up."""
    settings = subject.settings
    high = [
        f"{name}={getattr(settings, name):g}"
        for name in ("traces_sample_rate", "profiles_sample_rate")
        if settings.enable_tracing and getattr(settings, name) > HIGH_RATE
    ]
    if subject.in_production and high:
        text = f"{', '.join(high)} in production; 0.05 to 0.1 is usual, and cheaper"
        yield finding("RATE-PROD", text)
    if settings.max_value_length is None:
        text = "long texts leave as they are, and Sentry refuses large events with 413; "
        yield finding("SIZE", f"{text}set SENTRY_MAX_VALUE_LENGTH, to 10000 say")
    if subject.in_production and not settings.ignore_status:
        text = "client errors use the quota up; SENTRY_IGNORE_STATUS=404 leaves them out"
        yield finding("COST-4XX", text)


def tracers(subject: Subject) -> Iterator[Finding]:
    """OpenTelemetry beside the SDK."""
    exporter = subject.env.get("OTEL_TRACES_EXPORTER", "")
    exports = exporter not in {"", "none"} or subject.env.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    off = exporter == "none" or _is_on(subject.env, "OTEL_SDK_DISABLED")
    both = subject.settings.enable_tracing and subject.settings.traces_sample_rate > 0
    if (exports and not off and both) or subject.facts.get("otel"):
        text = "OpenTelemetry and the SDK both trace; link them, or set SENTRY_ENABLE_TRACING=false"
        yield finding("OTEL-TWICE", text)


def loggers(subject: Subject) -> Iterator[Finding]:
    """Loggers that are known for noise."""
    name = "django.security.DisallowedHost"
    django = subject.env.get("DJANGO_SETTINGS_MODULE") or subject.facts.get("django")
    if not django or any(fnmatch.fnmatch(name, one) for one in subject.settings.ignore_loggers):
        return
    text = f"every scanner makes an error of logger {name!r}; add it to SENTRY_IGNORE_LOGGERS"
    yield finding("NOISY-LOGGER", text)


def tags(subject: Subject) -> Iterator[Finding]:
    """Default tags that Sentry would cut or refuse."""
    for name, value in subject.settings.default_tags:
        if len(name) > LONGEST_TAG_NAME or not _TAG_NAME.match(name):
            text = f"tag {name[:40]!r}: a name has at most 32 letters, digits, or one of _.:-"
            yield finding("TAGS", text)
        if len(value) > LONGEST_TAG_VALUE or "\n" in value:
            yield finding(
                "TAGS", f"tag {name[:40]!r}: a value has at most 200 characters in a line"
            )


def sdk(subject: Subject) -> Iterator[Finding]:
    """The installed SDK, and what it does not know."""
    found = installed_version()
    if found is None:
        yield finding("SDK-MISSING", "sentry-sdk is not installed")
        return
    yield from of_version(found, "installed")
    left_out = to_options(subject.settings, installed_options()).left_out
    if left_out:
        text = f"sentry-sdk {found} has no option {', '.join(left_out)}; they do nothing"
        yield finding("OPTION-GONE", text)


def of_version(text: str, where: str, file: str = "") -> Iterator[Finding]:
    """Whether a version of the SDK is old or not yet released."""
    if _PRE_RELEASE.search(text):
        yield finding("SDK-PRE", f"sentry-sdk {text} is a pre-release ({where})", file)
    elif text.partition(".")[0] in {"0", "1"}:
        yield finding("SDK-OLD", f"sentry-sdk {text} is older than 2.0 ({where})", file)


def installed_version() -> str | None:
    """The version of the SDK that is imported, else of the package; None without one."""
    try:
        from sentry_sdk.consts import VERSION
    except ImportError:
        return None
    try:
        return str(VERSION) or version("sentry-sdk")
    except PackageNotFoundError:
        return None


def is_local(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _dsn(text: str | None) -> Dsn | None:
    try:
        return parse_dsn(text) if text else None
    except ValueError:
        return None


def _is_on(env: Mapping[str, str], name: str) -> bool:
    return env.get(name, "").strip().lower() in TRUE


def _has(subject: Subject, rule: str) -> bool:
    return any(problem.rule == rule for problem in subject.settings.problems)

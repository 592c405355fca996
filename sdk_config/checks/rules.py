"""The table of rules: what each finds, how bad that is, and which mistake of the wild it answers.

Rule: every finding's rule stands here once; documentation and tests read this table.
May import: findings.
"""

from __future__ import annotations

from dataclasses import dataclass

from sdk_config.checks.findings import CheckType, Finding
from sdk_config.errors import Level


@dataclass(frozen=True)
class Rule:
    """A rule: its name, usual level, kind of check, and the mistakes (M-01 to M-33) it finds."""

    name: str
    level: Level
    type: CheckType
    finds: str
    mistakes: tuple[str, ...] = ()


def _rule(name: str, level: Level, type_: CheckType, finds: str, *mistakes: str) -> Rule:
    return Rule(name, level, type_, finds, mistakes)


_TABLE = (
    # settings, as they are read
    _rule("VALUE", "error", "config", "a value that cannot be read", "M-08"),
    _rule("TWO-VALUES", "warning", "config", "two variables that say different things"),
    _rule("UNKNOWN", "warning", "config", "a SENTRY_ variable that nothing reads"),
    _rule("PROFILE", "error", "config", "a profile that is not there"),
    _rule("DOTENV", "error", "config", "a .env file that cannot be read"),
    _rule("DSN", "error", "config", "a DSN that the SDK would refuse", "M-06"),
    _rule("DSN-MISSING", "error", "release", "no DSN where one is expected", "M-06"),
    _rule("DSN-PLACEHOLDER", "error", "config", "the DSN of an example", "M-06"),
    _rule("ENV-MISSING", "warning", "config", "a DSN without an environment", "M-15"),
    _rule("ENV-UNKNOWN", "warning", "config", "an environment with an unusual name"),
    _rule("ENV-DIFFERS", "warning", "config", "judged as one environment, configured as another"),
    _rule(
        "ENV-TESTING", "warning", "config", "tests or debug mode that report as production", "M-15"
    ),
    _rule("OFF", "warning", "config", "switched off in production"),
    _rule("PROFILES-TWICE", "error", "config", "two ways to profile at a time"),
    _rule("PROFILER", "warning", "config", "a profiler that can crash this Python"),
    _rule("DEBUG-PROD", "warning", "config", "the SDK's debug output in production"),
    _rule("SDK", "warning", "config", "a warning of the SDK"),
    _rule("SDK-MISSING", "error", "config", "no sentry-sdk"),
    _rule("SDK-OLD", "warning", "config", "an SDK before 2.0, installed or pinned", "M-33"),
    _rule("SDK-PRE", "warning", "config", "a pre-release of the SDK, installed or pinned", "M-33"),
    _rule("OPTION-GONE", "warning", "config", "options that this SDK does not know", "M-33"),
    _rule("LEFT-OUT", "warning", "config", "hooks that this SDK never calls", "M-33"),
    _rule("SETUP", "error", "config", "a setup that fails"),
    _rule("FILTER", "error", "config", "an error filter that cannot be read"),
    _rule("SAMPLING", "error", "config", "a sampling rule that cannot be read"),
    _rule("FINGERPRINT", "error", "config", "a fingerprint rule that cannot be read"),
    _rule("TAGS", "warning", "config", "tags that Sentry would cut or refuse"),
    # security
    _rule("PII-ON", "warning", "security", "collection of personal data"),
    _rule("UNSCRUBBED", "warning", "security", "no scrubber"),
    _rule("LOCALS", "warning", "security", "local variables in production", "M-14"),
    _rule("DSN-HTTP", "warning", "security", "a DSN without TLS to another machine", "M-06"),
    _rule("DSN-SECRET", "error", "security", "a secret key in the DSN", "M-32"),
    _rule("TOKEN-PUBLIC", "error", "security", "a token under a name that builds publish", "M-32"),
    _rule("PRINT-ENVELOPES", "warning", "security", "whole payloads on stderr", "M-32"),
    _rule("SPOTLIGHT", "warning", "security", "an unsampled copy to Spotlight", "M-32"),
    _rule("TRACE-TARGETS", "warning", "security", "trace headers to every third party", "M-27"),
    _rule("COLLECTION", "error", "security", "data_collection that undoes the scrubber", "M-13"),
    _rule(
        "COLLECTION-KEY", "error", "security", "data_collection with a name nobody reads", "M-13"
    ),
    _rule(
        "SCRUB-PARTIAL", "error", "security", "a hook for errors while others leave as is", "M-12"
    ),
    _rule("LEAK", "warning", "security", "item types that carry a planted secret out", "M-12"),
    _rule("CURL-PIPE", "warning", "security", "a download piped into a shell"),
    # performance
    _rule("RATE-PROD", "warning", "performance", "rates of development in production"),
    _rule("RATE-TYPE", "error", "performance", "a rate that is no number from 0 to 1", "M-08"),
    _rule("SIZE", "info", "performance", "no bound for long texts", "M-18"),
    _rule("SIZE-BIG", "warning", "performance", "an event of more than a megabyte leaves", "M-18"),
    _rule("HEALTH", "info", "performance", "transactions of health checks", "M-29"),
    _rule("OTEL-TWICE", "warning", "performance", "OpenTelemetry and the SDK both trace", "M-30"),
    _rule("COST-4XX", "info", "performance", "client errors use up the quota"),
    _rule("HOOK-SLOW", "warning", "performance", "a hook of more than 5 ms"),
    _rule("SPAN-LOOP", "info", "performance", "spans in a loop: a trace keeps 1000"),
    _rule("SAMPLER", "error", "performance", "a sampler that fails for a framework", "M-28"),
    # connectivity
    _rule("PROXY", "info", "connectivity", "the proxy that is used", "M-26"),
    _rule("CA-FILE", "error", "connectivity", "a file of authorities that is not there", "M-26"),
    _rule("CONNECT", "error", "connectivity", "nobody answers", "M-06", "M-26"),
    _rule("CONNECT-REFUSED", "error", "connectivity", "an answer that is no 200", "M-07"),
    _rule("CONNECT-NOT", "info", "connectivity", "nothing to connect to"),
    # releases
    _rule("REL-MISSING", "error", "release", "no release", "M-16"),
    _rule("REL-EMPTY", "error", "release", "an empty release", "M-16"),
    _rule("REL-SPACES", "error", "release", "a release with outer spaces", "M-16"),
    _rule("REL-REF", "error", "release", "a git reference as release", "M-16"),
    _rule("REL-CHARS", "error", "release", "a slash or control character in a release", "M-16"),
    _rule("REL-LONG", "error", "release", "a release that is too long", "M-16"),
    _rule("REL-VAGUE", "error", "release", "latest, main, unknown as release", "M-16"),
    _rule("REL-SEMVER", "info", "release", "a release that Sentry cannot order"),
    _rule("REL-DIFFERS", "warning", "release", "services, CI and build that differ", "M-16"),
    _rule("TRIO", "warning", "release", "a service without DSN, environment or release"),
    _rule("SOURCEMAPS", "warning", "release", "a front end without source maps or the plugin"),
    _rule("GIT-SHALLOW", "warning", "release", "commits that --auto cannot see", "M-17"),
    _rule("COMMITS-NONE", "info", "release", "releases without commits"),
    _rule("CLI-NONE", "info", "release", "no release CLI on this machine"),
    # the application's source
    _rule("SOURCE", "info", "config", "a file that cannot be read"),
    _rule("INIT-LATE", "error", "config", "init in a Celery worker's process hook", "M-01"),
    _rule("INIT-TWICE", "warning", "config", "more than one init", "M-02"),
    _rule("NO-FLUSH", "warning", "config", "short processes that end without a flush", "M-03"),
    _rule("SIGTERM", "warning", "config", "SIGTERM that ends the process at once", "M-04"),
    _rule("FORK", "warning", "config", "a fork after init", "M-05"),
    _rule(
        "HOOK-NO-RETURN", "error", "config", "a hook with a way out that returns nothing", "M-09"
    ),
    _rule("HOOK-NONE", "error", "config", "a hook that drops everything", "M-09"),
    _rule("HOOK-DROPS", "warning", "config", "a hook that drops check-ins or feedback", "M-10"),
    _rule("HOOK-RAISES", "error", "config", "a hook that raises", "M-10"),
    _rule("HOOK-TYPE", "error", "config", "a hook that gives something else", "M-09"),
    _rule("HOOK-RECURSES", "error", "config", "a hook that logs an error or captures", "M-11"),
    _rule("HOOK-MUTATES", "warning", "config", "a hook that changes the application's objects"),
    _rule("NESTED", "warning", "config", "a transaction in a transaction", "M-19"),
    _rule("TWICE", "warning", "config", "an error that is logged and captured or raised", "M-20"),
    _rule("NOISY-LOGGER", "info", "config", "loggers whose noise nobody ignores", "M-21"),
    _rule("IGNORE-CHILD", "info", "config", "ignore_logger that leaves children out", "M-21"),
    _rule("LOGGERS-OFF", "warning", "config", "loggers that are switched off", "M-22"),
    _rule("ASYNCIO", "warning", "config", "AsyncioIntegration without a running loop", "M-23"),
    _rule("POOL", "warning", "config", "futures whose errors nobody sees", "M-24"),
    _rule("UWSGI", "error", "config", "uWSGI without threads", "M-25"),
    _rule("GEVENT", "warning", "config", "patching after imports", "M-25"),
    _rule("HANDLERS", "warning", "config", "handlers that swallow errors", "M-31"),
    _rule(
        "STATUS-CODES", "warning", "config", "status codes told to one integration of two", "M-31"
    ),
    _rule("INTEGRATIONS-OFF", "warning", "config", "the SDK's own integrations switched off"),
    _rule("LOST-CALL", "error", "config", "calls of the SDK that lose their event"),
    _rule("GLOBAL-TAG", "warning", "config", "a tag of one request on every other"),
    _rule("GENERIC", "info", "config", "general captures where there are specific ones"),
    _rule("MIDDLEWARE", "warning", "config", "a user that is not known yet"),
    _rule("SECRET-KEY", "warning", "config", "tokens that cannot be verified"),
)

RULES = {rule.name: rule for rule in _TABLE}
"""Every rule by its name."""


def finding(name: str, text: str, where: str = "", level: Level | None = None) -> Finding:
    """A finding of a rule, of its usual level unless another is given."""
    rule = RULES[name]
    return Finding(name, level or rule.level, rule.type, text, where)

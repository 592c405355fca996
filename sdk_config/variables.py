"""The table of settings: field, variables in order, coercion, default, and what it is for.

Rule: one line adds a variable; documentation, checks and `explain` read this table.
May import: coercion, environment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sdk_config import coercion as to
from sdk_config.environment import DEFAULT, PRODUCTION, environment_name


@dataclass(frozen=True)
class Variable:
    """One setting: where it is read from, how, and what counts when nobody says anything.

    `production` is the default in production, where it differs. `private` counts when a value
    cannot be read. `secret` values are shown nowhere. Where `blank_wins`, an empty variable is
    an answer (an empty DSN is "off", S2-19); elsewhere blank is absent.
    """

    field: str
    names: tuple[str, ...]
    read: to.Coercion
    default: Any
    help: str
    production: Any = None
    private: Any = None
    secret: bool = False
    blank_wins: bool = False

    def default_in(self, environment: str) -> Any:
        """The default in that environment."""
        if environment == PRODUCTION and self.production is not None:
            return self.production
        return self.default


def _row(field: str, read: to.Coercion, default: Any, text: str, **more: Any) -> Variable:
    names = more.pop("names", (f"SENTRY_{field.upper()}",))
    return Variable(field, names, read, default, text, **more)


_ENVIRONMENT_NAMES = ("SENTRY_ENVIRONMENT", "APP_ENV", "ENVIRONMENT", "DJANGO_ENV")
_BODIES = to.one_of("never", "small", "medium", "always")
_PARENTS = to.one_of("respect", "ignore", "rules_first")
_LIFECYCLES = to.one_of("trace", "manual")
_OTEL = to.one_of("off", "link")

HEALTH_PATHS = (
    "*/health",
    "*/healthz",
    "*/healthy",
    "*/health/*",
    "*/healthcheck",
    "*/health_check",
    "*/health-check",
    "*/heartbeat",
    "*/livez",
    "*/live",
    "*/readyz",
    "*/ready",
    "*/ping",
)
"""Paths that probes ask for; the sampler looks at GET and HEAD only."""

VARIABLES: tuple[Variable, ...] = (
    _row("dsn", to.secret, None, "where items go; empty is off", secret=True, blank_wins=True),
    _row("enabled", to.flag, True, "false switches everything off, whatever the DSN says"),
    _row(
        "environment",
        environment_name,
        DEFAULT,
        "development, staging, production, or a name of your own",
        names=_ENVIRONMENT_NAMES,
    ),
    _row("release", to.text, None, "the version that runs: 2.0.3, shop@2.0.3, shop@4f2a9c1"),
    _row("release_sources", to.words, ("git", "ci"), "where to look for a release: git, ci"),
    _row("dist", to.text, None, "which build of the release"),
    _row("server_name", to.text, None, "name of this machine; the SDK takes the host's name"),
    # errors
    _row("sample_rate", to.rate, 1.0, "share of errors that is sent"),
    _row("attach_stacktrace", to.flag, True, "stack traces for messages as well"),
    _row("max_breadcrumbs", to.count, 100, "how many breadcrumbs an event keeps"),
    _row("max_value_length", to.count, None, "longest text, in characters; empty is unlimited"),
    _row(
        "ignore_errors", to.class_names, (), "classes of errors that are not sent, subclasses too"
    ),
    _row("ignore_loggers", to.words, (), "loggers whose records are not sent; * stands for any"),
    _row("ignore_messages", to.words, (), "messages that are not sent; * stands for any"),
    _row("ignore_status", to.statuses, (), "HTTP statuses whose errors are not sent: 404,4xx"),
    _row("error_burst", to.count, None, "most alike errors a minute; the rest is summed up"),
    _row("fingerprints", to.words, (), "rules of issues: export-error, validation-error, ..."),
    # traces, profiles, logs, sessions
    _row("enable_tracing", to.flag, True, "false: no traces, also none that others began"),
    _row("traces_sample_rate", to.rate, 0.1, "share of transactions that is sent"),
    _row("traces_rules", to.rated, (), "rates by kind: /api/*=1.0,POST /pay=1,task:mail.*=0.01"),
    _row("traces_parent", _PARENTS, "respect", "a caller's decision: respect, ignore, rules_first"),
    _row("health_paths", to.words, HEALTH_PATHS, "paths of probes, which are never traced"),
    _row("profiles_sample_rate", to.rate, 0.1, "share of sampled transactions with a profile"),
    _row("profile_session_sample_rate", to.rate, None, "share of processes that are profiled"),
    _row("profile_lifecycle", _LIFECYCLES, None, "trace, or manual"),
    _row("trace_propagation_targets", to.words, None, "URLs that get trace headers; all if unset"),
    _row("enable_logs", to.flag, False, "send what is logged as logs"),
    _row("auto_session_tracking", to.flag, True, "sessions for release health"),
    # privacy
    _row("send_default_pii", to.flag, False, "collect personal data", private=False),
    _row(
        "include_local_variables",
        to.flag,
        True,
        "local variables in stack frames; not in production unless asked for",
        production=False,
        private=False,
    ),
    _row("include_source_context", to.flag, True, "source lines in stack frames", private=False),
    _row("max_request_body_size", _BODIES, "medium", "bodies up to: never, small, medium, always"),
    _row("user_fields", to.words, ("id",), "fields of a user that are sent"),
    _row("hash_user_id", to.secret, None, "key; sends an HMAC of the user's id", secret=True),
    _row("scrub_keys", to.words, (), "more names whose values are redacted"),
    _row("scrub_allow_keys", to.words, (), "names whose values are kept"),
    _row("allow_unscrubbed", to.flag, False, "run without the scrubber", private=False),
    # transport
    _row("shutdown_timeout", to.seconds, 2.0, "seconds to empty the queue at exit"),
    _row("flush_on_sigterm", to.flag, True, "empty the queue when SIGTERM comes"),
    _row("transport_queue_size", to.count, 100, "envelopes that may wait"),
    _row("keep_alive", to.flag, None, "TCP keep-alive"),
    _row("http_proxy", to.secret, None, "proxy for an http DSN", secret=True),
    _row("https_proxy", to.secret, None, "proxy for an https DSN", secret=True),
    _row("ca_certs", to.text, None, "file of certificate authorities"),
    _row("send_client_reports", to.flag, True, "tell Sentry what was dropped here"),
    # the rest
    _row("otel", _OTEL, "off", "link: take the trace ids of OpenTelemetry's spans; or off"),
    _row("debug", to.flag, False, "the SDK writes what it does to stderr"),
    _row("spotlight", to.text, None, "a second, unsampled copy to a Spotlight on this machine"),
    _row("in_app_include", to.words, (), "modules that are the application's"),
    _row("in_app_exclude", to.words, (), "modules that are not the application's"),
    _row("default_tags", to.pairs, (), "tags of everything: key=value,key=value"),
    # the web API, for checks, statistics and command lines
    _row("org", to.text, None, "organization, for the web API"),
    _row("project", to.text, None, "project, for the web API"),
    _row("auth_token", to.secret, None, "token of the web API", secret=True),
    _row("url", to.text, None, "where the web API is"),
)

BY_FIELD = {variable.field: variable for variable in VARIABLES}

PROFILE_NAME = "SENTRY_PROFILE"

FOREIGN = frozenset(
    {
        # read by the SDK itself (3.1)
        "SENTRY_USE_ENVIRONMENT",
        "SENTRY_TRACE",
        "SENTRY_BAGGAGE",
        "SENTRY_PRINT_ENVELOPES",
        # read by the release CLI and build plugins
        "SENTRY_PROPERTIES",
        "SENTRY_LOG_LEVEL",
        "SENTRY_NO_PROGRESS_BAR",
        "SENTRY_DISABLE_UPDATE_CHECK",
        "SENTRY_LOAD_DOTENV",
        "SENTRY_DOTENV_PATH",
        "SENTRY_HTTP_MAX_RETRIES",
        "SENTRY_ALLOW_FAILURE",
        "SENTRY_PIPELINE",
        "SENTRY_API_KEY",
        "SENTRY_CUSTOM_HEADER",
    }
)
"""Names that others read; they are no mistakes."""


def known_names() -> frozenset[str]:
    """Every variable that is read here or by the SDK, its `*_FILE` twin included."""
    own = {name for variable in VARIABLES for name in variable.names} | {PROFILE_NAME}
    return FOREIGN | own | {f"{name}_FILE" for name in own}

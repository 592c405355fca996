"""Each item type's own surfaces: what holds secrets in an event, a span, a log, a session.

Rule: everything is walked but a short list of names that only the SDK fills; what is known to be
the application's data (arguments of tasks, bodies, prompts) goes as a whole.
May import: attributes, requests, statements, tree, users.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sdk_config.privacy.attributes import Attributes
from sdk_config.privacy.requests import redact_request
from sdk_config.privacy.statements import redact_command
from sdk_config.privacy.tree import Tree, plain_name
from sdk_config.privacy.users import Users

Found = dict[str, Any]

_UNTOUCHED = frozenset(
    [
        "event_id",
        "timestamp",
        "start_timestamp",
        "received",
        "platform",
        "level",
        "type",
        "sdk",
        "modules",
        "debug_meta",
        "release",
        "environment",
        "check_in_id",
        "status",
        "duration",
        "monitor_config",
        "transaction_info",
        "measurements",
        "_metrics_summary",
        "profile_id",
        "replay_id",
    ]
)
"""What only the SDK or the configuration fills: ids, times, names of packages."""
_IDS = frozenset(
    [
        "trace_id",
        "span_id",
        "parent_span_id",
        "op",
        "origin",
        "status",
        "same_process_as_parent",
        "timestamp",
        "start_timestamp",
        "is_segment",
        "segment_id",
        "exclusive_time",
        "hash",
        "replay_id",
        "profiler_id",
    ]
)
_FRAME_PLAIN = frozenset({"lineno", "colno", "in_app", "function", "module"})
_JOBS = frozenset({"celery-job", "rq-job", "huey-job", "arq-job", "dramatiq", "ray-job"})
_JOB_PLAIN = frozenset({"task", "task_name", "func", "job_id", "task_id", "id", "actor_name"})
_STORES = ("db.redis", "cache", "redis", "db.memcached")
_TASK_LOGGERS = ("celery", "rq.", "dramatiq", "huey", "arq")
_TASK_NAMES = ("data", "args", "kwargs", "description", "message_id", "hostname")


class Items:
    """Redacts items of every type; each method gives a copy where something was secret."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._attributes = Attributes(users)
        self._sections: dict[str, Callable[[Any, Tree], Any]] = {
            "request": redact_request,
            "user": users.user,
            "exception": self._traces,
            "threads": self._traces,
            "stacktrace": self._stack,
            "breadcrumbs": self._breadcrumbs,
            "spans": self._spans,
            "extra": self._jobs,
            "contexts": self._contexts,
            "tags": self._tags,
        }

    def event(self, event: Any, tree: Tree) -> Any:
        """An error, message, check-in, feedback or transaction."""
        return self._each(event, tree, self._section, _UNTOUCHED)

    def breadcrumb(self, crumb: Any, tree: Tree) -> Any:
        """A breadcrumb."""
        category = crumb.get("category") if isinstance(crumb, Mapping) else None
        message = _MESSAGES.get(category) if isinstance(category, str) else None

        def part(key: str, value: Any, tree: Tree) -> Any:
            if key == "message" and message is not None and isinstance(value, str):
                return message(value, tree)
            if key == "data":
                return self._attributes.redact(value, tree)
            return tree.walk(value)

        return self._each(crumb, tree, part, _PLAIN_CRUMB)

    def span(self, span: Any, tree: Tree) -> Any:
        """A span of a transaction, or a streamed one with its attributes."""
        op = _op(span)

        def part(key: str, value: Any, tree: Tree) -> Any:
            if key in {"description", "name"} and isinstance(value, str):
                return _description(op, value, tree)
            if key in {"data", "attributes"}:
                return self._attributes.redact(value, tree)
            if key == "tags":
                return self._tags(value, tree)
            return tree.walk(value, 1)

        return self._each(span, tree, part, _IDS)

    def log(self, log: Any, tree: Tree) -> Any:
        """A log: its body, template, parameters and attributes."""
        attributes = log.get("attributes") if isinstance(log, Mapping) else None
        task = isinstance(attributes, Mapping) and _is_of_a_task(attributes)

        def part(key: str, value: Any, tree: Tree) -> Any:
            if key == "attributes":
                found = self._attributes.redact(value, tree)
                return _without_arguments(found, tree) if task else found
            return tree.walk(value)

        return self._each(log, tree, part, _PLAIN_LOG)

    def metric(self, metric: Any, tree: Tree) -> Any:
        """A metric: its name and attributes."""

        def part(key: str, value: Any, tree: Tree) -> Any:
            if key == "attributes":
                return self._attributes.redact(value, tree)
            return tree.walk(value)

        return self._each(metric, tree, part, _PLAIN_METRIC)

    def session(self, session: Any, tree: Tree) -> Any:
        """A session or an aggregate of sessions: no address, no browser, a hashed user."""
        found = dict(session)
        if "did" in found:
            found["did"] = self._users.distinct(found["did"], tree)
        if isinstance(found.get("attrs"), Mapping):
            kept = {"release", "environment"}
            found["attrs"] = {k: v for k, v in found["attrs"].items() if k in kept}
        if isinstance(found.get("aggregates"), list):
            found["aggregates"] = [self.session(one, tree) for one in found["aggregates"]]
        return found

    def profile(self, profile: Any, tree: Tree) -> Any:
        """A profile: names of transactions; functions, files and samples stay."""

        def part(key: str, value: Any, tree: Tree) -> Any:
            return value if key in {"profile", "event_id", "debug_meta"} else tree.walk(value)

        return self._each(profile, tree, part)

    def headers(self, headers: Mapping[str, Any], tree: Tree) -> Found:
        """Headers of an envelope: the dynamic sampling context names transaction and segment."""
        found = dict(headers)
        if isinstance(found.get("trace"), Mapping):
            found["trace"] = self.baggage(found["trace"], tree)
        return found

    def baggage(self, entries: Mapping[str, Any], tree: Tree) -> Any:
        """A dynamic sampling context: ids and rates stay, names are redacted."""
        kept = {k: v for k, v in entries.items() if k not in {"user_segment", "user_id"}}
        return {
            key: tree.walk(value) if key in {"transaction", "replay_id"} else value
            for key, value in kept.items()
        }

    def _section(self, key: str, value: Any, tree: Tree) -> Any:
        section = self._sections.get(key)
        if section is not None:
            return section(value, tree)
        return tree.item(key, value, 0)

    def _each(
        self,
        found: Any,
        tree: Tree,
        part: Callable[[str, Any, Tree], Any],
        plain: frozenset[str] = frozenset(),
    ) -> Any:
        """A mapping, each value by `part`; names in `plain` and their values stay."""
        if not isinstance(found, Mapping):
            return tree.walk(found)
        parts: Found = {}
        same = True
        for key, value in found.items():
            if key in plain:
                parts[key] = value
                continue
            name = tree.name(key)
            after = part(key if type(key) is str else plain_name(key), value, tree)
            same = same and after is value and name is key
            parts[name] = after
        if len(parts) != len(found):
            return tree.walk(found)
        return found if same else parts

    def _list(self, found: Any, tree: Tree, one: Callable[[Any, Tree], Any]) -> Any:
        """A list, or `{"values": [...]}` of it."""
        if isinstance(found, Mapping):
            rest = {key: value for key, value in found.items() if key != "values"}
            if "values" not in found:
                return tree.walk(found)
            values = self._list(found["values"], tree, one)
            return tree.keep(found, {**tree.walk(rest), "values": values})
        if not isinstance(found, (list, tuple)):
            return tree.walk(found)
        return tree.keep(found, [one(item, tree) for item in found])

    def _traces(self, found: Any, tree: Tree) -> Any:
        return self._list(found, tree, self._trace)

    def _trace(self, found: Any, tree: Tree) -> Any:
        def part(key: str, value: Any, tree: Tree) -> Any:
            if key in {"stacktrace", "raw_stacktrace"}:
                return self._stack(value, tree)
            return value if key in {"type", "module", "thread_id"} else tree.walk(value)

        return self._each(found, tree, part)

    def _stack(self, found: Any, tree: Tree) -> Any:
        def part(key: str, value: Any, tree: Tree) -> Any:
            if key == "frames":
                return self._list(value, tree, self._frame)
            return tree.walk(value)

        return self._each(found, tree, part)

    def _frame(self, found: Any, tree: Tree) -> Any:
        return self._each(found, tree, _frame_part, _FRAME_PLAIN)

    def _breadcrumbs(self, found: Any, tree: Tree) -> Any:
        return self._list(found, tree, self.breadcrumb)

    def _spans(self, found: Any, tree: Tree) -> Any:
        return self._list(found, tree, self.span)

    def _tags(self, found: Any, tree: Tree) -> Any:
        if isinstance(found, Mapping):
            return self._attributes.redact(found, tree)
        return tree.walk(found)

    def _jobs(self, found: Any, tree: Tree) -> Any:
        """Extra: arguments of background jobs are the application's data, as a whole."""
        return self._each(found, tree, _job_part)

    def _contexts(self, found: Any, tree: Tree) -> Any:
        return self._each(found, tree, self._context)

    def _context(self, key: str, value: Any, tree: Tree) -> Any:
        if key in _CONTEXTS_PLAIN:
            return value
        if key in _JOBS:
            return _job(value, tree)
        if key == "trace":
            return self._each(value, tree, self._trace_context)
        if key == "feedback":
            return self._each(value, tree, self._feedback)
        return tree.item(key, value, 0)

    def _trace_context(self, key: str, value: Any, tree: Tree) -> Any:
        if key == "dynamic_sampling_context" and isinstance(value, Mapping):
            return self.baggage(value, tree)
        if key == "data":
            return self._attributes.redact(value, tree)
        return value if key in _IDS else tree.walk(value)

    def _feedback(self, key: str, value: Any, tree: Tree) -> Any:
        field = {"contact_email": "email", "name": "username"}.get(key)
        if field is not None:
            return value if self._users.contact(field) else tree.secret(value)
        return value if key.endswith("event_id") else tree.item(key, value, 0)


_CONTEXTS_PLAIN = frozenset({"runtime", "profile"})
_PLAIN_LOG = frozenset(
    [
        "severity_text",
        "severity_number",
        "time_unix_nano",
        "observed_timestamp_nanos",
        "trace_id",
        "span_id",
        "timestamp",
        "level",
    ]
)
_PLAIN_CRUMB = frozenset({"timestamp", "type", "level"})
_PLAIN_METRIC = frozenset(["timestamp", "trace_id", "span_id", "type", "value", "unit"])


def _sql(text: str, tree: Tree) -> str:
    return tree.text.sql(text)


def _command(text: str, tree: Tree) -> str:
    return tree.text.redact(redact_command(text, tree.put))


_MESSAGES: dict[str, Callable[[str, Tree], str]] = {
    "query": _sql,
    "redis": _command,
    "subprocess": _command,
}
"""Breadcrumbs whose message is a statement or a command, by category."""


def _frame_part(key: str, value: Any, tree: Tree) -> Any:
    if key == "context_line":
        return tree.text.source(value) if type(value) is str else tree.walk(value)
    if key in {"pre_context", "post_context"} and isinstance(value, list):
        lines = [tree.text.source(one) if type(one) is str else tree.walk(one) for one in value]
        return tree.keep(value, lines)
    return tree.walk(value)


def _op(span: Any) -> str:
    if not isinstance(span, Mapping):
        return ""
    found = span.get("op")
    if found is None and isinstance(span.get("attributes"), Mapping):
        found = span["attributes"].get("sentry.op")
        found = found.get("value") if isinstance(found, Mapping) else found
    return found if isinstance(found, str) else ""


def _description(op: str, text: str, tree: Tree) -> str:
    if op.startswith(_STORES) or op.startswith("subprocess"):
        return redact_command(text, tree.put)
    if op.startswith("db"):
        return tree.text.sql(text)
    return tree.text.redact(text)


def _job_part(key: str, value: Any, tree: Tree) -> Any:
    if key in _JOBS:
        return _job(value, tree)
    return tree.item(key, value, 0)


def _job(found: Any, tree: Tree) -> Any:
    if not isinstance(found, Mapping):
        return tree.secret(found)
    kept = {key: tree.walk(value) for key, value in found.items() if key in _JOB_PLAIN}
    rest = {key: tree.secret(value) for key, value in found.items() if key not in _JOB_PLAIN}
    return {**kept, **rest}


def _is_of_a_task(attributes: Mapping[str, Any]) -> bool:
    name = attributes.get("logger.name")
    name = name.get("value") if isinstance(name, Mapping) else name
    return isinstance(name, str) and name.startswith(_TASK_LOGGERS)


def _without_arguments(found: Any, tree: Tree) -> Found:
    return {
        name: tree.put if str(name).rpartition(".")[2] in _TASK_NAMES else value
        for name, value in found.items()
    }

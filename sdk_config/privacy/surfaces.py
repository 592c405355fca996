"""What each surface of an item is: names that only the SDK fills, and texts that are statements.

Rule: a name stands in a list here only where no application's value can be under it.
May import: statements, text, tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sdk_config.privacy.statements import redact_command
from sdk_config.privacy.text import Text
from sdk_config.privacy.tree import Tree

Found = dict[str, Any]
TextRule = Callable[[Text, str], str]
"""How a text is redacted, by the scrubber's way with texts."""

EVENT_PLAIN = frozenset(
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

SPAN_PLAIN = frozenset(
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
"""Ids and times of spans and of trace contexts."""

LOG_PLAIN = frozenset(
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
FRAME_PLAIN = frozenset({"lineno", "colno", "in_app", "function", "module"})
TRACE_PLAIN = frozenset({"type", "module", "thread_id"})
CRUMB_PLAIN = frozenset({"timestamp", "type", "level"})
METRIC_PLAIN = frozenset(["timestamp", "trace_id", "span_id", "type", "value", "unit"])
PROFILE_PLAIN = frozenset({"profile", "event_id", "debug_meta"})
CONTEXTS_PLAIN = frozenset({"runtime", "profile"})
SOURCE_LISTS = frozenset({"pre_context", "post_context"})

_JOBS = frozenset({"celery-job", "rq-job", "huey-job", "arq-job", "dramatiq", "ray-job"})
_JOB_PLAIN = frozenset({"task", "task_name", "func", "job_id", "task_id", "id", "actor_name"})
_COMMANDS = ("db.redis", "cache", "redis", "db.memcached", "subprocess")
_TASK_LOGGERS = ("celery", "rq.", "dramatiq", "huey", "arq")
_TASK_NAMES = ("data", "args", "kwargs", "description", "message_id", "hostname")


def op_of(span: Any) -> str:
    """The operation of a span, also where it is an attribute; empty where it has none."""
    if type(span) is not dict and not isinstance(span, Mapping):
        return ""
    found = span.get("op")
    if found is None and isinstance(span.get("attributes"), Mapping):
        found = span["attributes"].get("sentry.op")
        found = found.get("value") if isinstance(found, Mapping) else found
    return found if isinstance(found, str) else ""


def description_rule(op: str) -> TextRule:
    """How the description of a span with this operation is redacted."""
    if op.startswith(_COMMANDS):
        return _bare_command
    return Text.sql if op.startswith("db") else Text.redact


def message_rule(crumb: Any) -> TextRule:
    """How the message of a breadcrumb is redacted, by its category."""
    if type(crumb) is not dict and not isinstance(crumb, Mapping):
        return Text.redact
    category = crumb.get("category")
    return _MESSAGES.get(category, Text.redact) if isinstance(category, str) else Text.redact


def redact_frame_part(key: str, value: Any, tree: Tree) -> Any:
    """What stands in a frame of a stack: lines of source, files, locals."""
    if key == "context_line":
        return _source(value, tree)
    if key in SOURCE_LISTS and isinstance(value, list):
        return tree.keep(value, [_source(one, tree) for one in value])
    return tree.walk(value)


def redact_job_part(key: str, value: Any, tree: Tree) -> Any:
    """A part of `extra`: arguments of background jobs are the application's, as a whole."""
    return redact_job(value, tree) if is_job(key) else tree.item(key, value, 0)


def is_job(name: str) -> bool:
    """Whether this is what an integration calls a background job."""
    return name in _JOBS


def redact_job(found: Any, tree: Tree) -> Any:
    """A background job: its names and ids."""
    if not isinstance(found, Mapping):
        return tree.secret(found)
    kept = {key: tree.walk(value) for key, value in found.items() if key in _JOB_PLAIN}
    rest = {key: tree.secret(value) for key, value in found.items() if key not in _JOB_PLAIN}
    return {**kept, **rest}


def is_of_a_task(attributes: Any) -> bool:
    """Whether a log was written by a library of background jobs, which logs their arguments."""
    if not isinstance(attributes, Mapping):
        return False
    name = attributes.get("logger.name")
    name = name.get("value") if isinstance(name, Mapping) else name
    return isinstance(name, str) and name.startswith(_TASK_LOGGERS)


def without_arguments(found: Any, tree: Tree) -> Found:
    """Attributes of such a log without what it says of arguments."""
    return {
        name: tree.put if str(name).rpartition(".")[2] in _TASK_NAMES else value
        for name, value in found.items()
    }


def _source(line: Any, tree: Tree) -> Any:
    return tree.text.source(line) if type(line) is str else tree.walk(line)


def _bare_command(text: Text, command: str) -> str:
    return redact_command(command, text.put)


def _command(text: Text, command: str) -> str:
    return text.redact(redact_command(command, text.put))


_MESSAGES: dict[str, TextRule] = {"query": Text.sql, "redis": _command, "subprocess": _command}
"""Breadcrumbs whose message is a statement or a command, by category."""

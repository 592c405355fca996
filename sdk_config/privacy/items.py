"""Each item type's own surfaces: what holds secrets in an event, a span, a log, a session.

Rule: everything is walked but the names that only the SDK fills; what is known to be the
application's data (arguments of tasks, bodies, prompts) goes as a whole.
May import: attributes, quick_items, requests, sections, surfaces, tree, users.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sdk_config.privacy.attributes import Attributes
from sdk_config.privacy.quick_items import QuickItems
from sdk_config.privacy.requests import redact_request
from sdk_config.privacy.sections import redact_each, redact_list
from sdk_config.privacy.surfaces import (
    CONTEXTS_PLAIN,
    CRUMB_PLAIN,
    EVENT_PLAIN,
    FRAME_PLAIN,
    LOG_PLAIN,
    METRIC_PLAIN,
    PROFILE_PLAIN,
    SPAN_PLAIN,
    TRACE_PLAIN,
    Found,
    description_rule,
    is_job,
    is_of_a_task,
    message_rule,
    op_of,
    redact_frame_part,
    redact_job,
    redact_job_part,
    without_arguments,
)
from sdk_config.privacy.tree import MOST_NODES, Tree
from sdk_config.privacy.users import Users


class Items:
    """Redacts items of every type; each method gives a copy where something was secret."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._attributes = Attributes(users)
        self._quick = QuickItems(self._attributes)
        self._sections: dict[str, Callable[[Any, Tree], Any]] = {
            "request": redact_request,
            "user": users.user,
            "exception": self._traces,
            "threads": self._traces,
            "stacktrace": self._stack,
            "breadcrumbs": self._breadcrumbs,
            "spans": self._spans,
            "extra": self._extra,
            "contexts": self._contexts,
            "tags": self._tags,
        }

    def event(self, event: Any, tree: Tree) -> Any:
        """An error, message, check-in, feedback or transaction."""
        return redact_each(event, tree, self._section, EVENT_PLAIN)

    def is_clean_breadcrumb(self, crumb: Any, tree: Tree) -> bool:
        """Whether a breadcrumb is surely clean; the tree may be used again and again."""
        clean = self._quick.breadcrumb(crumb, tree)
        tree.left = MOST_NODES
        return clean

    def breadcrumb(self, crumb: Any, tree: Tree) -> Any:
        """A breadcrumb."""
        if self._quick.breadcrumb(crumb, tree):
            return crumb
        message = message_rule(crumb)

        def part(key: str, value: Any, tree: Tree) -> Any:
            if key == "message" and isinstance(value, str):
                return message(tree.text, str.__str__(value))
            if key == "data":
                return self._attributes.redact(value, tree)
            return tree.walk(value)

        return redact_each(crumb, tree, part, CRUMB_PLAIN)

    def span(self, span: Any, tree: Tree) -> Any:
        """A span of a transaction, or a streamed one with its attributes."""
        if self._quick.span(span, tree):
            return span
        description = description_rule(op_of(span))

        def part(key: str, value: Any, tree: Tree) -> Any:
            if key in {"description", "name"} and isinstance(value, str):
                return description(tree.text, str.__str__(value))
            if key in {"data", "attributes"}:
                return self._attributes.redact(value, tree)
            if key == "tags":
                return self._tags(value, tree)
            return tree.walk(value, 1)

        return redact_each(span, tree, part, SPAN_PLAIN)

    def log(self, log: Any, tree: Tree) -> Any:
        """A log: its body, template, parameters and attributes."""
        task = is_of_a_task(log.get("attributes") if isinstance(log, Mapping) else None)

        def part(key: str, value: Any, tree: Tree) -> Any:
            if key == "attributes":
                found = self._attributes.redact(value, tree)
                return without_arguments(found, tree) if task else found
            return tree.walk(value)

        return redact_each(log, tree, part, LOG_PLAIN)

    def metric(self, metric: Any, tree: Tree) -> Any:
        """A metric: its name and attributes."""

        def part(key: str, value: Any, tree: Tree) -> Any:
            if key == "attributes":
                return self._attributes.redact(value, tree)
            return tree.walk(value)

        return redact_each(metric, tree, part, METRIC_PLAIN)

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
            return value if key in PROFILE_PLAIN else tree.walk(value)

        return redact_each(profile, tree, part)

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

    def _traces(self, found: Any, tree: Tree) -> Any:
        return redact_list(found, tree, self._trace)

    def _trace(self, found: Any, tree: Tree) -> Any:
        def part(key: str, value: Any, tree: Tree) -> Any:
            if key in {"stacktrace", "raw_stacktrace"}:
                return self._stack(value, tree)
            return value if key in TRACE_PLAIN else tree.walk(value)

        return redact_each(found, tree, part)

    def _stack(self, found: Any, tree: Tree) -> Any:
        def part(key: str, value: Any, tree: Tree) -> Any:
            if key == "frames":
                return redact_list(value, tree, self._frame)
            return tree.walk(value)

        return redact_each(found, tree, part)

    def _frame(self, found: Any, tree: Tree) -> Any:
        if self._quick.frame(found, tree):
            return found
        return redact_each(found, tree, redact_frame_part, FRAME_PLAIN)

    def _breadcrumbs(self, found: Any, tree: Tree) -> Any:
        return redact_list(found, tree, self.breadcrumb)

    def _spans(self, found: Any, tree: Tree) -> Any:
        return redact_list(found, tree, self.span)

    def _tags(self, found: Any, tree: Tree) -> Any:
        if isinstance(found, Mapping):
            return self._attributes.redact(found, tree)
        return tree.walk(found)

    def _extra(self, found: Any, tree: Tree) -> Any:
        return redact_each(found, tree, redact_job_part)

    def _contexts(self, found: Any, tree: Tree) -> Any:
        return redact_each(found, tree, self._context)

    def _context(self, key: str, value: Any, tree: Tree) -> Any:
        if key in CONTEXTS_PLAIN:
            return value
        if is_job(key):
            return redact_job(value, tree)
        if key == "trace":
            return redact_each(value, tree, self._trace_context)
        if key == "feedback":
            return redact_each(value, tree, self._feedback)
        return tree.item(key, value, 0)

    def _trace_context(self, key: str, value: Any, tree: Tree) -> Any:
        if key == "dynamic_sampling_context" and isinstance(value, Mapping):
            return self.baggage(value, tree)
        if key == "data":
            return self._attributes.redact(value, tree)
        return value if key in SPAN_PLAIN else tree.walk(value)

    def _feedback(self, key: str, value: Any, tree: Tree) -> Any:
        field = {"contact_email": "email", "name": "username"}.get(key)
        if field is not None:
            return value if self._users.contact(field) else tree.secret(value)
        return value if key.endswith("event_id") else tree.item(key, value, 0)

"""Flat names with values: span data, attributes of logs, metrics and streamed spans, tags.

Rule: a name says what its value is (a statement, an address, a prompt, a person); what no rule
knows is walked like any tree.
May import: requests, statements, tree, users.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sdk_config.privacy.keys import compact
from sdk_config.privacy.requests import redact_body, redact_cookies, redact_query
from sdk_config.privacy.statements import redact_command, redact_sql
from sdk_config.privacy.tree import Tree, plain_name
from sdk_config.privacy.users import Users

_USER = re.compile(r"(?:^|\.)(?:end)?user\.(?:id|email|name|full_name|ip_address|username|hash)$")
_CLIENT = frozenset({"client.address", "client.ip", "net.peer.ip", "net.sock.peer.addr"})
_MODEL = re.compile(
    r"^(?:gen_ai|ai|mcp)\..*(?:message|prompt|input|output|text|content|argument|tool_call|"
    r"instruction|completion|result|choice|document|embedding|response\.object|query|objective)"
)
_MODEL_PLAIN = re.compile(r"tokens|usage|model|\.name$|\.type$|\.id$|finish_reason|temperature")
_HEADER = re.compile(r"^http\.(?:request|response)\.header\.(?P<name>.+)$")
_STATEMENT = frozenset({"db.statement", "db.query.text", "db.query", "sql"})
_SECRET = re.compile(
    r"^(?:db\.params|db\.query\.parameter.*|db\.parameters|graphql\.variables.*"
    r"|messaging\.message\.body|rpc\.request\.body|process\.command_args|subprocess\.env.*)$"
)
_COMMANDS = frozenset({"redis.commands", "redis.command", "db.redis.command"})
_CACHE = frozenset({"redis.key", "cache.key", "db.redis.key"})
_QUERIES = frozenset({"http.query", "url.query", "http.fragment", "url.fragment"})
_BODIES = re.compile(r"^http\.(?:request|response)\.body(?:\.data|\.content)?$|^http\.body$")
_PLAIN = frozenset(
    [
        "trace_id",
        "span_id",
        "parent_span_id",
        "sentry.release",
        "sentry.environment",
        "sentry.sdk.name",
        "sentry.sdk.version",
        "sentry.origin",
        "sentry.op",
        "sentry.severity_text",
        "sentry.severity_number",
        "sentry.segment.id",
        "code.line.number",
        "code.function.name",
        "logger.name",
        "process.pid",
        "process.runtime.name",
        "process.runtime.version",
        "process.executable.name",
        "thread.id",
        "sentry.trace.parent_span_id",
    ]
)


class Attributes:
    """Redacts names with values."""

    def __init__(self, users: Users) -> None:
        self._users = users

    def redact(self, found: Any, tree: Tree) -> Any:
        """A mapping of names to values, or of names to `{"value": ..., "type": ...}`."""
        if not isinstance(found, Mapping):
            return tree.walk(found)
        result: dict[Any, Any] = {}
        for name, value in found.items():
            sent, redacted = self._value(name, value, tree)
            if sent:
                result[name if name in _PLAIN else tree.name(name)] = redacted
        return tree.keep(found, result) if result.keys() == found.keys() else result

    def _value(self, name: Any, value: Any, tree: Tree) -> tuple[bool, Any]:
        if not isinstance(name, str):
            return True, tree.item(plain_name(name), value, 0)
        if name in _PLAIN:
            return True, value
        if isinstance(value, Mapping) and "value" in value and "type" in value:
            sent, inner = self._value(name, value["value"], tree)
            typed = {**value, "value": inner}
            if type(inner) is not type(value["value"]):
                typed["type"] = "string"
            return sent, tree.keep(value, typed)
        if _USER.search(name):
            return self._users.attribute(name, value, tree)
        if name in _CLIENT:
            return self._users.contact("ip_address"), value
        return True, self._known(name, value, tree)

    def _known(self, name: str, value: Any, tree: Tree) -> Any:
        header = _HEADER.match(name) if name[:5] == "http." else None
        if header is not None:
            return tree.header(header["name"], value)
        if tree.keys.is_sensitive(name) or _SECRET.match(name):
            return tree.secret(value)
        for applies, redact in _RULES:
            if applies(name):
                return redact(value, tree)
        return tree.walk(value, 1)


def _model(name: str) -> bool:
    if name[:3] not in {"gen", "ai.", "mcp"} or _MODEL_PLAIN.search(name):
        return False
    return _MODEL.match(name) is not None


def _statement(value: Any, tree: Tree) -> Any:
    if not isinstance(value, str):
        return tree.walk(value)
    return tree.text.redact(redact_sql(value, tree.put))


def _command(value: Any, tree: Tree) -> Any:
    if isinstance(value, str):
        return redact_command(value, tree.put)
    if isinstance(value, Mapping):
        return {key: _command(item, tree) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_command(item, tree) for item in value]
    return value


def _secret(value: Any, tree: Tree) -> Any:
    return tree.secret(value)


def _query(value: Any, tree: Tree) -> Any:
    return redact_query(value, tree)


def _body(value: Any, tree: Tree) -> Any:
    return redact_body(value, tree)


def _cookies(value: Any, tree: Tree) -> Any:
    return redact_cookies(value, tree)


_RULES: tuple[tuple[Callable[[str], bool], Callable[[Any, Tree], Any]], ...] = (
    (_STATEMENT.__contains__, _statement),
    (_COMMANDS.__contains__, _command),
    (_CACHE.__contains__, _secret),
    (_QUERIES.__contains__, _query),
    (lambda name: name[:5] == "http." and _BODIES.match(name) is not None, _body),
    (lambda name: compact(name) == "httpcookies", _cookies),
    (_model, _secret),
)

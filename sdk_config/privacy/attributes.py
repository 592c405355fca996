"""Flat names with values: span data, attributes of logs, metrics and streamed spans, tags.

Rule: a name says what its value is (a statement, an address, a prompt, a person); what no rule
knows is walked like any tree.
May import: quick, requests, statements, tree, users.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sdk_config.privacy.keys import compact
from sdk_config.privacy.quick import is_clean
from sdk_config.privacy.requests import redact_body, redact_cookies, redact_query
from sdk_config.privacy.statements import redact_command
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


Rule = Callable[[Any, Tree], Any]
_NOT_SENT = object()
_MOST_NAMES = 4096
_LONGEST_NAME = 200


class Attributes:
    """Redacts names with values; remembers which rule is for which of up to 4096 names."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._rules: dict[str, Rule] = {}
        self._walked: set[str] = set()

    def redact(self, found: Any, tree: Tree) -> Any:
        """A mapping of names to values, or of names to `{"value": ..., "type": ...}`."""
        if type(found) is not dict and not isinstance(found, Mapping):
            return tree.walk(found)
        result: dict[Any, Any] = {}
        same = True
        for name, value in found.items():
            redacted = self._value(name, value, tree)
            if redacted is _NOT_SENT:
                same = False
                continue
            after = name if name in _PLAIN else tree.name(name)
            same = same and redacted is value and after is name
            result[after] = redacted
        return found if same else result

    def is_clean(self, found: Any, tree: Tree) -> bool:
        """The quick look: whether `redact` would surely give the same object."""
        if type(found) is not dict:
            return is_clean(found, 0, tree)
        text, walked = tree.text, self._walked
        known = text.known
        for name, value in found.items():
            if name in walked and type(name) is str:
                if type(value) is str:
                    if value not in known and not text.is_clean(value):
                        return False
                elif (type(value) is dict and "value" in value) or not is_clean(value, 1, tree):
                    return False
            elif not self._is_clean_by_rule(name, value, tree):
                return False
        return True

    def _is_clean_by_rule(self, name: Any, value: Any, tree: Tree) -> bool:
        if type(name) is not str or not tree.is_plain_name(name):
            return False
        rule = self._rule(name, tree)
        if rule is not _walk:
            return rule(value, tree) is value
        if self._rules.get(name) is rule:
            self._walked.add(name)
        return type(value) is not dict and is_clean(value, 1, tree)

    def _value(self, name: Any, value: Any, tree: Tree) -> Any:
        if not isinstance(name, str):
            return tree.item(plain_name(name), value, 0)
        name = str.__str__(name)
        typed = type(value) is not str and isinstance(value, Mapping) and name not in _PLAIN
        if typed and "value" in value and "type" in value:
            return self._typed(name, value, tree)
        return self._rule(name, tree)(value, tree)

    def _typed(self, name: str, value: Mapping[Any, Any], tree: Tree) -> Any:
        inner = self._value(name, value["value"], tree)
        if inner is _NOT_SENT:
            return inner
        typed = {**value, "value": inner}
        if type(inner) is not type(value["value"]):
            typed["type"] = "string"
        return tree.keep(value, typed)

    def _rule(self, name: str, tree: Tree) -> Rule:
        rule = self._rules.get(name)
        if rule is None:
            rule = self._judge(name, tree)
            if len(name) <= _LONGEST_NAME:
                if len(self._rules) >= _MOST_NAMES:
                    self._rules.clear()
                    self._walked.clear()
                self._rules[name] = rule
        return rule

    def _judge(self, name: str, tree: Tree) -> Rule:
        if name in _PLAIN:
            return _as_it_is
        if _USER.search(name):
            return self._person(name)
        if name in _CLIENT:
            return _as_it_is if self._users.contact("ip_address") else _not_sent
        header = _HEADER.match(name)
        if header is not None:
            field = header["name"]
            return lambda value, tree: tree.header(field, value)
        if tree.keys.is_sensitive(name) or _SECRET.match(name):
            return _secret
        found = [redact for applies, redact in _RULES if applies(name)]
        return found[0] if found else _walk

    def _person(self, name: str) -> Rule:
        def redact(value: Any, tree: Tree) -> Any:
            sent, redacted = self._users.attribute(name, value, tree)
            return redacted if sent else _NOT_SENT

        return redact


def _as_it_is(value: Any, tree: Tree) -> Any:
    return value


def _not_sent(value: Any, tree: Tree) -> Any:
    return _NOT_SENT


def _walk(value: Any, tree: Tree) -> Any:
    return tree.walk(value, 1)


def _model(name: str) -> bool:
    if name[:3] not in {"gen", "ai.", "mcp"} or _MODEL_PLAIN.search(name):
        return False
    return _MODEL.match(name) is not None


def _statement(value: Any, tree: Tree) -> Any:
    if not isinstance(value, str):
        return tree.walk(value)
    return tree.text.sql(value)


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


_RULES: tuple[tuple[Callable[[str], bool], Rule], ...] = (
    (_STATEMENT.__contains__, _statement),
    (_COMMANDS.__contains__, _command),
    (_CACHE.__contains__, _secret),
    (_QUERIES.__contains__, _query),
    (lambda name: name[:5] == "http." and _BODIES.match(name) is not None, _body),
    (lambda name: compact(name) == "httpcookies", _cookies),
    (_model, _secret),
)

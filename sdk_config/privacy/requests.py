"""The request of an event: address, query, headers, cookies, body.

Rule: header values by a list of harmless names; a body that has no structure is not sent.
May import: keys, statements, tree, urls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sdk_config.privacy.statements import redact_graphql
from sdk_config.privacy.tree import Tree, plain_name

_FORM = re.compile(r"[^\s=&{}<>\"]{1,200}=[^\s&{}<>\"]*(?:&[^\s=&]{1,200}=[^\s&]*)*")
_DEPTH = 1


def redact_request(request: Any, tree: Tree) -> Any:
    """The `request` of an event."""
    if not isinstance(request, Mapping):
        return tree.secret(request)
    found = {tree.name(key): _part(plain_name(key), value, tree) for key, value in request.items()}
    return tree.keep(request, found)


def redact_body(data: Any, tree: Tree) -> Any:
    """A body: a tree, text of JSON, a form; anything else is replaced."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        data = bytes(data).decode("utf-8", "replace")
    if isinstance(data, str):
        return _text_body(data, tree)
    if isinstance(data, Mapping) and _is_graphql(data):
        return _graphql(data, tree)
    if isinstance(data, (list, tuple)) and any(_is_graphql(one) for one in data):
        return [redact_body(one, tree) for one in data]
    return tree.walk(data, _DEPTH)


def redact_query(query: Any, tree: Tree) -> Any:
    """A query: text, a mapping, or pairs."""
    if isinstance(query, (bytes, bytearray)):
        query = bytes(query).decode("utf-8", "replace")
    if isinstance(query, str):
        bare = query.removeprefix("?")
        return query[: len(query) - len(bare)] + tree.text.query(bare)
    return tree.walk(query, _DEPTH)


def redact_cookies(cookies: Any, tree: Tree) -> Any:
    """Cookies: their names."""
    if isinstance(cookies, Mapping):
        return {tree.name(name): tree.secret(value) for name, value in cookies.items()}
    if isinstance(cookies, (list, tuple)):
        return [
            [pair[0], tree.secret(pair[1])]
            if isinstance(pair, (list, tuple)) and len(pair) == 2
            else tree.put
            for pair in cookies
        ]
    return tree.secret(cookies)


def _part(key: str, value: Any, tree: Tree) -> Any:
    if key == "headers":
        return tree.headers(value)
    if key == "cookies":
        return redact_cookies(value, tree)
    if key == "data":
        return redact_body(value, tree)
    if key == "query_string":
        return redact_query(value, tree)
    if key == "fragment" and isinstance(value, str):
        return tree.text.query(value)
    if key == "method":
        return value
    return tree.walk(value, _DEPTH)


def _text_body(data: str, tree: Tree) -> str:
    if not data.strip() or data == tree.put:
        return data
    start = data.lstrip()[:1]
    if start in {"{", "["}:
        try:
            parsed = json.loads(data)
        except (ValueError, RecursionError):
            return tree.put
        found = redact_body(parsed, tree)
        return data if found is parsed else json.dumps(found)
    # A form's values are decoded and judged; text, XML and parts of files have no names to go by.
    return tree.text.query(data) if _FORM.fullmatch(data) else tree.put


def _is_graphql(data: Any) -> bool:
    return (
        isinstance(data, Mapping)
        and isinstance(data.get("query"), str)
        and ("variables" in data or "{" in data["query"])
    )


def _graphql(data: Mapping[Any, Any], tree: Tree) -> Any:
    found = dict(data)
    query = redact_graphql(data["query"], tree.put)
    found["query"] = tree.text.redact(data["query"] if query == data["query"] else query)
    if isinstance(data.get("variables"), Mapping):
        found["variables"] = {key: tree.secret(value) for key, value in data["variables"].items()}
    elif "variables" in data:
        found["variables"] = tree.secret(data["variables"])
    rest = {key: value for key, value in data.items() if key not in {"query", "variables"}}
    walked = tree.walk(rest, _DEPTH)
    return tree.keep(data, {**found, **walked})

"""Mappings and lists whose names have a meaning of their own, each value by a rule.

Rule: what is not of the expected shape is walked like any tree; the old object is given back where
nothing in it changed.
May import: tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sdk_config.privacy.tree import Tree, plain_name

Part = Callable[[str, Any, Tree], Any]


def redact_each(found: Any, tree: Tree, part: Part, plain: frozenset[str] = frozenset()) -> Any:
    """A mapping, each value by `part`; names in `plain` and their values stay."""
    if not isinstance(found, Mapping):
        return tree.walk(found)
    parts: dict[str, Any] = {}
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


def redact_list(found: Any, tree: Tree, one: Callable[[Any, Tree], Any]) -> Any:
    """A list, or `{"values": [...]}` of it, each by `one`."""
    if isinstance(found, Mapping):
        if "values" not in found:
            return tree.walk(found)
        rest = {key: value for key, value in found.items() if key != "values"}
        values = redact_list(found["values"], tree, one)
        return tree.keep(found, {**tree.walk(rest), "values": values})
    if not isinstance(found, (list, tuple)):
        return tree.walk(found)
    return tree.keep(found, [one(item, tree) for item in found])

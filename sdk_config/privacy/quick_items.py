"""The quick look at frames, breadcrumbs and spans, of which an event has hundreds.

Rule: as in `quick`: yes only where the thorough way would give the very same object back.
May import: attributes, quick, surfaces, tree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sdk_config.privacy.attributes import Attributes
from sdk_config.privacy.quick import is_clean
from sdk_config.privacy.surfaces import (
    CRUMB_PLAIN,
    FRAME_PLAIN,
    SOURCE_LISTS,
    SPAN_PLAIN,
    description_rule,
    message_rule,
    op_of,
)
from sdk_config.privacy.tree import Tree

Look = Callable[[dict[str, Any], Tree], bool]


class QuickItems:
    """Looks at parts of items; what it says no to is for the thorough way."""

    def __init__(self, attributes: Attributes) -> None:
        self._attributes = attributes

    def frame(self, frame: Any, tree: Tree) -> bool:
        """Whether a frame of a stack is surely clean."""
        return _looked(_frame, frame, tree)

    def breadcrumb(self, crumb: Any, tree: Tree) -> bool:
        """Whether a breadcrumb is surely clean."""
        return _looked(self._breadcrumb, crumb, tree)

    def span(self, span: Any, tree: Tree) -> bool:
        """Whether a span is surely clean."""
        return _looked(self._span, span, tree)

    def _breadcrumb(self, crumb: dict[str, Any], tree: Tree) -> bool:
        for key, value in crumb.items():
            if key in CRUMB_PLAIN:
                continue
            if key == "message" and type(value) is str:
                if message_rule(crumb)(tree.text, value) is not value:
                    return False
            elif key == "data":
                if not self._attributes.is_clean(value, tree):
                    return False
            elif not _is_clean_part(key, value, 0, tree):
                return False
        return True

    def _span(self, span: dict[str, Any], tree: Tree) -> bool:
        for key, value in span.items():
            if key in SPAN_PLAIN:
                continue
            if key in {"description", "name"} and type(value) is str:
                if description_rule(op_of(span))(tree.text, value) is not value:
                    return False
            elif key in {"data", "attributes", "tags"}:
                if not self._attributes.is_clean(value, tree):
                    return False
            elif not _is_clean_part(key, value, 1, tree):
                return False
        return True


def _looked(look: Look, found: Any, tree: Tree) -> bool:
    """The look at a dictionary; where it fails, its nodes are counted by the thorough way."""
    left = tree.left
    if tree.quick and type(found) is dict and look(found, tree):
        return True
    tree.left = left
    return False


def _frame(frame: dict[str, Any], tree: Tree) -> bool:
    for key, value in frame.items():
        if key in FRAME_PLAIN:
            continue
        if key in SOURCE_LISTS:
            if type(value) is not list or not _is_clean_source(value, tree):
                return False
        elif key == "context_line":
            if not _is_clean_source((value,), tree):
                return False
        elif not _is_clean_part(key, value, 0, tree):
            return False
    return True


def _is_clean_source(lines: list[Any] | tuple[Any, ...], tree: Tree) -> bool:
    known = tree.text.known_source
    for line in lines:
        if type(line) is not str:
            return False
        if line not in known and tree.text.source(line) is not line:
            return False
    return True


def _is_clean_part(key: str, value: Any, depth: int, tree: Tree) -> bool:
    text = tree.text
    if type(key) is not str or not (key in text.known_names or tree.is_plain_name(key)):
        return False
    if type(value) is str:
        return value in text.known or text.is_clean(value)
    return is_clean(value, depth, tree)

"""The quick look at frames, breadcrumbs and spans, of which an event has hundreds.

Rule: as in `quick`: yes only where the thorough way would give the very same object back.
May import: attributes, quick, surfaces, tree.
"""

from __future__ import annotations

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


class QuickItems:
    """Looks at parts of items; what it says no to is for the thorough way, which counts anew."""

    def __init__(self, attributes: Attributes) -> None:
        self._attributes = attributes

    def frame(self, frame: Any, tree: Tree) -> bool:
        """Whether a frame of a stack is surely clean."""
        if type(frame) is not dict or not tree.quick:
            return False
        left = tree.left
        for key, value in frame.items():
            if key in FRAME_PLAIN:
                continue
            if key in SOURCE_LISTS:
                if type(value) is not list or not _is_clean_source(value, tree):
                    break
            elif key == "context_line":
                if not _is_clean_source((value,), tree):
                    break
            elif not _is_clean_part(key, value, 0, tree):
                break
        else:
            return True
        tree.left = left
        return False

    def breadcrumb(self, crumb: Any, tree: Tree) -> bool:
        """Whether a breadcrumb is surely clean."""
        if type(crumb) is not dict or not tree.quick:
            return False
        left = tree.left
        for key, value in crumb.items():
            if key in CRUMB_PLAIN:
                continue
            if key == "data":
                if not self._attributes.is_clean(value, tree):
                    break
            elif key == "message" and type(value) is str:
                if message_rule(crumb)(tree.text, value) is not value:
                    break
            elif not _is_clean_part(key, value, 0, tree):
                break
        else:
            return True
        tree.left = left
        return False

    def span(self, span: Any, tree: Tree) -> bool:
        """Whether a span is surely clean."""
        if type(span) is not dict or not tree.quick:
            return False
        left = tree.left
        for key, value in span.items():
            if key in SPAN_PLAIN:
                continue
            if key in {"description", "name"} and type(value) is str:
                if description_rule(op_of(span))(tree.text, value) is not value:
                    break
            elif key in {"data", "attributes", "tags"}:
                if not self._attributes.is_clean(value, tree):
                    break
            elif not _is_clean_part(key, value, 1, tree):
                break
        else:
            return True
        tree.left = left
        return False


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

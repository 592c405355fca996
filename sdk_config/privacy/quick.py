"""The quick look: whether a value is surely clean, without copying any of it.

Rule: yes only where the thorough walk would give the very same object back; in doubt no, and the
thorough walk judges. Only plain types of Python's own are looked at.
May import: tree and text, as types.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from sdk_config.privacy.tree import Tree

SMALL = 10**11
"""Whole numbers below have too few digits for a card."""

_SCALARS = frozenset({type(None), bool, float, datetime, date, Decimal, UUID})


def is_clean(value: Any, depth: int, tree: Tree) -> bool:
    """Whether a value at this depth of a tree is surely clean."""
    kind = type(value)
    if kind is str:
        return value in tree.text.known or tree.text.is_clean(value)
    if kind is dict or kind is list or kind is tuple:
        return not value or _is_clean_below(value, depth, tree)
    return _is_clean_scalar(value)


def _is_clean_below(root: Any, depth: int, tree: Tree) -> bool:
    left = tree.left
    level = [root]
    # Level by level: a cycle, or what is built to be endless, meets a bound as in the walk.
    while level:
        if depth >= tree.depth:
            return False
        below: list[Any] = []
        for found in level:
            left -= len(found)
            look = _is_clean_mapping if type(found) is dict else _is_clean_sequence
            if left < 0 or not look(found, tree, below):
                return False
        level = below
        depth += 1
    tree.left = left
    return True


def _is_clean_mapping(found: dict[Any, Any], tree: Tree, below: list[Any]) -> bool:
    text = tree.text
    known, names = text.known, text.known_names
    for name, value in found.items():
        if type(name) is not str or (name not in names and not tree.is_plain_name(name)):
            return False
        if type(value) is str:
            if value not in known and not text.is_clean(value):
                return False
        elif not _is_clean_other(value, below):
            return False
    return True


def _is_clean_sequence(found: Any, tree: Tree, below: list[Any]) -> bool:
    if tree.is_special(found):
        return False
    text = tree.text
    known = text.known
    for value in found:
        if type(value) is str:
            if value not in known and not text.is_clean(value):
                return False
        elif not _is_clean_other(value, below):
            return False
    return True


def _is_clean_other(value: Any, below: list[Any]) -> bool:
    """What is no text; a container waits for the next level."""
    kind = type(value)
    if kind is dict or kind is list or kind is tuple:
        if value:
            below.append(value)
        return True
    return _is_clean_scalar(value)


def _is_clean_scalar(value: Any) -> bool:
    if type(value) is int:
        return -SMALL < value < SMALL
    return type(value) in _SCALARS

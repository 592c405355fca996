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
    if kind is int:
        return bool(-SMALL < value < SMALL)
    if kind is dict or kind is list or kind is tuple:
        return not value or _is_clean_below(value, depth, tree)
    return kind in _SCALARS


def _is_clean_below(root: Any, depth: int, tree: Tree) -> bool:
    known, is_clean_text = tree.text.known, tree.text.is_clean
    left = tree.left
    level = [root]
    # Level by level: a cycle, or what is built to be endless, meets a bound as in the walk.
    while level:
        if depth >= tree.depth:
            return False
        below: list[Any] = []
        for found in level:
            left -= len(found)
            if left < 0 or not _are_named_plainly(found, tree):
                return False
            for value in found.values() if type(found) is dict else found:
                kind = type(value)
                if kind is str:
                    if value not in known and not is_clean_text(value):
                        return False
                elif kind is dict or kind is list or kind is tuple:
                    if value:
                        below.append(value)
                elif kind is int:
                    if not -SMALL < value < SMALL:
                        return False
                elif kind not in _SCALARS:
                    return False
        level = below
        depth += 1
    tree.left = left
    return True


def _are_named_plainly(found: Any, tree: Tree) -> bool:
    """Whether no name, and no place in a list, says that a value is secret."""
    if type(found) is not dict:
        return not tree.is_special(found)
    known = tree.text.known_names
    for name in found:
        if type(name) is not str:
            return False
        if name not in known and not tree.is_plain_name(name):
            return False
    return True

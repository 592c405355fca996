"""The search language: text -> expression -> SQL or predicate.

May import: match, records, items, config, protocol, errors.
"""

from __future__ import annotations


class Expression:
    """Placeholder until the query room is built."""

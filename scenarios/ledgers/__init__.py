"""Ledgers: what was generated is what was received and what was lost, category by category.

May import: its own modules, evidence, expectations, judged, result.
"""

from __future__ import annotations

from scenarios.ledgers.books import Books, Row, rows
from scenarios.ledgers.gaps import Facts, Gap
from scenarios.ledgers.judging import findings_of, judge

__all__ = ["Books", "Facts", "Gap", "Row", "findings_of", "judge", "rows"]

"""The search language: text -> expression -> SQL or predicate.

One language for the page, the command line, the API, expectations and forwarding rules.

What holds everywhere, in SQL as in the predicate (docs/reference/search.md for users):
- A field can have several values. `key:v` finds an item when any of them matches, `!key:v`
  is its negation and so also finds items without the field; `key:""` is `!has:key`.
- Text compares without regard to the case of ASCII letters, and of no others. Values are
  cut to `MAX_TERM` characters before they are compared, as they are in `Facts`.
  `project` and `type` compare exactly; the known item types are written in any case.
- A wildcard sees a value only up to a NUL in it, and takes U+FFFE and U+FFFF for U+FFFD.
- Free text compares tokens: runs of ASCII letters, ASCII digits and all non-ASCII characters,
  with ASCII letters folded. Text without a token restricts nothing.
- Numbers and times compare as floats; an item without a value is on neither side.

May import: match, records, items, config, protocol, errors.
"""

from __future__ import annotations

from fake_relay.query.document import Document, Expression
from fake_relay.query.predicate import combine

__all__ = ["Document", "Expression", "combine", "load_grammar", "parse_query"]


def parse_query(text: str, *, now: float) -> Expression:
    """The expression of a search; `now`, in seconds since 1970, is what `-1h` counts from.

    An empty search finds everything. Raises `QueryError`, which knows the column.
    """
    # The parser library takes as long to import as all rooms together, and most runs never search.
    from fake_relay.query.parse import parse

    return parse(text, now=now)


def load_grammar() -> None:
    """Do now what the first `parse_query` would do; it takes a tenth of a second."""
    parse_query("", now=0.0)

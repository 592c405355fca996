"""An expression as SQL over the tables of an SQLite store: items i, envelopes e, terms, search.

`says` is the function of that name, which the connection must know.
Rule: a condition says of a row what the expression's predicate says of its document, and is
never NULL. What SQL cannot say is the residual, which the predicate judges; what SQL can say
within that comes with the row, so that the payload is opened for the rest alone.
May import: query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fake_relay.items.facts import MAX_TERM
from fake_relay.query.document import Expression
from fake_relay.query.predicate import (
    EVERYTHING,
    EXACT_COLUMNS,
    And,
    HasTerm,
    IdIs,
    Not,
    NumberIs,
    NumberKnown,
    Or,
    Says,
    TermCompares,
    TextIs,
    Told,
    any_of,
    combine,
)
from fake_relay.query.text import Pattern, Phrase

WORDS = 20
"""How many times longer a candidate takes whose text is searched, by a function of ours."""
TERMS = 4
"""The same for one whose terms are looked up."""
_BY_ITEM = " INDEXED BY terms_by_item"
_KEY = "(SELECT id FROM term_keys WHERE name = ?)"
_LIKE = r"LIKE ? ESCAPE '\'"
_OF_ENVELOPE = re.compile(r"\be\.")
_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_NUMBERS = {
    "id": "i.id",
    "envelope_id": "i.envelope_id",
    "count": "i.count",
    "size": "i.size",
    "duration": "i.duration",
    # As floats, for that is how times leave the store and meet the predicate.
    "timestamp": "(i.timestamp / 1000000.0)",
    "received_at": "(i.received_at / 1000000.0)",
    "spotlight": "e.spotlight",
}
_TEXTS = {
    "project": "i.project",
    "type": "i.type",
    "title": "i.title",
    "outcome": "i.outcome",
    "public_key": "e.public_key",
}


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL and the values that it binds, in order."""

    text: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """Rows of one index, named d: a table, its column of item ids, and which rows.

    An `ordered` one can be walked backwards by id, and has each item once. `scanned` are the
    rows that have to be looked at for those of `where`, if they can be many more.
    """

    table: str
    column: str
    where: Sql
    ordered: bool = True
    scanned: Sql | None = None

    def ids(self, after: int, before: int) -> Sql:
        """The ids of the candidates between two ids, both exclusive."""
        return Sql(
            f"SELECT {self.column} FROM {self.table} d WHERE {self.where.text}"
            f" AND {self.column} > ? AND {self.column} < ?",
            (*self.where.values, after, before),
        )

    def place(self, after: int, before: int, number: int) -> Sql:
        """A statement for the id of the candidate behind so many newer ones."""
        ids = self.ids(after, before)
        return Sql(
            f"{ids.text} ORDER BY {self.column} DESC LIMIT 1 OFFSET ?", (*ids.values, number)
        )


@dataclass(frozen=True, slots=True)
class Index:
    """A way to all that a search can find, and the conditions that it makes superfluous.

    Several walks together are a union. `rank` orders the indexes that find equally much; an
    `exact` one leads to nothing but what the expression that it was made for finds.
    """

    walks: tuple[Walk, ...]
    rank: int
    covers: frozenset[int] = frozenset()
    exact: bool = True

    @property
    def ordered(self) -> bool:
        """Whether one walk gives the items newest first."""
        return len(self.walks) == 1 and self.walks[0].ordered

    def ids(self, after: int, before: int) -> Sql:
        """The ids of the candidates, in any order, perhaps more than once."""
        return _joined([walk.ids(after, before) for walk in self.walks], " UNION ALL ")

    def probe(self, after: int, before: int, most: int) -> Sql:
        """A statement that counts the candidates, up to `most`."""
        ids = self.ids(after, before)
        return Sql(f"SELECT count(*) FROM ({ids.text} LIMIT ?)", (*ids.values, most))

    def scans(self, most: int) -> list[Sql]:
        """Statements of which each gives a row if a probe would look at so many for a walk."""
        return [
            Sql(
                f"SELECT 1 FROM {walk.table} d WHERE {walk.scanned.text} LIMIT 1 OFFSET ?",
                (*walk.scanned.values, most),
            )
            for walk in self.walks
            if walk.scanned is not None
        ]


ALL_ITEMS = Walk("items", "d.id", Sql("1"))


@dataclass(frozen=True, slots=True)
class Plan:
    """What SQL can do of a search; `residual` is what only the predicate can judge.

    `indexes` has the best first, as far as that can be told without looking at the data;
    `told` are the columns that the residual wants of a row.
    """

    conditions: tuple[Sql, ...]
    indexes: tuple[Index, ...]
    residual: Expression | None
    told: tuple[Sql, ...] = ()

    @property
    def index(self) -> Index | None:
        """The best index, if there is one."""
        return self.indexes[0] if self.indexes else None

    def rest(self, index: Index | None) -> list[Sql]:
        """The conditions that an index does not make superfluous."""
        covered = index.covers if index is not None else frozenset()
        return [sql for number, sql in enumerate(self.conditions) if number not in covered]

    def weight(self, index: Index | None) -> int:
        """How many times longer it takes to judge a candidate than where its row tells all."""
        rest = " ".join(sql.text for sql in self.rest(index))
        return WORDS if "says(" in rest else TERMS if "EXISTS" in rest else 1

    def statement(
        self, columns: str | Sql, index: Index | None, after: int, before: int, limit: int
    ) -> Sql:
        """A statement for the items between two ids (exclusive), newest first."""
        columns = Sql(columns) if isinstance(columns, str) else columns
        rest = self.rest(index)
        if index is not None and index.ordered:
            return _walked(columns, index.walks[0], rest, after, before, limit)
        if index is not None:
            ids = index.ids(after, before)
            rest.append(Sql(f"i.id IN ({ids.text})", ids.values))
        rest.append(Sql("i.id > ? AND i.id < ?", (after, before)))
        where = _joined(rest, " AND ")
        return Sql(
            f"SELECT {columns.text} FROM items i{_envelopes(columns, where)}"
            f" WHERE {where.text} ORDER BY i.id DESC LIMIT ?",
            (*columns.values, *where.values, limit),
        )


def plan(expression: Expression) -> Plan:
    """How SQL finds what the expression finds."""
    parts = expression.parts if isinstance(expression, And) else (expression,)
    said: list[tuple[Expression, Sql]] = []
    residual: list[Expression] = []
    for part in parts:
        exactly = condition(part)
        if exactly is None:
            residual.append(part)
        implied = part if exactly is not None else _implied(part)
        if (sql := exactly or condition(implied)) is not None:
            said.append((implied, sql))
    compiled = [part for part, _ in said]
    indexes = [
        replace(found, covers=frozenset({number} if found.exact else ()))
        for number, part in enumerate(compiled)
        if (found := _index(part)) is not None
    ]
    indexes += [*_scope(compiled), *_all_words(compiled)]
    indexes.sort(key=lambda index: index.rank)
    conditions = tuple(sql for _, sql in said)
    told: list[Sql] = []
    left = combine(*(_left_of(part, told) for part in residual)) if residual else None
    return Plan(conditions, tuple(indexes), left, tuple(told))


def _left_of(part: Expression, told: list[Sql]) -> Expression:
    """A residual with what SQL can say of it replaced by that: columns that join `told`."""
    match part:
        case Or(parts):
            return Or(_left_of_all(parts, told, " OR "))
        case And(parts):
            return And(_left_of_all(parts, told, " AND "))
        case Not(inner):
            return Not(_left_of(inner, told))
        case _:
            return part


def _left_of_all(
    parts: Sequence[Expression], told: list[Sql], between: str
) -> tuple[Expression, ...]:
    said = [sql for part in parts if (sql := condition(part)) is not None]
    left = [_left_of(part, told) for part in parts if condition(part) is None]
    if not said:
        return tuple(left)
    together = _joined(said, between)
    told.append(Sql(f"({together.text})", together.values))
    # First, for the others open the payload.
    return (Told(len(told) - 1), *left)


def _implied(part: Expression) -> Expression:
    """What SQL can say of the items that a residual finds."""
    match part:
        case TermCompares(name):
            return HasTerm(name)
        case Or(parts):
            return any_of(*map(_implied, parts))
        case And(parts):
            return combine(*map(_implied, parts))
        case _:
            return EVERYTHING if condition(part) is None else part


def condition(expression: Expression) -> Sql | None:
    """The expression as a condition on i and e, or None when SQL cannot say it."""
    match expression:
        case And(parts):
            return _all_or_none(parts, " AND ", "1")
        case Or(parts):
            return _all_or_none(parts, " OR ", "0")
        case Not(part):
            inner = condition(part)
            return None if inner is None else Sql(f"NOT {inner.text}", inner.values)
        case HasTerm(name, pattern):
            return _term(name, pattern)
        case TextIs(column, pattern):
            return _text(_TEXTS[column], pattern, exactly=column in EXACT_COLUMNS)
        case IdIs(column, value):
            return _id(f"i.{column}", value)
        case NumberIs(column, comparison, bound):
            number = _NUMBERS[column]
            return Sql(f"({number} IS NOT NULL AND {number} {comparison} ?)", (bound,))
        case NumberKnown(column):
            return Sql(f"({_NUMBERS[column]} IS NOT NULL)")
        case Says(phrase):
            # FTS5 takes fifty times as long to say whether one row matches.
            return Sql("says(i.text, ?, ?)", (b" ".join(phrase.tokens), phrase.prefix))
    return None


def _walked(columns: Sql, walk: Walk, rest: list[Sql], after: int, before: int, limit: int) -> Sql:
    bounds = Sql(f"{walk.column} > ? AND {walk.column} < ?", (after, before))
    # Asked of the index's id, conditions on terms are decided before the item is fetched.
    early = [Sql(sql.text.replace("i.id", walk.column), sql.values) for sql in rest]
    where = _joined([walk.where, bounds, *early], " AND ")
    return Sql(
        f"SELECT {columns.text} FROM {walk.table} d CROSS JOIN items i ON i.id = {walk.column}"
        f"{_envelopes(columns, where)}"
        f" WHERE {where.text} ORDER BY {walk.column} DESC LIMIT ?",
        (*columns.values, *where.values, limit),
    )


def _envelopes(*pieces: Sql) -> str:
    """The join with the envelopes, where one of the pieces asks for something of them."""
    asked = any(_OF_ENVELOPE.search(piece.text) for piece in pieces)
    return " CROSS JOIN envelopes e ON e.id = i.envelope_id" if asked else ""


def _joined(pieces: Sequence[Sql], between: str) -> Sql:
    values = tuple(value for piece in pieces for value in piece.values)
    return Sql(between.join(piece.text for piece in pieces), values)


def _all_or_none(parts: Iterable[Expression], between: str, empty: str) -> Sql | None:
    pieces = [condition(part) for part in parts]
    if None in pieces:
        return None
    joined = _joined([piece for piece in pieces if piece is not None], between)
    return Sql(f"({joined.text or empty})", joined.values)


def _term(name: str, pattern: Pattern | None) -> Sql:
    rows = _term_rows("t", name, pattern)
    # With a value the primary key leads to the row, without one only the other index does.
    by_item = "" if pattern is not None and pattern.exact is not None else _BY_ITEM
    return Sql(
        f"EXISTS (SELECT 1 FROM terms t{by_item} WHERE t.item_id = i.id AND {rows.text})",
        rows.values,
    )


def _term_rows(alias: str, name: str, pattern: Pattern | None) -> Sql:
    """The rows of a term, those of a value, or those that fit wildcards."""
    key = Sql(f"{alias}.key = {_KEY}", (name,))
    if pattern is None:
        return key
    if pattern.exact is not None:
        return _joined([key, Sql(f"{alias}.value = ?", (pattern.exact[:MAX_TERM],))], " AND ")
    # The plus keeps SQLite from deriving bounds of its own, which miss what LIKE reads alike.
    fits = Sql(f"+{alias}.value {_LIKE}", (pattern.like,))
    return _joined([_term_range(alias, name, pattern), fits], " AND ")


def _term_range(alias: str, name: str, pattern: Pattern) -> Sql:
    """The rows of a term among which those are that fit wildcards."""
    low, high = pattern.bounds
    pieces = [Sql(f"{alias}.key = {_KEY}", (name,)), Sql(f"{alias}.value >= ?", (low,))]
    if high is not None:
        pieces.append(Sql(f"{alias}.value < ?", (high,)))
    return _joined(pieces, " AND ")


def _text(column: str, pattern: Pattern, *, exactly: bool) -> Sql:
    if pattern.exact is None:
        return Sql(f"{column} {_LIKE}", (pattern.like,))
    return Sql(f"{column} = ?" + ("" if exactly else " COLLATE NOCASE"), (pattern.exact,))


def _id(column: str, value: Pattern | None) -> Sql:
    if value is None:
        return Sql(f"({column} IS NOT NULL)")
    if value.exact is None:
        return Sql(f"({column} IS NOT NULL AND hex({column}) {_LIKE})", (value.like,))
    if not _HEX.fullmatch(value.exact):
        return Sql("0")
    return Sql(f"({column} IS NOT NULL AND {column} = ?)", (bytes.fromhex(value.exact),))


def _index(expression: Expression) -> Index | None:
    """The index that leads to all that an expression finds, if there is one."""
    match expression:
        case Or(parts) if parts:
            found = [index for part in parts if (index := _index(part)) is not None]
            if len(found) < len(parts):
                return None
            walks = tuple(walk for index in found for walk in index.walks)
            return Index(walks, 3, exact=all(index.exact for index in found))
        case And(parts):
            indexes = [index for part in parts if (index := _index(part)) is not None]
            best = min(indexes, key=lambda index: index.rank, default=None)
            # Only one of the parts: the others remain to be judged.
            return None if best is None else Index(best.walks, max(best.rank, 3), exact=False)
        case NumberIs("id", "=", bound):
            return Index((Walk("items", "d.id", Sql("d.id = ?", (bound,))),), 0)
        case IdIs(column, Pattern((value,))) if _HEX.fullmatch(value):
            where = Sql(f"d.{column} = ?", (bytes.fromhex(value),))
            return Index((Walk("items", "d.id", where),), 0)
        case HasTerm(name, pattern):
            return _term_index(name, pattern)
        case Says(phrase):
            return _words_index(phrase.fts)
    return None


def _term_index(name: str, pattern: Pattern | None) -> Index:
    ordered = pattern is not None and pattern.exact is not None
    scanned = None if pattern is None or ordered else _term_range("d", name, pattern)
    walk = Walk("terms", "d.item_id", _term_rows("d", name, pattern), ordered, scanned)
    return Index((walk,), 2 if ordered else 3)


def _words_index(fts: str) -> Index:
    # In MATCH the table goes by its own name.
    return Index((Walk("search", "d.rowid", Sql("d.search MATCH ?", (fts,))),), 1)


def _all_words(parts: Sequence[Expression]) -> list[Index]:
    said = {number: part for number, part in enumerate(parts) if isinstance(part, Says)}
    if len(said) < 2:
        return []
    together = _words_index(" AND ".join(part.phrase.fts for part in said.values()))
    return [Index(together.walks, together.rank, frozenset(said))]


def _scope(parts: Sequence[Expression]) -> list[Index]:
    """The index by project and type."""
    exact = {
        part.column: (number, part.pattern.exact)
        for number, part in enumerate(parts)
        if isinstance(part, TextIs)
        and part.column in EXACT_COLUMNS
        and part.pattern.exact is not None
    }
    if not exact:
        return []
    where = _joined([Sql(f"d.{column} = ?", (exact[column][1],)) for column in exact], " AND ")
    covers = frozenset(number for number, _ in exact.values())
    if "project" in exact:
        return [Index((Walk("items", "d.id", where),), 4, covers)]
    every = Sql("d.project IN (SELECT project FROM projects)")
    where = _joined([every, where], " AND ")
    return [Index((Walk("items", "d.id", where, ordered=False),), 4, covers)]


def says(text: str, words: bytes, prefix: int) -> bool:
    """Whether an item's text holds the words, separated by spaces; a function for SQL."""
    return Phrase(tuple(words.split(b" ")), bool(prefix)).matches(text)

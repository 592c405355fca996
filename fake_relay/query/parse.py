"""Text -> expression, by the grammar in search.lark.

Rule: any text gives an expression or a `QueryError` that names the column, counted from 1,
and says what was expected; nothing else.
May import: errors, query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, ClassVar, cast

from lark import Lark, Token, Transformer, Tree, UnexpectedInput
from lark.exceptions import UnexpectedToken, VisitError

from fake_relay.errors import QueryError
from fake_relay.query import fields, text
from fake_relay.query.document import Expression
from fake_relay.query.fields import Operand
from fake_relay.query.predicate import EVERYTHING, Comparison, Not, Says, any_of, combine
from fake_relay.query.text import Pattern, Phrase

MAX_LENGTH = 10_000
"""Characters of a search; SQLite's LIKE takes patterns of 50,000 bytes."""
MAX_VALUES = 100
"""Values and words of a search; SQLite nests 1,000 deep, and a value can take five levels."""
MAX_DEPTH = 30
"""Parentheses and negations within each other."""

_UNSEARCHABLE = re.compile("[\0\ud800-\udfff]")
_ESCAPED_OR_STAR = re.compile(r'\\(["*\\])|(\*)')
_PREFIX = re.compile(rb"[0-9a-z\x80-\xff]\*+\Z")


def parse(search: str, *, now: float) -> Expression:
    """The expression of a search; `now`, in seconds since 1970, is what `-1h` counts from.

    An empty search finds everything. Raises `QueryError`.
    """
    if len(search) > MAX_LENGTH:
        raise _error(
            MAX_LENGTH, f"the search has {len(search)} characters; at most {MAX_LENGTH} are read"
        )
    if (odd := _UNSEARCHABLE.search(search)) is not None:
        raise _error(odd.start(), f"{odd[0]!r} cannot be searched for; leave it out")
    try:
        tree = _parser().parse(search)
        return cast(Expression, _Builder(now).transform(tree))
    except UnexpectedInput as unexpected:
        position = _position(unexpected, search)
        raise _error(position, _expected(search, position)) from None
    except VisitError as error:
        if isinstance(error.orig_exc, QueryError):
            raise error.orig_exc from None
        raise


@cache
def _parser() -> Lark:
    grammar = resources.files(__package__).joinpath("search.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", postlex=_Bounds())


def _error(position: int, message: str) -> QueryError:
    return QueryError(f"column {position + 1}: {message}", column=position + 1)


class _Bounds:
    """Watches the tokens go by, so that no search nests or lists more than SQLite takes."""

    always_accept: ClassVar[tuple[str, ...]] = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Pass the tokens on; raises `QueryError`."""
        groups: list[int] = []
        negations = values = 0
        for token in stream:
            values += token.type in {"WORD", "STRING", "BARE", "ITEM"}
            if token.type == "_BANG":
                negations += 1
            elif token.type == "_LPAR":
                groups.append(negations + 1)
                negations = 0
            else:
                if token.type == "_RPAR" and groups:
                    groups.pop()
                negations = 0
            position = token.start_pos or 0
            if values > MAX_VALUES:
                raise _error(
                    position,
                    f"a search has at most {MAX_VALUES} values and words; search in two steps",
                )
            if sum(groups) + negations > MAX_DEPTH:
                raise _error(
                    position, f"nested deeper than {MAX_DEPTH} levels; take some parentheses away"
                )
            yield token


class _Builder(Transformer[Token, Any]):
    """Turns the tree into an expression, from the leaves up."""

    def __init__(self, now: float) -> None:
        super().__init__()
        self.now = now

    def start(self, children: list[Expression | None]) -> Expression:
        return EVERYTHING if children[0] is None else children[0]

    def disjunction(self, children: list[Expression]) -> Expression:
        return any_of(*children)

    def conjunction(self, children: list[Expression]) -> Expression:
        return combine(*children)

    def negation(self, children: list[Expression]) -> Expression:
        return Not(children[0])

    def words(self, children: list[Token]) -> Expression:
        token = children[0]
        if token.type == "WORD" and token in {"AND", "OR"}:
            raise _error(
                token.start_pos or 0,
                f'expected a condition before {token}; write "{token}" to search for the word',
            )
        return _free_text(_unquoted(token))

    def condition(self, children: list[Any]) -> Expression:
        key, operand = children[0], children[1]
        comparison: Comparison | None = None
        first = operand.children[0]
        if operand.data == "comparison":
            comparison, values = first.value, [operand.children[1]]
        else:
            values = operand.children if operand.data == "values" else [operand]
        tokens = [value.children[0] for value in values]
        _check_adjacent(key, first if isinstance(first, Token) else tokens[0], operand.data)
        if key == "has:":
            return any_of(*(_has(token, comparison) for token in tokens))
        return any_of(
            *(
                fields.find(
                    Operand(key[:-1], _pattern(token), comparison, token.start_pos + 1, self.now)
                )
                for token in tokens
            )
        )

    def __default__(self, data: str, children: list[Any], meta: Any) -> Tree[Token]:
        return Tree(data, children, meta)


def _check_adjacent(key: Token, first: Token, kind: str) -> None:
    end = key.end_pos or 0
    start = first.start_pos or 0
    if start != end and kind != "values":
        raise _error(end, _no_value(key))


def _no_value(key: str) -> str:
    return (
        f'expected a value right after {key} ; write {key}"" for items without one, '
        "or quote the text to search for it"
    )


def _has(token: Token, comparison: str | None) -> Expression:
    key = _unquoted(token)
    position = token.start_pos or 0
    if comparison is not None or not key or key.endswith("*"):
        raise _error(
            position,
            f"has: expects the name of a field, not {key!r}; write for instance has:release",
        )
    return fields.field_of(key, position + 1).known


def _unquoted(token: Token) -> str:
    return token[1:-1] if token.type == "STRING" else str(token)


def _pattern(token: Token) -> Pattern:
    """The value's chunks between wildcards, without escapes."""
    chunks, end = [""], 0
    raw = _unquoted(token)
    for found in _ESCAPED_OR_STAR.finditer(raw):
        chunks[-1] += raw[end : found.start()] + (found[1] or "")
        if found[2]:
            chunks.append("")
        end = found.end()
    chunks[-1] += raw[end:]
    return Pattern(tuple(chunks))


def _free_text(raw: str) -> Expression:
    words = tuple(text.tokens(raw))
    if not words:
        return EVERYTHING
    return Says(Phrase(words, prefix=_PREFIX.search(text.fold(raw)) is not None))


def _position(unexpected: UnexpectedInput, search: str) -> int:
    if isinstance(unexpected, UnexpectedToken) and unexpected.token.type == "$END":
        return len(search.rstrip())
    return cast(int, unexpected.pos_in_stream)


_CLOSED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_KEY_BEFORE = re.compile(r"[^\s()]+:\Z")
_OPERATOR_BEFORE = re.compile(r":[<>]=?\s*\Z")
_JOINED_BEFORE = re.compile(r"(?:\A|[\s()])(AND|OR|!)\s*\Z")


def _expected(search: str, position: int) -> str:
    """What should have stood there, in a user's words."""
    before, here = search[:position], search[position : position + 1]
    if here == '"' and _CLOSED.match(search, position) is None:
        return 'this quote is not closed; end it with ", and write \\" for a quote inside'
    if (operator := _OPERATOR_BEFORE.search(before)) is not None:
        return f"expected a value after {operator[0][1:].strip()}"
    if (key := _KEY_BEFORE.search(before)) is not None:
        return _no_value(key[0])
    if (joined := _JOINED_BEFORE.search(before)) is not None:
        return f"expected a condition after {joined[1]}"
    return _expected_in_brackets(before, here)


def _expected_in_brackets(before: str, here: str) -> str:
    opened = before.rfind(":[") + 2
    if opened > 1 and "]" not in before[opened:]:
        if here in {"", '"'} and not before.rstrip().endswith(("[", ",")):
            return f"the list that begins at column {opened} is not closed; expected , or ]"
        return f"expected a value in the list that begins at column {opened}"
    if not here:
        return "expected ) to close a parenthesis, or leave the parenthesis out"
    if here == ")":
        return "expected a condition before ), or there is no ( that it closes"
    return f"{here!r} was not expected here; quote text that has quotes or parentheses in it"

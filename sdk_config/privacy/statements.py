"""Statements and commands: their shape stays, the values inside go.

Rule: whatever is a literal is the application's data; SQL, key-value stores, processes, GraphQL.
May import: the standard library.
"""

from __future__ import annotations

import re

_SQL_LITERAL = re.compile(
    r"(?:\b[NEBXnebx])?'(?:[^'\\]|''|\\.)*+(?:'|\Z)"  # 'text', N'text', E'te\'xt'
    r"|(?P<dollar>\$\w{0,20}\$)[\s\S]*?(?:(?P=dollar)|\Z)"
    r"|(?<![\w.$:@-])-?\d{5,}(?:\.\d+)?(?![\w.])"  # long numbers: accounts, cards
    r"|(?<![\w.$:@])\d+\.\d+(?![\w.])"
    r"|\b0[xX][0-9A-Fa-f]{8,}"
)
_SQL_DOUBLE = re.compile(
    r"((?:=|<|>|,|\(|LIKE|IN|VALUES)\s*)\"(?:[^\"\\]|\\.)*+(?:\"|\Z)", re.IGNORECASE
)
_SQL_COMMENT = re.compile(r"/\*[\s\S]*?(?:\*/|\Z)")
_SQL = re.compile(
    r"\s*+(?:\(\s*)?(?:SELECT\b[\s\S]*?\bFROM|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\S+\s+SET"
    r"|DELETE\s+FROM|REPLACE\s+INTO|MERGE\s+INTO|WITH\s+\w+[\s\S]*?\bAS\s*\(|SELECT\s+')",
    re.IGNORECASE,
)
_GRAPHQL = re.compile(r"\s*+(?:query|mutation|subscription|fragment|\{)[\s\S]*\{", re.IGNORECASE)
_GRAPHQL_LITERAL = re.compile(
    r'"""[\s\S]*?(?:"""|\Z)|"(?:[^"\\\n]|\\.)*+(?:"|\Z)|(?<=:)(\s*)-?\d{5,}'
)


def is_sql(text: str) -> bool:
    """Whether a text reads like a statement of SQL."""
    return _SQL.match(text) is not None


def redact_sql(text: str, put: str) -> str:
    """A statement without its literals and comments; placeholders and short numbers stay."""
    literal = f"'{put}'"
    text = _SQL_COMMENT.sub(f"/* {put} */", text) if "/*" in text else text
    text = _SQL_LITERAL.sub(lambda found: literal if found[0] != literal else found[0], text)
    return _SQL_DOUBLE.sub(rf'\1"{put}"', text) if '"' in text else text


def redact_command(text: str, put: str) -> str:
    """Lines of a key-value store (`GET name`) or of a process: the first word of each line."""
    lines = []
    for line in text.split("\n"):
        word, space, rest = line.strip().partition(" ")
        lines.append(f"{word} {put}" if space and rest else word)
    return "\n".join(lines)


def is_graphql(text: str) -> bool:
    """Whether a text reads like a GraphQL document."""
    return "{" in text and _GRAPHQL.match(text) is not None


def redact_graphql(text: str, put: str) -> str:
    """A document of GraphQL without its literals."""
    return _GRAPHQL_LITERAL.sub(f'"{put}"', text)

"""Read a .env file: a small, documented subset.

A line is `KEY=value` or `export KEY=value`; blank lines and lines from `#` count for nothing.
A value in single quotes is taken as it is; in double quotes, \\n, \\t, \\" and \\\\ mean what
they say, and the value may span lines. Without quotes a value ends before ` #`. Nothing is
interpolated: `$HOME` stays `$HOME`.
Rule: nothing is executed and the process environment is not changed.
May import: the standard library.
"""

from __future__ import annotations

import re
from pathlib import Path

_LINE = re.compile(
    r"""
    ^[ \t]*(?:export[ \t]+)?
    (?P<key>[A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*
    (?:
        '(?P<single>[^']*)'[ \t]*(?:\#[^\n]*)?
      | "(?P<double>(?:[^"\\]|\\.)*)"[ \t]*(?:\#[^\n]*)?
      | (?P<bare>(?!(?<=[ \t])\#)[^\n'"][^\n]*?)??(?:(?<=[ \t])\#[^\n]*|[ \t]+\#[^\n]*|[ \t]*)
    )$
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def parse_dotenv(text: str) -> dict[str, str]:
    """The variables of a .env file's text; the last of a name wins; other lines are passed over."""
    found = {}
    for line in _LINE.finditer(text.replace("\r\n", "\n").removeprefix("\ufeff")):
        if line["single"] is not None:
            value = line["single"]
        elif line["double"] is not None:
            value = _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), line["double"])
        else:
            value = (line["bare"] or "").strip()
        found[line["key"]] = value
    return found


def read_dotenv(path: str | Path) -> dict[str, str]:
    """The variables of a .env file in UTF-8; raises `OSError` or `ValueError`."""
    return parse_dotenv(Path(path).read_text(encoding="utf-8"))

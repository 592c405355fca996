"""How text compares: folding, wildcards and tokens, exactly as SQLite does it.

Rule: everything here has a twin in SQL (COLLATE NOCASE, LIKE, the FTS5 `ascii` tokenizer),
and says the same of every text.
May import: nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(rb"[0-9a-z\x80-\xff]+")
_LIKE_SPECIAL = re.compile(r"[\\%_]")
# SQLite's LIKE reads these two as U+FFFD; comparing for equality, it does not.
_AS_LIKE_READS = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})
_READ_ALIKE = re.compile("[\ufffd-\uffff]")


def fold(text: str) -> bytes:
    """The text's UTF-8 with ASCII letters in lower case: what COLLATE NOCASE compares."""
    return text.encode("utf-8", "surrogatepass").lower()


def tokens(text: str) -> list[bytes]:
    """The tokens of a text, folded: those of FTS5's `ascii` tokenizer."""
    return _TOKEN.findall(fold(text))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A value to compare with: literal chunks, with a wildcard between each and the next."""

    chunks: tuple[str, ...]

    @property
    def exact(self) -> str | None:
        """The text that is looked for, or None when there is a wildcard."""
        return self.chunks[0] if len(self.chunks) == 1 else None

    @property
    def anything(self) -> bool:
        """Whether every value matches."""
        return len(self.chunks) > 1 and not any(self.chunks)

    @property
    def like(self) -> str:
        r"""The operand of `LIKE ? ESCAPE '\'`."""
        return "%".join(_LIKE_SPECIAL.sub(r"\\\g<0>", chunk) for chunk in self.chunks)

    @property
    def bounds(self) -> tuple[str, str | None]:
        """A range `low <= value < high` (NOCASE) that holds all matches; high can be missing."""
        low = _READ_ALIKE.split(self.chunks[0])[0]
        last = low[-1:]
        if not last or last == "\U0010ffff":
            return low, None
        following = (
            0xE000 if last == "\ud7ff" else ord(last.lower() if last.isascii() else last) + 1
        )
        return low, low[:-1] + chr(following)

    def cut(self, length: int) -> Pattern:
        """The pattern for values that are cut to so many characters; wildcards stay whole."""
        return self if self.exact is None else Pattern((self.exact[:length],))

    def matches(self, value: str) -> bool:
        """Whether a value is this text, or fits the wildcards."""
        if self.exact is not None:
            return fold(value) == fold(self.exact)
        return self._fits(_fold_for_like(value.partition("\0")[0]))

    def _fits(self, value: bytes) -> bool:
        # Taking the first place for each chunk is enough: later places leave less room.
        first, *middle, last = [_fold_for_like(chunk) for chunk in self.chunks]
        if len(first) + len(last) > len(value):
            return False
        if not (value.startswith(first) and value.endswith(last)):
            return False
        position, end = len(first), len(value) - len(last)
        for chunk in middle:
            found = value.find(chunk, position, end)
            if found < 0:
                return False
            position = found + len(chunk)
        return True


def _fold_for_like(text: str) -> bytes:
    return fold(text if text.isascii() else text.translate(_AS_LIKE_READS))


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that follow each other; with `prefix` the last one may go on."""

    tokens: tuple[bytes, ...]
    prefix: bool = False

    @property
    def fts(self) -> str:
        """The phrase in FTS5's own language."""
        return f'"{b" ".join(self.tokens).decode()}"' + ("*" if self.prefix else "")

    def matches(self, text: str) -> bool:
        """Whether the phrase is in a text."""
        pattern = b" " + b" ".join(self.tokens) + (b"" if self.prefix else b" ")
        return pattern in b" " + b" ".join(tokens(text)) + b" "

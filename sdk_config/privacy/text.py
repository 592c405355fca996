"""One string, through everything: addresses, names with values, statements, patterns.

Rule: gives the very same object when nothing is secret; remembers texts that were clean, never
one that was not. Most texts of an event are seen again with the next.
May import: keys, pairs, patterns, statements, urls.
"""

from __future__ import annotations

import re

from sdk_config.privacy.keys import Keys
from sdk_config.privacy.pairs import redact_pairs
from sdk_config.privacy.patterns import Patterns
from sdk_config.privacy.statements import (
    is_graphql,
    is_sql,
    redact_graphql,
    redact_sql,
)
from sdk_config.privacy.urls import redact_path, redact_query, redact_urls

_MOST = 8192
_LONGEST = 300
_SEPARATOR = re.compile(r"[=:]|', ?b?'|\", ?b?\"|(?:^| )-")


class Text:
    """Redacts strings, for some keys and patterns."""

    def __init__(self, keys: Keys, patterns: Patterns, put: str) -> None:
        self.keys = keys
        self.put = put
        self._patterns = patterns
        self._clean: set[str] = set()
        self._clean_source: set[str] = set()

    def redact(self, text: str) -> str:
        """Any text of an item."""
        if text in self._clean or self._patterns.is_plain(text):
            # A route needs no digit to hold a secret: /reset/word.
            return text if "/" not in text else redact_path(text, self.put)
        found = self._judged(text)
        if found == text:
            _remember(self._clean, text)
            return text
        return found

    def source(self, line: str) -> str:
        """A line of source code: literals under sensitive names and what looks like a secret."""
        if line in self._clean_source:
            return line
        found = redact_urls(line, self.keys, self.value, self.put) if "://" in line else line
        found = redact_pairs(found, self.keys, self.put, source=True)
        found = self._patterns.redact(found)
        if found == line:
            _remember(self._clean_source, line)
            return line
        return found

    def value(self, text: str) -> str:
        """A value by itself: patterns and pairs, without looking for addresses."""
        if self._patterns.is_plain(text):
            return text
        return self._patterns.redact(redact_pairs(text, self.keys, self.put))

    def identity(self, text: str) -> str:
        """A name that the service chose to send (a user's id): only what is surely a secret."""
        return self._patterns.redact(text, words=False)

    def query(self, text: str) -> str:
        """A query string or a form."""
        return redact_query(text, self.keys, self.value, self.put)

    def sql(self, text: str) -> str:
        """A statement, whose literals all go."""
        return self.redact(redact_sql(text, self.put))

    def _judged(self, text: str) -> str:
        if "/" in text or "?" in text:
            text = redact_urls(text, self.keys, self.value, self.put)
            text = redact_path(text, self.put) if "://" not in text else text
        if _SEPARATOR.search(text):
            text = redact_pairs(text, self.keys, self.put)
        if "'" in text and is_sql(text):
            text = redact_sql(text, self.put)
        elif '"' in text and is_graphql(text) and "(" in text:
            text = redact_graphql(text, self.put)
        return self._patterns.redact(text)


def _remember(known: set[str], text: str) -> None:
    if len(text) > _LONGEST:
        return
    if len(known) >= _MOST:
        known.clear()
    known.add(text)

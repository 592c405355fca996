"""One string, through everything: addresses, names with values, statements, patterns.

Rule: gives the very same object when nothing is secret; remembers texts that were clean, never
one that was not. Most texts of an event are seen again with the next.
May import: keys, pairs, patterns, statements, urls.
"""

from __future__ import annotations

from sdk_config.privacy.keys import Keys
from sdk_config.privacy.pairs import has_pairs, redact_pairs
from sdk_config.privacy.patterns import Patterns
from sdk_config.privacy.statements import (
    is_graphql,
    is_sql,
    redact_graphql,
    redact_sql,
)
from sdk_config.privacy.urls import redact_path, redact_query, redact_urls

_ROOM = 1_000_000
"""Bytes that one memory of clean texts may take, about."""
_LONGEST = 1000
_OVERHEAD = 100


class Clean:
    """Texts that were clean, in about a megabyte; when it is full, it begins anew."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self._room = _ROOM

    def add(self, text: str) -> str:
        """Remember a text that is not too long; gives it back."""
        if len(text) <= _LONGEST:
            self._room -= len(text) + _OVERHEAD
            if self._room < 0:
                self.texts.clear()
                self._room = _ROOM
            self.texts.add(text)
        return text


class Text:
    """Redacts strings, for some keys and patterns."""

    def __init__(self, keys: Keys, patterns: Patterns, put: str) -> None:
        self.keys = keys
        self.put = put
        self._patterns = patterns
        self._clean = Clean()
        self._clean_source = Clean()
        self._clean_sql = Clean()
        self._clean_names = Clean()
        self.known = self._clean.texts
        self._known_sql = self._clean_sql.texts
        self.known_source = self._clean_source.texts
        self.known_names = self._clean_names.texts

    def redact(self, text: str) -> str:
        """Any text of an item."""
        if text in self.known:
            return text
        if self._patterns.is_plain(text):
            # A route needs no digit to hold a secret: /reset/word.
            found = text if "/" not in text else redact_path(text, self.put)
        else:
            found = self._judged(text)
        return self._clean.add(text) if found == text else found

    def is_clean(self, text: str) -> bool:
        """Whether a text that can be remembered holds nothing to redact."""
        return len(text) <= _LONGEST and self.redact(text) is text

    def remember_name(self, name: str) -> None:
        """Remember a name that is harmless, as it is and for its value."""
        self._clean_names.add(name)

    def name(self, name: str) -> str:
        """A key: short words are only that, others are texts."""
        return name if len(name) < 20 and name.isidentifier() else self.redact(name)

    def source(self, line: str) -> str:
        """A line of source code: literals under sensitive names and what looks like a secret."""
        if line in self.known_source:
            return line
        found = redact_urls(line, self.keys, self.value, self.put) if "://" in line else line
        if has_pairs(found):
            found = redact_pairs(found, self.keys, self.put, source=True)
        found = self._patterns.redact(found)
        return self._clean_source.add(line) if found == line else found

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
        if text in self._known_sql:
            return text
        found = self.redact(redact_sql(text, self.put))
        return self._clean_sql.add(text) if found == text else found

    def _judged(self, text: str) -> str:
        if "/" in text or "?" in text:
            text = redact_urls(text, self.keys, self.value, self.put)
            text = redact_path(text, self.put) if "://" not in text else text
        if has_pairs(text):
            text = redact_pairs(text, self.keys, self.put)
        if "'" in text and is_sql(text):
            text = redact_sql(text, self.put)
        elif '"' in text and "(" in text and (is_graphql(text) or "GraphQL request:" in text):
            text = redact_graphql(text, self.put)
        return self._patterns.redact(text)

"""Which of thousands of byte strings stand in a text: looked for together, not one by one.

Rule: exact; of each string one stretch of a few bytes is known by every way in which it can lie
on whole machine words, so the words of a text tell at once which strings can be where in it.
May import: the standard library.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

FEW = 8
"""Strings with one word in common that are tried at each place where it stands."""

ANYWHERE = -1_000_000_000
"""Far before any text begins."""


class _Words:
    """Strings that hold a stretch of 2 * width - 1 bytes: one whole word of it is aligned."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.width = memoryview(bytes(8)).cast(code).itemsize  # type: ignore[call-overload]
        self.least = 2 * self.width - 1
        self._known: dict[int, list[tuple[int, int]]] = {}

    def add(self, number: int, pattern: bytes) -> None:
        # Values of a class share beginnings or ends: the stretch that fewest others have is taken.
        spare = len(pattern) - self.least
        choices = [self._stretch(pattern, start) for start in {spare // 2, spare, 0}]
        rarest = min(choices, key=lambda words: sum(len(self._known.get(w, ())) for w, _ in words))
        for word, offset in rarest:
            self._known.setdefault(word, []).append((number, offset))

    def _stretch(self, pattern: bytes, start: int) -> list[tuple[int, int]]:
        offsets = range(start, start + self.width)
        return [(self._read(pattern[at : at + self.width])[0], at) for at in offsets]

    def candidates(self, blob: bytes) -> Iterator[tuple[int, int]]:
        """Numbers of strings, and the place where each would begin.

        The place is `ANYWHERE` for strings that have a word in common with many others.
        """
        known = self._known
        if not known or len(blob) < self.width:
            return
        hits = [(at, word) for at, word in enumerate(self._read(blob)) if word in known]
        common: set[int] = set()
        for at, word in hits:
            if len(known[word]) > FEW:
                common.add(word)
                continue
            for number, offset in known[word]:
                yield number, at * self.width - offset
        for number in {number for word in common for number, _ in known[word]}:
            yield number, ANYWHERE

    def _read(self, blob: bytes) -> memoryview[int]:
        whole = len(blob) - len(blob) % self.width
        return memoryview(blob)[:whole].cast(self._code)  # type: ignore[call-overload, no-any-return]


class Index:
    """Byte strings, to be looked for in any number of texts; they are known by their number."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._patterns = patterns
        # The wide words name few false candidates, the narrow ones know short strings.
        self._wide, self._narrow = _Words("Q"), _Words("I")
        self._short: list[int] = []
        for number, pattern in enumerate(patterns):
            if len(pattern) >= self._wide.least:
                self._wide.add(number, pattern)
            elif len(pattern) >= self._narrow.least:
                self._narrow.add(number, pattern)
            else:
                self._short.append(number)

    def search(self, blob: bytes) -> list[int]:
        """The numbers of the strings that stand in a text, in their order."""
        patterns = self._patterns
        found = {number for number in self._short if patterns[number] in blob}
        for words in (self._wide, self._narrow):
            for number, start in words.candidates(blob):
                # Any other negative start would count from the text's end.
                if number not in found and (
                    patterns[number] in blob
                    if start == ANYWHERE
                    else start >= 0 and blob.startswith(patterns[number], start)
                ):
                    found.add(number)
        return sorted(found)

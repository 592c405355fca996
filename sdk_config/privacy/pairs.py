"""Names and values inside of text: `password=x`, `{'token': 'x'}`, `--secret x`, pairs, JSON.

Rule: what stands under a sensitive name goes up to its end, and to the end of the text where that
cannot be found; in lines of source only literals go, so that code stays readable.
May import: keys.
"""

from __future__ import annotations

import re

from sdk_config.privacy.keys import Keys, compact

_PAIR = re.compile(
    r"(?<![\w$-])(?:(?:api|access|secret|private|signing|encryption|account|card|security)[ ])?"
    r"(?:--?)?[\w$][\w$.-]{1,80}+(?P<close>\\*[\"']\]?)?"
    r"(?P<sep>\s{0,8}(?::=|=>|==?|:(?!//|:))\s{0,8})",
    re.IGNORECASE,
)
_LISTED = re.compile(r"[(\[]\s?b?\\*[\"'](?P<name>[\w$.-]{2,80}+)\\*[\"'],\s{0,4}(?=b?\\*[\"'])")
"""A name and a value as a pair: `(b'authorization', b'Bearer ...')`."""
_OPTION = re.compile(r"(?<!\S)--?(?P<name>[A-Za-z][\w.-]{1,80}+)[ ]+(?=[^\s-])")
_DASH = re.compile(r"-(?<!\S-)-?[A-Za-z]")
_QUOTE = re.compile(r"[bBrRuUfF]{0,2}(?P<mark>\\*(?:\"\"\"|'''|[\"']))")
_SECRETSTR = re.compile(r"\w{1,40}\((?=[\"'])")
_BARE = re.compile(r"[^\s,;&|)\]}'\"<>\\]+")
_SCHEME = re.compile(
    r"(?:bearer|basic|digest|token|apikey|negotiate|ntlm|aws4\S*)\s+", re.IGNORECASE
)
_BRACKETS = re.compile(r"\\.|[\"'()\[\]{}]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_WHOLE_LINE = ("authorization", "cookie")
_CONTAINERS = frozenset({"parameters", "params", "headers", "cookies", "inputvalue", "bindparams"})
"""Names that a driver or framework prints before a whole collection of the application's values."""


def has_pairs(text: str) -> bool:
    """Whether a text may hold names with values at all."""
    if "=" in text or ":" in text or "'," in text or '",' in text:
        return True
    return "-" in text and _DASH.search(text) is not None


def redact_pairs(text: str, keys: Keys, put: str, *, source: bool = False) -> str:
    """The text with values under sensitive names replaced; `source` for lines of code."""
    parts: list[str] = []
    done = position = 0
    while True:
        found = _PAIR.search(text, position)
        if found is None:
            break
        position = found.end()
        span = _judge(text, found, keys, source)
        if span is not None:
            parts += [text[done : span[0]], put]
            done = position = span[1]
    text = "".join([*parts, text[done:]]) if parts else text
    if not source:
        text = _listed(text, keys, put)
    return _options(text, keys, put) if "-" in text and " " in text else text


def _judge(text: str, found: re.Match[str], keys: Keys, source: bool) -> tuple[int, int] | None:
    name = text[found.start() : found.start("sep")]
    sensitive = keys.is_sensitive(name)
    start = found.end()
    if not sensitive and not (text[start : start + 1] in {"(", "[", "{"} or "value" in name):
        return None
    if not sensitive and (source or compact(name) not in _CONTAINERS):
        return None
    span = _span(text, start, compact(name), source)
    return None if span is None or _is_nothing(text[slice(*span)]) else span


def _span(text: str, start: int, name: str, source: bool) -> tuple[int, int] | None:
    """Where the value is, without its quotes; None where there is none."""
    wrapped = _SECRETSTR.match(text, start)
    quoted = _QUOTE.match(text, wrapped.end() if wrapped else start)
    if quoted is not None:
        return quoted.end(), _closed(text, quoted.end(), quoted["mark"])
    if source:
        return None
    if text[start : start + 1] in _CLOSING:
        return start, _balanced(text, start)
    if any(word in name for word in _WHOLE_LINE):
        return start, _line_end(text, start)
    scheme = _SCHEME.match(text, start)
    bare = _BARE.match(text, scheme.end() if scheme else start)
    return (start, bare.end()) if bare else None


def _closed(text: str, start: int, mark: str) -> int:
    """Where a quoted value ends: its own mark, unless escaped once more."""
    position = start
    while True:
        position = text.find(mark, position)
        if position < 0:
            return len(text)
        before = position
        while before > start and text[before - 1] == "\\":
            before -= 1
        if (position - before) % 2 == 0:
            return position
        position += 1


def _balanced(text: str, start: int) -> int:
    """Where the bracket at `start` is closed, or the end of the text."""
    waiting: list[str] = []
    quote = ""
    for found in _BRACKETS.finditer(text, start):
        sign = found[0]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in {"'", '"'}:
            quote = sign
        elif sign in _CLOSING:
            waiting.append(_CLOSING[sign])
        elif sign in ")]}" and waiting and waiting.pop() == sign and not waiting:
            return found.end()
    return len(text)


def _line_end(text: str, start: int) -> int:
    found = re.compile(r"\\[rn]|[\r\n'\"]").search(text, start)
    return found.start() if found else len(text)


def _is_nothing(value: str) -> bool:
    """Whether a value says only that there is none."""
    return value.strip() in {"", "None", "null", "True", "False", "true", "false", "undefined"}


def _listed(text: str, keys: Keys, put: str) -> str:
    if "'," not in text and '",' not in text:
        return text
    position = 0
    while (found := _LISTED.search(text, position)) is not None:
        position = found.end()
        quoted = _QUOTE.match(text, position)
        if quoted is None or not keys.is_sensitive(found["name"]):
            continue
        start, end = quoted.end(), _closed(text, quoted.end(), quoted["mark"])
        if text[end + len(quoted["mark"]) :].lstrip()[:1] in {")", "]", "", "."}:
            text = text[:start] + put + text[end:]
            position = start + len(put)
    return text


def _options(text: str, keys: Keys, put: str) -> str:
    def replaced(found: re.Match[str]) -> str:
        return f"{found['option']}{put}" if keys.is_sensitive(found["name"]) else found[0]

    return _OPTION_VALUE.sub(replaced, text)


_OPTION_VALUE = re.compile(
    rf"(?P<option>{_OPTION.pattern})(?:\"[^\"]*\"?|'[^']*'?|\[Filtered\]|[^\s,'\"\]]+)"
)

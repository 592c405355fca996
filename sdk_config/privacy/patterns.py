"""What secrets look like: cards, accounts, numbers of persons, addresses, tokens, key blocks.

Rule: each pattern runs only where a cheap test says that it may match; all are linear in the text.
May import: checksums.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sdk_config.privacy.checksums import is_card, is_iban, is_random

PLACEHOLDER = "[Filtered]"

PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|SECRET)[A-Z ]{0,10}-----"
    r"(?:(?!-----END)[\s\S])*+(?:-----END[A-Z0-9 ]{0,60}-----)?"
)
EMAIL = re.compile(
    r"(?<![\w.+%'-])[\w.+'-]{1,64}+(?:@|%40)(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w])"
)
NUMBERS = re.compile(
    r"(?P<card>(?<![\w-])(?<!\d\.)\d(?:[ -]?\d){11,18}+(?![\w-]|\.\d))"
    r"|(?P<ssn>(?<![\w-])(?<!\d\.)(?!000|666|9)\d{3}(?P<gap>[- ])"
    r"(?!00)\d\d(?P=gap)(?!0000)\d{4}(?![\w-]))"
    r"|(?P<phone>(?<![\w+])(?<!\d[.:])\+[1-9]\d{0,2}[ .(-]{0,2}\d(?:[ ().-]{0,2}\d){6,12}(?!\w)"
    r"|(?<![\w.(-])(?:\([2-9]\d\d\) ?|[2-9]\d\d[- ])[2-9]\d\d-\d{4}(?![\w-]))"
    r"|(?P<iban>(?<!\w)[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?(?!\w))"
)
SCHEMES = re.compile(
    r"\b(?P<scheme>bearer|basic|digest|negotiate|ntlm|apikey)[ ]+(?P<value>[\w+/=.~:-]{6,})",
    re.IGNORECASE,
)
WEB_TOKEN = re.compile(r"eyJ[\w-]{6,}+(?P<parts>(?:\.[\w-]*){1,4})?")
"""JSON web tokens; without parts it is none, and matches so that a long word is read once."""
TOKENS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|gl(?:pat|ptt|dt|rt|soat|oas|ft|cbt|imt|agent)-[\w-]{16,}"
    r"|xox[abceoprs]-[\w-]{10,}|xapp-[\w-]{10,}"
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}"
    r"|sk-(?:ant-|proj-|svcacct-|or-)?[\w-]{20,}"
    r"|AIza[\w-]{30,}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|1//0[\w-]{30,}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|key-[0-9a-f]{32}|(?:SK|AP)[0-9a-f]{32}"
    r"|hf_[A-Za-z0-9]{30,}|do[opr]_v1_[0-9a-f]{40,}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"
    r"|sntry[su]_[\w+/=]{20,}|hv[sbr]\.[\w-]{20,}|lin_api_\w{20,}|sq0[a-z]{3}-[\w-]{20,}"
    r"|glsa_\w{20,}|dapi[0-9a-f]{32}|EAA[A-Za-z0-9]{40,}|AGE-SECRET-KEY-1[A-Z0-9]{40,}"
    r"|\d{8,10}:AA[\w-]{32,}|pypi-AgE[\w-]{40,}|npm_[A-Za-z0-9]{36}|[0-9a-f]{32}-us\d{1,2}(?!\w)"
    r")"
)
HOOKS = re.compile(r"(/services/T\w{6,}/B\w{6,}/|/api/webhooks/\d{10,}/)[\w-]{16,}")
RUNS = re.compile(r"[\w+/=.~:-]{16,}+")
WORD = re.compile(r"[A-Za-z0-9+/_=-]{20,}+")
DETAIL = re.compile(r"(\([^()]{1,200}\)=)\((?:[^()]|\([^()]*\))*\)")
"""How a database names the row that was in its way: `Key (email)=(somebody)`."""

_DIGITS = re.compile(
    r"\d(?:(?:[ ().-]{0,2}+\d){6}"  # cards, persons, phones: seven digits, close to each other
    r"|\d(?<=[A-Za-z]{2}\d\d) ?[A-Za-z0-9]{4})"  # the beginning of an account
)
_CREDENTIALS = re.compile(r"[BbDdNnAa][EeAaIi\u0130\u0131TtPp](?i:arer|sic|gest|gotiate|lm|ikey) ")
"""The second letters apart, because most words end there; `i` has four forms."""
_NOTHING = re.compile(r"[A-Za-z_ ,.!?()\[\]/-]*+\Z")
_WORDS = r"(?P<quote>['\"]|)(?:[\w,.!()\[\]/ ]++|(?<=\w)-)*+(?P=quote)\Z"
_PROSE = re.compile(_WORDS)
"""Words, quoted as a whole or not; a quote at one end only may be a literal of a statement."""
_SHORT = re.compile(rf"(?!(?:\D*+\d){{7}}){_WORDS}")
"""Fewer digits than any number of ours, in a text too short for a token."""
_SHORTEST = 6
_SHORTEST_ACCOUNT = 15
_SHORTEST_RUN = 16


def _has_run(text: str) -> bool:
    """Whether a word is as long as a token; splitting costs less than the pattern, in prose."""
    if len(text) < _SHORTEST_RUN or max(map(len, text.split()), default=0) < _SHORTEST_RUN:
        return False
    return RUNS.search(text) is not None


def _is_plain_long(text: str) -> bool:
    if _NOTHING.match(text) is not None:
        # Some tokens are known by their beginning, and may happen to have no digit.
        if not _has_run(text):
            return True
        return "eyJ" not in text and "/services/T" not in text and TOKENS.search(text) is None
    if _PROSE.match(text) is None or _DIGITS.search(text) is not None:
        return False
    return not _has_run(text)


class Patterns:
    """Replaces what looks like a secret; `extra` are regular expressions of the service."""

    def __init__(self, placeholder: str = PLACEHOLDER, extra: Iterable[str] = ()) -> None:
        self._put = placeholder
        self._extra = [re.compile(pattern) for pattern in extra]
        self._detectors: list[Callable[[str], Iterable[str]]] = []

    def add(self, detector: Callable[[str], Iterable[str]]) -> None:
        """Ask one more detector: text to the secrets in it."""
        self._detectors.append(detector)

    def is_plain(self, text: str) -> bool:
        """Whether no pattern of ours can match; cheap, for most strings of an event."""
        if self._extra or self._detectors:
            return False
        if len(text) < _SHORTEST:
            return True
        plain = _is_plain_long if len(text) >= _SHORTEST_ACCOUNT else _SHORT.match
        if not plain(text):
            return False
        if " " not in text:
            return True
        return text[0] != "-" and " -" not in text and _CREDENTIALS.search(text) is None

    def redact(self, text: str, *, words: bool = True) -> str:
        """The text with what looks like a secret replaced; `words=False` keeps random words."""
        if "-----BEGIN" in text:
            text = PEM.sub(self._put, text)
        if "@" in text or "%40" in text:
            text = EMAIL.sub(self._put, text)
        if _DIGITS.search(text):
            text = NUMBERS.sub(self._number, text)
        if ")=(" in text:
            text = DETAIL.sub(rf"\1({self._safe_put})", text)
        if _has_run(text):
            text = self._tokens(text, words)
        text = self._schemes(text)
        return self._others(text) if self._extra or self._detectors else text

    @property
    def _safe_put(self) -> str:
        return self._put.replace("\\", "\\\\")

    def _tokens(self, text: str, words: bool) -> str:
        if "/services/T" in text or "/api/webhooks/" in text:
            text = HOOKS.sub(rf"\g<1>{self._safe_put}", text)
        if "eyJ" in text:
            text = WEB_TOKEN.sub(lambda found: self._put if found["parts"] else found[0], text)
        text = TOKENS.sub(lambda found: self._put, text)
        return WORD.sub(self._word, text) if words else text

    def _schemes(self, text: str) -> str:
        if " " not in text or not _CREDENTIALS.search(text):
            return text
        return SCHEMES.sub(self._credentials, text)

    def _credentials(self, found: re.Match[str]) -> str:
        value = found["value"]
        # "basic authentication" is prose; credentials have a digit, a sign or capitals inside.
        if found["scheme"].lower() != "bearer" and value.isalpha() and value[1:].islower():
            return found[0]
        if value.isalpha() and value.lower() in {"authentication", "authorization", "tokens"}:
            return found[0]
        return f"{found['scheme']} {self._put}"

    def _number(self, found: re.Match[str]) -> str:
        kind, text = found.lastgroup, found[0]
        if kind == "card" and not is_card(text):
            return text
        if found["iban"] is not None:
            return self._put if is_iban(text) else text
        return self._put

    def _word(self, found: re.Match[str]) -> str:
        word = found[0]
        if not is_random(word):
            return word
        if "/" not in word:
            return self._put
        parts = [self._put if is_random(part) else part for part in word.split("/")]
        return "/".join(parts) if self._put in parts else self._put

    def _others(self, text: str) -> str:
        for pattern in self._extra:
            text = pattern.sub(lambda found: self._put, text)
        for detector in self._detectors:
            for secret in detector(text):
                if secret and secret not in self._put:
                    text = text.replace(secret, self._put)
        return text

"""Which names hold secrets: parts of names, whole words, and names that are always kept.

Rule: case, dashes, dots and camel case make no difference; an allowed name wins.
May import: the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PARTS_TEXT = """
password passwd passphrase passcode secret token apikey accesskey privatekey signingkey
encryptionkey masterkey accountkey sharedkey authkey credential authorization authentication
cookie csrf xsrf sessionid sessionkey sessiondata phpsessid connectsid mysqlpwd creditcard
cardnumber cardno cvv cvc2 socialsecurity passport taxid driverlicense drivinglicense
accountnumber routingnumber bankaccount remoteaddr ipaddress clientip realip connectingip
forwardedfor xforwarded dateofbirth biometric jsonwebtoken oauthcode clientassertion
samlresponse bearer signature dbparams inputvalue phonenumber
"""
PARTS = _PARTS_TEXT.split()
"""A name that contains one of these, small and without separators, holds a secret."""

WORDS = frozenset(
    [
        "auth",
        "pwd",
        "pass",
        "pin",
        "otp",
        "totp",
        "mfa",
        "ssn",
        "sin",
        "iban",
        "bic",
        "jwt",
        "sid",
        "dob",
        "cvc",
        "pan",
        "csc",
        "phone",
        "mobile",
        "session",
        "sessions",
        "symfony",
        "key64",
        "pem",
    ]
)
"""A name of which a word is one of these holds a secret; too short to look for inside words."""

KEPT = re.compile(
    r"tokens?(?:count|type|limit|s|usage|used|length|name|ttl|url|uri|class|expir\w*)$"
    r"|(?:max|total|input|output|prompt|completion|cached|reasoning|num)\w*tokens?(?:\w*)$"
    r"|tokeni[sz]\w*$|(?:secret|password|cookie|passport)(?:name|policy|length|changed\w*)$"
    r"|secretar(?:y|ies)$|authenticat(?:ionmethod|iontype|ed)$|signaturemethod$"
    r"|sessions?(?:maker|factory|count|status|class)$"
)
"""Names that speak about a secret without holding one."""

_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_COMPACT = re.compile(r"[^a-z0-9]+")
_MOST = 4096
_LONGEST = 200


class Keys:
    """Judges names; remembers its judgement of up to 4096 of them."""

    def __init__(self, extra: Iterable[str] = (), allowed: Iterable[str] = ()) -> None:
        more = [found for found in (compact(name) for name in extra) if found]
        # "key64" and the like stay words; what a service adds is looked for inside names.
        self._parts = re.compile("|".join(re.escape(part) for part in [*PARTS, *more]))
        self._allowed = frozenset(compact(name) for name in allowed)
        self._known: dict[str, bool] = {}

    def is_sensitive(self, name: str) -> bool:
        """Whether a value under this name is redacted, whatever it is."""
        known = self._known.get(name)
        if known is not None:
            return known
        found = self._judge(name)
        if len(name) <= _LONGEST:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[name] = found
        return found

    def is_allowed(self, name: str) -> bool:
        """Whether the service says that values under this name are kept."""
        return compact(name) in self._allowed

    def _judge(self, name: str) -> bool:
        short = name[-_LONGEST:]
        whole = compact(short)
        if whole in self._allowed:
            return False
        if KEPT.search(whole):
            return False
        if self._parts.search(whole):
            return True
        return any(word.lower() in WORDS for word in _SPLIT.findall(unquoted(short)))


def unquoted(name: str) -> str:
    """A name without the quotes and the b that a representation puts around it."""
    found = name.strip()
    if found[:1] in "bru" and found[1:2] in {"'", '"'}:
        found = found[1:]
    return found.strip("'\"")


def compact(name: str) -> str:
    """A name in small letters and digits only."""
    return _COMPACT.sub("", unquoted(name).lower())

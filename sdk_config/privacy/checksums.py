"""Which numbers and words are what they look like: cards, bank accounts, tokens made by chance.

Rule: pure arithmetic; says yes only where a checksum or the mixture of characters agrees.
May import: the standard library.
"""

from __future__ import annotations

import re

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners
    r"|(?:6011|64[4-9]\d|65\d\d|62\d\d|81\d\d)\d{12,15}"  # Discover, UnionPay
    r"|35\d{14}"  # JCB
    r"|(?:50|5[6-9]|6[0-9])\d{11,17}"  # Maestro
)

_MIXED_SHARE = 0.36
"""Changes between capitals, small letters and digits per character: of chance 0.6, of names 0.3."""
_CLASSES = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "a" * 26 + "A" * 26 + "0" * 10
)
_CHANGE = re.compile(r"a(?=[A0])|A(?=[a0])|0(?=[aA])")
_WORD = re.compile(r"[A-Za-z0-9]{20,}+")


def is_card(text: str) -> bool:
    """Whether these digits, spaces and dashes are a payment card: issuer, length and Luhn sum."""
    digits = text.replace(" ", "").replace("-", "")
    if not _ISSUERS.fullmatch(digits) or len(set(digits)) == 1:
        return False
    values = [int(digit) for digit in digits]
    odd, even = values[-1::-2], values[-2::-2]
    return (sum(odd) + sum(_DOUBLED[value] for value in even)) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether this is an international bank account number (ISO 13616, modulo 97)."""
    compact = text.replace(" ", "").upper()
    if not 15 <= len(compact) <= 34 or not compact.isascii() or not compact.isalnum():
        return False
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1


def is_random(text: str) -> bool:
    """Whether a word of 20 and more characters looks made by chance, as keys and tokens are.

    It needs capitals, small letters and digits that change often; hexadecimal ids never do.
    """
    if not _WORD.search(text):
        return _is_mixed(text) if len(text) >= 32 and ("+" in text or "/" in text) else False
    return any(_is_mixed(word) for word in _WORD.findall(text))


def _is_mixed(word: str) -> bool:
    shape = word.translate(_CLASSES)
    if "a" not in shape or "A" not in shape or shape.count("0") < 2:
        return False
    return len(_CHANGE.findall(shape)) >= _MIXED_SHARE * (len(shape) - 1)

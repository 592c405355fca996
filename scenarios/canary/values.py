"""Canaries: values that look like personal data and secrets, and that nobody else has.

Rule: made from a seed at call time, so that none stands in a source line; unique by surface and
class, so that one that is found tells where it was planted; no value belongs to anybody.
May import: the standard library.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

LETTERS = string.ascii_lowercase
TLDS = ("clinic.example", "mail.example")
LEAST = 8
"""Characters that a part of a value has at least: shorter ones are found by chance."""

FIRST = ("Zor", "Vel", "Quin", "Mar", "Tis", "Ol", "Bren", "Kai")
LAST = ("ander", "ovitz", "quist", "harrow", "enko", "ulaye", "sworth", "ibarra")


class Dice:
    """Bytes that follow from a seed, the same in every process and version of Python."""

    def __init__(self, seed: str) -> None:
        self._number = int.from_bytes(hashlib.sha512(seed.encode()).digest(), "big")

    def below(self, bound: int) -> int:
        """A number from 0 to `bound` - 1."""
        self._number, found = divmod(self._number, bound)
        return found

    def digits(self, count: int) -> str:
        """So many digits."""
        return f"{self.below(10**count):0{count}d}"

    def letters(self, count: int, of: str = LETTERS) -> str:
        """So many letters."""
        return "".join(of[self.below(len(of))] for _ in range(count))


def luhn(digits: str) -> str:
    """The check digit of a card's number (ISO/IEC 7812-1, annex B)."""
    doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in digits[::-1][::2])
    return str(-(doubled + sum(map(int, digits[::-1][1::2]))) % 10)


def _card(dice: Dice) -> str:
    digits = "4" + dice.digits(14)
    return digits + luhn(digits)


def _iban(dice: Dice) -> str:
    account = dice.digits(18)
    # ISO 13616: the letters DE are 1314, and the check digits make the whole 1 modulo 97.
    return f"DE{98 - int(f'{account}131400') % 97:02d}{account}"


def token(dice: Dice, groups: int = 9) -> str:
    """Capital, digit and small letter in turn: as mixed as chance would have it."""
    return "".join(
        dice.letters(1).upper() + dice.digits(1) + dice.letters(1) for _ in range(groups)
    )


def _jwt(dice: Dice) -> str:
    # The header is that of every JWT with HS256.
    return f"eyJhbGciOiJIUzI1NiJ9.{token(dice)}.{token(dice)}"


def _ipv6(dice: Dice) -> str:
    groups = [f"{1 + dice.below(0xFFFE):x}" for _ in range(6)]
    return ":".join(("2001", "db8", *groups))


def _name(dice: Dice) -> str:
    first = FIRST[dice.below(len(FIRST))] + dice.letters(5)
    return f"{first} {dice.letters(4).capitalize()}{LAST[dice.below(len(LAST))]}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of values: what it is called, how one is made, and which parts tell it as well."""

    title: str
    make: Callable[[Dice], str]
    parts: Callable[[str], Iterable[str]] = lambda value: ()


def _digits(value: str) -> Iterator[str]:
    yield "".join(filter(str.isdigit, value))


def _last(value: str) -> Iterator[str]:
    yield from _digits(value)
    yield value[-12:]


KINDS: dict[str, Kind] = {
    "email": Kind(
        "an e-mail address",
        lambda dice: f"{dice.letters(5)}.{dice.digits(8)}@{TLDS[dice.below(2)]}",
        lambda value: (value.partition("@")[0],),
    ),
    "phone": Kind("a telephone number", lambda dice: f"+49 170 {dice.digits(7)}", _digits),
    "name": Kind("a person's name", _name, str.split),
    "card": Kind("a payment card's number", _card, lambda value: (value[:12], value[-10:])),
    "ssn": Kind(
        "a social security number",
        lambda dice: f"5{dice.digits(2)}-4{dice.digits(1)}-1{dice.digits(3)}",
        _digits,
    ),
    "iban": Kind("a bank account", _iban, lambda value: (value[-18:], value[-10:])),
    "ip": Kind("a network address", _ipv6, lambda value: (value.split(":", 3)[3],)),
    "password": Kind(
        "a password", lambda dice: f"{dice.letters(6)}!{dice.digits(3)}{token(dice, 3)}"
    ),
    "token": Kind("a token", token, lambda value: (value[:15], value[-15:])),
    "bearer": Kind(
        "a bearer token", lambda dice: f"Bearer {token(dice)}", lambda value: (value[7:],)
    ),
    "cookie": Kind(
        "a session cookie",
        lambda dice: f"sessionid={token(dice)}",
        lambda value: (value.partition("=")[2],),
    ),
    "jwt": Kind("a JSON web token", _jwt, lambda value: value.split(".")[1:]),
    "cloud": Kind(
        "a cloud provider's key",
        lambda dice: "AKIA" + dice.letters(16, string.ascii_uppercase + "234567"),
        lambda value: (value[-12:],),
    ),
    "url": Kind(
        "a password in an address",
        lambda dice: f"postgres://app:{token(dice)}@db.example/shop",
        lambda value: (value[15 : 15 + 27],),
    ),
    "key": Kind(
        "an API key",
        lambda dice: f"sk_live_{dice.letters(24, string.ascii_letters + string.digits)}",
        lambda value: (value[8:],),
    ),
    "plain": Kind("a word that looks like any other", lambda dice: "zq" + dice.letters(11)),
}
"""The classes, by the word that a journal has for them."""

BY_LOOKS = (
    "email",
    "phone",
    "card",
    "ssn",
    "iban",
    "token",
    "bearer",
    "jwt",
    "cloud",
    "url",
    "key",
)
"""Those that a scrubber can know by their looks, wherever they stand; others need a name beside."""


@dataclass(frozen=True, slots=True)
class Canary:
    """A value, its class, and the surface where it is planted."""

    value: str
    kind: str
    surface: str

    @property
    def parts(self) -> tuple[str, ...]:
        """What of it must not leave either, the longest first."""
        return parts(self.value, self.kind)


def parts(value: str, kind: str) -> tuple[str, ...]:
    """The parts of a value of a class that tell it too: none for a class that is not known."""
    if kind not in KINDS:
        return ()
    found = {part for part in KINDS[kind].parts(value) if len(part) >= LEAST and part != value}
    return tuple(sorted(found, key=len, reverse=True))


def deal(seed: str, kinds: Iterable[str], surfaces: Iterable[str]) -> list[Canary]:
    """A canary of each class for each surface; the same arguments give the same, no two alike.

    Raises `ValueError` for a class that is not known.
    """
    taken: set[str] = set()
    dealt: list[Canary] = []
    everywhere = list(surfaces)
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(f"no class of canaries is called {kind!r}; there are {sorted(KINDS)}")
        dealt += [_unlike(taken, seed, kind, surface) for surface in everywhere]
    return dealt


def _unlike(taken: set[str], seed: str, kind: str, surface: str) -> Canary:
    attempt = 0
    while True:
        value = KINDS[kind].make(Dice(f"{seed}/{kind}/{surface}/{attempt}"))
        mine = {value, *parts(value, kind)}
        if not mine & taken:
            taken |= mine
            return Canary(value, kind, surface)
        attempt += 1

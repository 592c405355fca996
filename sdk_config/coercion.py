"""From the text of a variable to a value, with exact messages.

Rule: a coercion gives a value of its type or raises `ValueError` whose text says what is expected.
Values of the right type pass, so that arguments and variables go the same way.
May import: the standard library.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
FALSE = frozenset({"0", "false", "f", "no", "n", "off"})

Coercion = Callable[[Any], Any]


def text(value: Any) -> str:
    """A string without outer spaces: SDKs strip some items and not others (3.2)."""
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {value!r}")  # noqa: TRY004 - one error for all
    return value.strip()


def secret(value: Any) -> str:
    """Text whose value is in no message."""
    if not isinstance(value, str):
        raise ValueError(f"expected text, got a value of type {type(value).__name__}")  # noqa: TRY004
    return value.strip()


def flag(value: Any) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError(f"expected true or false, got {value!r}")


def rate(value: Any) -> float:
    """A number from 0.0 to 1.0; the SDK sends all or nothing for others (D-08)."""
    number = _number(value, "a rate from 0.0 to 1.0")
    if 0.0 <= number <= 1.0:
        return number
    hint = f"; for {number:g} per cent write {number / 100:g}" if 1 < number <= 100 else ""
    raise ValueError(f"expected a rate from 0.0 to 1.0, got {value!r}{hint}")


def seconds(value: Any) -> float:
    """A time in seconds, not negative."""
    number = _number(value, "seconds")
    if number < 0:
        raise ValueError(f"expected seconds of 0 or more, got {value!r}")
    return number


def count(value: Any) -> int:
    """A whole number, not negative."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return int(value.strip())
    raise ValueError(f"expected a whole number of 0 or more, got {value!r}")


def words(value: Any) -> tuple[str, ...]:
    """Words divided by commas, or any collection of strings."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    if isinstance(value, Iterable) and not isinstance(value, (bytes, Mapping)):
        found = tuple(value)
        if all(isinstance(word, str) for word in found):
            return found
    raise ValueError(f"expected words divided by commas, got {value!r}")


def numbers(value: Any) -> tuple[int, ...]:
    """Whole numbers divided by commas, or any collection of them."""
    if isinstance(value, str):
        return tuple(count(word) for word in words(value))
    if isinstance(value, Iterable) and not isinstance(value, (bytes, Mapping)):
        return tuple(count(number) for number in value)
    raise ValueError(f"expected whole numbers divided by commas, got {value!r}")


def class_names(value: Any) -> tuple[str, ...]:
    """Words divided by commas, or any collection of names and exception classes."""
    if isinstance(value, type):
        value = (value,)
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)):
        value = tuple(
            f"{one.__module__}.{one.__qualname__}" if isinstance(one, type) else one
            for one in value
        )
    return words(value)


def statuses(value: Any) -> tuple[int | str, ...]:
    """HTTP statuses, or classes of them, divided by commas: `404,5xx`."""
    listed = [value] if isinstance(value, int) else value
    if isinstance(listed, str):
        listed = words(listed)
    if not isinstance(listed, Iterable) or isinstance(listed, (bytes, Mapping)):
        raise ValueError(f"expected statuses divided by commas, got {value!r}")  # noqa: TRY004
    return tuple(_status(one) for one in listed)


def rated(value: Any) -> tuple[tuple[str, float], ...]:
    """`what=rate` divided by commas, or a mapping of these."""
    if isinstance(value, str):
        parts = [part.rpartition("=") for part in value.split(",") if part.strip()]
        if not all(mark and what.strip() for what, mark, _ in parts):
            raise ValueError(f"expected what=rate divided by commas, got {value!r}")
        listed = [(what.strip(), found) for what, _, found in parts]
    else:
        listed = [(what, found) for what, found in pairs(value)]
    return tuple((what, rate(found)) for what, found in listed)


def pairs(value: Any) -> tuple[tuple[str, str], ...]:
    """`key=value` divided by commas, a JSON object, or a mapping."""
    if isinstance(value, tuple) and all(isinstance(pair, tuple) for pair in value):
        value = dict(value)
    if isinstance(value, str):
        value = _mapping(value.strip())
    if isinstance(value, Mapping):
        return tuple((str(key), str(found)) for key, found in value.items())
    raise ValueError(f"expected key=value divided by commas, got {value!r}")


def one_of(*choices: str) -> Coercion:
    """A coercion to one of some words, without regard to case."""

    def choose(value: Any) -> str:
        word = value.strip().lower() if isinstance(value, str) else value
        if word not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}, got {value!r}")
        return str(word)

    return choose


def _status(value: Any) -> int | str:
    word = value.strip().lower() if isinstance(value, str) else value
    if isinstance(word, str) and len(word) == 3 and word[0] in "12345" and word[1:] == "xx":
        return word
    if isinstance(word, str) and word.isascii() and word.isdigit():
        word = int(word)
    if isinstance(word, int) and not isinstance(word, bool) and 100 <= word <= 599:
        return word
    raise ValueError(f"expected a status from 100 to 599 or a class such as 4xx, got {value!r}")


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool):
        raise ValueError(f"expected {what}, got {value!r}")  # noqa: TRY004
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"expected {what}, got {value!r}{_percent_hint(value)}") from None
    if not math.isfinite(number):
        raise ValueError(f"expected {what}, got {value!r}")
    return number


def _percent_hint(value: Any) -> str:
    if not (isinstance(value, str) and value.strip().endswith("%")):
        return ""
    try:
        return f"; write {float(value.strip()[:-1]) / 100:g}"
    except ValueError:
        return ""


def _mapping(text: str) -> Mapping[str, Any] | str:
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except ValueError:
            return text
        return found if isinstance(found, dict) else text
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    if not all(mark and key.strip() for key, mark, _ in parts):
        return text
    return {key.strip(): found.strip() for key, _, found in parts}

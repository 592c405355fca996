"""An expectation: which items, how many, from where on, and how long to wait for them.

Rule: one record, whether it was written as keywords in a test or read from JSON.
May import: query, match, items, protocol, errors.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fake_relay.errors import ConfigError, QueryError
from fake_relay.expect.wording import plural
from fake_relay.match import Fields, Lookup
from fake_relay.query import Expression

View = Literal["sent", "stored"]

DEFAULT_WITHIN = 2.0
"""Seconds; an item that an SDK has sent is there at once, so this is the SDK's time to send."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many must match; no `maximum` means any number more."""

    minimum: int = 1
    maximum: int | None = None

    def describe(self) -> str:
        """In words: `exactly 1`, `at least 2`, `no`."""
        if self.maximum is None:
            return f"at least {self.minimum}"
        if self.maximum == self.minimum:
            return f"exactly {self.minimum}" if self.minimum else "no"
        return f"{self.minimum} to {self.maximum}"


AT_LEAST_ONE = Count(1)
NONE = Count(0, 0)

ALIASES: dict[str, tuple[str, ...]] = {
    "session": ("session", "sessions"),
    "feedback": ("feedback", "user_report"),
    "security": ("security", "raw_security"),
}
"""Types that people call by one name, and what SDKs send for it."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What should have arrived after `since`, the id of an item; `types` empty for any.

    `within` and `quiet` are seconds: how long to wait for it to hold, and how long nothing
    must arrive before more can no longer come. `view` is `sent`, or `stored` for items as
    Sentry would have kept them.
    """

    types: tuple[str, ...] = ()
    where: Fields = field(default_factory=lambda: Fields(()))
    query: Expression | None = None
    query_text: str = ""
    project: str | None = None
    since: int = 0
    count: Count = AT_LEAST_ONE
    within: float = DEFAULT_WITHIN
    quiet: float = 0.0
    view: View = "sent"

    @classmethod
    def from_json(cls, data: Any, *, reader_position: int) -> Expectation:
        """Read an expectation; raises `ConfigError` that names the key.

        Without `since` it looks at what arrives after `reader_position`.
        """
        given = _object(data, "an expectation")
        if unknown := sorted(set(given) - set(KEYS)):
            raise ConfigError(f"an expectation has no key {unknown[0]!r}; it has {', '.join(KEYS)}")
        count = _count(given.get("count"))
        quiet = 0.1 if count.maximum == 0 else 0.0
        text = _optional(given, "q", str, "") or ""
        return cls(
            types=_types(given.get("type")),
            where=_where(given.get("where")),
            query=parsed(text),
            query_text=text,
            project=_project(given.get("project")),
            since=_whole(given, "since", reader_position),
            count=count,
            within=_seconds(given, "within", DEFAULT_WITHIN),
            quiet=_seconds(given, "quiet", quiet),
            view=view_of(given.get("view")),
        )

    def to_json(self) -> dict[str, Any]:
        """The expectation as JSON; raises `ConfigError` for a matcher that has no JSON form."""
        where: dict[str, Any] = {}
        for lookup in self.where.lookups:
            for key, value in lookup.to_json().items():
                if key in where:
                    raise ConfigError(f"{key} is asked twice, which has no JSON form")
                where[key] = value
        data = {
            "project": self.project,
            "type": list(self.types) or None,
            "q": self.query_text or None,
            "where": where or None,
            "count": {"min": self.count.minimum, "max": self.count.maximum},
            "since": self.since,
            "within": self.within,
            "quiet": self.quiet,
            "view": None if self.view == "sent" else self.view,
        }
        return {key: value for key, value in data.items() if value is not None}

    def describe(self) -> str:
        """What is expected, in words."""
        count = self.count
        # "1 to 2 events", "at least 2 events", "no event".
        number = (count.minimum if count.maximum is None else count.maximum) or 1
        return f"{count.describe()} {self.describe_one(number)}"

    def describe_one(self, number: int = 1) -> str:
        """Of which kind, in words: `event with level = 'error'`."""
        text = _called(self.types, number)
        if self.where.lookups:
            text += f" with {self.where.describe()}"
        if self.query_text:
            text += f"{',' if self.where.lookups else ''} found by {self.query_text!r}"
        if self.view == "stored":
            text += ", as Sentry would store it"
        return text


def _called(types: tuple[str, ...], number: int) -> str:
    names = list(types)
    for name, several in ALIASES.items():
        if set(several) <= set(names):
            names = [name, *(kind for kind in names if kind not in several)]
    return " or ".join(plural(name, number) for name in names or ["item"])


KEYS = ("project", "type", "q", "where", "count", "within", "since", "quiet", "view")


def view_of(value: Any) -> View:
    """The view of that name, `sent` for none; raises `ConfigError`."""
    if value in (None, "sent"):
        return "sent"
    if value == "stored":
        return "stored"
    raise ConfigError(f"view needs 'sent' or 'stored', not {value!r}")


def parsed(text: str) -> Expression | None:
    """The search of that text, None for an empty one; raises `ConfigError`."""
    if not text.strip():
        return None
    from fake_relay.query import parse_query

    try:
        return parse_query(text, now=time.time())
    except QueryError as error:
        raise ConfigError(f"q: {error} (column {error.column})") from error


def types_of(name: str) -> tuple[str, ...]:
    """The item types that a name means: `session` means sessions in both forms."""
    return ALIASES.get(name, (name,))


def _object(data: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise ConfigError(f"{what} is an object, not {data!r}")
    return data


def _optional(given: Mapping[str, Any], key: str, kind: type, default: Any) -> Any:
    value = given.get(key)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise ConfigError(f"{key} needs a {kind.__name__}, not {value!r}")
    return value


def _types(value: Any) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if names is None:
        return ()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ConfigError(f"type needs an item type or a list of them, not {value!r}")
    return tuple(dict.fromkeys(kind for name in names for kind in types_of(name)))


def _project(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ConfigError(f"project needs a project's id, not {value!r}")


def _where(value: Any) -> Fields:
    given = {} if value is None else _object(value, "where")
    try:
        return Fields(tuple(Lookup.parse(key, wanted) for key, wanted in given.items()))
    except ConfigError as error:
        raise ConfigError(f"where: {error}") from None


def _count(value: Any) -> Count:
    if value is None:
        return AT_LEAST_ONE
    if isinstance(value, Mapping):
        if unknown := sorted(str(key) for key in set(value) - {"min", "max"}):
            raise ConfigError(f"count has no key {unknown[0]!r}; it has min, max")
        return counted((value.get("min") or 0, value.get("max")))
    return counted(value)


def counted(value: Any) -> Count:
    """A number, or a pair of least and most (None for no bound), as a count."""
    low, high = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
    for bound in (low, high):
        if bound is None and bound is not low:
            continue
        if isinstance(bound, bool) or not isinstance(bound, int) or bound < 0:
            raise ConfigError(f"count needs whole numbers from 0 on, not {bound!r}")
    if high is not None and low > high:
        raise ConfigError(f"count asks for at least {low} and at most {high}")
    return Count(low, high)


def _whole(given: Mapping[str, Any], key: str, default: int) -> int:
    value = given.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigError(f"{key} needs a whole number from 0 on, not {value!r}")
    return value


def _seconds(given: Mapping[str, Any], key: str, default: float) -> float:
    value = given.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86400:
        raise ConfigError(f"{key} needs seconds from 0 to 86400, not {value!r}")
    return float(value)

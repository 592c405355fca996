"""A fault plan is read and checked: every mistake is named by its entry and field.

Rule: what passes here can be carried out; nothing is found to be wrong when it fires.
May import: query, config.faults, protocol, errors.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

import msgspec

from fake_relay.config.faults import Effect, Fault
from fake_relay.errors import ConfigError, QueryError
from fake_relay.protocol.category import Category
from fake_relay.query import parse_query

MAX_FAULTS = 1000
KINDS = (
    "rate_limit",
    "quota",
    "status",
    "latency",
    "hang",
    "reset",
    "truncate",
    "garbage",
    "bad_json",
    "content_type",
)
"""The effects, one of which an entry has."""

# They frame the answer: another value would break it in ways that nobody asked for.
FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_LIMIT_WORD = re.compile(r"[A-Za-z0-9_.-]*")
_CATEGORIES = tuple(str(category) for category in Category)


class Document(msgspec.Struct, frozen=True):
    """The JSON of `PUT /relay/v1/faults`; what GET tells beside the plan may stay in it."""

    faults: tuple[Fault, ...]


def read_plan(data: bytes, doors: Collection[str] = ()) -> tuple[Fault, ...]:
    """The plan in a JSON document; raises `ConfigError` that names entry and field."""
    try:
        found = msgspec.json.decode(data, type=Document).faults
    except msgspec.ValidationError as error:
        raise ConfigError(_where(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"the fault plan is not JSON: {error}") from error
    check_plan(found, doors)
    return found


def plan_of(value: Any, doors: Collection[str] = ()) -> tuple[Fault, ...]:
    """The plan in a decoded document, `{"faults": […]}`; raises `ConfigError`."""
    try:
        found = msgspec.convert(value, Document).faults
    except msgspec.ValidationError as error:
        raise ConfigError(_where(error)) from error
    check_plan(found, doors)
    return found


def _where(error: msgspec.ValidationError) -> str:
    """msgspec says what first and where last; people want it the other way round."""
    what, _, where = str(error).partition(" - at ")
    place = where.strip("`").removeprefix("$").removeprefix(".") or "the fault plan"
    return f"{place}: {what[:1].lower()}{what[1:]}"


def check_plan(faults: Sequence[Fault], doors: Collection[str] = ()) -> None:
    """Raise `ConfigError` for the first entry that cannot mean anything.

    `doors` are the names of the doors that there are; with none, any name passes.
    """
    if len(faults) > MAX_FAULTS:
        raise ConfigError(f"faults: {len(faults)} entries; a plan has at most {MAX_FAULTS}")
    for number, fault in enumerate(faults):
        for field, problem in _problems(fault, doors):
            raise ConfigError(f"faults[{number}].{field}: {problem}")


def kind_of(effect: Effect) -> str:
    """The name of the effect that is set; the first, where a plan was not checked."""
    return next((kind for kind in KINDS if _is_set(effect, kind)), "")


def wants_items(fault: Fault) -> bool:
    """Whether the fault is decided by what a request brings, not by its head alone."""
    match, limit = fault.match, fault.effect.rate_limit
    named = match.categories or match.types or match.q
    return bool(named) or (limit is not None and bool(limit.categories))


def _is_set(effect: Effect, kind: str) -> bool:
    value = getattr(effect, kind)
    return value is not None and value is not False


Problem = tuple[str, str]
"""The field, and what is wrong with it."""


def _problems(fault: Fault, doors: Collection[str]) -> Iterator[Problem]:
    kinds = [kind for kind in KINDS if _is_set(fault.effect, kind)]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none"
        yield "effect", f"{found} given; give exactly one of {', '.join(KINDS)}"
    yield from _match_problems(fault, doors)
    yield from _status_problems(fault.effect)
    yield from _limit_problems(fault)
    latency = fault.effect.latency
    if latency is not None and latency.jitter_ms > latency.ms:
        yield "effect.latency.jitter_ms", f"{latency.jitter_ms:g} is more than ms, {latency.ms:g}"


def _match_problems(fault: Fault, doors: Collection[str]) -> Iterator[Problem]:
    match = fault.match
    if match.door is not None and doors and match.door not in doors:
        yield "match.door", f"no door is called {match.door!r}; {_meant(match.door, doors)}"
    yield from _category_problems("match.categories", match.categories)
    if match.q:
        try:
            parse_query(match.q, now=0.0)
        except QueryError as error:
            yield "match.q", f"{error} (column {error.column})"
    if fault.effect.reset == "before_body" and wants_items(fault):
        yield (
            "effect.reset",
            (
                "a connection that ends before the body shows no items; leave out match.categories,"
                " match.types and match.q, or use 'after_body'"
            ),
        )


def _category_problems(field: str, names: Sequence[str]) -> Iterator[Problem]:
    for place, name in enumerate(names):
        if name not in _CATEGORIES:
            yield (
                f"{field}[{place}]",
                f"{name!r} is no data category; {_meant(name, _CATEGORIES)}",
            )


def _meant(name: str, known: Collection[str]) -> str:
    guesses = get_close_matches(name, sorted(known), n=1)
    return f"did you mean {guesses[0]!r}?" if guesses else f"use one of {', '.join(sorted(known))}"


def _status_problems(effect: Effect) -> Iterator[Problem]:
    if effect.status is None and (effect.headers or effect.body is not None):
        field = "headers" if effect.headers else "body"
        yield f"effect.{field}", "it belongs to a status, and there is none"
    for name, value in effect.headers.items():
        if not _TOKEN.fullmatch(name):
            yield "effect.headers", f"{name!r} is no header's name"
        elif name.lower() in FRAMING:
            yield "effect.headers", f"{name!r} frames the answer; use truncate or garbage instead"
        elif not _HEADER_VALUE.fullmatch(value):
            yield f"effect.headers[{name!r}]", f"{value!r:.80} cannot stand in a header"
    if effect.content_type is not None and not _HEADER_VALUE.fullmatch(effect.content_type):
        yield "effect.content_type", f"{effect.content_type!r:.80} cannot stand in a header"


def _limit_problems(fault: Fault) -> Iterator[Problem]:
    for kind in ("rate_limit", "quota"):
        limit = getattr(fault.effect, kind)
        if limit is None:
            continue
        yield from _category_problems(f"effect.{kind}.categories", limit.categories)
        if limit.reason is not None and not _LIMIT_WORD.fullmatch(limit.reason):
            yield (
                f"effect.{kind}.reason",
                f"{limit.reason!r:.80} would break the header; use letters, digits, '_', '.', '-'",
            )
    if fault.effect.quota is not None and not _counts_all(fault):
        yield (
            "effect.quota",
            (
                "a quota counts all that it is for; leave out match, times, probability and bucket,"
                " and name its categories in the effect"
            ),
        )


def _counts_all(fault: Fault) -> bool:
    plain = Fault(effect=fault.effect, project=fault.project, seed=fault.seed)
    return fault == plain

"""Sampling rules: the first that matches gives the rate; health checks are never traced.

Rule: every rate is from 0.0 to 1.0, and the same context gives the same rate, so that the SDK's
draw (`sample_rand < rate`, D-02) alone decides. A rule that cannot be read is in `problems`.
May import: events, globs, errors, seams, variables, contexts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

from sdk_config import events
from sdk_config.errors import Problem
from sdk_config.globs import matches_any
from sdk_config.sampling.contexts import Work, work_of
from sdk_config.seams import Hint, Payload
from sdk_config.variables import HEALTH_PATHS

PARENTS = ("respect", "ignore", "rules_first")
"""What a caller's decision counts: over every rule, nothing, or only where no rule matches."""

DEFAULT_RATE = 0.1

Patterns = str | Iterable[str] | None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rate for the work that matches everything which is said; what is not said is any.

    `path`, `task` and `name` are patterns in which `*` is anything, or several of them;
    `method` is one or several. `Rule(path="/api/v1/projects/*", rate=1.0)`.
    """

    rate: float
    path: Patterns = None
    method: Patterns = None
    task: Patterns = None
    name: Patterns = None

    def matches(self, work: Work) -> bool:
        """Whether this rule speaks of that work."""
        return (
            _fits(self.path, work.paths)
            and _fits_word(self.method, work.method)
            and _fits(self.task, (work.task,))
            and _fits(self.name, (work.name,))
        )


@dataclass(frozen=True, kw_only=True)
class ErrorRule:
    """A rate for errors: by class (`TimeoutError`, subclasses too, or a pattern), logger, message.

    `ErrorRule(error="requests.*", rate=0.1)`.
    """

    rate: float
    error: Any = None
    logger: Patterns = None
    message: Patterns = None

    def matches(self, event: Payload, hint: Hint) -> bool:
        """Whether this rule speaks of that error."""
        return (
            _fits(_class_names(self.error), tuple(events.error_names(event, hint)))
            and _fits(self.logger, (events.text(event.get("logger")),))
            and _fits(self.message, tuple(events.texts(event)))
        )


class Sampler:
    """The rate of each transaction and error: a `traces_sampler` for every framework.

    The first of `rules` that matches counts, else `default`. `parent` says what a caller's
    decision is worth: one of `PARENTS`. GET and HEAD of `health_paths` are never traced.
    Of `errors`, the first that matches counts, else `error_default`.
    A rule whose rate is none is left out, as is a default; `problems` says so.
    """

    def __init__(
        self,
        rules: Iterable[Rule] = (),
        default: float = DEFAULT_RATE,
        *,
        parent: str = "respect",
        health_paths: Iterable[str] = HEALTH_PATHS,
        errors: Iterable[ErrorRule] = (),
        error_default: float = 1.0,
    ) -> None:
        self._wrong: list[Problem] = []
        self.rules = tuple(rule for rule in rules if self._sound(rule))
        self.error_rules = tuple(rule for rule in errors if self._sound(rule))
        self.default = self._rate("default", default, DEFAULT_RATE)
        self.error_default = self._rate("error_default", error_default, 1.0)
        self.parent = parent if parent in PARENTS else "respect"
        if parent not in PARENTS:
            self._note(f"parent: expected one of {', '.join(PARENTS)}, got {parent!r}")
        self._health = _listed(health_paths)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read and is left out."""
        return tuple(self._wrong)

    def __call__(self, context: Mapping[str, Any]) -> float:
        """The rate of a transaction, so that this is a `traces_sampler` also on its own."""
        return self.trace_rate(context)

    def trace_rate(self, context: Mapping[str, Any]) -> float:
        """The rate of a transaction that begins in this sampling context."""
        work = work_of(context)
        if self._is_health_check(work):
            return 0.0
        if self.parent == "respect" and work.parent is not None:
            return float(work.parent)
        for rule in self.rules:
            if rule.matches(work):
                return _number(rule.rate)
        if self.parent == "rules_first" and work.parent is not None:
            return float(work.parent)
        return self.default

    def error_rate(self, event: Payload, hint: Hint) -> float:
        """The rate of an error or message."""
        for rule in self.error_rules:
            if rule.matches(event, hint):
                return _number(rule.rate)
        return self.error_default

    def _is_health_check(self, work: Work) -> bool:
        if not work.paths or work.method not in {"GET", "HEAD"}:
            return False
        return matches_any(self._health, (path.rstrip("/") for path in work.paths))

    def _sound(self, rule: Any) -> bool:
        rate = valid_rate(getattr(rule, "rate", None))
        if rate is None:
            self._note(f"{rule!r}: expected a rate from 0.0 to 1.0, the rule is left out")
        return rate is not None

    def _rate(self, name: str, given: Any, usual: float) -> float:
        rate = valid_rate(given)
        if rate is None:
            self._note(f"{name}: expected a rate from 0.0 to 1.0, got {given!r}; {usual} counts")
        return usual if rate is None else rate

    def _note(self, text: str) -> None:
        self._wrong.append(Problem("SAMPLING", "error", f"sampler, {text}", "traces_sample_rate"))


def valid_rate(value: Any) -> float | None:
    """The rate, or None for what the SDK would refuse: no number, NaN, outside of 0.0 to 1.0.

    A bool is a rate, as it is for the SDK (D-09).
    """
    if not isinstance(value, (Real, Decimal)):
        return None
    try:
        rate = float(value)
    except (OverflowError, ValueError):
        return None
    return rate if not math.isnan(rate) and 0.0 <= rate <= 1.0 else None


def rules_from(pairs: Iterable[tuple[str, float]]) -> tuple[Rule, ...]:
    """Rules from their short form, as `SENTRY_TRACES_RULES` has it, with the rate of each.

    `/api/*`, `POST /pay`, `task:shop.*`, `name:nightly*`.
    """
    return tuple(_short(said.strip(), rate) for said, rate in pairs)


def _short(said: str, rate: float) -> Rule:
    kind, mark, rest = said.partition(":")
    if mark and kind == "task":
        return Rule(task=rest, rate=rate)
    if mark and kind == "name":
        return Rule(name=rest, rate=rate)
    method, space, path = said.partition(" ")
    if space and method.isalpha():
        return Rule(method=method, path=path.strip(), rate=rate)
    return Rule(path=said, rate=rate)


def _number(rate: Any) -> float:
    found = valid_rate(rate)
    return 0.0 if found is None else found


def _listed(patterns: Any) -> tuple[str, ...]:
    if isinstance(patterns, str):
        return (patterns,)
    return tuple(one for one in patterns if isinstance(one, str)) if patterns else ()


def _fits(patterns: Patterns, texts: Iterable[str | None]) -> bool:
    if patterns is None:
        return True
    return matches_any(_listed(patterns), (text for text in texts if text is not None))


def _fits_word(words: Patterns, word: str | None) -> bool:
    if words is None:
        return True
    return word is not None and word.upper() in {one.upper() for one in _listed(words)}


def _class_names(error: Any) -> Patterns:
    if isinstance(error, type):
        return f"{error.__module__}.{error.__qualname__}"
    if isinstance(error, (list, tuple, set, frozenset)):
        return [name for one in error for name in _listed(_class_names(one))]
    return events.text(error)

"""The faults of a running relay: the plan, what of it is left, and what fired.

Rule: `active` is false when nothing can fire, and that is all that a request without faults
pays. Every call is made on the thread that receives.
May import: records, config, protocol, errors, faults.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Protocol

import msgspec

from fake_relay.config import Fault, Quota
from fake_relay.errors import ConfigError
from fake_relay.faults.limits import quota_of, rate_limit_of
from fake_relay.faults.met import DECIDING, Met, Strike, label_of
from fake_relay.faults.plan import MAX_FAULTS
from fake_relay.faults.rule import Rule
from fake_relay.protocol.rate_limits import RateLimit
from fake_relay.records import ReceivedItem, Submission

LIMITING = frozenset({"rate_limit", "quota"})

MAX_FIRED = 1000
"""Firings that are remembered; counters know of all of them."""


class Fired(msgspec.Struct, frozen=True):
    """A fault that hit a request; `received_at` is in seconds since 1970.

    `fault` is the entry's id, `project` is empty where the request was cut off before it named
    one.
    """

    received_at: float
    project: str
    door: str
    fault: int
    label: str
    event_id: str = ""


class State(msgspec.Struct, frozen=True):
    """How far an entry has come; `left` is None for no bound, `id` is never used twice."""

    id: int
    matched: int
    fired: int
    left: int | None


class Told(msgspec.Struct, frozen=True):
    """The plan, how far each entry has come, and what fired, oldest first."""

    faults: tuple[Fault, ...]
    state: tuple[State, ...]
    fired: tuple[Fired, ...]


class Limiter(Protocol):
    """What remembers limits and counts under quotas; None for a project means every project."""

    def impose(self, limit: RateLimit, until: float, project: str | None = None) -> None:
        """Remember a limit until a time."""

    def lift(self, project: str | None = None) -> None:
        """Forget limits and counters."""

    def set_extra(self, quotas: Iterable[Quota], project: str | None = None) -> None:
        """Replace the quotas beside the configured ones."""


class Faults:
    """The plan at work; its limits and quotas are kept by a limiter."""

    def __init__(self, limiter: Limiter, faults: Iterable[Fault] = ()) -> None:
        self._limiter = limiter
        self.active = False
        self.wants_items = False
        self._rules: tuple[Rule, ...] = ()
        self._ids = count(1)
        self._fired: deque[Fired] = deque(maxlen=MAX_FIRED)
        self.set(faults)

    def __len__(self) -> int:
        return len(self._rules)

    def set(self, faults: Iterable[Fault], project: str | None = None) -> int:
        """Replace the plan, or only a project's own entries; how many went.

        What stays keeps its counters. Raises `ConfigError` for an entry of another project than
        the one that is narrowed to.
        """
        new = [Rule(fault, next(self._ids)) for fault in faults]
        for number, rule in enumerate(new):
            if project is not None and rule.fault.project != project:
                raise ConfigError(
                    f"faults[{number}].project: {rule.fault.project!r} is not {project!r}, the"
                    " project that this plan is for"
                )
        left = [fired for fired in self._fired if project not in (None, fired.project)]
        self._fired = deque(left, MAX_FIRED)
        return self._replace(self._of(project), new)

    def clear(self, project: str | None = None) -> int:
        """Forget the plan, or a project's own entries, and their limits; how many it were."""
        return self.set((), project)

    def add(self, fault: Fault) -> int:
        """Append an entry; its id. Raises `ConfigError` when the plan is full."""
        if len(self._rules) >= MAX_FAULTS:
            raise ConfigError(f"the plan has {MAX_FAULTS} entries already; clear some first")
        rule = Rule(fault, next(self._ids))
        self._replace((), [rule])
        return rule.id

    def remove(self, fault_id: int, project: str | None = None) -> int:
        """Forget the entry of that id, of that project where one is given; how many went."""
        return self._replace([rule for rule in self._of(project) if rule.id == fault_id], [])

    def plan(self, project: str | None = None) -> tuple[Fault, ...]:
        """The entries, or a project's own."""
        return tuple(rule.fault for rule in self._of(project))

    def state(self, project: str | None = None) -> tuple[State, ...]:
        """How far the same entries have come."""
        return tuple(
            State(rule.id, rule.matched, rule.fired, rule.left) for rule in self._of(project)
        )

    def fired(self, project: str | None = None) -> tuple[Fired, ...]:
        """What fired since the plan was set, oldest first; the newest thousand."""
        return tuple(fired for fired in self._fired if project in (None, fired.project))

    def told(self, project: str | None = None) -> Told:
        """All of that, or what concerns one project."""
        return Told(self.plan(project), self.state(project), self.fired(project))

    def at_head(self, door: str, project: str, now: float) -> Met:
        """What a request meets before its body is read.

        `project` is what the path names, empty where it names none: entries for one project are
        decided by `at_items` then, as are those that ask for items.
        """
        return self._meet(
            Met(),
            lambda rule: (
                not rule.wants_items
                and rule.is_for_door(door)
                and (rule.fault.project is None or (bool(project) and rule.is_for(project)))
            ),
            Fired(now, project, door, 0, ""),
        )

    def at_items(
        self,
        met: Met,
        submission: Submission,
        items: Sequence[ReceivedItem],
        now: float,
        *,
        project_was_known: bool,
    ) -> Met:
        """What it meets besides, once its items are known.

        `project_was_known` tells whether `at_head` was told the project.
        """
        door, project = submission.door, submission.project

        def matches(rule: Rule) -> bool:
            if not (rule.is_for_door(door) and rule.is_for(project)):
                return False
            if rule.wants_items:
                return rule.finds(submission, items, now)
            return rule.fault.project is not None and not project_was_known

        event_id = submission.envelope.event_id or ""
        return self._meet(met, matches, Fired(now, project, door, 0, "", event_id))

    def _of(self, project: str | None) -> list[Rule]:
        return [rule for rule in self._rules if project is None or rule.fault.project == project]

    def _replace(self, gone: Sequence[Rule], new: Sequence[Rule]) -> int:
        self._rules = (*(rule for rule in self._rules if rule not in gone), *new)
        self._settle()
        for project in {rule.fault.project for rule in gone if rule.kind in LIMITING}:
            self._limiter.lift(project)
        for project in {rule.fault.project for rule in (*gone, *new) if rule.kind == "quota"}:
            self._limiter.set_extra(self._quotas(project), project)
        return len(gone)

    def _quotas(self, project: str | None) -> list[Quota]:
        return [
            quota_of(rule.fault.effect.quota, f"fault {rule.id}")
            for rule in self._rules
            if rule.fault.effect.quota is not None and rule.fault.project == project
        ]

    def _meet(self, met: Met, matches: Callable[[Rule], bool], about: Fired) -> Met:
        strikes: list[Strike] = []
        decided = met.deciding is not None
        for rule in self._rules:
            if rule.spent or rule.kind == "quota" or (decided and rule.kind in DECIDING):
                continue
            if not (matches(rule) and rule.hits(about.received_at)):
                continue
            decided = decided or rule.kind in DECIDING
            self._limit(rule.fault, about)
            strikes.append(_strike(rule))
            self._fired.append(
                msgspec.structs.replace(about, fault=rule.id, label=strikes[-1].label)
            )
        if strikes:
            self._settle()
        return met.and_then(tuple(strikes))

    def _limit(self, fault: Fault, about: Fired) -> None:
        """Impose the limit of a fault: where it says, and never beyond the fault's project."""
        effect = fault.effect.rate_limit
        if effect is None:
            return
        project = fault.project
        if project is None and effect.scope != "organization":
            project = about.project or None
        until = about.received_at + effect.retry_after
        self._limiter.impose(rate_limit_of(effect), until, project)

    def _settle(self) -> None:
        """Work out what a request has to ask for; a spent plan asks for nothing."""
        live = [rule for rule in self._rules if not rule.spent and rule.kind != "quota"]
        self.active = bool(live)
        self.wants_items = any(rule.wants_items or rule.fault.project is not None for rule in live)


def _strike(rule: Rule) -> Strike:
    return Strike(
        label_of(rule.kind, rule.fault.effect),
        rule.kind,
        rule.fault.effect,
        rule.delay(),
        rule.noise() if rule.kind == "garbage" else b"",
    )

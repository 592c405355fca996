"""The whole path in one file: bytes in, items stored, an answer out.

    Inbound -> intake -> Submission -> pipeline -> Arrival -> store -> publish
                                                                 Reply

This is the only file that sees every room. It is not async and asks no clock: the shell
calls `receive` for each request and `commit` once for all that arrived in one turn of its
loop, and sends the replies after that.
May import: every room below the shell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fake_relay.config import ProjectConfig, ProjectSettings, RelayConfig
from fake_relay.errors import RequestRefused, TooLarge, WrongMethod, WrongPath
from fake_relay.faults import Faults, Met, check_plan, phrase
from fake_relay.forward.book import Forwarding
from fake_relay.forward.chain import chain_to_keep
from fake_relay.intake import DOOR_NAMES, Place, admit, answer, derive, find_door, limits
from fake_relay.intake.origin import check_origin
from fake_relay.intake.refusal import refusal
from fake_relay.items import ITEM_TYPES
from fake_relay.pipeline import Context, Stage, Walked, walk
from fake_relay.pipeline.ledger import (
    Discards,
    ledger_entries,
    received,
    refused_entries,
    undecided,
)
from fake_relay.pipeline.plan import Plan, Plans
from fake_relay.protocol.dsn import canonical_project_id, is_project_id
from fake_relay.protocol.envelope import Item, trace_id_of
from fake_relay.protocol.outcome import ACCEPTED
from fake_relay.protocol.rate_limits import RateLimit
from fake_relay.publish.hub import Hub
from fake_relay.quotas import Quotas, Sender, merged
from fake_relay.records import Arrival, Inbound, LedgerEntry, Reply, Submission
from fake_relay.store import Store


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items arrived by type, and requests were refused by door and reason."""

    items: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)


class Relay:
    """Receives what SDKs send, into a store."""

    def __init__(
        self,
        store: Store,
        config: RelayConfig | None = None,
        stages: Sequence[Stage] | None = None,
    ) -> None:
        self.store = store
        self.config = config or RelayConfig()
        if self.config.scrub_at_rest:
            from fake_relay.stored_view.at_rest import require_library

            require_library()
        self.plans = Plans(self.config, stages)
        self.quotas = Quotas()
        check_plan(self.config.faults, DOOR_NAMES)
        self.faults = Faults(self.quotas, self.config.faults)
        self.forwarding = Forwarding(store.spool, self.config.upstreams)
        self.hub = Hub(store.position(), store.refused_position())
        self.tally = Tally()
        self._discards = Discards()
        self._sizes_alone = limits.sizes_alone(self.config.limits)

    def receive(
        self, inbound: Inbound, place: Place | None = None, met: Met | None = None
    ) -> Reply:
        """Take a request into the open batch; the reply holds once `commit` has returned.

        `place` is the door behind the path, and `met` the faults that the request met before its
        body was read, for a caller that has asked already.
        """
        place = place or find_door(inbound.path)
        if place is None:
            return self.refuse(inbound, None, WrongPath(inbound.path))
        if inbound.method not in place.door.methods:
            return self.refuse(inbound, place, WrongMethod(inbound.method, place.door.methods))
        if met is None and self.faults.active:
            met = self.meet(place, inbound.received_at)
        if met is not None and met.refusing is not None:
            return self._break(inbound, place, met)
        try:
            submissions = place.door.open(inbound, place, self.config)
            self.forwarding.refuse_loops(inbound.headers)
            if self.plans.limits_origins:
                self._check_origins(inbound, submissions)
        except RequestRefused as refused:
            return changed(self.refuse(inbound, place, refused), met)
        if met is not None and self.faults.wants_items:
            met = self._meet_items(met, place, submissions, inbound.received_at)
            if met.refusing is not None:
                return self._break(inbound, place, met, submissions[0])
        reply = self._take(inbound, place, submissions, met)
        return reply if met is None else met.applied(reply)

    def meet(self, place: Place, now: float) -> Met:
        """The faults that a request to a door meets before its body is read."""
        return self.faults.at_head(place.door.name, named_project(place), now)

    def _meet_items(
        self, met: Met, place: Place, submissions: Sequence[Submission], now: float
    ) -> Met:
        known = bool(named_project(place))
        for submission in submissions:
            trace_id = trace_id_of(submission.envelope.header)
            items = [received(item, trace_id) for item in submission.envelope.items]
            met = self.faults.at_items(met, submission, items, now, project_was_known=known)
        return met

    def _break(
        self, inbound: Inbound, place: Place, met: Met, submission: Submission | None = None
    ) -> Reply:
        """Refuse a request because of a fault; nothing is kept of it but that."""
        return met.applied(self.refuse(inbound, place, broken(met), submission))

    def _take(
        self,
        inbound: Inbound,
        place: Place,
        submissions: tuple[Submission, ...],
        met: Met | None,
    ) -> Reply:
        hit: list[RateLimit] = []
        for submission in submissions:
            try:
                self._check_sizes(submission.envelope.items)
            except TooLarge as too_large:
                refused, entries = self._without_limited(submission, too_large, inbound.received_at)
                if refused is not None:
                    return self.refuse(inbound, place, refused, submission, entries)
            hit += self._keep(inbound, submission, () if met is None else met.labels)
        if hit and place.door.limited:
            return answer.rate_limited(merged(hit))
        return place.door.answer(inbound, submissions)

    def _without_limited(
        self, submission: Submission, refused: TooLarge, now: float
    ) -> tuple[TooLarge | None, list[LedgerEntry]]:
        """Why an envelope is too large without its items that are under a limit, if it still is.

        Also what its items count then. Limits come before sizes (PROTOCOL.md 3.3), but sizes are
        asked first, for they cost nothing: an envelope that fits with all of its items fits
        without some of them.
        """
        plan, found = self.plans.of(submission.project), refused
        walked = undecided(submission)
        if not self.quotas.idle(plan.settings.quotas):
            sender = Sender(submission.project, submission.public_key, plan.organization)
            self.quotas.refuse(walked, plan.settings.quotas, sender, now)
            try:
                limits.check(
                    [item.item for item, outcome in walked if outcome is ACCEPTED],
                    self.config.limits,
                )
            except TooLarge as still:
                found = still
            else:
                return None, []
        return found, refused_entries(submission, walked, found.reason)

    def refuse(
        self,
        inbound: Inbound,
        place: Place | None,
        refused: RequestRefused,
        submission: Submission | None = None,
        entries: Sequence[LedgerEntry] = (),
        wire_size: int | None = None,
    ) -> Reply:
        """Take a refused request into the open batch; the answer that it gets.

        Where the envelope had been read, `submission` tells whose it is, and `entries` are what
        its items count; `wire_size` is the body's size where `inbound` has only a part of it.
        """
        self.tally.refused[place.door.name if place else "none", refused.reason] += 1
        record = refusal(inbound, place, refused, submission, wire_size)
        if self.config.scrub_at_rest:
            from fake_relay.stored_view.at_rest import scrubbed_refusal

            record = scrubbed_refusal(record, self.settings_of(record.request.project).scrubbing)
        self.store.refuse(record, entries)
        return answer.refusal(refused)

    def commit(self) -> None:
        """Commit what was received and tell subscribers; raises `StoreError`."""
        self.store.commit()
        self.announce()

    def seal(self) -> Callable[[], int]:
        """Close the open batch; what it returns commits that, in any thread, as `Store.seal` says.

        Whoever calls that calls `announce` after it, on the loop.
        """
        return self.store.seal()

    def announce(self) -> None:
        """Tell subscribers how far the store has come."""
        self.hub.announce(self.store.position(), self.store.refused_position())

    def settings_of(self, project: str) -> ProjectSettings:
        """What holds for a project."""
        return self.plans.of(project).settings

    def configure(self, own: ProjectConfig) -> None:
        """Give a project settings of its own from now on; raises `ConfigError` for wrong ones.

        With other quotas, what they counted and the limits of the project are forgotten.
        """
        before = self.plans.own(own.project_id).quotas
        self.plans.configure(own)
        if own.quotas != before:
            self.quotas.lift(own.project_id)

    def reset(self, project: str) -> None:
        """Go back to what the configuration says of a project."""
        before = self.plans.own(project).quotas
        self.plans.reset(project)
        if self.plans.own(project).quotas != before:
            self.quotas.lift(project)

    def _check_origins(self, inbound: Inbound, submissions: Sequence[Submission]) -> None:
        for submission in submissions:
            allowed = self.settings_of(submission.project).allowed_domains
            check_origin(inbound.headers, allowed)

    def _check_sizes(self, items: Sequence[Item]) -> None:
        if len(items) == 1:
            item = items[0]
            if len(item.payload) <= self._sizes_alone.get(item.header.item_type, -1):
                return
        limits.check(items, self.config.limits)

    def _keep(
        self, inbound: Inbound, submission: Submission, faults: tuple[str, ...]
    ) -> Sequence[RateLimit]:
        """Walk an envelope and add it to the open batch; the limits that it ran into."""
        derived = None
        types = types_of(submission)
        if not derive.SOURCES.isdisjoint(types):
            derived = derive.derive(submission, self.config.limits)
        if derived is not None:
            submission = derived.submission
            types = types_of(submission)
        plan, envelope = self.plans.of(submission.project), submission.envelope
        address = admit.client_address(inbound.headers, inbound.peer)
        context = Context(
            self.config,
            submission.project,
            inbound.received_at,
            types,
            envelope,
            plan.settings,
            submission.public_key,
            address,
            inbound.headers,
            submission.converted,
        )
        trace_id = trace_id_of(envelope.header)
        items = [received(item, trace_id) for item in envelope.items]
        if derived is not None:
            items = derived.judged(items)
        walked: list[Walked] = [(item, ACCEPTED) for item in items]
        hit: Sequence[RateLimit] = ()
        if self.quotas.idle(plan.settings.quotas):
            walk(walked, context, plan.stages)
        else:
            hit = self._walk_counted(walked, context, plan)
        entries = ledger_entries(submission.project, walked, self._discards)
        if submission.dropped:
            left_out = [(received(item), outcome) for item, outcome in submission.dropped]
            entries += ledger_entries(submission.project, left_out, self._discards)
        user_agent = admit.header_text(inbound.headers, "user-agent")
        chain = chain_to_keep(inbound.headers)
        arrival = Arrival(
            submission, inbound.received_at, address, user_agent, tuple(walked), faults, chain
        )
        if self.config.scrub_at_rest:
            from fake_relay.stored_view.at_rest import scrubbed_arrival

            arrival = scrubbed_arrival(arrival, plan.settings.scrubbing)
        tickets = self.forwarding.tickets(arrival) if self.forwarding.enabled else ()
        self.store.add(arrival, entries, tickets)
        for name in types:
            self.tally.items[name if name in ITEM_TYPES else "unknown"] += 1
        return hit

    def _walk_counted(
        self, walked: list[Walked], context: Context, plan: Plan
    ) -> Sequence[RateLimit]:
        """Walk items that count towards quotas, or are under limits; the limits that they hit."""
        sender = Sender(context.project, context.public_key, plan.organization)
        now, quotas = context.received_at, plan.settings.quotas
        hit = self.quotas.refuse(walked, quotas, sender, now)
        walk(walked, context, plan.stages)
        self.quotas.count(walked, quotas, sender, now)
        return hit


def types_of(submission: Submission) -> tuple[str, ...]:
    """The types of an envelope's items."""
    return tuple([item.header.item_type for item in submission.envelope.items])


def named_project(place: Place) -> str:
    """The project that a path names; empty where it names none, or a wrong one."""
    given = place.project or ""
    return canonical_project_id(given) if is_project_id(given) else ""


def broken(met: Met) -> RequestRefused:
    """The refusal that faults on purpose make; its status is 0 where no answer goes out."""
    strike = met.refusing
    if strike is None:
        raise ValueError("no fault refuses this request")
    status = strike.effect.status or 0
    what = phrase(status) if status else strike.label.replace("_", " ")
    detail = answer.LIMITED if status == 429 else f"a fault on purpose: {what}"
    return RequestRefused(detail, status=status, reason=f"fault:{strike.label}")


def changed(reply: Reply, met: Met | None) -> Reply:
    """An answer as the faults change it that its request met."""
    return reply if met is None else met.applied(reply)

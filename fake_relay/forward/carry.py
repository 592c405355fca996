"""Carries one parcel to its upstream, and settles what became of it.

Rule: whatever happened, the parcel is settled in one transaction or stays in the spool as it was.
Trouble of the upstream is raised as `Trouble`; it is no property of the parcel.
May import: forward, store, records, config, protocol, errors.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, Protocol, TypeVar

import msgspec

from fake_relay.config import Upstream
from fake_relay.errors import ForwardError
from fake_relay.forward.breaker import Breaker
from fake_relay.forward.codings import Codings, compress
from fake_relay.forward.delivery import AGENT, Delivery, Prepared, dead_letter, headers_for
from fake_relay.forward.limits import UpstreamLimits
from fake_relay.forward.reports import report, unreported
from fake_relay.forward.state import Memory, read_memory
from fake_relay.forward.verdict import Answer, Verdict, judge
from fake_relay.forward.wire import Wire
from fake_relay.protocol.dsn import Dsn
from fake_relay.protocol.rate_limits import RateLimit
from fake_relay.store.spool import (
    Counts,
    ForwardEntry,
    Parcel,
    Part,
    Settlement,
    Spool,
    entries_of,
)

EMPTY = b"{}\n"
"""An envelope without items: Sentry takes it, and so tells that it is well."""

NOTHING = Counts()
ONE_SENT = Counts(sent=1)
_UNSENT = {"duplicate": Counts(duplicates=1), "removed": Counts(evicted=1)}
"""What an envelope counts as of which nothing was to be sent; a dead letter counts by itself."""

T = TypeVar("T")


class Clock(Protocol):
    """The time, and how it is waited for."""

    def now(self) -> float:
        """Seconds since 1970."""

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Return when the event is set, or after so many seconds."""


class Trouble(ForwardError):
    """The upstream cannot be reached, or is not well; `wait` seconds are what it asks for."""

    def __init__(self, text: str, status: int = 0, wait: float = 0.0) -> None:
        super().__init__(text)
        self.status = status
        self.wait = wait


class Carrier:
    """What is known of one upstream, and the way there; its coroutines run on one loop."""

    def __init__(
        self,
        upstream: Upstream,
        spool: Spool,
        delivery: Delivery,
        wire: Wire,
        clock: Clock,
        threads: Executor,
        dice: random.Random,
    ) -> None:
        self.upstream = upstream
        self._spool = spool
        self._delivery = delivery
        self._wire = wire
        self._clock = clock
        self._threads = threads
        known = {one.name: one for one in spool.upstreams()}.get(upstream.name)
        self.memory = Memory() if known is None else read_memory(known.state)
        self.limits = UpstreamLimits(self.memory.limits)
        self.codings = Codings(upstream.compression, self.memory.coding)
        self.breaker = Breaker(
            upstream.retry_base, upstream.retry_most, upstream.breaker_after, dice
        )
        self.outcomes: dict[int, asyncio.Future[str]] = {}

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run something that reads or writes the store on this upstream's own thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, function, *arguments)

    # One parcel.

    async def carry(self, parcel: Parcel) -> bool:
        """Send what of a parcel may go now; whether all of it is settled. Raises `Trouble`."""
        free, until = self.divide(parcel.parts, self.target(parcel), self._clock.now())
        work = _Work(parcel)
        if free:
            await self._send(work, free)
        if free and work.parcel.parts and not work.waits:
            await self.postpone([(work.parcel, until)])
        elif not free:
            await self.postpone([(parcel, until)])
        return not work.parcel.parts

    def divide(
        self, parts: Sequence[Part], target: str, now: float
    ) -> tuple[tuple[Part, ...], float]:
        """The parts that no limit holds, and until when the first of the others waits."""
        held = [self.limits.until(_category(part), target, now) for part in parts]
        leads = next((at for at, part in enumerate(parts) if part.role == "leads"), None)
        if leads is not None and held[leads]:
            held = [
                max(until, held[leads]) if part.role else until
                for part, until in zip(parts, held, strict=True)
            ]
        free = tuple(part for part, until in zip(parts, held, strict=True) if not until)
        return free, min(filter(None, held), default=0.0)

    def target(self, parcel: Parcel) -> str:
        """What limits of a project or a key are told by: the address of the parcel's project."""
        dsn = self.upstream.dsn_of(parcel.project)
        return "" if dsn is None else dsn.envelope_url

    async def postpone(self, parcels: Sequence[tuple[Parcel, float]]) -> None:
        """Let parcels wait in the spool, each until a time."""
        kept = tuple(msgspec.structs.replace(one, due_at=until) for one, until in parcels)
        await self._settle(kept=kept)
        for one in kept:
            self._tell(one.id, "limited")

    async def _send(self, work: _Work, parts: Sequence[Part]) -> None:
        parcel = work.parcel
        prepared = await self.in_thread(self._delivery.prepare, parcel, parts, self._clock.now())
        if not prepared.body or prepared.dsn is None:
            fate = "dead" if prepared.refused else "duplicate" if prepared.known else "removed"
            if prepared.sent:
                fate = "sampled"
            counts = _UNSENT.get(fate, NOTHING)
            await self._done(work, prepared, parts, fate, prepared.sent_entries(parcel), counts)
            return
        answer = await self._post(prepared.dsn, prepared.headers, prepared.body)
        verdict = judge(answer, self._clock.now())
        self.limits.learn(verdict.limits, prepared.dsn.envelope_url, self._clock.now())
        if verdict.kind == "again":
            await self._again(work, prepared, answer, verdict)
        elif verdict.kind == "too_large" and len(prepared.sent) > 1:
            self.breaker.succeeded()
            middle = len(prepared.sent) // 2
            ordered = sorted(prepared.sent, key=lambda part: part.role != "leads")
            for half in (ordered[:middle], ordered[middle:]):
                await self._send(work, half)
        else:
            self.breaker.succeeded()
            await self._judged(work, prepared, parts, answer, verdict)

    async def _judged(
        self,
        work: _Work,
        prepared: Prepared,
        parts: Sequence[Part],
        answer: Answer,
        verdict: Verdict,
    ) -> None:
        if verdict.kind == "delivered":
            self.memory.last_sent_at = self._clock.now()
            sent = prepared.sent_entries(work.parcel)
            await self._done(work, prepared, parts, "sent", sent, ONE_SENT, has_event=True)
        elif verdict.kind == "limited":
            await self._limited(work, prepared, parts)
        else:
            await self._bury(work, prepared, parts, answer.status, verdict)

    async def _limited(self, work: _Work, prepared: Prepared, parts: Sequence[Part]) -> None:
        """Keep what the upstream did not take; the rest of the envelope it did (7.2)."""
        now, target = self._clock.now(), self.target(work.parcel)
        taken, until = self.divide(prepared.sent, target, now)
        if len(taken) == len(prepared.sent):
            # It limits something else than it says; all of it waits, as for a bare 429.
            self.limits.learn([RateLimit(60, scope="key")], target, now)
            taken, until = self.divide(prepared.sent, target, now)
        if taken:
            self.memory.last_sent_at = now
        waiting = {part.item for part in prepared.sent} - {part.item for part in taken}
        prepared.sent = taken
        has_event = any(part.role == "leads" for part in taken)
        settled = [part for part in parts if part.item not in waiting]
        await self._done(
            work,
            prepared,
            settled,
            "limited",
            prepared.sent_entries(work.parcel),
            ONE_SENT if taken else NOTHING,
            has_event=has_event,
            until=until,
        )

    async def _again(
        self, work: _Work, prepared: Prepared, answer: Answer, verdict: Verdict
    ) -> None:
        text = verdict.reason + (f": {verdict.detail}" if verdict.detail else "")
        if answer.status == 500:
            tries = work.parcel.attempts + 1
            if tries >= self.upstream.max_attempts and await self._is_well(prepared):
                work.parcel = msgspec.structs.replace(work.parcel, attempts=tries)
                self.breaker.succeeded()
                parts = (*prepared.sent, *prepared.gone, *prepared.known, *prepared.refused)
                await self._bury(work, prepared, parts, answer.status, verdict)
                return
        raise Trouble(text, answer.status, verdict.wait)

    async def _is_well(self, prepared: Prepared) -> bool:
        """Whether the upstream takes an envelope that nothing can be wrong with."""
        if prepared.dsn is None:
            return False
        try:
            answer = await self._wire.post(prepared.dsn.envelope_url, prepared.headers, EMPTY)
        except ForwardError:
            return False
        return 200 <= answer.status < 300

    async def give_up(self, parcel: Parcel, why: str) -> None:
        """Make a dead letter of a parcel that cannot even be prepared."""
        self.note(why)
        letter = dead_letter(parcel, parcel.parts, self._clock.now(), 0, "internal", why)
        entries = entries_of(parcel, "dead", "internal")
        await self._settle(done=(parcel.id,), dead=(letter,), entries=tuple(entries))
        self._tell(parcel.id, "dead")

    async def _bury(
        self,
        work: _Work,
        prepared: Prepared,
        parts: Sequence[Part],
        status: int,
        verdict: Verdict,
    ) -> None:
        parcel, now = work.parcel, self._clock.now()
        letter = dead_letter(parcel, prepared.sent, now, status, verdict.reason, verdict.detail)
        self.note(f"dead letter {parcel.id}: {verdict.reason} {verdict.detail}".rstrip())
        entries = entries_of(parcel, "dead", verdict.reason, prepared.sent)
        prepared.refused, why = (), prepared.dead(parcel, now)
        letters = (letter, *why)
        await self._done(work, prepared, parts, "dead", entries, NOTHING, dead=letters)

    async def _done(
        self,
        work: _Work,
        prepared: Prepared,
        parts: Sequence[Part],
        fate: str,
        entries: Sequence[ForwardEntry],
        counts: Counts,
        *,
        has_event: bool = False,
        until: float = 0.0,
        dead: tuple[Any, ...] = (),
    ) -> None:
        """Settle parts of a parcel; what is left of it waits in its row."""
        now = self._clock.now()
        parcel = work.without(parts)
        left = msgspec.structs.replace(parcel, due_at=until) if parcel.parts else None
        event_ids = (prepared.event_id,) if has_event and prepared.event_id else ()
        await self._settle(
            done=() if left else (parcel.id,),
            kept=(left,) if left else (),
            dead=dead or prepared.dead(parcel, now),
            event_ids=event_ids,
            entries=(*entries, *prepared.entries(parcel)),
            counts=counts,
        )
        work.parcel, work.waits = parcel, bool(until)
        if left is None or until:
            self._tell(parcel.id, fate)

    async def _settle(self, **became: Any) -> None:
        self.memory.limits = self.limits.held(self._clock.now())
        self.memory.coding = self.codings.proven
        state = msgspec.json.encode(self.memory)
        now = self._clock.now()
        settlement = Settlement(upstream=self.upstream.name, at=now, state=state, **became)
        await self.in_thread(self._spool.settle, settlement)

    def _tell(self, parcel_id: int, fate: str) -> None:
        future = self.outcomes.get(parcel_id)
        if future is not None and not future.done():
            future.set_result(fate)

    # The way there.

    async def _post(self, dsn: Dsn, headers: dict[str, str], body: bytes) -> Answer:
        """Post in the best coding that the upstream takes; raises `Trouble`."""
        coding: str | None = self.codings.current
        while True:
            packed = await self.in_thread(compress, body, coding)
            encoded = {**headers, "Content-Encoding": coding} if coding else headers
            try:
                answer = await self._wire.post(dsn.envelope_url, encoded, packed)
            except ForwardError as error:
                raise Trouble(str(error)) from error
            if 200 <= answer.status < 300:
                self.codings.accepted(coding or "")
                return answer
            coding = self.codings.after(coding or "", answer.status)
            if coding is None:
                return answer

    def note(self, text: str) -> None:
        """Remember what went wrong, for who looks at the status."""
        self.memory.last_error, self.memory.last_error_at = text, self._clock.now()

    def troubled(self, trouble: Trouble, began: float) -> None:
        """Take in that the upstream is not well."""
        self.breaker.failed(began, self._clock.now(), trouble.wait)
        self.note(str(trouble))

    async def count_try(self, trouble: Trouble, parcel: Parcel | None = None) -> None:
        """Count a try that failed, in the transaction that says so of its parcel."""
        attempted = (parcel.id,) if parcel is not None and trouble.status == 500 else ()
        await self._settle(attempted=attempted, counts=Counts(retried=1))

    async def remember(self) -> None:
        """Keep what is known of the upstream."""
        await self._settle()

    async def tell_reports(self, instance: str) -> None:
        """Tell the upstream what our rules kept from it; raises `Trouble`."""
        ledger = await self.in_thread(self._spool.forward_ledger, self.upstream.name)
        waiting = unreported(ledger)
        for project in sorted({entry.project for entry in waiting}):
            entries = tuple(entry for entry in waiting if entry.project == project)
            dsn = self.upstream.dsn_of(project)
            body = None if dsn is None else report(entries, dsn, self._clock.now())
            if body is not None and dsn is not None:
                headers = headers_for(dsn, AGENT, instance)
                answer = await self._post(dsn, headers, body)
                if judge(answer, self._clock.now()).kind == "again":
                    raise Trouble(f"status {answer.status}", answer.status)
            await self._settle(reported=entries, counts=Counts(reports=body is not None))


class _Work:
    """A parcel while it is carried: what is settled of it is gone from its parts."""

    def __init__(self, parcel: Parcel) -> None:
        self.parcel = parcel
        self.waits = False

    def without(self, parts: Sequence[Part]) -> Parcel:
        gone = {part.item for part in parts}
        left = tuple(part for part in self.parcel.parts if part.item not in gone)
        return msgspec.structs.replace(self.parcel, parts=left)


def _category(part: Part) -> str:
    """By what a part is limited; a crash's dump as the error that it becomes (7.3)."""
    if not part.quantities:
        return ""
    category = part.quantities[0][0]
    return "error" if part.role == "leads" and category == "attachment" else category

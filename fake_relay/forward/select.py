"""What an upstream gets: its item types, projects, environments, releases, search and share.

Rule: every item gets one reason, an empty one for those that go. What belongs to an event goes
where the event goes, and a trace goes as a whole or not at all. Client reports are accounts, not
data: only their item type decides.
May import: query, store, records, items, config, protocol, pipeline.filters.glob, errors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from fake_relay.config import Upstream
from fake_relay.config.upstreams import UNKNOWN
from fake_relay.errors import ConfigError, QueryError
from fake_relay.items import ITEM_TYPES, Facts, item_type
from fake_relay.pipeline.filters.glob import Globs
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.query import Document, Expression, parse_query
from fake_relay.query.document import decode_json
from fake_relay.records import StoredItem

CONTAINERS: Final = frozenset({"log", "trace_metric", "span"})
"""Item types whose records have traces of their own."""
REPLAYS: Final = frozenset({"replay_event", "replay_recording", "replay_video"})
STALE: Final = 60.0
"""Seconds after which a search is read again, for `-1h` counts from now."""

Role = Literal["", "leads", "follows"]

_decode_header = msgspec.json.Decoder(ItemHeader).decode


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that may go; `payload` gives its bytes, `trace` is the envelope's context."""

    item: StoredItem
    facts: Facts
    payload: Callable[[], bytes]
    trace: TraceContext
    role: Role = ""


class TraceContext(msgspec.Struct, frozen=True):
    """What an envelope's `trace` header says of all its items."""

    trace_id: Any = None
    environment: Any = None
    release: Any = None


class _Header(msgspec.Struct, frozen=True):
    trace: msgspec.Raw = msgspec.Raw(b"{}")


def trace_context(raw_header: bytes) -> TraceContext:
    """The trace context in an envelope's header; an empty one where there is none."""
    try:
        trace = msgspec.json.decode(raw_header, type=_Header).trace
        return msgspec.json.decode(trace, type=TraceContext)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return TraceContext()


def role_of(type_name: str, raw_header: bytes) -> Role:
    """Whether an item makes an event, goes where one goes, or stands alone (PROTOCOL.md 4.4)."""
    kind = item_type(type_name)
    header = _decode_header(raw_header)
    if kind.creates_event(header) or type_name == "replay_event":
        return "leads"
    if type_name == "profile" and header.sampled is False:
        return ""
    return "follows" if kind.needs_event or type_name in REPLAYS else ""


def keeps(seed: str, rate: float) -> bool:
    """Whether a share of all traces has this one: the same everywhere and always.

    Not by the number that Sentry's own sampling takes of a trace, or its share of ours would
    not be a share.
    """
    if rate >= 1 or not seed:
        return True
    digest = hashlib.blake2b(seed.lower().encode(), digest_size=8, person=b"forward").digest()
    return int.from_bytes(digest, "big") < rate * 2**64


class Selector:
    """The rules of one upstream, ready to be asked; raises `ConfigError` for a wrong search."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self._environments = Patterns(upstream.environments)
        self._releases = Patterns(upstream.releases)
        self._only = frozenset(upstream.item_types)
        self._never = frozenset(upstream.exclude_types)
        self._query: Expression | None = None
        self._read_at = 0.0
        self._read_query(0.0)

    def _read_query(self, now: float) -> Expression | None:
        text = self.upstream.query
        if text and (self._query is None or abs(now - self._read_at) > STALE):
            try:
                self._query, self._read_at = parse_query(text, now=now), now
            except QueryError as error:
                raise ConfigError(
                    f"upstream {self.upstream.name!r}: query {text!r}: {error}"
                ) from None
        return self._query

    def judge(self, candidates: Sequence[Candidate], now: float) -> list[str]:
        """Why each item of an envelope stays behind; empty for those that go."""
        reasons = [self.reason(candidate, now) for candidate in candidates]
        leader = next((at for at, one in enumerate(candidates) if one.role == "leads"), None)
        if leader is None:
            return reasons
        for place, candidate in enumerate(candidates):
            if candidate.role and place != leader and reasons[place] != "item_type":
                reasons[place] = reasons[leader] or own_fate(candidate.item)
        return reasons

    def reason(self, candidate: Candidate, now: float) -> str:
        """Why an item stays behind, judged alone; empty if it goes."""
        item, upstream = candidate.item, self.upstream
        if not self._takes_type(item.type):
            return "item_type"
        if upstream.dsn_of(item.project) is None:
            return "project"
        if fate := own_fate(item):
            return fate
        if item.spotlight:
            # In Spotlight mode an SDK sends everything a second time, unfiltered (DESIGN.md 2).
            return "spotlight"
        if item.type == "client_report":
            return ""
        if self._environments and not self._environments(told(candidate, "environment")):
            return "environment"
        if self._releases and not self._releases(told(candidate, "release")):
            return "release"
        query = self._read_query(now)
        if query is not None and not query.matches(document(candidate)):
            return "query"
        return "" if self._in_share(candidate) else "sample_rate"

    def _takes_type(self, name: str) -> bool:
        names = {name} if name in ITEM_TYPES else {name, UNKNOWN}
        return not (names & self._never) and (not self._only or bool(names & self._only))

    def _in_share(self, candidate: Candidate) -> bool:
        rate, item = self.upstream.sample_rate, candidate.item
        if rate >= 1:
            return True
        if item.type in CONTAINERS:
            # Their records are judged one by one when they leave.
            return rate > 0
        if seed := candidate.facts.trace_id or item.trace_id:
            return keeps(seed, rate)
        return keeps(item.event_id, rate) if candidate.role else True


def own_fate(item: StoredItem) -> str:
    """Why an item stays behind that was not accepted here; empty for one that was."""
    if not item.outcome:
        return ""
    fate, _, reason = item.outcome.partition("(")
    if fate == "filtered":
        return "sampling" if reason.startswith("Sampled:") else "filter"
    return {"rate_limited": "quota"}.get(fate, fate)


def document(candidate: Candidate) -> Document:
    """What a search looks at."""
    return Document(candidate.item, candidate.facts, lambda: decode_json(candidate.payload()))


def told(candidate: Candidate, name: Literal["environment", "release"]) -> list[str]:
    """The environments or releases that an item names, or its envelope for it."""
    found = candidate.facts.values(name)
    if found:
        return found
    given = getattr(candidate.trace, name)
    return [given] if isinstance(given, str) else []


class Patterns:
    """Globs of which one must match, and others, with `!` in front, of which none may."""

    def __init__(self, patterns: Iterable[str]) -> None:
        given = list(patterns)
        wanted = [pattern for pattern in given if not pattern.startswith("!")]
        self._any = bool(given)
        self._wanted = Globs(wanted or ["*"])
        self._needs_value = bool(wanted)
        self._unwanted = Globs(pattern[1:] for pattern in given if pattern.startswith("!"))

    def __bool__(self) -> bool:
        return self._any

    def __call__(self, values: Sequence[str]) -> bool:
        """Whether values pass; none pass only where nothing in particular is wanted."""
        if not values:
            return not self._needs_value
        return any(map(self._wanted, values)) and not any(map(self._unwanted, values))

"""The JSON and the events of `/relay/v1`, and what they mean here.

Invariant: what is not as our server writes it is `Unreachable`, with the reason.
May import: records, items, protocol, errors, msgspec, urllib3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
import urllib3

from fake_relay.config import Fault
from fake_relay.errors import ConfigError, FakeRelayError, QueryError, Unreachable
from fake_relay.faults import Fired, State, Told
from fake_relay.items.facts import timestamp
from fake_relay.lint import Finding
from fake_relay.protocol.outcome import Fate
from fake_relay.records import (
    LedgerBucket,
    LedgerEntry,
    RefusedRecords,
    RefusedRequest,
    StoredEnvelope,
    StoredItem,
)
from fake_relay.stored_view import Refused, Remark, StoredView

Value = TypeVar("Value")


class NewProject(msgspec.Struct, frozen=True):
    """A fresh isolated project."""

    project: str
    public_key: str
    dsn: str


class FoundItem(msgspec.Struct, frozen=True):
    """A stored item as the API tells it, with its decoded payload if that was asked for.

    `findings` is None where they were not asked for, or the server has no library to tell.
    """

    item: StoredItem
    payload: Any = None
    findings: tuple[Finding, ...] | None = None


class FoundPage(msgspec.Struct, frozen=True):
    """Items, newest first, the cursor of the next page, and the server's position."""

    items: list[FoundItem]
    next: str | None = None
    position: int = 0


class WireItem(msgspec.Struct, frozen=True):
    id: int
    envelope_id: int
    type: str
    project: str
    public_key: str
    received_at: str
    size: int
    headers: msgspec.Raw
    event_id: str | None = None
    trace_id: str | None = None
    timestamp: str | float | None = None
    duration: float | None = None
    level: str | None = None
    title: str | None = None
    count: int = 1
    outcome: str | None = None
    spotlight: bool = False
    faults: tuple[str, ...] = ()
    refused_records: tuple[RefusedRecords, ...] = ()
    payload: Any = None
    findings: tuple[Finding, ...] | None = None

    def found(self) -> FoundItem:
        item = StoredItem(
            id=self.id,
            envelope_id=self.envelope_id,
            type=self.type,
            project=self.project,
            public_key=self.public_key,
            event_id=self.event_id or "",
            trace_id=self.trace_id or "",
            received_at=timestamp(self.received_at) or 0.0,
            timestamp=timestamp(self.timestamp),
            duration=self.duration,
            level=self.level or "",
            title=self.title or "",
            count=self.count,
            size=self.size,
            outcome=self.outcome or "",
            headers=msgspec.Raw(bytes(self.headers)),
            spotlight=self.spotlight,
            faults=self.faults,
            refused_records=self.refused_records,
        )
        return FoundItem(item, self.payload, self.findings)


class WireView(msgspec.Struct, frozen=True):
    payload: Any = None
    meta: dict[str, Any] = {}
    refused: Refused | None = None
    remarks: tuple[Remark, ...] = ()


def stored_view_of(answer: urllib3.BaseHTTPResponse) -> StoredView:
    """The stored view in an answer; raises `ConfigError` for a server that has none."""
    if answer.status == 501:
        raise ConfigError(problem_of(answer).detail)
    found = decode(checked(answer).data, WireView)
    document, payload = found.payload, b""
    if document is not None:
        whole = isinstance(document, dict) and found.meta
        payload = msgspec.json.encode({**document, "_meta": found.meta} if whole else document)
    return StoredView(payload, document, found.meta, found.refused, found.remarks)


class WireFindings(msgspec.Struct, frozen=True):
    findings: list[Finding]
    next: str | None = None


def findings_of_page(answer: urllib3.BaseHTTPResponse) -> WireFindings:
    """A page of findings; raises `ConfigError` for a server that has none."""
    if answer.status == 501:
        raise ConfigError(problem_of(answer).detail)
    return decode(checked(answer).data, WireFindings)


class WireItems(msgspec.Struct, frozen=True):
    items: list[WireItem]
    next: str | None = None
    position: int = 0


class WireEnvelope(msgspec.Struct, frozen=True):
    id: int
    project: str
    public_key: str
    received_at: str
    headers: msgspec.Raw
    event_id: str | None = None
    remote_addr: str = ""
    user_agent: str = ""
    client: str = ""
    door: str = ""
    content_encoding: str = ""
    wire_size: int = 0
    size: int = 0
    item_types: tuple[str, ...] = ()
    spotlight: bool = False
    tolerated: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()

    def stored(self) -> StoredEnvelope:
        fields = msgspec.structs.asdict(self)
        fields["event_id"] = self.event_id or ""
        fields["received_at"] = timestamp(self.received_at) or 0.0
        fields["headers"] = msgspec.Raw(bytes(self.headers))
        return StoredEnvelope(**fields)


class WireEnvelopes(msgspec.Struct, frozen=True):
    envelopes: list[WireEnvelope]
    next: str | None = None


class WireFired(msgspec.Struct, frozen=True):
    received_at: str
    project: str
    door: str
    fault: int
    label: str
    event_id: str = ""


class WireFaults(msgspec.Struct, frozen=True):
    faults: tuple[Fault, ...]
    state: tuple[State, ...]
    fired: tuple[WireFired, ...] = ()

    def told(self) -> Told:
        fired = tuple(
            Fired(
                **msgspec.structs.asdict(found)
                | {"received_at": timestamp(found.received_at) or 0.0}
            )
            for found in self.fired
        )
        return Told(self.faults, self.state, fired)


class WireAdded(msgspec.Struct, frozen=True):
    ids: list[int]


class WireRefused(msgspec.Struct, frozen=True):
    id: int
    received_at: str
    method: str
    path: str
    status: int
    reason: str
    detail: str
    query: str = ""
    door: str = ""
    project: str = ""
    public_key: str = ""
    causes: tuple[str, ...] = ()
    remote_addr: str = ""
    user_agent: str = ""
    client: str = ""
    headers: dict[str, str] = {}
    coding: str = ""
    wire_size: int = 0
    kept: int = 0

    def stored(self) -> RefusedRequest:
        fields = msgspec.structs.asdict(self)
        fields["received_at"] = timestamp(self.received_at) or 0.0
        return RefusedRequest(**fields)


class WireRefusedPage(msgspec.Struct, frozen=True):
    refused: list[WireRefused]
    next: str | None = None
    evicted: int = 0


class WireOutcome(msgspec.Struct, frozen=True):
    project: str
    category: str
    outcome: Fate
    quantity: int
    reason: str | None = None


class WireTimedOutcome(msgspec.Struct, frozen=True):
    start: str | None
    seconds: int
    project: str
    category: str
    outcome: Fate
    reason: str
    quantity: int

    def bucket(self) -> LedgerBucket:
        start = timestamp(self.start) or 0.0
        entry = LedgerEntry(self.project, self.category, self.outcome, self.reason, self.quantity)
        return LedgerBucket(int(start), self.seconds, entry)


class WireOutcomes(msgspec.Struct, frozen=True):
    outcomes: list[WireOutcome]
    evicted: int = 0
    over_time: tuple[WireTimedOutcome, ...] = ()


class WireProject(msgspec.Struct, frozen=True):
    project: str
    public_keys: tuple[str, ...] = ()
    created_at: str | float | None = None
    items: int = 0
    envelopes: int = 0


class WireProjects(msgspec.Struct, frozen=True):
    projects: list[WireProject]


class Deleted(msgspec.Struct, frozen=True):
    deleted: int


class Problem(msgspec.Struct, frozen=True):
    detail: str = ""
    causes: tuple[str, ...] = ()
    column: int | None = None


def path_of(path: str, **query: Any) -> str:
    """A path with a query string of the parameters that are set."""
    fields = {key: value for key, value in query.items() if value is not None}
    return f"{path}?{urlencode(fields)}" if fields else path


def cursor_of(before: int | None) -> str | None:
    """The server's cursor for a `before`: opaque to others, but this client ships with it."""
    return None if before is None else f"b{before:x}"


def before_of(cursor: str | None) -> int | None:
    """The `before` that the server's cursor stands for."""
    if cursor is None:
        return None
    try:
        return int(cursor.removeprefix("b"), 16)
    except ValueError as error:
        raise Unreachable(
            f"the server's cursor {cursor!r} is not ours; is it another version?"
        ) from error


def checked(answer: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
    """The answer if it is one of success; raises what its status and detail mean."""
    if answer.status < 400:
        return answer
    problem = problem_of(answer)
    raise error_of(answer.status, problem)


def error_of(status: int, problem: Problem) -> FakeRelayError:
    """The error that a status and a detail mean."""
    if problem.column is not None:
        return QueryError(problem.detail, column=problem.column)
    if status >= 500:
        return Unreachable(f"the server answered {status}: {problem.detail}")
    if status == 401:
        return ConfigError(f"{problem.detail}; set FAKE_RELAY_TOKEN or --token")
    return ConfigError(problem.detail)


def problem_of(answer: urllib3.BaseHTTPResponse) -> Problem:
    """What an answer says went wrong."""
    try:
        problem = msgspec.json.decode(answer.data, type=Problem)
    except msgspec.MsgspecError:
        problem = Problem()
    if problem.detail:
        return problem
    return Problem(f"the server answered {answer.status} {answer.reason or ''}".rstrip())


def decoded(answer: urllib3.BaseHTTPResponse, kind: type[Value]) -> Value:
    """The body of an answer of success, decoded."""
    return decode(checked(answer).data, kind)


def decode(data: bytes, kind: type[Value]) -> Value:
    """JSON of a known shape; raises `Unreachable` for anything else."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as error:
        raise Unreachable(f"what answers there is not a fake-relay: {error}") from error


def cause_of(error: urllib3.exceptions.HTTPError) -> str:
    """Why there was no answer, without the library's own words around it."""
    text = str(error)
    return text.rpartition(": ")[2] if ": " in text else text or type(error).__name__


def events(answer: urllib3.BaseHTTPResponse) -> Iterator[tuple[str, bytes]]:
    """Type and data of each server-sent event; `item` where it names none."""
    kind, data = b"", b""
    for line in _lines(answer):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            kind = value
        elif field == b"data":
            data += value
        elif line == b"":
            if data:
                yield kind.decode("utf-8", "replace") or "item", data
            kind, data = b"", b""


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for chunk in answer.stream(None):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line.removesuffix(b"\r") for line in lines)

"""A `Reader` over HTTP, for the command line and for tests in other processes.

What a local store answers, this answers too, from a running server's `/relay/v1`; a server
that does not answer raises `Unreachable`.
May import: store, records, items, protocol, errors, urllib3.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import msgspec
import urllib3

from fake_relay.errors import ConfigError, FakeRelayError, QueryError, RequestRefused, Unreachable
from fake_relay.items import item_type
from fake_relay.items.facts import timestamp
from fake_relay.protocol import encoding
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Fate
from fake_relay.query import Document
from fake_relay.records import LedgerEntry, ProjectSummary, StoredEnvelope, StoredItem
from fake_relay.store import Body, EnvelopePage, Page, Selection

DEFAULT_URL = "http://127.0.0.1:9119"
MAX_WAIT = 55.0
"""Seconds of one long poll; the server bounds them at 60."""
PATIENCE = 30.0
"""Seconds that a server may take to answer."""
STREAM_PATIENCE = 60.0
"""Seconds of silence that end a stream; the server says something every 15."""

Value = TypeVar("Value")


class NewProject(msgspec.Struct, frozen=True):
    """A fresh isolated project."""

    project: str
    public_key: str
    dsn: str


class FoundItem(msgspec.Struct, frozen=True):
    """A stored item as the API tells it, with its decoded payload if that was asked for."""

    item: StoredItem
    payload: Any = None


class FoundPage(msgspec.Struct, frozen=True):
    """Items, newest first, the cursor of the next page, and the server's position."""

    items: list[FoundItem]
    next: str | None = None
    position: int = 0


class _WireItem(msgspec.Struct, frozen=True):
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
    payload: Any = None

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
        )
        return FoundItem(item, self.payload)


class _WireItems(msgspec.Struct, frozen=True):
    items: list[_WireItem]
    next: str | None = None
    position: int = 0


class _WireEnvelope(msgspec.Struct, frozen=True):
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

    def stored(self) -> StoredEnvelope:
        fields = msgspec.structs.asdict(self)
        fields["event_id"] = self.event_id or ""
        fields["received_at"] = timestamp(self.received_at) or 0.0
        fields["headers"] = msgspec.Raw(bytes(self.headers))
        return StoredEnvelope(**fields)


class _WireEnvelopes(msgspec.Struct, frozen=True):
    envelopes: list[_WireEnvelope]
    next: str | None = None


class _WireOutcome(msgspec.Struct, frozen=True):
    project: str
    category: str
    outcome: Fate
    quantity: int
    reason: str | None = None


class _WireOutcomes(msgspec.Struct, frozen=True):
    outcomes: list[_WireOutcome]


class _WireProject(msgspec.Struct, frozen=True):
    project: str
    public_keys: tuple[str, ...] = ()
    created_at: str | float | None = None
    items: int = 0
    envelopes: int = 0


class _WireProjects(msgspec.Struct, frozen=True):
    projects: list[_WireProject]


class _Deleted(msgspec.Struct, frozen=True):
    deleted: int


class _Problem(msgspec.Struct, frozen=True):
    detail: str = ""
    causes: tuple[str, ...] = ()
    column: int | None = None


class RelayClient:
    """A running relay, read and driven over HTTP; safe to use from several threads."""

    def __init__(self, url: str = DEFAULT_URL, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._pool = urllib3.PoolManager(maxsize=4, retries=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    # Reading, as store.Reader has it.

    def position(self) -> int:
        """The id of the newest item ever stored, 0 if none."""
        return self.search(limit=1, payload=False).position

    def find(self, selection: Selection) -> Page:
        """A page of items, newest first; a parsed query is judged here, item by item."""
        page = self._items(
            {
                "project": selection.project,
                "type": selection.type,
                "event_id": selection.event_id,
                "after": selection.after or None,
                "cursor": _cursor(selection.before),
                "limit": min(selection.limit, 1000),
                "payload": 0,
            }
        )
        items = [found.item for found in page.items]
        if selection.query is not None:
            items = [item for item in items if selection.query.matches(self._document(item))]
        return Page(items, _before(page.next))

    def search(
        self,
        q: str | None = None,
        *,
        project: str | None = None,
        item_type: str | None = None,
        event_id: str | None = None,
        after: int | None = None,
        cursor: str | None = None,
        limit: int = 50,
        payload: bool = True,
    ) -> FoundPage:
        """A page of items that the server finds for a search text; raises `QueryError`."""
        return self._items(
            {
                "q": q or None,
                "project": project,
                "type": item_type,
                "event_id": event_id,
                "after": after,
                "cursor": cursor,
                "limit": limit,
                "payload": int(payload),
            }
        )

    def pages(self, q: str | None = None, **narrowed: Any) -> Iterator[FoundItem]:
        """All items that a search finds, newest first, page by page."""
        cursor: str | None = None
        while True:
            page = self.search(q, cursor=cursor, **narrowed)
            yield from page.items
            cursor = page.next
            if cursor is None:
                return

    def item(self, item_id: int) -> StoredItem | None:
        """One item, or None when there is none of that id."""
        found = self._get_or_none(f"/relay/v1/items/{item_id}?payload=0", _WireItem)
        return None if found is None else found.found().item

    def payload(self, item_id: int) -> bytes | None:
        """An item's payload exactly as it was sent."""
        answer = self._request("GET", f"/relay/v1/items/{item_id}/payload")
        return None if answer.status == 404 else _checked(answer).data

    def find_envelopes(
        self, project: str | None = None, before: int | None = None, limit: int = 50
    ) -> EnvelopePage:
        """A page of envelopes, newest first."""
        path = _path("/relay/v1/envelopes", project=project, cursor=_cursor(before), limit=limit)
        page = _decoded(self._request("GET", path), _WireEnvelopes)
        envelopes = [envelope.stored() for envelope in page.envelopes]
        return EnvelopePage(envelopes, _before(page.next))

    def envelope(self, envelope_id: int) -> StoredEnvelope | None:
        """One envelope, or None when there is none of that id."""
        found = self._get_or_none(f"/relay/v1/envelopes/{envelope_id}", _WireEnvelope)
        return None if found is None else found.stored()

    def body(self, envelope_id: int) -> Body | None:
        """An envelope's bytes, as they came and decoded."""
        wire = self._request("GET", f"/relay/v1/envelopes/{envelope_id}/raw?wire=1")
        if wire.status == 404:
            return None
        coding = _checked(wire).headers.get("X-Wire-Content-Encoding", "")
        content = _checked(self._request("GET", f"/relay/v1/envelopes/{envelope_id}/raw"))
        return Body(wire.data, encoding.normalize(coding), content.data)

    def ledger(self, project: str | None = None) -> list[LedgerEntry]:
        """Quantities by project, category, outcome and reason."""
        path = _path("/relay/v1/outcomes", project=project)
        found = _decoded(self._request("GET", path), _WireOutcomes)
        return [
            LedgerEntry(row.project, row.category, row.outcome, row.reason or "", row.quantity)
            for row in found.outcomes
        ]

    def projects(self) -> list[ProjectSummary]:
        """All projects, the newest first."""
        found = _decoded(self._request("GET", "/relay/v1/projects"), _WireProjects)
        return [
            ProjectSummary(
                project=row.project,
                public_keys=row.public_keys,
                created_at=timestamp(row.created_at) or 0.0,
                items=row.items,
                envelopes=row.envelopes,
            )
            for row in found.projects
        ]

    # Acting.

    def health(self) -> dict[str, Any]:
        """What the server says of itself; raises `Unreachable` when nobody is there."""
        return _decoded(self._request("GET", "/health"), dict[str, Any])

    def create_project(self) -> NewProject:
        """A fresh isolated project and its DSN."""
        return _decoded(self._request("POST", "/relay/v1/projects"), NewProject)

    def clear(self, project: str | None = None) -> int:
        """Forget the items of a project, or all; the number of items."""
        path = _path("/relay/v1/items", project=project)
        return _decoded(self._request("DELETE", path), _Deleted).deleted

    def wait(self, position: int, timeout: float) -> bool:
        """Wait until something newer than `position` is stored; False after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            left = max(0.0, min(deadline - time.monotonic(), MAX_WAIT))
            path = _path("/relay/v1/items", after=position, wait=f"{left:.3f}", limit=1, payload=0)
            answer = self._request("GET", path, timeout=left + PATIENCE)
            if _decoded(answer, _WireItems).position > position:
                return True
            if time.monotonic() >= deadline:
                return False

    def expect(self, expectation: Mapping[str, Any]) -> dict[str, Any]:
        """Have the server wait for an expectation; its verdict, whose `held` tells."""
        within = expectation.get("within", 0)
        patience = (within if isinstance(within, int | float) else 0) + PATIENCE
        answer = self._request(
            "POST", "/relay/v1/expect", body=msgspec.json.encode(expectation), timeout=patience
        )
        if answer.status != 417:
            _checked(answer)
        return {**_decode(answer.data, dict[str, Any]), "held": answer.status == 200}

    def stream(
        self, q: str | None = None, *, project: str | None = None, after: int | None = None
    ) -> Iterator[FoundItem]:
        """Items as they are stored, until the server ends or cannot be reached any more."""
        path = _path("/relay/v1/stream", q=q or None, project=project, after=after, payload=1)
        answer = self._request("GET", path, timeout=STREAM_PATIENCE, preload=False)
        if answer.status != 200:
            answer.read(cache_content=True)
            _checked(answer)
        try:
            for data in _event_data(answer):
                yield _decode(data, _WireItem).found()
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"{self.url} ended the stream: {error}") from error
        finally:
            answer.close()

    def send_envelope(
        self, body: bytes, *, project: str, public_key: str, content_encoding: str = ""
    ) -> str:
        """Send an envelope through the door; its event id. Raises `RequestRefused`."""
        headers = {
            "Content-Type": "application/x-sentry-envelope",
            "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={public_key}",
        }
        if content_encoding:
            headers["Content-Encoding"] = content_encoding
        path = f"/api/{project}/envelope/"
        answer = self._request("POST", path, body=body, headers=headers)
        if answer.status >= 400:
            problem = _problem(answer)
            raise RequestRefused(problem.detail, *problem.causes, status=answer.status)
        return str(_decode(answer.data or b"{}", dict[str, Any]).get("id") or "")

    # The wire.

    def _items(self, query: Mapping[str, Any]) -> FoundPage:
        page = _decoded(self._request("GET", _path("/relay/v1/items", **query)), _WireItems)
        return FoundPage([item.found() for item in page.items], page.next, page.position)

    def _document(self, item: StoredItem) -> Document:
        payload = self.payload(item.id) or b""
        header = msgspec.json.decode(item.headers, type=ItemHeader)
        return Document(
            item, item_type(item.type).facts(header, payload), lambda: _json_or_none(payload)
        )

    def _get_or_none(self, path: str, kind: type[Value]) -> Value | None:
        answer = self._request("GET", path)
        return None if answer.status == 404 else _decoded(answer, kind)

    def _request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = PATIENCE,
        preload: bool = True,
    ) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.request(
                method,
                self.url + path,
                body=body,
                headers={**self._headers, **(headers or {})},
                timeout=urllib3.Timeout(connect=5.0, read=timeout),
                preload_content=preload,
                decode_content=preload,
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(
                f"cannot reach {self.url}: {_cause(error)}; is `fake-relay serve` running there?"
            ) from error


def _path(path: str, **query: Any) -> str:
    fields = {key: value for key, value in query.items() if value is not None}
    return f"{path}?{urlencode(fields)}" if fields else path


def _cursor(before: int | None) -> str | None:
    """The server's cursor for a `before`: opaque to others, but this client ships with it."""
    return None if before is None else f"b{before:x}"


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    try:
        return int(cursor.removeprefix("b"), 16)
    except ValueError as error:
        raise Unreachable(
            f"the server's cursor {cursor!r} is not ours; is it another version?"
        ) from error


def _checked(answer: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
    if answer.status < 400:
        return answer
    problem = _problem(answer)
    raise _error(answer.status, problem)


def _error(status: int, problem: _Problem) -> FakeRelayError:
    if problem.column is not None:
        return QueryError(problem.detail, column=problem.column)
    if status >= 500:
        return Unreachable(f"the server answered {status}: {problem.detail}")
    if status == 401:
        return ConfigError(f"{problem.detail}; set FAKE_RELAY_TOKEN or --token")
    return ConfigError(problem.detail)


def _problem(answer: urllib3.BaseHTTPResponse) -> _Problem:
    try:
        problem = msgspec.json.decode(answer.data, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem()
    if problem.detail:
        return problem
    return _Problem(f"the server answered {answer.status} {answer.reason or ''}".rstrip())


def _decoded(answer: urllib3.BaseHTTPResponse, kind: type[Value]) -> Value:
    return _decode(_checked(answer).data, kind)


def _decode(data: bytes, kind: type[Value]) -> Value:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as error:
        raise Unreachable(f"what answers there is not a fake-relay: {error}") from error


def _json_or_none(payload: bytes) -> Any:
    try:
        return msgspec.json.decode(payload)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _cause(error: urllib3.exceptions.HTTPError) -> str:
    text = str(error)
    return text.rpartition(": ")[2] if ": " in text else text or type(error).__name__


def _event_data(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """The data of each server-sent event of type `item`."""
    kind, data = b"", b""
    for line in _lines(answer):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            kind = value
        elif field == b"data":
            data += value
        elif line == b"":
            if data and kind in (b"", b"item"):
                yield data
            kind, data = b"", b""


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for chunk in answer.stream(None):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line.removesuffix(b"\r") for line in lines)

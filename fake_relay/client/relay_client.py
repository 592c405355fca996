"""A `Reader` over HTTP, for the command line and for tests in other processes.

What a local store answers, this answers too, from a running server's `/relay/v1`; a server
that does not answer raises `Unreachable`.
May import: client.wire, store, query, records, items, protocol, errors, urllib3.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
import urllib3

from fake_relay.client.wire import (
    Deleted,
    FoundItem,
    FoundPage,
    NewProject,
    WireAdded,
    WireEnvelope,
    WireEnvelopes,
    WireFaults,
    WireItem,
    WireItems,
    WireOutcomes,
    WireProjects,
    WireRefused,
    WireRefusedPage,
    before_of,
    cause_of,
    checked,
    cursor_of,
    decode,
    decoded,
    events,
    findings_of_page,
    path_of,
    problem_of,
    stored_view_of,
)
from fake_relay.config import DEFAULT_URL, Fault
from fake_relay.errors import RequestRefused, Unreachable
from fake_relay.faults import Told
from fake_relay.forward.chain import IMPORTED
from fake_relay.items.facts import timestamp
from fake_relay.lint import Finding
from fake_relay.protocol import encoding
from fake_relay.query import Document
from fake_relay.records import (
    LedgerBucket,
    LedgerEntry,
    ProjectSummary,
    RefusedRequest,
    StoredEnvelope,
    StoredItem,
)
from fake_relay.store import Body, EnvelopePage, Page, RefusedPage, Selection
from fake_relay.store.buckets import Period
from fake_relay.stored_view import Refused, StoredView

MAX_WAIT = 55.0
"""Seconds of one long poll; the server bounds them at 60."""
PATIENCE = 30.0
"""Seconds that a server may take to answer."""
STREAM_PATIENCE = 60.0
"""Seconds of silence that end a stream; the server says something every 15."""

Value = TypeVar("Value")


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
                "cursor": cursor_of(selection.before),
                "limit": min(selection.limit, 1000),
                "payload": 0,
            }
        )
        items = [found.item for found in page.items]
        if selection.query is not None:
            items = [item for item in items if selection.query.matches(self._document(item))]
        return Page(items, before_of(page.next))

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
        findings: bool = False,
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
                "findings": int(findings) or None,
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
        found = self._get_or_none(f"/relay/v1/items/{item_id}?payload=0", WireItem)
        return None if found is None else found.found().item

    def payload(self, item_id: int) -> bytes | None:
        """An item's payload exactly as it was sent."""
        answer = self._request("GET", f"/relay/v1/items/{item_id}/payload")
        return None if answer.status == 404 else checked(answer).data

    def view(self, item: StoredItem) -> StoredView:
        """An item as Sentry would have kept it; the payload of binaries is left out.

        Raises `ConfigError` when the server has no library to compute it.
        """
        answer = self._request("GET", f"/relay/v1/items/{item.id}?view=stored")
        if answer.status == 404:
            return StoredView(b"", refused=Refused("gone", "the item was removed meanwhile"))
        return stored_view_of(answer)

    def payloads(self, item_ids: Sequence[int]) -> dict[int, bytes]:
        """The payloads of several items by id, without those of items that are gone."""
        found = ((item_id, self.payload(item_id)) for item_id in item_ids)
        return {item_id: data for item_id, data in found if data is not None}

    def find_envelopes(
        self, project: str | None = None, before: int | None = None, limit: int = 50
    ) -> EnvelopePage:
        """A page of envelopes, newest first."""
        path = path_of(
            "/relay/v1/envelopes", project=project, cursor=cursor_of(before), limit=limit
        )
        page = decoded(self._request("GET", path), WireEnvelopes)
        envelopes = [envelope.stored() for envelope in page.envelopes]
        return EnvelopePage(envelopes, before_of(page.next))

    def envelope(self, envelope_id: int) -> StoredEnvelope | None:
        """One envelope, or None when there is none of that id."""
        found = self._get_or_none(f"/relay/v1/envelopes/{envelope_id}", WireEnvelope)
        return None if found is None else found.stored()

    def body(self, envelope_id: int) -> Body | None:
        """An envelope's bytes, as they came and decoded."""
        wire = self._request("GET", f"/relay/v1/envelopes/{envelope_id}/raw?wire=1")
        if wire.status == 404:
            return None
        coding = checked(wire).headers.get("X-Wire-Content-Encoding", "")
        converted = wire.headers.get("X-Wire-Converted") == "1"
        content = checked(self._request("GET", f"/relay/v1/envelopes/{envelope_id}/raw"))
        return Body(wire.data, encoding.normalize(coding), content.data, converted)

    def refused(
        self, project: str | None = None, before: int | None = None, limit: int = 50
    ) -> RefusedPage:
        """A page of refused requests, newest first."""
        path = path_of("/relay/v1/refused", project=project, cursor=cursor_of(before), limit=limit)
        page = decoded(self._request("GET", path), WireRefusedPage)
        found = [refused.stored() for refused in page.refused]
        return RefusedPage(found, before_of(page.next), page.evicted)

    def refused_request(self, refused_id: int) -> RefusedRequest | None:
        """One refused request, or None when there is none of that id."""
        found = self._get_or_none(f"/relay/v1/refused/{refused_id}", WireRefused)
        return None if found is None else found.stored()

    def refused_body(self, refused_id: int) -> bytes | None:
        """A refused request's body as it came, as far as it is kept."""
        answer = self._request("GET", f"/relay/v1/refused/{refused_id}/raw")
        return None if answer.status == 404 else checked(answer).data

    def ledger(self, project: str | None = None) -> list[LedgerEntry]:
        """Quantities by project, category, outcome and reason."""
        path = path_of("/relay/v1/outcomes", project=project)
        found = decoded(self._request("GET", path), WireOutcomes)
        return [
            LedgerEntry(row.project, row.category, row.outcome, row.reason or "", row.quantity)
            for row in found.outcomes
        ]

    def ledger_over_time(self, period: Period, project: str | None = None) -> list[LedgerBucket]:
        """The ledger in the steps of a period."""
        path = path_of(
            "/relay/v1/outcomes",
            project=project,
            interval=f"{period.step}s",
            start=period.start,
            end=period.end,
        )
        found = decoded(self._request("GET", path), WireOutcomes)
        return [row.bucket() for row in found.over_time]

    def evicted(self, project: str | None = None) -> int:
        """How many items retention has removed from a project, or from all."""
        path = path_of("/relay/v1/outcomes", project=project)
        return decoded(self._request("GET", path), WireOutcomes).evicted

    def forgotten_projects(self) -> int:
        """How many projects that held nothing were forgotten, with what their ledgers counted."""
        return int(self.health()["store"].get("forgotten_projects", 0))

    def projects(self) -> list[ProjectSummary]:
        """All projects, the newest first."""
        found = decoded(self._request("GET", "/relay/v1/projects"), WireProjects)
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
        return decoded(self._request("GET", "/health"), dict[str, Any])

    def findings(self, q: str | None = None, *, project: str | None = None) -> list[Finding]:
        """What an application should change in all that a search finds, newest items first.

        Raises `ConfigError` when the server has no library to tell.
        """
        found: list[Finding] = []
        cursor: str | None = None
        while True:
            path = path_of("/relay/v1/findings", q=q or None, project=project, cursor=cursor)
            page = findings_of_page(self._request("GET", path))
            found += page.findings
            cursor = page.next
            if cursor is None:
                return found

    def create_project(self) -> NewProject:
        """A fresh isolated project and its DSN."""
        return decoded(self._request("POST", "/relay/v1/projects"), NewProject)

    def configure(self, project: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Replace a project's own settings while the server runs; what holds then.

        Raises `FakeRelayError` for settings that the server does not take.
        """
        answer = self._request(
            "PUT", f"/relay/v1/projects/{project}/settings", body=msgspec.json.encode(settings)
        )
        return decoded(answer, dict[str, Any])

    def clear(self, project: str | None = None) -> int:
        """Forget the items of a project, or all; the number of items."""
        path = path_of("/relay/v1/items", project=project)
        return decoded(self._request("DELETE", path), Deleted).deleted

    def wait(self, position: int, timeout: float) -> bool:
        """Wait until something newer than `position` is stored; False after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            left = max(0.0, min(deadline - time.monotonic(), MAX_WAIT))
            path = path_of(
                "/relay/v1/items", after=position, wait=f"{left:.3f}", limit=1, payload=0
            )
            answer = self._request("GET", path, timeout=left + PATIENCE)
            if decoded(answer, WireItems).position > position:
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
            checked(answer)
        return {**decode(answer.data, dict[str, Any]), "held": answer.status == 200}

    def explain(
        self,
        event_id: str | None = None,
        *,
        project: str | None = None,
        since: float | None = None,
    ) -> dict[str, Any]:
        """Why an event is missing, or what was not accepted since then (seconds since 1970)."""
        path = path_of("/relay/v1/explain", event_id=event_id, project=project, since=since)
        return decoded(self._request("GET", path), dict[str, Any])

    def stream(
        self, q: str | None = None, *, project: str | None = None, after: int | None = None
    ) -> Generator[FoundItem, None, None]:
        """Items as they are stored, until the server ends or cannot be reached any more."""
        asked = path_of("/relay/v1/stream", q=q or None, project=project, after=after, payload=1)
        with closing(self._events(asked)) as found:
            for kind, data in found:
                if kind == "item":
                    yield decode(data, WireItem).found()

    def follow(
        self, *, project: str | None = None, after: int | None = None
    ) -> Generator[FoundItem | RefusedRequest, None, None]:
        """The same, and requests as they are refused."""
        asked = path_of("/relay/v1/stream", project=project, after=after, payload=1, refused=1)
        with closing(self._events(asked)) as found:
            for kind, data in found:
                if kind == "item":
                    yield decode(data, WireItem).found()
                elif kind == "refused":
                    yield decode(data, WireRefused).stored()

    def _events(self, path: str) -> Generator[tuple[str, bytes], None, None]:
        answer = self._request("GET", path, timeout=STREAM_PATIENCE, preload=False)
        if answer.status != 200:
            answer.read(cache_content=True)
            checked(answer)
        try:
            yield from events(answer)
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"{self.url} ended the stream: {error}") from error
        finally:
            answer.close()

    def send_envelope(
        self,
        body: bytes,
        *,
        project: str,
        public_key: str,
        content_encoding: str = "",
        chain: Sequence[str] = (),
    ) -> str:
        """Send an envelope through the door; its event id. Raises `RequestRefused`.

        `chain` are the ids of the relays that an imported one came through.
        """
        headers = {
            "Content-Type": "application/x-sentry-envelope",
            "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={public_key}",
        }
        if content_encoding:
            headers["Content-Encoding"] = content_encoding
        if chain:
            headers[IMPORTED] = ", ".join(chain)
        path = f"/api/{project}/envelope/"
        answer = self._request("POST", path, body=body, headers=headers)
        if answer.status >= 400:
            problem = problem_of(answer)
            raise RequestRefused(problem.detail, *problem.causes, status=answer.status)
        return str(decode(answer.data or b"{}", dict[str, Any]).get("id") or "")

    def faults(self, project: str | None = None) -> Told:
        """The fault plan, or a project's own entries, and what fired."""
        path = path_of("/relay/v1/faults", project=project)
        return decoded(self._request("GET", path), WireFaults).told()

    def set_faults(self, faults: Sequence[Fault], project: str | None = None) -> Told:
        """Replace the plan, or a project's own entries; raises `ConfigError` for a wrong one."""
        path = path_of("/relay/v1/faults", project=project)
        answer = self._request("PUT", path, body=msgspec.json.encode({"faults": faults}))
        return decoded(answer, WireFaults).told()

    def add_faults(self, faults: Sequence[Fault]) -> list[int]:
        """Add to the plan; the ids of the new entries. Raises `ConfigError` for a wrong one."""
        body = msgspec.json.encode({"faults": faults})
        return decoded(self._request("POST", "/relay/v1/faults", body=body), WireAdded).ids

    def clear_faults(self, project: str | None = None, fault_id: int | None = None) -> int:
        """Clear the plan, a project's own entries, or the one of an id; how many went."""
        path = path_of("/relay/v1/faults", project=project, id=fault_id)
        return decoded(self._request("DELETE", path), Deleted).deleted

    def forward(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Ask what is below `/relay/v1/forward`; raises `ConfigError` for what it refuses."""
        data = None if body is None else msgspec.json.encode(body)
        patience = (body.get("wait", 0.0) if isinstance(body, dict) else 0.0) + PATIENCE
        asked = self._request(method, f"/relay/v1/forward{path}", body=data, timeout=patience)
        return decoded(asked, dict[str, Any])

    # The wire.

    def _items(self, query: Mapping[str, Any]) -> FoundPage:
        page = decoded(self._request("GET", path_of("/relay/v1/items", **query)), WireItems)
        return FoundPage([item.found() for item in page.items], page.next, page.position)

    def _document(self, item: StoredItem) -> Document:
        return Document.read(item, self.payload(item.id) or b"")

    def _get_or_none(self, path: str, kind: type[Value]) -> Value | None:
        answer = self._request("GET", path)
        return None if answer.status == 404 else decoded(answer, kind)

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
                f"cannot reach {self.url}: {cause_of(error)}; is `fake-relay serve` running there?"
            ) from error

"""A store of its own for each test, and a way to send items into it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store import Store
from fake_relay.store.sqlite import SqliteStore

Send = Callable[..., None]
EVENTS = {"event", "transaction", "feedback", "security", "raw_security", "replay_event"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(str(tmp_path / "store.sqlite"))
    yield store
    store.close()


@pytest.fixture
def send(store: SqliteStore) -> Send:
    """Sends items, `(type, payload)` or `(type, payload, headers)`.

    They share an envelope up to the second of a type, for an envelope holds but one event.
    """
    return _sender(store)


@pytest.fixture(scope="session")
def sender() -> Callable[[Store], Send]:
    """Makes a `send` for a store."""
    return _sender


def _sender(store: Store) -> Send:
    relay = Relay(store)

    def send_items(
        *items: tuple[Any, ...],
        project: str = "1",
        received_at: float = 1_000_000.0,
        event_id: str | None = None,
    ) -> None:
        header = json.dumps({} if event_id is None else {"event_id": event_id}).encode()
        for number, group in enumerate(_groups(items), start=relay.store.position() + 1):
            inbound = Inbound(
                method="POST",
                path=f"/api/{project}/envelope/",
                query="sentry_key=abc",
                headers={"user-agent": "tests"},
                body=header + b"\n" + b"".join(_framed(*item) for item in group),
                peer="127.0.0.1",
                received_at=received_at,
                new_id=f"{number:032x}",
            )
            reply = relay.receive(inbound)
            assert reply.status == 200, reply.body
        relay.commit()

    return send_items


def _groups(items: tuple[tuple[Any, ...], ...]) -> Iterator[list[tuple[Any, ...]]]:
    group: list[tuple[Any, ...]] = []
    for item in items:
        if _slot(item) in map(_slot, group):
            yield group
            group = []
        group.append(item)
    yield group


def _slot(item: tuple[Any, ...]) -> str:
    return "event" if item[0] in EVENTS else str(item[0])


def _framed(item_type: str, payload: Any, headers: dict[str, Any] | None = None) -> bytes:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    header = {"type": item_type, "length": len(data), **(headers or {})}
    return json.dumps(header).encode() + b"\n" + data + b"\n"

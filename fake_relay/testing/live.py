"""The relay that tests talk to: a server of this process (or `attached`, one elsewhere).

Rule: both read, wait and clear the same way, so that a test does not know which it has.
May import: web, relay, store and below.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol, Self

from fake_relay.config import Fault, RelayConfig
from fake_relay.config.own_settings import read_own_settings
from fake_relay.expect.subject import Views
from fake_relay.faults import Told, check_plan
from fake_relay.intake import DOOR_NAMES
from fake_relay.protocol.dsn import Dsn
from fake_relay.relay import Relay
from fake_relay.store import Reader, Store, open_store
from fake_relay.stored_view.viewer import Views as StoredViews
from fake_relay.web.api.projects import random_id
from fake_relay.web.runner import ThreadServer


class LiveRelay(Protocol):
    """A running relay: its URL, its items, and a way to wait for more."""

    url: str
    reader: Reader
    views: Views

    def create_project(self) -> Dsn:
        """A fresh isolated project."""

    def wait(self, position: int, timeout: float) -> None:
        """Return when something newer than `position` is stored, or after `timeout` seconds."""

    def clear(self, project: str) -> None:
        """Forget what a project holds."""

    def configure(self, project: str, settings: Mapping[str, Any]) -> None:
        """Give a project settings of its own, in the form of the settings API."""

    def faults(self, project: str) -> Told:
        """The project's own faults, and what fired."""

    def add_fault(self, fault: Fault) -> int:
        """Add a fault; its id."""

    def clear_faults(self, project: str, fault_id: int | None) -> None:
        """Forget a project's own faults, or the one of an id."""

    def errors(self) -> list[Exception]:
        """Bugs of the server since this was last asked."""


class ServedHere(AbstractContextManager["ServedHere"]):
    """A server in a thread of this process, with its store in memory."""

    def __init__(self, config: RelayConfig) -> None:
        self._server = ThreadServer(lambda: Relay(open_store("memory:"), config))
        self.url = ""
        self.reader: Reader
        self.views: Views
        self._seen_errors = 0

    def __enter__(self) -> Self:
        self._server.start()
        self.url = self._server.url
        relay = self._server.relay
        self.reader = relay.store
        self.views = StoredViews(relay.store, lambda project: relay.settings_of(project).scrubbing)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.stop()

    @property
    def receiver(self) -> Relay:
        """The relay itself: its store, hub and settings."""
        return self._server.relay

    def create_project(self) -> Dsn:
        """A project that only who holds its DSN sends to."""
        project, key = random_id(), secrets.token_hex(16)
        store = self._server.relay.store
        self._server.call(lambda: store.add_project(project, key, time.time()))
        return Dsn.parse(f"{self.url.replace('://', f'://{key}@', 1)}/{project}")

    def wait(self, position: int, timeout: float) -> None:
        """Wait for the hub to announce something newer."""
        self._server.relay.hub.wait_in_thread(position, timeout)

    def clear(self, project: str) -> None:
        """Forget what a project holds."""
        store = self._server.relay.store
        self._server.call(lambda: _forget(store, project))

    def configure(self, project: str, settings: Mapping[str, Any]) -> None:
        """Give a project settings of its own; raises `ConfigError` for wrong ones."""
        own = read_own_settings(project, settings).config
        self._server.call(lambda: self._server.relay.configure(own))

    def faults(self, project: str) -> Told:
        """The project's own faults, and what fired."""
        return self._server.call(lambda: self._server.relay.faults.told(project))

    def add_fault(self, fault: Fault) -> int:
        """Add a fault; its id. Raises `ConfigError` for a wrong one."""
        check_plan((fault,), DOOR_NAMES)
        return self._server.call(lambda: self._server.relay.faults.add(fault))

    def clear_faults(self, project: str, fault_id: int | None) -> None:
        """Forget a project's own faults, or the one of an id."""
        faults = self._server.relay.faults
        if fault_id is None:
            self._server.call(lambda: faults.clear(project))
        else:
            self._server.call(lambda: faults.remove(fault_id, project))

    def errors(self) -> list[Exception]:
        """Bugs of the server since this was last asked."""
        found = list(self._server.errors)
        new, self._seen_errors = found[self._seen_errors :], len(found)
        return new


def _forget(store: Store, project: str) -> None:
    store.clear(project)

"""A relay that runs already, reached over HTTP: what `--fake-relay-url` gives to tests.

May import: client, store and below.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from fake_relay.client import RelayClient
from fake_relay.config import Fault
from fake_relay.expect.subject import Views
from fake_relay.faults import Told
from fake_relay.protocol.dsn import Dsn
from fake_relay.store import Reader


class ServedElsewhere(AbstractContextManager["ServedElsewhere"]):
    """A server that runs already, reached over HTTP."""

    def __init__(self, url: str) -> None:
        self._client = RelayClient(url)
        self.url = self._client.url
        self.reader: Reader = self._client
        self.views: Views = self._client

    def __enter__(self) -> Self:
        self._client.health()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def create_project(self) -> Dsn:
        """A project that only who holds its DSN sends to."""
        return Dsn.parse(self._client.create_project().dsn)

    def wait(self, position: int, timeout: float) -> None:
        """Wait in a long poll."""
        self._client.wait(position, timeout)

    def clear(self, project: str) -> None:
        """Forget what a project holds."""
        self._client.clear(project)

    def configure(self, project: str, settings: Mapping[str, Any]) -> None:
        """Give a project settings of its own."""
        self._client.configure(project, settings)

    def faults(self, project: str) -> Told:
        """The project's own faults, and what fired."""
        return self._client.faults(project)

    def add_fault(self, fault: Fault) -> int:
        """Add a fault; its id. Raises `ConfigError` for a wrong one."""
        return self._client.add_faults([fault])[0]

    def clear_faults(self, project: str, fault_id: int | None) -> None:
        """Forget a project's own faults, or the one of an id."""
        self._client.clear_faults(project, fault_id)

    def errors(self) -> list[Exception]:
        """None: a server elsewhere keeps its bugs in its own log."""
        return []

"""A running relay over HTTP: a `Reader`, and what else one can ask of a server.

May import: store, query, records, items, config, protocol, errors, urllib3.
"""

from __future__ import annotations

from fake_relay.client.relay_client import RelayClient
from fake_relay.client.wire import FoundItem, FoundPage, NewProject
from fake_relay.config import DEFAULT_URL

__all__ = ["DEFAULT_URL", "FoundItem", "FoundPage", "NewProject", "RelayClient"]

"""Sentry, offline: catch what Sentry SDKs send, keep it, show it, assert on it.

The names in `__all__` are what users import; the rest may change. They are fetched when
asked for, because pytest imports this package in every run that has it installed. What
tests use stands in `fake_relay.testing` and `fake_relay.match`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_relay.version import __version__

if TYPE_CHECKING:
    from fake_relay.client import RelayClient
    from fake_relay.config import Limits, ProjectConfig, RelayConfig
    from fake_relay.errors import (
        ConfigError,
        FakeRelayError,
        InvalidDsn,
        QueryError,
        RequestRefused,
        StoreError,
        Unreachable,
    )
    from fake_relay.expect import Expectation, Verdict, judge
    from fake_relay.leaks import Leak, Sought, find_leaks
    from fake_relay.protocol.dsn import Dsn
    from fake_relay.protocol.envelope import Envelope, Item, make_envelope, make_item
    from fake_relay.query import parse_query
    from fake_relay.records import StoredEnvelope, StoredItem
    from fake_relay.store import Reader, Selection, Store, open_store
    from fake_relay.store.retention import Retention
    from fake_relay.web.runner import ThreadServer, serving
    from fake_relay.web.settings import WebConfig

_HOMES = {
    "ConfigError": "errors",
    "Dsn": "protocol.dsn",
    "Envelope": "protocol.envelope",
    "Expectation": "expect",
    "FakeRelayError": "errors",
    "InvalidDsn": "errors",
    "Item": "protocol.envelope",
    "Leak": "leaks",
    "Limits": "config",
    "ProjectConfig": "config",
    "QueryError": "errors",
    "Reader": "store",
    "RelayClient": "client",
    "RelayConfig": "config",
    "RequestRefused": "errors",
    "Retention": "store.retention",
    "Selection": "store",
    "Sought": "leaks",
    "Store": "store",
    "StoreError": "errors",
    "StoredEnvelope": "records",
    "StoredItem": "records",
    "ThreadServer": "web.runner",
    "Unreachable": "errors",
    "Verdict": "expect",
    "WebConfig": "web.settings",
    "find_leaks": "leaks",
    "judge": "expect",
    "make_envelope": "protocol.envelope",
    "make_item": "protocol.envelope",
    "open_store": "store",
    "parse_query": "query",
    "serving": "web.runner",
}

__all__ = [
    "ConfigError",
    "Dsn",
    "Envelope",
    "Expectation",
    "FakeRelayError",
    "InvalidDsn",
    "Item",
    "Leak",
    "Limits",
    "ProjectConfig",
    "QueryError",
    "Reader",
    "RelayClient",
    "RelayConfig",
    "RequestRefused",
    "Retention",
    "Selection",
    "Sought",
    "Store",
    "StoreError",
    "StoredEnvelope",
    "StoredItem",
    "ThreadServer",
    "Unreachable",
    "Verdict",
    "WebConfig",
    "__version__",
    "find_leaks",
    "judge",
    "make_envelope",
    "make_item",
    "open_store",
    "parse_query",
    "serving",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

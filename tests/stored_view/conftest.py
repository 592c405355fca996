"""What the tests of stored views share: views of payloads, under settings of their choice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fake_relay.config import Scrubbing
from fake_relay.protocol.envelope import make_item
from fake_relay.stored_view import StoredView, ViewContext
from fake_relay.stored_view.view import stored_view

View = Callable[..., StoredView]

CONTEXT = ViewContext(
    "42", 1_700_000_000.0, client="sentry.python/2.0.0", client_address="198.51.100.7"
)


@pytest.fixture
def view() -> View:
    """Views an item: `view(document, type="event", headers=…, scrubbing=…, **context)`."""

    def look(
        document: Any,
        type: str = "event",  # noqa: A002 - the field's word
        headers: dict[str, Any] | None = None,
        scrubbing: Scrubbing | None = None,
        **known: Any,
    ) -> StoredView:
        payload = document if isinstance(document, bytes) else json.dumps(document).encode()
        item = make_item(type, payload, headers)
        context = replace(CONTEXT, scrubbing=scrubbing or Scrubbing(), **known)
        return stored_view(type, item.header, payload, context)

    return look


@pytest.fixture
def all_on() -> Scrubbing:
    """The settings of PROTOCOL.md 9.3."""
    return Scrubbing(
        scrub_ip_addresses=True, sensitive_fields=("x_internal",), exclude_fields=("keep_me",)
    )


@pytest.fixture
def off() -> Scrubbing:
    """No scrubbing at all."""
    return Scrubbing(scrub_data=False, scrub_defaults=False)

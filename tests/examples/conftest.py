"""The application under test in the examples: it uses the SDK as it would in production."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sentry_sdk

from fake_relay.testing import Relay


@pytest.fixture
def sentry(relay: Relay) -> Iterator[None]:
    """Point the SDK at this test's own project."""
    sentry_sdk.init(dsn=relay.dsn, release="shop@2.0", traces_sample_rate=1.0, enable_logs=True)
    # The SDK's scopes outlive a test, with its tags, breadcrumbs and transaction.
    sentry_sdk.get_isolation_scope().clear()
    sentry_sdk.get_current_scope().clear()
    yield
    sentry_sdk.get_client().close()

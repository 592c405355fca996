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
    sentry_sdk.get_isolation_scope().clear()  # tags and breadcrumbs of the tests before
    yield
    sentry_sdk.get_client().close()

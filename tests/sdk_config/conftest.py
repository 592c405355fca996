"""A service that calls `setup()` in this process, against its own project of the relay."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sentry_sdk

from sdk_config import Status, setup, shutdown

if TYPE_CHECKING:
    from fake_relay.testing import Relay

ROOT = Path(__file__).parents[2]

SetUp = Callable[..., Status]


@pytest.fixture(scope="session")
def installer() -> Any:
    """The script that installs SDKs and frameworks into the cache."""
    spec = importlib.util.spec_from_file_location(
        "install_sdks", ROOT / "tests" / "scripts" / "install_sdks.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def service(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Iterator[SetUp]:
    """Call `setup()` for this test's project: `service(traces_sample_rate=1.0)`; undone after."""
    monkeypatch.setenv("SENTRY_DSN", relay.dsn)
    monkeypatch.setenv("SENTRY_ENVIRONMENT", "test")
    monkeypatch.setenv("SENTRY_RELEASE", "shop@2.0.3")

    def start(*arguments: Any, **overrides: Any) -> Status:
        # The SDK's scopes outlive a test, with its tags, breadcrumbs and transaction.
        sentry_sdk.get_global_scope().clear()
        sentry_sdk.get_isolation_scope().clear()
        sentry_sdk.get_current_scope().clear()
        return setup(*arguments, **overrides)

    yield start
    shutdown()

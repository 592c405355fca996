"""The plugin under test serves our own tests too; pyproject switches its entry point off,
so that coverage sees it being imported."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester", "fake_relay.testing.plugin"]

# What an example takes tells of the machine; the time limit of each test remains.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Start half as many workers again as there are processors: a third of the time of the slow
    tests is spent waiting for processes and browsers."""
    asked = "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ
    return None if asked else (os.cpu_count() or 2) * 3 // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests last, for what breaks fast is seen first.

    The longest of them come first, so that no worker is left alone with one.
    """
    items.sort(key=seconds)


def seconds(item: pytest.Item) -> tuple[bool, float]:
    """How late a test runs: the fast ones in their order, then the slow ones, longest first."""
    slow = item.get_closest_marker("slow")
    return slow is not None, -(slow.args[0] if slow and slow.args else 2)

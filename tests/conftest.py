"""The plugin under test serves our own tests too; pyproject switches its entry point off,
so that coverage sees it being imported."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester", "fake_relay.testing.plugin"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests last, for what breaks fast is seen first.

    The longest of them come first, so that no worker is left alone with one.
    """
    items.sort(key=seconds)


def seconds(item: pytest.Item) -> tuple[bool, float]:
    """How late a test runs: the fast ones in their order, then the slow ones, longest first."""
    slow = item.get_closest_marker("slow")
    return slow is not None, -(slow.args[0] if slow and slow.args else 2)

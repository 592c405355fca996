"""The plugin under test serves our own tests too; pyproject switches its entry point off,
so that coverage sees it being imported."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester", "fake_relay.testing.plugin"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests last: what breaks fast is seen first."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)

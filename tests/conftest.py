"""The plugin under test serves our own tests too; pyproject switches its entry point off,
so that coverage sees it being imported."""

from __future__ import annotations

pytest_plugins = ["pytester", "fake_relay.testing.plugin"]

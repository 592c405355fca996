"""What users import from `scenarios` is there, and importing it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import scenarios


@pytest.mark.parametrize("name", scenarios.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(scenarios, name) is not None


def test_another_name_is_told() -> None:
    with pytest.raises(AttributeError, match="'scenarios' has no attribute 'Scenery'"):
        _ = scenarios.Scenery


def test_importing_the_package_imports_nothing_else() -> None:
    asked = (
        "import scenarios, sys; print({'msgspec', 'fake_relay', 'sentry_sdk'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

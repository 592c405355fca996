"""What users import: a short list, each name of which is there."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import pytest

import fake_relay


@pytest.mark.parametrize("name", fake_relay.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    assert getattr(fake_relay, name) is not None


def test_the_list_of_public_names_is_sorted() -> None:
    assert sorted(fake_relay.__all__) == fake_relay.__all__


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = fake_relay.nothing


def test_the_version_is_that_of_the_distribution() -> None:
    assert fake_relay.__version__ == importlib.metadata.version("fake-relay")


def test_importing_the_package_imports_only_its_version() -> None:
    code = "import sys, fake_relay; print([m for m in sys.modules if m.startswith('fake_relay.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['fake_relay.version']"

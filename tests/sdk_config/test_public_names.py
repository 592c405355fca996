"""What services import: a short list, the documents' aliases, and no cost until used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import sdk_config
from sdk_config.aliases import ALIASES


@pytest.mark.parametrize("name", sdk_config.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    assert getattr(sdk_config, name) is not None


def test_the_list_of_public_names_has_each_once_and_a_home_for_each() -> None:
    # Their order is lint's: constants, classes, functions.
    assert sorted(sdk_config._HOMES) == sorted(sdk_config.__all__)
    assert sorted(set(sdk_config.__all__)) == sorted(sdk_config.__all__)


@pytest.mark.parametrize("alias", ALIASES)
def test_every_alias_of_the_documents_can_be_imported(alias: str) -> None:
    assert callable(getattr(sdk_config, alias))


@pytest.mark.parametrize("alias", ["configure_sentry", "init_sentry", "setup_sentry"])
def test_each_entry_point_of_the_documents_is_setup(alias: str) -> None:
    assert getattr(sdk_config, alias) is sdk_config.setup


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = sdk_config.nothing


def test_importing_the_package_and_settings_does_not_import_the_sdk() -> None:
    code = "import sys, sdk_config; sdk_config.Settings; print('sentry_sdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

"""A settings file is read whole, and what is wrong in it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_relay.cli.config_file import read_settings
from fake_relay.errors import ConfigError


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "relay.toml"
    path.write_text(text)
    return path


def test_every_table_reaches_its_record(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        strict = true
        [limits]
        max_store_size = 10
        [[projects]]
        project_id = "7"
        public_keys = ["k"]
        [web]
        token = "t"
        [retention]
        max_items = 5
        """,
    )
    settings = read_settings(path)
    assert settings.relay.strict
    assert settings.relay.limits.max_store_size == 10
    assert settings.relay.projects[0].public_keys == ("k",)
    assert settings.web.token == "t"
    assert settings.retention.max_items == 5


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("lenent = true", "'lenent'"),
        ("strict = 'yes'", "'strict'"),
        ("[limits]\nmax_store = 1", "'limits.max_store'"),
        ("[limits]\nmax_store_size = 'big'", "'limits.max_store_size'"),
        ("[[projects]]\nproject_id = '1'\nkey = 'k'", "'projects[0].key'"),
        ("[[projects]]\nproject_id = 1", "'projects[0].project_id'"),
        ("limits = 3", "'limits'"),
        ("[web]\ntokn = 'x'", "'web.tokn'"),
        ("[web]\ntoken = 1", "'web.token'"),
        ("web = 5", "'web'"),
        ("strict =", "not TOML"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_settings(path)
    assert (named in str(caught.value), str(path) in str(caught.value)) == (True, True)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no-such"):
        read_settings(tmp_path / "no-such.toml")


def test_bytes_that_are_no_text_are_no_settings(tmp_path: Path) -> None:
    path = tmp_path / "relay.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not TOML"):
        read_settings(path)

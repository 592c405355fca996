"""The subset of .env files that is read, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk_config.dotenv import parse_dotenv, read_dotenv


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A=1", {"A": "1"}),
        ("A = 1", {"A": "1"}),
        ("export A=1", {"A": "1"}),
        ("A=", {"A": ""}),
        ('A=""', {"A": ""}),
        ("# A=1\n\nB=2", {"B": "2"}),
        ("A=1 # why", {"A": "1"}),
        ("A= # why", {"A": ""}),
        ("A=a#b", {"A": "a#b"}),
        ("A='a # b' # why", {"A": "a # b"}),
        (r"A='a\nb'", {"A": r"a\nb"}),
        (r'A="a\nb \"c\""', {"A": 'a\nb "c"'}),
        ('A="two\nlines"\nB=2', {"A": "two\nlines", "B": "2"}),
        ("A=$HOME ${B}", {"A": "$HOME ${B}"}),
        ("A=1\nA=2", {"A": "2"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("\ufeffA=1", {"A": "1"}),
        ("A=a=b", {"A": "a=b"}),
        ("no equals\n1A=1\nB=2", {"B": "2"}),
        ("", {}),
    ],
)
def test_lines(text: str, found: dict[str, str]) -> None:
    assert parse_dotenv(text) == found


@given(st.dictionaries(st.from_regex(r"[A-Z_]{1,8}", fullmatch=True), st.text(max_size=30)))
def test_what_is_written_in_double_quotes_is_read_again(values: dict[str, str]) -> None:
    values = {key: value.replace("\r", "") for key, value in values.items()}
    escaped = {k: v.replace("\\", "\\\\").replace('"', '\\"') for k, v in values.items()}
    text = "\n".join(f'{key}="{value}"' for key, value in escaped.items())

    assert parse_dotenv(text) == values


@given(st.text(alphabet="AB=\"'# \n\\$", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    parse_dotenv(text)


def test_a_file_is_read_as_utf8(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("A=ü".encode())

    assert read_dotenv(tmp_path / ".env") == {"A": "ü"}

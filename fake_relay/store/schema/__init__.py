"""The numbered SQL files, applied in order when a store is opened.

May import: errors.
"""

from __future__ import annotations

import re
import sqlite3
from importlib import resources

from fake_relay.errors import StoreError

APPLICATION_ID = 0x66726C79
"""Marks a file as ours; SQLite keeps it in the file's header."""

_NAME = re.compile(r"(\d{4})_\w+\.sql")


def migrations() -> dict[int, str]:
    """The SQL of every schema version, in order."""
    files = {
        int(match[1]): entry.read_text("utf-8")
        for entry in resources.files(__name__).iterdir()
        if (match := _NAME.fullmatch(entry.name))
    }
    return dict(sorted(files.items()))


def upgrade(connection: sqlite3.Connection, path: str) -> None:
    """Bring a database to the newest schema; raises `StoreError` for a file that is not ours."""
    known = migrations()
    newest = max(known)
    version = _pragma(connection, "user_version")
    application = _pragma(connection, "application_id")
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application != APPLICATION_ID and tables:
        raise StoreError(
            f"{path} is an SQLite database of another program; nothing was changed. "
            "Name another file, or memory:"
        )
    if version > newest:
        raise StoreError(
            f"{path} was written by a newer fake-relay (schema {version}, this one knows "
            f"{newest}); nothing was changed. Upgrade fake-relay, or name another file"
        )
    for number, sql in known.items():
        if number > version:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA application_id = {APPLICATION_ID};\n"
                f"PRAGMA user_version = {number};\nCOMMIT;"
            )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value

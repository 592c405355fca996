"""The numbered SQL files, applied in order when a store is opened.

Rule: each file is one transaction, so an upgrade that is cut short can be taken up again.
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


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of a database, 0 for an empty one."""
    value: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return value


def check(connection: sqlite3.Connection, path: str) -> None:
    """Raise `StoreError` for a database whose schema is newer than the newest known here."""
    version, newest = version_of(connection), max(migrations())
    if version > newest:
        raise StoreError(
            f"{path} was written by a newer fake-relay (schema {version}, this one knows "
            f"{newest}); nothing was changed. Upgrade fake-relay, or name another file"
        )


def upgrade(connection: sqlite3.Connection, path: str, newest: int | None = None) -> None:
    """Bring a database to the newest schema, or to the given one; raises `StoreError`."""
    check(connection, path)
    version = version_of(connection)
    for number, sql in migrations().items():
        if version < number <= (newest or number):
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA application_id = {APPLICATION_ID};\n"
                f"PRAGMA user_version = {number};\nCOMMIT;"
            )

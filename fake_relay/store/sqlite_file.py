"""Opening an SQLite file: whose it is, who may read it, and that one process has it.

Rule: a file that is not ours, or not to be read by this version, is refused before a byte
of it, or beside it, is written.
May import: store.schema, errors.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import quote

from fake_relay.errors import RequestRefused, StoreError
from fake_relay.store import schema

PAGE_SIZE = 8192
"""Half of what bodies alone would like: a commit of one event writes a dozen pages whole."""
WAL_PAGES = 64 * 1024 * 1024 // PAGE_SIZE
"""Pages in the log at which a commit checkpoints; `idle` does that earlier, behind answers."""

_MAGIC = b"SQLite format 3\0"
_APPLICATION_ID_AT = 68

_P = ParamSpec("_P")
_T = TypeVar("_T")
_S = TypeVar("_S")


def guarded(method: Callable[Concatenate[_S, _P], _T]) -> Callable[Concatenate[_S, _P], _T]:
    """Make a method of something with a `path` raise `StoreError` for what SQLite raises."""

    def call(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return method(self, *args, **kwargs)
        except (sqlite3.Error, OSError, RequestRefused) as error:
            path = cast("str", getattr(self, "path", ""))
            raise StoreError(f"{path} cannot be read or written: {error}") from error

    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return call


def connect(path: str) -> sqlite3.Connection:
    """A connection without implicit transactions, usable where its owner says."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)


def open_writer(path: str, *, durable: bool) -> sqlite3.Connection:
    """Open for writing, with the newest schema; raises `StoreError`."""
    with opening(path):
        _refuse_newer(path)
        connection = connect(path)
        try:
            _prepare(connection, path, durable=durable)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def opening(path: str) -> Iterator[None]:
    """Say what SQLite raises while a file is opened as a `StoreError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(
            f"{path} cannot be opened as a store: {error}; name another file, or memory:"
        ) from error


def _prepare(connection: sqlite3.Connection, path: str, *, durable: bool) -> None:
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    # Before WAL mode: the mark that the file is ours must stand in the file itself.
    schema.upgrade(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_PAGES * PAGE_SIZE}")
    connection.execute("PRAGMA cache_size = -16384")


def _refuse_newer(path: str) -> None:
    # Read-only: closing the last writing connection would move the log into the file.
    if Path(path).stat().st_size:
        connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)
        try:
            schema.check(connection, path)
        finally:
            connection.close()


def claim(path: str) -> int:
    """Create the file for its owner alone and lock it; the descriptor that holds the lock."""
    try:
        _refuse_foreign(path)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be opened or created: {error.strerror or error}; "
            "name another file, or memory:"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise StoreError(
            f"{path} is in use by another process; stop that one, or name another file"
        ) from error
    return lock


def _refuse_foreign(path: str) -> None:
    try:
        with Path(path).open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return
    if head and not head.startswith(_MAGIC):
        raise StoreError(
            f"{path} is not an SQLite database; nothing was changed. Name another file, or memory:"
        )
    mark = int.from_bytes(head[_APPLICATION_ID_AT : _APPLICATION_ID_AT + 4], "big")
    if head and mark != schema.APPLICATION_ID:
        raise StoreError(
            f"{path} is an SQLite database of another program; nothing was changed. "
            "Name another file, or memory:"
        )

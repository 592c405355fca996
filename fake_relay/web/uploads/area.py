"""Where uploads rest: a file each, in a directory beside the store.

Rule: an upload is known by its file alone, and its file's size is its offset: what was
answered 204 is in the file, so uploads go on after a restart. A store in memory has a
directory that goes with the server. Nothing is made before an upload begins, and nobody else
may look into the directory, or have made it.
May import: relay and every room below it, web.uploads.passing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from fake_relay.store.sqlite import SqliteStore
from fake_relay.web.keys import RELAY
from fake_relay.web.uploads.passing import PassingFolder

SUFFIX: Final = ".uploads"
SECRET: Final = "secret"  # noqa: S105 - the name of a file
SECRET_SIZE: Final = 32
MAX_BYTES: Final = 4 * 1024 * 1024 * 1024
MAX_FILES: Final = 1000


class Area:
    """The uploads of one server, bounded in number and bytes: the oldest make room."""

    def __init__(
        self,
        folder: Path | PassingFolder,
        *,
        max_bytes: int = MAX_BYTES,
        max_files: int = MAX_FILES,
    ) -> None:
        self._where = folder
        self.busy: set[str] = set()
        """Uploads that a request is writing to right now."""
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._key = b""
        self._lock = threading.Lock()

    def create(self, project: str) -> str:
        """A new, empty upload; its key. Raises `OSError` where there is no room for one."""
        folder = self._made()
        if not self.make_room(1):
            raise OSError(f"all {self._max_files} uploads are being sent to right now")
        key = secrets.token_hex(16)
        (folder / f"{project}-{key}").touch(mode=0o600, exist_ok=False)
        return key

    def _made(self) -> Path:
        """The directory, made for this user alone where it was not there."""
        if isinstance(self._where, PassingFolder):
            return self._where.made()
        own_directory(self._where)
        return self._where

    def _folder(self) -> Path | None:
        """The directory; None where no upload was ever begun."""
        where = self._where
        return where.path if isinstance(where, PassingFolder) else where

    def path(self, project: str, key: str) -> Path | None:
        """The file of an upload; None for one that never was, or had to make room."""
        if not (project.isdigit() and len(key) == 32 and key.isalnum() and key.isascii()):
            return None
        folder = self._folder()
        if folder is None:
            return None
        found = folder / f"{project}-{key}"
        try:
            return found if stat.S_ISREG(found.lstat().st_mode) else None
        except FileNotFoundError:
            return None

    def make_room(self, files: int = 0) -> bool:
        """Remove the oldest uploads until the rest, and so many more, are within the bounds.

        False when that is not to be had, because the rest is being sent right now.
        """
        known = sorted(self._known())
        size = sum(entry[2] for entry in known)
        count = len(known) + files
        for _, path, weight in known:
            if size <= self._max_bytes and count <= self._max_files:
                return True
            if path.name.rpartition("-")[2] not in self.busy:
                path.unlink(missing_ok=True)
                size -= weight
                count -= 1
        return size <= self._max_bytes and count <= self._max_files

    def _known(self) -> Iterator[tuple[int, Path, int]]:
        """When each upload was last written to, its file and its size."""
        folder = self._folder()
        for path in () if folder is None else folder.glob("*-*"):
            # Another request may be making room at the same time.
            with suppress(FileNotFoundError):
                found = path.lstat()
                yield found.st_mtime_ns, path, found.st_size

    def sign(self, project: str, key: str, length: int | None) -> str:
        """The signature of a location; only this server can make it, also after a restart."""
        with self._lock:
            if not self._known_secret():
                self._key = write_secret(self._made() / SECRET)
        return signature(self._key, project, key, length)

    def signed(self, project: str, key: str, length: int | None, text: str) -> bool:
        """Whether this server made a signature; nothing is made for that."""
        with self._lock:
            secret = self._known_secret()
        expected = signature(secret, project, key, length)
        # Without a secret nothing was ever signed, and anybody could sign with none.
        return hmac.compare_digest(text.encode("utf-8", "replace"), expected.encode()) and bool(
            secret
        )

    def _known_secret(self) -> bytes:
        # From the loop and from threads that read; the file is whole or not there, for what
        # is signed with half a secret could be forged.
        folder = self._folder()
        if not self._key and folder is not None:
            self._key = read_secret(folder / SECRET)
        return self._key


def signature(secret: bytes, project: str, key: str, length: int | None) -> str:
    """What a secret makes of an upload's location."""
    text = f"{project}\n{key}\n{'' if length is None else length}"
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def own_directory(folder: Path) -> None:
    """Make a directory that only this user can enter; raises `OSError` for somebody else's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise OSError(f"{str(folder)!r} is no directory of this user; remove it")
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)


def read_secret(path: Path) -> bytes:
    """The secret in a file; empty where there is none, or only a part of one."""
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return b""
    return found if len(found) == SECRET_SIZE else b""


def write_secret(path: Path) -> bytes:
    """A new secret, put into the file in one step."""
    fresh = path.with_name(f"{SECRET}.{secrets.token_hex(8)}")
    fresh.touch(mode=0o600, exist_ok=False)
    made = secrets.token_bytes(SECRET_SIZE)
    fresh.write_bytes(made)
    fresh.replace(path)
    return made


UPLOADS = web.AppKey("uploads", Area)


async def keep_area(app: web.Application) -> AsyncIterator[None]:
    """Have an area as long as the application lasts."""
    store = app[RELAY].store
    if isinstance(store, SqliteStore):
        app[UPLOADS] = Area(Path(store.path + SUFFIX))
        yield
        return
    with PassingFolder() as folder:
        app[UPLOADS] = Area(folder)
        yield

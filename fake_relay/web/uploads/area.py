"""Where uploads rest: a file each, in a directory beside the store.

Rule: an upload is known by its file alone, and its file's size is its offset: what was
answered 204 is in the file, so uploads go on after a restart. A store in memory has a
directory that goes with the server.
May import: relay and every room below it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from fake_relay.store.sqlite import SqliteStore
from fake_relay.web.keys import RELAY

SUFFIX: Final = ".uploads"
SECRET: Final = "secret"  # noqa: S105 - the name of a file
MAX_BYTES: Final = 4 * 1024 * 1024 * 1024
MAX_FILES: Final = 1000


class Area:
    """The uploads of one server, bounded in number and bytes: the oldest make room."""

    def __init__(
        self, folder: Path, *, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES
    ) -> None:
        self.folder = folder
        self.busy: set[str] = set()
        """Uploads that a request is writing to right now."""
        self._max_bytes = max_bytes
        self._max_files = max_files

    def create(self, project: str) -> str:
        """A new, empty upload; its key."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.make_room(1)
        key = secrets.token_hex(16)
        (self.folder / f"{project}-{key}").touch(mode=0o600, exist_ok=False)
        return key

    def path(self, project: str, key: str) -> Path | None:
        """The file of an upload; None for one that never was, or had to make room."""
        if not (project.isdigit() and len(key) == 32 and key.isalnum() and key.isascii()):
            return None
        found = self.folder / f"{project}-{key}"
        return found if found.is_file() else None

    def make_room(self, files: int = 0) -> None:
        """Remove the oldest uploads until the rest, and so many more, are within the bounds."""
        known = sorted(self._known())
        size = sum(entry[2] for entry in known)
        count = len(known) + files
        for _, path, weight in known:
            if size <= self._max_bytes and count <= self._max_files:
                return
            if path.name.rpartition("-")[2] not in self.busy:
                path.unlink(missing_ok=True)
                size -= weight
                count -= 1

    def _known(self) -> Iterator[tuple[int, Path, int]]:
        """When each upload was last written to, its file and its size."""
        for path in self.folder.glob("*-*"):
            # Another request may be making room at the same time.
            with suppress(FileNotFoundError):
                stat = path.stat()
                yield stat.st_mtime_ns, path, stat.st_size

    def sign(self, project: str, key: str, length: int | None) -> str:
        """The signature of a location; only this server can make it, also after a restart."""
        text = f"{project}\n{key}\n{'' if length is None else length}"
        return hmac.new(self._secret(), text.encode(), hashlib.sha256).hexdigest()

    def _secret(self) -> bytes:
        path = self.folder / SECRET
        if not path.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(secrets.token_bytes(32))
        return path.read_bytes()


UPLOADS = web.AppKey("uploads", Area)


async def keep_area(app: web.Application) -> AsyncIterator[None]:
    """Have an area as long as the application lasts."""
    store = app[RELAY].store
    if isinstance(store, SqliteStore):
        app[UPLOADS] = Area(Path(store.path + SUFFIX))
        yield
        return
    with tempfile.TemporaryDirectory(prefix="fake-relay-uploads-") as folder:
        app[UPLOADS] = Area(Path(folder))
        yield

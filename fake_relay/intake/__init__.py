"""Many doors, one corridor: any ingest request becomes a submission, an envelope and its sender.

Rule: a door opens and converts; it does not store, filter or count. Each door is one file and
one line in this table.
May import: records, items, config, protocol, errors.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from fake_relay.intake import (
    attachments,
    cron,
    envelope,
    heroku,
    legacy_store,
    minidump,
    nel,
    otlp,
    security,
    stream,
    unreal,
    vercel,
)
from fake_relay.intake.door import Door, Place

_MAX_CACHED: Final = 200
_SLASHES: Final = re.compile("//+")
_ROUTES: Final[tuple[tuple[re.Pattern[str], Door], ...]] = (
    (re.compile(r"/api/(?P<project>[^/]+)/envelope/"), envelope.DOOR),
    (re.compile(r"/api/(?P<project>[^/]+)/store/"), legacy_store.DOOR),
    (re.compile(r"/api/store/"), legacy_store.DOOR),
    (re.compile(r"/stream/?"), stream.DOOR),
    (re.compile(r"/api/(?P<project>[^/]+)/minidump/?"), minidump.DOOR),
    (re.compile(r"/api/(?P<project>[^/]+)/unreal/(?P<key>[^/]+)/"), unreal.DOOR),
    (re.compile(r"/api/(?P<project>[^/]+)/events/[^/]+/attachments/"), attachments.DOOR),
    (re.compile(r"/api/(?P<project>[^/]+)/(?:security|csp-report)/"), security.DOOR),
    (re.compile(r"/api/(?P<project>[^/]+)/nel/"), nel.DOOR),
    (re.compile(r"/api/(?P<project>[^/]+)/cron/(?P<slug>[^/]+)(?:/(?P<key>[^/]+))?/?"), cron.DOOR),
    # The second path is the one of older versions.
    (re.compile(r"/api/(?P<project>[^/]+)/(?:integration/)?otlp/v1/traces/?"), otlp.TRACES),
    (re.compile(r"/api/(?P<project>[^/]+)/integration/otlp/v1/logs/?"), otlp.LOGS),
    (re.compile(r"/api/(?P<project>[^/]+)/integration/vercel/logs/?"), vercel.DOOR),
    (re.compile(r"/api/(?P<project>[^/]+)/integration/heroku/logs/?"), heroku.DOOR),
)


def find_door(path: str) -> Place | None:
    """The door behind a path, and the project and key that the path names; None if no door.

    Duplicate slashes count as one (PROTOCOL.md 2.1).
    """
    # Long paths are not remembered: a request line may hold megabytes.
    return _find_cached(path) if len(path) <= _MAX_CACHED else _find(path)


def _find(path: str) -> Place | None:
    if "//" in path:
        path = _SLASHES.sub("/", path)
    for pattern, door in _ROUTES:
        if match := pattern.fullmatch(path):
            return Place(door, **match.groupdict())
    return None


_find_cached = lru_cache(maxsize=4096)(_find)

DOOR_NAMES: Final = frozenset(door.name for _, door in _ROUTES)


__all__ = ["DOOR_NAMES", "Door", "Place", "find_door"]

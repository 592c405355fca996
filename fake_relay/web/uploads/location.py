"""The address of an upload, and its signature (PROTOCOL.md 2.11).

May import: relay and every room below it, web.uploads.area.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from fake_relay.web.uploads.area import Area

# Some SDKs keep the whole address, and a proxy may stand before the path.
_PATH: Final = re.compile(r".*/api/(\d+)/upload/([^/]+)/?").fullmatch


class Location(msgspec.Struct, frozen=True):
    """An upload's project and key, and its length where that is known."""

    project: str
    key: str
    length: int | None

    def address(self, area: Area) -> str:
        """The address, signed."""
        query = {} if self.length is None else {"upload_length": str(self.length)}
        query["upload_id"] = self.key
        query["upload_signature"] = area.sign(self.project, self.key, self.length)
        return f"/api/{self.project}/upload/{self.key}/?{urlencode(query)}"

    def path(self, area: Area) -> Path | None:
        """The file of the upload, if it is still there."""
        return area.path(self.project, self.key)


def of_request(area: Area, project: str, key: str, query: Mapping[str, str]) -> Location | None:
    """The location that a request names; None when its signature is not ours."""
    text = query.get("upload_length", query.get("length", ""))
    if text and not (text.isascii() and text.isdigit() and len(text) < 20):
        return None
    location = Location(project, key, int(text) if text else None)
    given = query.get("upload_signature", query.get("signature", ""))
    return location if area.signed(project, key, location.length, given) else None


def of_text(area: Area, text: str) -> Location | None:
    """The location in a reference, as an address or only its path."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    found = _PATH(parts.path)
    if found is None:
        return None
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return of_request(area, found[1], found[2], query)

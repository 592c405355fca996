"""An attachment that refers to an upload has the upload's bytes as its payload.

May import: relay and every room below it, web.uploads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from fake_relay.records import StoredItem
from fake_relay.web.uploads.area import Area
from fake_relay.web.uploads.location import of_text

REFERENCE: Final = "application/vnd.sentry.attachment-ref"


class _Header(msgspec.Struct, frozen=True):
    content_type: str | None = None


class _Reference(msgspec.Struct, frozen=True):
    location: str


_decode_header = msgspec.json.Decoder(_Header).decode
_decode_reference = msgspec.json.Decoder(_Reference).decode


def uploaded(area: Area, item: StoredItem, payload: bytes) -> Path | None:
    """The file to which an item refers; None for any other item, and for a file that is gone.

    An item finds only uploads of its own project, by a location that this server signed.
    """
    if item.type != "attachment":
        return None
    try:
        content_type = _decode_header(item.headers).content_type or ""
        if not content_type.lower().startswith(REFERENCE):
            return None
        location = of_text(area, _decode_reference(payload).location)
    except (msgspec.MsgspecError, ValueError):
        return None
    if location is None or location.project != item.project:
        return None
    return location.path(area)

"""Large attachments that are uploaded by themselves and referred to later (PROTOCOL.md 2.11).

May import: relay and every room below it, web.
"""

from __future__ import annotations

from fake_relay.web.uploads.area import UPLOADS, Area, keep_area
from fake_relay.web.uploads.reference import uploaded
from fake_relay.web.uploads.tus import add_routes

__all__ = ["UPLOADS", "Area", "add_routes", "keep_area", "uploaded"]

"""An item as Sentry would have kept it: normalised, scrubbed, with a remark on each change.

Rule: as sent is the truth and this a view, computed when somebody asks (DESIGN.md 4), except
where `scrub_at_rest` keeps nothing else. Normalisation and scrubbing are those of the library
`sentry-relay`, the extra `relay`; only what it leaves out is done here.
May import: records, items, config, protocol, errors.
"""

from __future__ import annotations

from fake_relay.stored_view.at_rest import (
    require_library,
    scrubbed_arrival,
    scrubbed_refusal,
    scrubbed_submission,
)
from fake_relay.stored_view.context import Refused, StoredView, ViewContext
from fake_relay.stored_view.remarks import Remark
from fake_relay.stored_view.view import stored_view

__all__ = [
    "Refused",
    "Remark",
    "StoredView",
    "ViewContext",
    "require_library",
    "scrubbed_arrival",
    "scrubbed_refusal",
    "scrubbed_submission",
    "stored_view",
]

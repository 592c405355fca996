"""An item as Sentry would have kept it: normalised, scrubbed, with a remark on each change.

Rule: as sent is the truth and this a view, computed when somebody asks (DESIGN.md 4), except
where `scrub_at_rest` keeps nothing else. Normalisation and scrubbing are those of the library
`sentry-relay`, the extra `relay`; only what it leaves out is done here. What computes (`view`,
`at_rest`) is imported when it is needed, so that a server that shows no views starts as fast.
May import: records, items, config, protocol, errors.
"""

from __future__ import annotations

from fake_relay.stored_view.context import Refused, StoredView, ViewContext
from fake_relay.stored_view.remarks import Remark

__all__ = ["Refused", "Remark", "StoredView", "ViewContext"]

"""What happens to an item: a list of small stages, each of which lets it pass or ends its walk.

Rule: every item that enters leaves with exactly one outcome. Filters, sampling and quotas
each become one file here and one line in `DEFAULT_STAGES`, in Relay's order; normalisation
and scrubbing are stages of the stored view, not of this walk.
May import: records, items, config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Sequence

from fake_relay.pipeline.stage import Context, Stage
from fake_relay.pipeline.validate import validate
from fake_relay.protocol.outcome import ACCEPTED, Outcome
from fake_relay.records import ReceivedItem

DEFAULT_STAGES: tuple[Stage, ...] = (validate,)


def run(
    item: ReceivedItem, context: Context, stages: Sequence[Stage]
) -> tuple[ReceivedItem, Outcome]:
    """Walk an item through the stages; the item as it left them, and its outcome."""
    for stage in stages:
        result = stage(item, context)
        if isinstance(result, Outcome):
            return item, result
        item = result
    return item, ACCEPTED


__all__ = ["DEFAULT_STAGES", "Context", "Stage", "run", "validate"]

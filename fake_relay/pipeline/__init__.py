"""What happens to an item: a list of small stages, each of which lets it pass or ends its walk.

Rule: every item that enters leaves with exactly one outcome; what belongs to an event falls
with it, by the same outcome. Filters and sampling are stages here, in Relay's order; quotas are
counted behind them, by an envelope's sums. Normalisation and scrubbing make the stored view
and are no part of this walk.
May import: records, items, config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Sequence

from fake_relay.config import ProjectSettings
from fake_relay.pipeline.filters import filter_stage
from fake_relay.pipeline.follow import follow
from fake_relay.pipeline.sample import sample_stage
from fake_relay.pipeline.stage import Context, Stage, Walked
from fake_relay.pipeline.validate import validate
from fake_relay.protocol.outcome import ACCEPTED, Outcome
from fake_relay.records import ReceivedItem

DEFAULT_STAGES: tuple[Stage, ...] = (validate,)


def stages_for(settings: ProjectSettings) -> tuple[Stage, ...]:
    """The stages that a project's settings ask for, in Relay's order.

    Raises `ConfigError` for a filter or a rule that means nothing.
    """
    asked = (filter_stage(settings.filters), sample_stage(settings.sampling))
    return (*DEFAULT_STAGES, *(stage for stage in asked if stage is not None))


def run(items: Sequence[ReceivedItem], context: Context, stages: Sequence[Stage]) -> list[Walked]:
    """Walk an envelope's items through the stages; each as it left them, with its outcome."""
    walked: list[Walked] = [(item, ACCEPTED) for item in items]
    walk(walked, context, stages)
    return walked


def walk(walked: list[Walked], context: Context, stages: Sequence[Stage]) -> None:
    """Walk the items that are accepted so far, in place."""
    for stage in stages:
        fell = False
        for place, (item, outcome) in enumerate(walked):
            if outcome is not ACCEPTED:
                continue
            result = stage(item, context)
            if result is item:
                continue
            if isinstance(result, Outcome):
                walked[place] = item, result
                fell = True
            elif isinstance(result, tuple):
                walked[place] = result
                fell = True
            else:
                walked[place] = result, ACCEPTED
        if fell and len(walked) > 1:
            follow(walked)


__all__ = [
    "DEFAULT_STAGES",
    "Context",
    "Stage",
    "Walked",
    "follow",
    "run",
    "stages_for",
    "validate",
    "walk",
]

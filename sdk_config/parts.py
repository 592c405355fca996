"""The composition: which parts some settings ask for.

Rule: one line adds a part; nothing else names the rooms that plug in.
May import: settings, seams, and the rooms that plug in: privacy, filters, sampling, fingerprints.
"""

from __future__ import annotations

from sdk_config.seams import Parts
from sdk_config.settings import Settings


def parts_of(settings: Settings) -> Parts:
    """The scrubber, filters, sampler and fingerprints for these settings."""
    del settings  # no room plugs in yet
    return Parts()

"""What must not leave the process: keys, patterns and surfaces, for every item type.

Rule: pure; copies what it changes, fails closed, never logs, never imports the SDK.
May import: seams, settings, and the files beside this one.
"""

from __future__ import annotations

from sdk_config.privacy.patterns import PLACEHOLDER
from sdk_config.privacy.scrubber import Scrubber
from sdk_config.settings import Settings

__all__ = ["PLACEHOLDER", "Scrubber", "scrubber_of"]


def scrubber_of(settings: Settings) -> Scrubber:
    """The scrubber that settings ask for."""
    return Scrubber(
        extra_keys=settings.scrub_keys,
        allow_keys=settings.scrub_allow_keys,
        user_fields=settings.user_fields,
        hash_user_id=settings.hash_user_id,
    )

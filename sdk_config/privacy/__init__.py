"""What must not leave the process: keys, patterns and surfaces, for every item type.

Rule: pure; copies what it changes, fails closed, never logs, never imports the SDK.
May import: seams, settings, and the files beside this one.
"""

from __future__ import annotations

from functools import cache

from sdk_config.privacy.patterns import PLACEHOLDER
from sdk_config.privacy.scrubber import Scrubber
from sdk_config.seams import Hint, Payload
from sdk_config.settings import Settings

__all__ = ["PLACEHOLDER", "Scrubber", "filter_sensitive_data", "scrubber_of"]


def scrubber_of(settings: Settings) -> Scrubber:
    """The scrubber that settings ask for."""
    return Scrubber(
        extra_keys=settings.scrub_keys,
        allow_keys=settings.scrub_allow_keys,
        user_fields=settings.user_fields,
        hash_user_id=settings.hash_user_id,
    )


def filter_sensitive_data(event: Payload, hint: Hint) -> Payload:
    """A `before_send` hook with the usual scrubber, for applications that call `init` themselves.

    Add names with `Scrubber(extra_keys=[...]).event` instead.
    """
    return _usual().event(event, hint)


@cache
def _usual() -> Scrubber:
    return Scrubber()

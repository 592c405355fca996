"""Setups of sdk_config with hooks that go wrong, for the scenarios of personal data.

May import: the standard library, sdk_config, sentry_sdk inside functions.
"""

from __future__ import annotations

import logging
from typing import Any

COMMON: dict[str, Any] = {"traces_sample_rate": 1.0, "enable_logs": True}


def _boom(*_: Any) -> Any:
    raise RuntimeError("a hook of the application's is broken")


class _Broken:
    """A scrubber whose every method raises."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _boom


def hooks_that_raise() -> None:
    """sdk_config with hooks of the application's, all of which raise."""
    import sdk_config

    sdk_config.setup(
        **COMMON,
        before_send=_boom,
        before_send_transaction=_boom,
        before_breadcrumb=_boom,
        before_send_log=_boom,
        before_send_metric=_boom,
    )


def scrubber_that_raises() -> None:
    """sdk_config with a scrubber that raises whatever it is given."""
    import sdk_config

    sdk_config.setup(**COMMON, parts=sdk_config.Parts(scrubber=_Broken()))


def hook_that_captures() -> None:
    """sdk_config with a hook that logs an error and captures a message for each event."""
    import sdk_config

    sdk_config.setup(before_send=_tells_of_itself)


def _tells_of_itself(event: Any, hint: Any) -> Any:
    import sentry_sdk

    logging.getLogger("shop.hooks").error("an event is about to be sent")
    sentry_sdk.capture_message("an event is about to be sent")
    return event

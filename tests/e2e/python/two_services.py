"""A shop and its bank as two processes: the shop's request starts the bank with its trace.

Run with SENTRY_DSN set, and `TRACE_HEADERS` (JSON) in the process that is the bank.
May import: sentry_sdk.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import sentry_sdk
from sentry_sdk import logger


def bank(headers: dict[str, str]) -> None:
    """Charge a card, and fail."""
    transaction = sentry_sdk.continue_trace(headers, op="http.server", name="POST /charge")
    with sentry_sdk.start_transaction(transaction):
        with sentry_sdk.start_span(op="db", name="SELECT card"):
            pass
        logger.warning("card of {name}", name="Ada")
        sentry_sdk.capture_message("the bank said no", level="error")


def shop() -> None:
    """Serve a request that asks the bank."""
    with (
        sentry_sdk.start_transaction(op="http.server", name="POST /checkout"),
        sentry_sdk.start_span(op="http.client", name="POST bank"),
    ):
        carried = dict(sentry_sdk.get_current_scope().iter_trace_propagation_headers())
        environment = {**os.environ, "TRACE_HEADERS": json.dumps(carried)}
        subprocess.run([sys.executable, __file__], env=environment, check=True)


given = os.environ.get("TRACE_HEADERS")
sentry_sdk.init(
    release="shop@1.0" if given is None else "bank@2.0",
    traces_sample_rate=1.0,
    enable_logs=True,
    default_integrations=False,
)
shop() if given is None else bank(json.loads(given))
sentry_sdk.flush(10)

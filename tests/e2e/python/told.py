"""An application that does what it is told, a word a line: `error`, `transaction`, `flush`.

It answers each line when it is done, so that faults can change in between. SENTRY_DSN says
where to send; runs under several versions of sentry-sdk.
"""

from __future__ import annotations

import sys

import sentry_sdk


def main() -> None:
    """Obey until there is no line any more."""
    sentry_sdk.init(
        release="shop@2.0.1",
        traces_sample_rate=1.0,
        auto_session_tracking=False,
        default_integrations=False,
        shutdown_timeout=0,
    )
    for line in sys.stdin:
        word = line.strip()
        if word == "error":
            sentry_sdk.capture_message("boom", level="error")
        elif word == "transaction":
            with sentry_sdk.start_transaction(name="GET /checkout"):
                pass
        else:
            # Twice: the first sends what waits, and the second what that made of reports.
            sentry_sdk.flush(20)
            sentry_sdk.flush(20)
        print(word, flush=True)


main()

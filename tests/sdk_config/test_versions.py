"""One configuration under each SDK: it starts, everything passes the scrubber, nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fake_relay.testing import Relay

ROOT = Path(__file__).parents[2]
VERSIONS = ["1.45.1", "2.0.1", "2.75.0", "3.0.0b2"]

APP = """
import json, logging
import sdk_config
import sentry_sdk
from sdk_config.runtime import current
from sdk_config.seams import Parts

CANARY = "canary" + "-4711"


class Redactor:
    def walk(self, found):
        if isinstance(found, dict):
            return {key: self.walk(value) for key, value in found.items()}
        if isinstance(found, (list, tuple)):
            return [self.walk(value) for value in found]
        return found.replace(CANARY, "*") if isinstance(found, str) else found

    def event(self, payload, hint):
        return self.walk(payload)

    transaction = span = log = metric = breadcrumb = event

    def envelope(self, envelope):
        if "trace" in envelope.headers:
            envelope.headers["trace"] = self.walk(envelope.headers["trace"])
        return envelope


def send():
    sentry_sdk.add_breadcrumb(message=f"crumb {CANARY}")
    sentry_sdk.capture_message(f"message {CANARY}")
    logging.getLogger("shop").error("logged %s", CANARY)
    try:
        secret = CANARY
        raise ValueError(f"raised {CANARY}")
    except ValueError:
        sentry_sdk.capture_exception()
    if hasattr(sentry_sdk, "start_transaction"):
        with sentry_sdk.start_transaction(name=f"work {CANARY}", op="task"):
            pass
    else:
        with sentry_sdk.traces.start_span(name=f"work {CANARY}"):
            pass


told = []
for pii in (False, True):
    status = sdk_config.setup(
        traces_sample_rate=1.0, send_default_pii=pii, parts=Parts(scrubber=Redactor())
    )
    send()
    emptied = sdk_config.flush(5)
    counts = current().ledger.counts()
    told.append({
        "enabled": status.enabled,
        "version": status.sdk_version,
        "problems": [str(problem) for problem in status.problems],
        "left_out": status.left_out,
        "emptied": emptied,
        "errors": counts.sent["error"],
        "dropped": len(counts.dropped),
    })
    sdk_config.shutdown()
print(json.dumps(told))
"""


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("version", VERSIONS)
def test_it_starts_and_what_it_sends_went_through_the_scrubber(
    version: str, run_under: Any, relay: Relay
) -> None:
    told = run_under(version, APP)

    with_pii_or_without = {
        "enabled": True,
        "version": version,
        "problems": [],
        "left_out": [],
        "emptied": True,
        "errors": 3,
        "dropped": 0,
    }
    assert told == [with_pii_or_without] * 2
    relay.expect_event(count=6, release="shop@2.0.3", environment="test")
    relay.expect_item("span" if version.startswith("3") else "transaction")
    relay.assert_no_leaks("canary-4711")

"""What is too large for a server is cut, says so, and arrives; the rest is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fake_relay.testing import Relay
from sdk_config.sizes import LIMIT, MARK, fitted

LARGE = """
import json, sdk_config, sentry_sdk
assert sdk_config.setup(shutdown_timeout=20).enabled
sentry_sdk.capture_message("long " + "word " * 400_000)
with sentry_sdk.isolation_scope() as scope:
    scope.set_context("report", {f"row{n}": "cell " * 20 for n in range(50_000)})
    sentry_sdk.capture_message("wide")
sentry_sdk.capture_message("small")
print(json.dumps(sdk_config.flush(20)))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "end", "mark"),
    # The older one cuts texts itself, at 1024 characters.
    [("2.0.1", "...", None), ("2.75.0", "... [2000005 characters]", "true")],
)
def test_events_of_megabytes_arrive_below_the_limit_and_marked(
    version: str, end: str, mark: str | None, relay: Relay, run_under: Callable[[str, str], Any]
) -> None:
    """X-14."""
    assert run_under(version, LARGE)

    events = {str(one.payload["message"])[:4]: one for one in relay.items("event")}
    assert all(len(one.data) <= LIMIT for one in events.values())
    assert events["long"].payload["message"].endswith(end)
    assert 0 < len(events["wide"].payload["contexts"]["report"]) < 50_000
    marks = {text: (one.payload.get("tags") or {}).get(MARK) for text, one in events.items()}
    assert marks == {"long": mark, "wide": "true", "smal": None}


@pytest.mark.parametrize(
    "event",
    [
        {"message": "x" * 3_000_000},
        {"extra": {str(n): {"rows": ["cell" * 10] * 2000} for n in range(100)}},
        {
            "contexts": {
                str(n): {str(m): {str(o): "x" * 150 for o in range(20)} for m in range(20)}
                for n in range(20)
            }
        },
        {"message": "\N{SNOWMAN}" * 2_000_000, "tags": [["a", "b"]]},
    ],
)
def test_anything_is_cut_until_it_fits(event: dict[str, Any]) -> None:
    found = fitted({"event_id": "a" * 32, **event})

    assert len(json.dumps(found)) <= LIMIT
    assert found["event_id"] == "a" * 32
    assert found["tags"][MARK] == "true"


def test_the_frame_that_raised_and_the_newest_breadcrumb_stay() -> None:
    frames = [{"function": f"f{n}", "vars": {"a": "x" * 2000}} for n in range(2000)]
    found = fitted({"exception": {"values": [{"stacktrace": {"frames": frames}}]}})

    kept = found["exception"]["values"][0]["stacktrace"]["frames"]
    assert kept[-1]["function"] == "f1999"
    assert 0 < len(kept) < 2000

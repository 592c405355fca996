"""Real SDKs under faults: they back off as documented, and the loss that they report is true.

For every category, what an application made is what arrived and what its SDK reports as lost.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fake_relay.faults import plan_of
from fake_relay.protocol.outcome import Outcome
from fake_relay.web.runner import ThreadServer

HERE = Path(__file__).parent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@dataclass
class Told:
    """An application under an SDK, and the relay that it sends to."""

    server: ThreadServer
    process: subprocess.Popen[str]
    sdk: str
    made: dict[str, int] = field(default_factory=dict)

    def do(self, *words: str) -> None:
        """Have it do things, one by one, and send each before the next."""
        for word in words:
            self.made[word] = self.made.get(word, 0) + 1
            self._say(word)
            self._say("flush")

    def _say(self, word: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == word

    def plan(self, *effects: dict[str, Any], **fields: Any) -> None:
        """Replace the plan of faults; none ends all of them, and lifts their limits."""
        plan = plan_of({"faults": [{"effect": effect, **fields} for effect in effects]})
        self.server.call(lambda: self.server.relay.faults.set(plan))

    @property
    def fired(self) -> int:
        """How many requests were hit since the plan was set."""
        return len(self.server.relay.faults.fired())

    def outcomes(self, category: str) -> dict[str, int]:
        """Quantities of a category by outcome and reason."""
        ledger = self.server.relay.store.ledger("42")
        mine = [entry for entry in ledger if entry.category == category]
        return {str(Outcome(entry.outcome, entry.reason)): entry.quantity for entry in mine}

    def accounted(self, category: str) -> int:
        """Units that arrived, whatever became of them, or that the SDK reported as lost."""
        return sum(self.outcomes(category).values())


Start = Callable[..., Told]


@pytest.fixture
def start(server: ThreadServer, installer: ModuleType) -> Iterator[Start]:
    """Start the application under an SDK: `start("2.75.0")`, or `start("node")`."""
    children: list[subprocess.Popen[str]] = []

    def begin(sdk: str, node: str = "") -> Told:
        dsn = server.url.replace("://", f"://{'a' * 32}@") + "/42"
        environment = {**os.environ, "SENTRY_DSN": dsn}
        if sdk == "node":
            command = [node, str(HERE / "node" / "told.mjs")]
            environment["SDK_ROOT"] = str(installer.node_sdk())
        else:
            command = [sys.executable, str(HERE / "python" / "told.py")]
            environment["PYTHONPATH"] = str(installer.python_sdk(sdk))
        child = subprocess.Popen(
            command,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        children.append(child)
        return Told(server, child, sdk)

    yield begin
    for child in children:
        child.kill()
        child.communicate()


@pytest.fixture(params=["1.45.1", "2.0.1", "2.75.0", "node"])
def told(request: pytest.FixtureRequest, start: Start) -> Told:
    """The application under each of the SDKs."""
    if request.param == "node":
        return start("node", request.getfixturevalue("node"))
    return start(request.param)


def test_an_sdk_under_a_rate_limit_stops_sending_that_category_alone(told: Told) -> None:
    told.plan({"rate_limit": {"categories": ["error"], "retry_after": 60, "reason": "quota"}})

    told.do("error", "error", "error", "transaction", "transaction")

    assert told.fired == 1
    assert told.outcomes("error") == {
        "rate_limited(quota)": 1,
        "client_discard(ratelimit_backoff)": 2,
    }
    assert told.outcomes("transaction") == {"accepted": 2}
    assert told.accounted("error") == told.made["error"]


def test_an_sdk_after_a_bare_429_sends_nothing_at_all(told: Told) -> None:
    told.plan({"status": 429}, times=1)

    told.do("error", "error", "transaction")

    assert told.fired == 1
    assert told.server.relay.store.find_envelopes("42").envelopes == []
    (refused,) = told.server.relay.store.refused("42").refused
    assert (refused.status, refused.reason) == (429, "fault:status_429")


def test_what_a_broken_connection_loses_is_reported_to_the_last_unit(told: Told) -> None:
    # On a connection that was in use before, the Node SDK tries a second time.
    tries = 2 if told.sdk == "node" else 1
    for effect, times in (({"reset": "before_body"}, 1), ({"hang": {"seconds": 0.05}}, tries)):
        told.plan(effect, times=times)
        told.do("error")
        assert told.fired == times
    told.plan()
    told.do("error", "transaction")

    assert told.outcomes("error") == {"accepted": 1, "client_discard(network_error)": 2}
    assert told.outcomes("transaction") == {"accepted": 1}
    assert told.accounted("error") == told.made["error"]


@pytest.mark.parametrize("sdk", ["2.75.0", "node"])
def test_an_sdk_sends_again_when_the_limit_is_over(
    sdk: str, start: Start, request: pytest.FixtureRequest
) -> None:
    told = start(sdk, request.getfixturevalue("node") if sdk == "node" else "")
    told.plan({"rate_limit": {"categories": ["error"], "retry_after": 1}}, times=1)

    deadline = time.monotonic() + 30
    while "accepted" not in told.outcomes("error"):
        assert time.monotonic() < deadline
        told.do("error")
        time.sleep(0.02)
    told.do("flush")

    found = told.outcomes("error")
    assert found.pop("client_discard(ratelimit_backoff)") > 0
    assert found == {"rate_limited": 1, "accepted": 1}
    assert told.accounted("error") == told.made["error"]


def test_an_outage_is_reported_by_the_sdks_that_report_it(told: Told) -> None:
    told.plan({"status": 503}, times=1)
    told.do("error", "error", "transaction")
    told.plan()
    told.do("flush")

    silent = told.sdk == "node"
    # The JavaScript SDKs take any answer for an answer: nobody reports what a 503 lost.
    lost = {} if silent else {"client_discard(network_error)": 1}
    assert told.outcomes("error") == {"accepted": 1, **lost}
    assert told.accounted("error") == told.made["error"] - silent


def test_a_413_is_reported_once_and_sent_no_more(told: Told) -> None:
    told.plan({"status": 413}, times=1)
    told.do("error", "error")

    reason = "send_error" if told.sdk in ("2.75.0", "node") else "network_error"
    assert told.fired == 1
    assert told.outcomes("error") == {"accepted": 1, f"client_discard({reason})": 1}
    assert told.accounted("error") == told.made["error"]


def test_an_answer_that_breaks_after_all_was_kept_makes_an_sdk_report_what_is_there(
    told: Told,
) -> None:
    told.plan({"garbage": True}, times=1)
    told.do("error", "error")

    assert told.outcomes("error") == {"accepted": 2, "client_discard(network_error)": 1}
    envelopes = told.server.relay.store.find_envelopes("42").envelopes
    assert [found.faults for found in envelopes if found.faults] == [("garbage",)]

"""Everything that was made was sent or lost for a reason, category by category, in any mix."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sdk_config
from fake_relay.testing import Relay
from sdk_config.runtime import current

ROOT = Path(__file__).parents[2]
MIX = Path(__file__).with_name("reconcile_mix.py")
CATEGORIES = {
    "event": "error",
    "transaction": "transaction",
    "check_in": "monitor",
    "session": "session",
    "attachment": "attachment",
    "profile": "profile",
    "log": "log_item",
    "trace_metric": "trace_metric",
}
"""Item types of the relay, and the SDK's categories."""


def loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def mix() -> Any:
    """The service that does a mix of things, in this process."""
    return loaded(MIX)


def arrived(relay: Relay) -> Counter[str]:
    """What the relay received, in the SDK's categories."""
    found: Counter[str] = Counter()
    for kind, category in CATEGORIES.items():
        for item in relay.items(kind):
            batch = item.payload["items"] if kind in {"log", "trace_metric"} else [item]
            found[category] += len(batch)
    found["span"] = sum(len(item.payload["spans"]) + 1 for item in relay.items("transaction"))
    return found


def of(counts: dict[str, int], categories: set[str]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in sorted(categories)}


def assert_closes(made: Any, lost: Any, received: Counter[str]) -> None:
    """Made is received and lost, for each category that something was made of."""
    assert made
    names = set(made)
    assert of(Counter(received) + Counter(lost), names) == of(made, names)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("version", ["1.45.1", "2.0.1", "2.75.0"])
def test_the_sum_closes_under_every_sdk(
    version: str, seed: int, installer: Any, relay: Relay
) -> None:
    """Older SDKs report no spans, and none of them attachments or profiles (4.2)."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": f"{installer.python_sdk(version)}{os.pathsep}{ROOT}",
        "SENTRY_DSN": relay.dsn,
        "SENTRY_ENVIRONMENT": "test",
        "SENTRY_RELEASE": "shop@2.0.3",
    }
    command = [sys.executable, str(MIX), str(seed), "250"]

    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90)

    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    received = arrived(relay)
    assert_closes(said["made"], said["lost"], received)
    told = {category: said["sent"].get(category, 0) for category in received if category != "span"}
    assert told == {category: received[category] for category in told}


ACTIONS = sorted(loaded(MIX).ACTIONS)


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(names=st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=12))
def test_the_sum_closes_for_any_mix(names: list[str], mix: Any, relay: Relay, service: Any) -> None:
    before = arrived(relay)
    service(**mix.SETTINGS)
    made = mix.do(names)
    running = current()
    assert running is not None
    sdk_config.shutdown()

    lost = mix.lost(running.ledger.counts())
    assert_closes(made, lost, Counter(arrived(relay)) - before)


EACH = {
    "an error": ("error", 1, {}),
    "an ignored class": ("error", 0, {("error", "filtered:class"): 1}),
    "an ignored subclass": ("error", 0, {("error", "filtered:class"): 1}),
    "an ignored message": ("error", 0, {("error", "filtered:message"): 1}),
    "an ignored logger": ("error", 0, {("error", "filtered:logger"): 1}),
    "a message that a hook drops": ("error", 0, {("error", "user_hook"): 1}),
    "a message that breaks a hook": ("error", 0, {("error", "user_hook_error:ValueError"): 1}),
    "a message that cannot be scrubbed": (
        "error",
        0,
        {("error", "scrubber_error:RuntimeError"): 1},
    ),
    "attachments": ("attachment", 2, {}),
    "attachments of a dropped message": (
        "attachment",
        0,
        {("error", "user_hook"): 1, ("attachment", "user_hook"): 2},
    ),
    "attachments of an ignored message": (
        "attachment",
        0,
        {("error", "filtered:message"): 1, ("attachment", "filtered:message"): 2},
    ),
    "a transaction": ("span", 4, {}),
    "a transaction that a hook drops": (
        "span",
        0,
        {("transaction", "user_hook"): 1, ("span", "user_hook"): 4},
    ),
    "a transaction that loses spans": ("span", 2, {("span", "user_hook"): 2}),
    "a check-in": ("monitor", 1, {}),
    "a check-in that cannot be scrubbed": (
        "monitor",
        0,
        {("monitor", "scrubber_error:RuntimeError"): 1},
    ),
    "a session": ("session", 1, {}),
    "a session that is dropped": ("session", 0, {("session", "scrubbed_away"): 1}),
    "a log": ("log_item", 1, {}),
    "a log that a hook drops": ("log_item", 0, {("log_item", "user_hook"): 1}),
    "a metric": ("trace_metric", 1, {}),
    "a metric that a hook drops": ("trace_metric", 0, {("trace_metric", "user_hook"): 1}),
    "a metric that breaks a hook": (
        "trace_metric",
        0,
        {("trace_metric", "user_hook_error:ValueError"): 1},
    ),
}


@pytest.mark.parametrize("name", EACH)
def test_every_drop_is_counted_with_its_reason(
    name: str, mix: Any, relay: Relay, service: Any
) -> None:
    category, sent, dropped = EACH[name]
    service(**{**mix.SETTINGS, "sample_rate": 1.0, "traces_sample_rate": 1.0})

    mix.do([name])

    running = current()
    assert running is not None
    assert arrived(relay)[category] == sent
    assert running.ledger.counts().dropped == dropped


def test_every_thing_that_can_be_done_has_its_own_proof() -> None:
    """Those without one are drops of the SDK's own, which it reports."""
    assert set(ACTIONS) - set(EACH) == {
        "a message",
        "a message that a processor drops",
        "a transaction without spans",
        "the same error twice",
    }


def test_what_processors_and_duplicates_lose_the_sdk_reports(
    mix: Any, relay: Relay, service: Any
) -> None:
    service(**{**mix.SETTINGS, "sample_rate": 1.0})

    mix.do(["a message that a processor drops", "the same error twice"])

    running = current()
    assert running is not None
    assert running.ledger.counts().dropped == {}
    assert running.ledger.counts().discarded == {("error", "event_processor"): 2}
    assert arrived(relay)["error"] == 1


PROFILED = """
import sys, time
import sdk_config, sentry_sdk
from sdk_config.runtime import current

sdk_config.setup(
    traces_sample_rate=1.0, profiles_sample_rate=1.0, allow_unscrubbed=True,
    before_send_transaction=lambda event, hint: event if event["transaction"] == "kept" else None,
)
for name in ("kept", "hooked"):
    with sentry_sdk.start_transaction(name=name, op="task"):
        end = time.monotonic() + 0.15
        while time.monotonic() < end:
            sum(range(1000))
sdk_config.flush(10)
counts = current().ledger.counts()
print(counts.sent.get("profile", 0), counts.dropped.get(("profile", "with_its_event"), 0))
"""


@pytest.mark.slow
def test_a_profile_that_is_lost_with_its_transaction_is_counted(
    installer: Any, relay: Relay
) -> None:
    """No hook sees it, and no SDK reports it; the present one profiles by session instead."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": f"{installer.python_sdk('2.0.1')}{os.pathsep}{ROOT}",
        "SENTRY_DSN": relay.dsn,
    }

    run = subprocess.run(
        [sys.executable, "-c", PROFILED],
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
    )

    assert run.stdout.split() == ["1", "1"], run.stderr
    assert len(relay.items("profile")) == 1

"""Configurations are driven, and their sampling judged: sound ones hold, each fault is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scenarios import Continue, Message, Repeat, Result, Sampling, Scenario, Target, Transaction
from scenarios.result import Finding
from tests.scripts.install_sdks import python_sdk

Run = Callable[..., Result]

FLAGGED = "0af7651916cd43dd8448eb211c80319c"

SETUPS = """
import sentry_sdk

def start(**options):
    sentry_sdk.init(release="shop@1", **options)

def sound():
    start(traces_sample_rate=0.25)

def deaf():
    start(traces_sampler=lambda context: 0.25)

def text():
    start(traces_sample_rate="0.25")

def another():
    start(traces_sample_rate=0.3)

def off():
    start()

def half_of_the_errors():
    start(sample_rate=0.5)

def errors_by_text():
    start(sample_rate="0.5")
"""


@pytest.fixture(scope="session")
def setups(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with configurations, one fault in each but the first."""
    file = tmp_path_factory.mktemp("setups") / "setups.py"
    file.write_text(SETUPS)
    return str(file)


def heads() -> Repeat:
    return Repeat(times=120, steps=(Transaction(name="head ${n}"),))


def continued(flag: str, times: int = 20, **baggage: str) -> Repeat:
    """Traces of another service: its decision, and what it said in its baggage."""
    said = ",".join(f"sentry-{name}={value}" for name, value in baggage.items())
    headers = {"sentry-trace": f"{FLAGGED}-{'1' * 16}{flag}"}
    if said:
        headers["baggage"] = f"sentry-trace_id={FLAGGED},{said}"
    return Repeat(times=times, steps=(Continue(name=f"flag {flag}", headers=headers),))


def judged(run: Run, setups: str, name: str, *steps: Any, **expected: Any) -> Result:
    scenario = Scenario(
        id=name,
        setup=f"{setups}:{name}",
        steps=steps,
        expect=(Sampling(**{"rate": 0.25, **expected}),),
    )
    return run(scenario, Target(setup="raw"))


def test_an_sdk_that_draws_by_chance_is_judged_by_number_and_by_its_parents(
    run: Run, setups: str
) -> None:
    old = Target(setup="raw", sdk=str(python_sdk("2.0.1")))
    for name, flag, status in (("sound", "-1", "passed"), ("deaf", "-0", "failed")):
        scenario = Scenario(
            id=f"{name} under 2.0.1",
            setup=f"{setups}:{name}",
            steps=(heads(), continued(flag)),
            expect=(Sampling(rate=0.25),),
        )
        result = run(scenario, old)
        assert result.status == status, result.findings
        assert result.facts["sampling"][0]["recomputed"] == 0


def only(result: Result) -> Finding:
    [finding] = result.findings
    return finding


def test_heads_parents_and_forced_numbers_of_a_sound_configuration_hold(
    run: Run, setups: str
) -> None:
    result = judged(
        run,
        setups,
        "sound",
        heads(),
        continued("-1"),
        continued("-0"),
        continued("", sample_rand="0.200000"),
        continued("", sample_rand="0.300000"),
        continued("-1", sample_rate="0.9"),
    )
    assert result.status == "passed", result.findings
    [told] = result.facts["sampling"]
    assert told["total"] == 220
    assert told["recomputed"] == 220
    assert told["kept"] >= 60


def test_a_sampler_that_ignores_the_parent_is_named(run: Run, setups: str) -> None:
    finding = only(judged(run, setups, "deaf", heads(), continued("-0")))
    assert "its parent was dropped; does a sampler ignore it?" in finding.text
    assert "20 decisions are wrong" in finding.cause
    assert finding.setting.startswith("traces_sample_rate")


def test_another_rate_is_named_by_each_decision(run: Run, setups: str) -> None:
    finding = only(judged(run, setups, "another", heads()))
    assert "was decided at the rate 0.3, not at 0.25" in finding.text
    assert finding.item


def test_a_rate_that_is_a_text_drops_everything_and_is_found(run: Run, setups: str) -> None:
    finding = only(judged(run, setups, "text", heads()))
    assert "0 of 120 kept" in finding.text
    assert "was dropped, although its sample_rand" in finding.text


def test_tracing_that_is_off_proves_no_rate(run: Run, setups: str) -> None:
    finding = only(judged(run, setups, "off", heads()))
    assert "nothing was generated" in finding.text


@pytest.mark.parametrize(
    ("setup", "status"), [("half_of_the_errors", "passed"), ("errors_by_text", "failed")]
)
def test_errors_are_judged_by_their_number(run: Run, setups: str, setup: str, status: str) -> None:
    messages = Repeat(times=90, steps=(Message(text="message ${n}"),))
    result = judged(run, setups, setup, messages, rate=0.5, category="error")
    assert result.status == status, result.findings
    assert result.facts["sampling"][0]["total"] == 90


@pytest.mark.parametrize("rate", [1.5, -0.1, "0.25"])
def test_a_rate_that_is_none_cannot_be_judged(run: Run, setups: str, rate: Any) -> None:
    result = judged(run, setups, "sound", Transaction(name="t"), rate=rate)
    assert result.status == "error"
    assert "a sampling rate is a number from 0 to 1" in result.findings[0].text

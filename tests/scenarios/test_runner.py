"""A run keeps its order, stops when it is told to, and gives what it has when it is interrupted."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_relay import RelayClient, Selection, ThreadServer, open_store
from fake_relay.relay import Relay
from scenarios import Call, Command, Items, Journaled, Message, Scenario, Target, run
from scenarios.errors import ScenarioError
from scenarios.report.terminal import text
from scenarios.runner import Progress

RAW = Target(setup="raw")


def message(name: str, *, count: int = 1) -> Scenario:
    """A scenario that sends one message, and holds when that is as many as are expected."""
    event = Items(type="event", where={"message": name}, count=count)
    return Scenario(id=name, steps=(Message(name),), expect=(event,))


@pytest.mark.slow(3)
def test_results_stand_in_the_order_of_the_scenarios_and_see_their_own_items_alone() -> None:
    slow = Scenario(id="slow", steps=(Command("sleep 0.5"),), expect=(Items(count=0),))
    heard: list[str] = []

    def tell(progress: Progress) -> None:
        heard.append(f"{progress.scenario.id} {'ended' if progress.result else 'began'}")

    found = run([slow, message("a"), message("b"), message("c")], RAW, jobs=2, tell=tell)
    assert [result.id for result in found.results] == ["slow", "a", "b", "c"]
    assert found.counts() == {"passed": 4}
    assert sorted(heard) == sorted(
        f"{name} {what}" for name in ("slow", "a", "b", "c") for what in ("began", "ended")
    )
    assert {"python", "sentry-sdk", "fake-relay"} <= set(found.versions)


def test_a_run_stops_at_its_first_failure_when_it_is_told_to() -> None:
    scenarios = [message("a"), message("b", count=2), message("c"), message("d")]
    found = run(scenarios, RAW, jobs=1, stop_at_first=True)
    assert [(result.id, result.status) for result in found.results] == [
        ("a", "passed"),
        ("b", "failed"),
    ]


def test_two_scenarios_of_one_id_are_refused() -> None:
    with pytest.raises(ScenarioError, match="two scenarios are called 'a'"):
        run([message("a"), message("a")], RAW)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C as on a terminal: a shell leaves what it runs in the background without."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_what_runs_and_gives_what_there_is() -> None:
    waiting = threading.Event()
    hang = Scenario(id="hang", steps=(Call("time:sleep", args=(60,)),))

    def tell(progress: Progress) -> None:
        if progress.result is not None and not waiting.is_set():
            waiting.set()
            os.kill(os.getpid(), signal.SIGINT)

    found = run([message("a"), hang, message("b")], RAW, jobs=1, tell=tell)
    assert found.interrupted
    assert [result.id for result in found.results] == ["a"]
    assert found.seconds < 30


def test_a_relay_that_runs_already_is_used_and_keeps_the_items() -> None:
    with ThreadServer(lambda: Relay(open_store("memory:"))) as server:
        found = run([message("a")], RAW, url=server.url)
        assert found.counts() == {"passed": 1}
        with RelayClient(server.url) as client:
            assert [item.type for item in client.find(Selection()).items] == ["event"]


def test_an_interpreter_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-python"):
        run([message("a")], Target(setup="raw", python=str(tmp_path / "no-python")))


def test_a_seed_makes_the_same_dice() -> None:
    dice = random.Random(7)
    rolled = Scenario(
        id="dice",
        seed=7,
        steps=(Call("random:random", id="one"), Call("random:random", id="two")),
        expect=(
            Journaled("one", returned=dice.random()),
            Journaled("two", returned=dice.random()),
        ),
    )
    (result,) = run([rolled], RAW).results
    assert result.status == "passed", text(result)

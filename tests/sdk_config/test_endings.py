"""How a process ends, and what a fork does, with a queue that is full: what arrives of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from fake_relay.testing import Relay

RunUnder = Callable[[str, str], Any]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system"),
]

VERSIONS = ("2.0.1", "2.75.0")

BEGIN = """
import atexit, json, logging, os, signal, sys, threading, warnings
import sdk_config, sentry_sdk
from sentry_sdk.integrations import iter_default_integrations
warnings.filterwarnings("ignore", message=".*multi-threaded.*")
# Imported once, and not by each child.
list(iter_default_integrations(True))

def begin(mode, **settings):
    if mode == "ours":
        assert sdk_config.setup(shutdown_timeout=10, **settings).enabled
    else:
        sentry_sdk.init(shutdown_timeout=10)

def client():
    get_client = getattr(sentry_sdk, "get_client", None)
    return get_client() if get_client else sentry_sdk.Hub.current.client

class held:
    \"\"\"The queue stands still until `set()`: its worker is said to run, and does not.\"\"\"
    def __init__(self):
        self.worker = client().transport._worker
        self.worker._thread, self.worker._thread_for_pid = threading.current_thread(), os.getpid()

    def set(self):
        # A flush that waits holds the lock that the worker's own start() takes.
        threading.Thread(target=self.worker._target, daemon=True).start()

def capture(who, count=5):
    for number in range(count):
        sentry_sdk.capture_message(f"{who} {number}")

def forked(work):
    child = os.fork()
    if child == 0:
        work()
        sys.exit(0)
    return child

def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


def arrived(relay: Relay) -> dict[str, int]:
    """How many events of each sender arrived."""
    texts = [str(caught.payload["message"]) for caught in relay.items("event")]
    return dict(Counter(text.rpartition(" ")[0] for text in texts))


ENDINGS = """
def opened_by_a_signal(gate):
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write)
    threading.Thread(target=lambda: (os.read(read, 1), gate.set()), daemon=True).start()

def queued(name):
    begin(MODE)
    gate = held()
    capture(name)
    opened_by_a_signal(gate)
    # After the SDK's own, so that it runs before it.
    atexit.register(gate.set)

def normal(): queued("normal")
def exits(): queued("sys.exit"); sys.exit(3)
def exits_at_once(): queued("os._exit"); os._exit(4)
def terminated(): queued("SIGTERM"); os.kill(os.getpid(), signal.SIGTERM)
def killed(): queued("SIGKILL"); os.kill(os.getpid(), signal.SIGKILL)

every = (normal, exits, exits_at_once, terminated, killed)
print(json.dumps([ended(forked(end)) for end in every]))
"""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("mode", "saved"), [("raw", {}), ("ours", {"SIGTERM": 5})])
def test_what_is_queued_survives_every_end_that_python_sees_and_sigterm(
    mode: str, saved: dict[str, int], version: str, relay: Relay, run_under: RunUnder
) -> None:
    """X-07."""
    statuses = run_under(version, f"{BEGIN}\nMODE = {mode!r}\n{ENDINGS}")

    assert statuses == [0, 3, 4, -15, -9]
    assert arrived(relay) == {"normal": 5, "sys.exit": 5, **saved}


HANDLERS = """
def before():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
    begin("ours")
    capture("before")
    os.kill(os.getpid(), signal.SIGTERM)

def after():
    begin("ours")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(8))
    capture("after")
    os.kill(os.getpid(), signal.SIGTERM)

def chained():
    begin("ours")
    ours = signal.getsignal(signal.SIGTERM)
    def last(*given):
        capture("chained", 1)
        ours(*given)
    signal.signal(signal.SIGTERM, last)
    os.kill(os.getpid(), signal.SIGTERM)

def ignored():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    begin("ours")
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    os.kill(os.getpid(), signal.SIGTERM)

def refused():
    begin("ours", flush_on_sigterm=False)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL

def stopped():
    begin("ours")
    begin("ours", sample_rate=0.5)
    sdk_config.shutdown()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL

def twice():
    begin("ours")
    held()
    capture("twice")
    # While the first waits for a queue that stands still.
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    os.kill(os.getpid(), signal.SIGTERM)

def in_a_thread():
    thread = threading.Thread(target=begin, args=["ours"])
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL

every = (before, after, chained, ignored, refused, stopped, twice, in_a_thread)
print(json.dumps({end.__name__: ended(forked(end)) for end in every}))
"""


def test_the_handlers_of_others_have_the_last_word_on_sigterm(
    relay: Relay, run_under: RunUnder
) -> None:
    found = run_under("2.75.0", BEGIN + HANDLERS)

    assert found == {
        "before": 7,
        "after": 8,
        "chained": -15,
        "ignored": 0,
        "refused": 0,
        "stopped": 0,
        "twice": -15,
        "in_a_thread": 0,
    }
    assert arrived(relay) == {"before": 5, "after": 5, "chained": 1}


SESSIONS = """
def request():
    scope = sentry_sdk.Scope.get_isolation_scope()
    scope.start_session(session_mode="request")
    scope.end_session()

begin(MODE)
gate = held()
capture("parent")
request()

def child():
    capture("child")
    request()

statuses = [ended(forked(child)) for _ in range(2)]
gate.set()
print(json.dumps(statuses))
"""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("mode", "times"), [("raw", 3), ("ours", 1)])
def test_a_forked_child_sends_what_is_its_own_and_nothing_of_its_parents(
    mode: str, times: int, version: str, relay: Relay, run_under: RunUnder
) -> None:
    """X-08: raw, everything that waits is sent once more by each child."""
    assert run_under(version, f"{BEGIN}\nMODE = {mode!r}\n{SESSIONS}") == [0, 0]

    assert arrived(relay) == {"parent": 5 * times, "child": 10}
    sessions = [one for caught in relay.items("sessions") for one in caught.payload["aggregates"]]
    assert sum(one["exited"] for one in sessions) == 2 + times


CONNECTIONS = """
begin("ours")
capture("before", 1)
assert sdk_config.flush(10)
pool = client().transport._pool
assert len(pool.pools) == 1

def child():
    transport = client().transport
    assert transport._pool is not pool and not len(transport._pool.pools)
    capture("child", 20)

children = [forked(child) for _ in range(3)]
capture("parent", 20)
print(json.dumps([ended(child) for child in children]))
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_forked_child_has_connections_of_its_own(
    version: str, relay: Relay, run_under: RunUnder
) -> None:
    assert run_under(version, BEGIN + CONNECTIONS) == [0, 0, 0]

    assert arrived(relay) == {"before": 1, "child": 60, "parent": 20}


POOLS = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import util

def work(name):
    gate = held()
    capture(name)
    # Before our own, as an application's would be.
    util.Finalize(None, gate.set, exitpriority=0)

def late(name):
    begin("ours")
    work(name)

if __name__ == "__main__":
    forking = multiprocessing.get_context("fork")
    early = forking.Process(target=late, args=["late"])
    early.start()
    early.join()
    begin("ours")
    process = forking.Process(target=work, args=["process"])
    process.start()
    process.join()
    with ProcessPoolExecutor(1, forking) as pool:
        pool.submit(work, "pool").result()
    print(json.dumps([early.exitcode, process.exitcode]))
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_process_of_multiprocessing_sends_before_it_ends(
    version: str, relay: Relay, run_under: RunUnder
) -> None:
    """It runs none of Python's exit handlers, whether Sentry began before the fork or after."""
    assert run_under(version, BEGIN + POOLS) == [0, 0]

    assert arrived(relay) == {"late": 5, "process": 5, "pool": 5}

import os
import subprocess
import sys
import threading

import sentry_sdk

from fake_relay.testing import Relay

WORKER = "import sentry_sdk; sentry_sdk.init(); sentry_sdk.capture_message('from a worker')"


def test_a_child_process_reads_its_dsn_from_the_environment(relay: Relay) -> None:
    subprocess.run([sys.executable, "-c", WORKER], env={**os.environ, **relay.env}, check=True)
    relay.expect_event(message="from a worker", count=1)


def test_a_thread_is_waited_for(relay: Relay, sentry: None) -> None:
    thread = threading.Thread(target=sentry_sdk.capture_message, args=("from a thread",))
    thread.start()
    relay.expect_event(message="from a thread")
    thread.join()


async def test_a_coroutine_waits_without_blocking_its_loop(relay: Relay, sentry: None) -> None:
    sentry_sdk.capture_message("from a coroutine")
    await relay.aexpect_event(message="from a coroutine")

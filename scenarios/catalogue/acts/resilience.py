"""What the scenarios of resilience do and data cannot say.

May import: the standard library, sentry_sdk, sdk_config.
"""

from __future__ import annotations

import contextlib
import io
import logging
import multiprocessing
import tempfile
import time
from typing import Any

import sentry_sdk

from scenarios.process import journal


def known_losses(category: str) -> int:
    """How many units of a category sdk_config knows to be lost, for whatever reason."""
    from sdk_config import runtime

    running = runtime.current()
    counted = running.ledger.counts().discarded if running else {}
    return sum(quantity for (found, _), quantity in counted.items() if found == category)


def flush(timeout: float) -> bool:
    """sdk_config's flush, which tells whether it worked."""
    from sdk_config import flush as flush_and_tell

    return flush_and_tell(timeout)


def capture_in_a_process() -> int | None:
    """Capture in a child of multiprocessing, which ends without Python's exit handlers."""
    child = multiprocessing.get_context("fork").Process(
        target=sentry_sdk.capture_message, args=("from a child of multiprocessing",)
    )
    child.start()
    child.join()
    return child.exitcode


def set_up_again(**options: Any) -> dict[str, Any]:
    """Call sdk_config's setup once more: whether the client is another, and what was warned of."""
    import sdk_config

    before, told = sentry_sdk.get_client(), io.StringIO()
    handler = logging.StreamHandler(told)
    logging.getLogger("sdk_config").addHandler(handler)
    try:
        enabled = sdk_config.setup(**options).enabled
    finally:
        logging.getLogger("sdk_config").removeHandler(handler)
    warned = "set up before with other settings" in told.getvalue()
    return {"enabled": enabled, "same": sentry_sdk.get_client() is before, "warned": warned}


def check(*arguments: str) -> dict[str, Any]:
    """Run `sdk-config check`: its exit status, and what it prints."""
    from sdk_config.cli import main

    told = io.StringIO()
    # The source of whoever runs this is not what is judged.
    with (
        tempfile.TemporaryDirectory() as empty,
        contextlib.redirect_stdout(told),
        contextlib.redirect_stderr(told),
    ):
        status = main(["check", "--root", empty, *arguments])
    journal.note(checked=told.getvalue())
    return {"status": status}


def large_message() -> None:
    """Capture a message of two million characters."""
    sentry_sdk.capture_message("word " * 400_000)


def large_context() -> None:
    """Capture an error with a context of five million characters, in many entries."""
    with sentry_sdk.new_scope() as scope:
        scope.set_context("basket", {f"article {number}": "x" * 50_000 for number in range(100)})
        sentry_sdk.capture_message("a large basket")


def time_the_hook(events: int) -> None:
    """Capture large events, and note the processor time that before_send takes for each."""
    options: Any = sentry_sdk.get_client().options
    hook = options.get("before_send")
    took: list[float] = []

    def timed(event: Any, hint: Any) -> Any:
        began = time.thread_time()
        try:
            return hook(event, hint)
        finally:
            took.append((time.thread_time() - began) * 1000)

    if hook is not None:
        options["before_send"] = timed
    rows = [
        {"sku": f"article {number}", "price": number, "stock": [number] * 4} for number in range(40)
    ]
    for number in range(events):
        with sentry_sdk.new_scope() as scope:
            scope.set_context("basket", {"rows": rows, "number": number})
            for row in rows:
                sentry_sdk.add_breadcrumb(
                    message=f"looked at {row['sku']}", category="shop", data=row
                )
            _fail(rows)
    options["before_send"] = hook
    journal.note(hook_ms=took)


def _fail(rows: list[dict[str, Any]]) -> None:
    try:
        raise LookupError(f"none of {len(rows)} articles")
    except LookupError as error:
        sentry_sdk.capture_exception(error)

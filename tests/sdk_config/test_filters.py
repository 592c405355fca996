"""Error filters: each kind drops what it names, nothing else; bursts are capped and summed up."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk

from fake_relay.testing import Relay
from sdk_config import ErrorFilter, flush
from sdk_config.filters import NOISE
from sdk_config.runtime import current
from sdk_config.seams import Parts


class Late(TimeoutError):
    """An error of the application's."""


class Refused(Exception):
    """An answer of the application's: what web frameworks call it is `HTTPException`."""

    def __init__(self, status_code: int) -> None:
        super().__init__(status_code)
        self.status_code = status_code


class HTTPException(Refused):
    """Named as in Starlette and Werkzeug."""


class Clock:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def judged(filter_: ErrorFilter, error: BaseException | None = None, **event: Any) -> str | None:
    hint = {"exc_info": (type(error), error, None)} if error is not None else {}
    if error is not None:
        value = {"type": type(error).__qualname__, "module": type(error).__module__}
        event["exception"] = {"values": [{**value, "value": str(error)}]}
    return filter_.drop_reason(event, hint)


HERE = Late.__module__


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        (Late, "class"),
        (TimeoutError, "class"),
        ("Late", "class"),
        ("TimeoutError", "class"),
        ("builtins.TimeoutError", "class"),
        (f"{HERE}.Late", "class"),
        ("OSError", "class"),
        ("*Timeout*", "name"),
        (f"{HERE}.*", "name"),
        ("builtins.OS*", "name"),
        ("Lat", None),
        ("late", None),
        ("ValueError", None),
        ("shop.TimeoutError", None),
        ("Value*", None),
        ("object", None),
    ],
)
def test_an_error_is_named_by_its_class_or_a_base_short_or_dotted(
    entry: Any, word: str | None
) -> None:
    assert judged(ErrorFilter(errors=[entry]), Late("x")) == word


def test_without_the_object_the_events_own_names_count() -> None:
    value = {"type": "Late", "module": "shop"}
    event: dict[str, Any] = {
        "exception": {"values": [{"type": "OSError", "module": "builtins"}, value]}
    }

    assert judged(ErrorFilter(errors=["shop.Late"]), **event) == "class"
    assert judged(ErrorFilter(errors=["OSError"]), **event) is None


def test_a_group_is_dropped_when_each_error_in_it_is() -> None:
    only_late = ErrorFilter(errors=[Late])

    assert (
        judged(only_late, ExceptionGroup("g", [Late(), ExceptionGroup("h", [Late()])])) == "class"
    )
    assert judged(only_late, ExceptionGroup("g", [Late(), ValueError()])) is None
    assert judged(ErrorFilter(errors=["ExceptionGroup"]), ExceptionGroup("g", [Late()])) == "class"


@pytest.mark.parametrize(
    ("entry", "logger", "expected"),
    [
        ("django.security.DisallowedHost", "django.security.DisallowedHost", "logger"),
        ("django.security", "django.security.DisallowedHost", "logger"),
        ("django.sec", "django.security.DisallowedHost", None),
        ("*.access", "uvicorn.access", "logger"),
        ("uvicorn*", "uvicorn.access", "logger"),
        ("shop", None, None),
    ],
)
def test_a_logger_is_named_with_those_below_it(
    entry: str, logger: str | None, expected: str | None
) -> None:
    """M-21: the SDK's own `ignore_logger` does not cover children."""
    assert judged(ErrorFilter(loggers=[entry]), logger=logger) == expected


@pytest.mark.parametrize(
    ("entries", "status", "expected"),
    [
        ([404], 404, "status"),
        (["404"], 404, "status"),
        ([404], 403, None),
        (["4xx"], 499, "status"),
        (["4XX"], 400, "status"),
        (["4xx"], 500, None),
        ([404, "5xx"], 503, "status"),
    ],
)
def test_a_status_or_a_class_of_them(entries: list[Any], status: int, expected: str | None) -> None:
    found = ErrorFilter(status=entries)

    assert judged(found, HTTPException(status)) == expected
    assert judged(found, ValueError("404")) is None


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("connection reset*", "message"),
        ("*RESET by*", "message"),
        ("Late: connection*", "message"),
        ("connection", None),
        ("*closed*", None),
    ],
)
def test_a_message_is_the_whole_text_in_any_case(pattern: str, expected: str | None) -> None:
    assert judged(ErrorFilter(messages=[pattern]), Late("Connection reset by peer")) == expected


def test_messages_of_every_kind_are_seen() -> None:
    found = ErrorFilter(messages=["order * failed"])

    assert judged(found, message="order 1 failed") == "message"
    assert judged(found, logentry={"message": "order %s failed", "params": ["2"]}) == "message"
    assert judged(found, logentry={"message": "o", "formatted": "order 3 failed"}) == "message"


def test_no_filter_drops_nothing() -> None:
    assert judged(ErrorFilter(), Late("x"), logger="x", message="m") is None


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"errors": [17]}, "errors: expected an exception class or its name, got 17"),
        ({"errors": [int]}, "errors: expected an exception class or its name, got <class 'int'>"),
        ({"errors": None}, "errors: expected an exception class or its name, got None"),
        ({"loggers": [" "]}, "loggers: expected text, got ' '"),
        ({"messages": [b"x"]}, "messages: expected text, got b'x'"),
        ({"status": [99]}, "status: expected a status from 100 to 599 or a class such as 4xx"),
        ({"status": ["6xx"]}, "status: expected a status from 100 to 599"),
        ({"status": [True]}, "status: expected a status from 100 to 599"),
        ({"burst": -1}, "burst: expected a whole number of 1 or more, got -1"),
        ({"burst": True}, "burst: expected a whole number of 1 or more, got True"),
        ({"burst": 1, "window": 0}, "window: expected seconds above 0, got 0"),
        ({"burst": 1, "window": float("nan")}, "window: expected seconds above 0, got nan"),
    ],
)
def test_what_cannot_be_read_is_a_problem_and_no_error(given: dict[str, Any], text: str) -> None:
    found = ErrorFilter(**given)

    assert [problem.level for problem in found.problems] == ["error"]
    assert text in found.problems[0].text
    assert judged(found, ValueError("x")) is None


def test_one_bad_entry_leaves_the_others() -> None:
    assert judged(ErrorFilter(errors=[17, "Late"]), Late()) == "class"


def test_the_documents_list_drops_both_of_what_it_says_and_does() -> None:
    """S1-32, K-24."""
    found = ErrorFilter(**NOISE["kibray"])  # type: ignore[arg-type]

    assert judged(found, logger="django.security.DisallowedHost", message="host") == "logger"
    assert judged(found, HTTPException(404)) == "status"
    assert judged(found, HTTPException(500)) is None


def test_client_errors_are_dropped_by_name_and_servers_own_are_not() -> None:
    """S2-44, S2-52."""
    found = ErrorFilter(**NOISE["client_errors"])  # type: ignore[arg-type]

    assert [judged(found, HTTPException(status)) for status in (400, 404, 499, 500, 503)] == [
        "status",
        "status",
        "status",
        None,
        None,
    ]


def test_hang_ups_are_dropped_by_name() -> None:
    found = ErrorFilter(**NOISE["hang_ups"])  # type: ignore[arg-type]

    assert judged(found, BrokenPipeError()) == "class"
    assert judged(found, asyncio.CancelledError()) == "class"
    assert judged(found, ConnectionError()) is None


@pytest.mark.parametrize("name", NOISE)
def test_every_list_can_be_read(name: str) -> None:
    assert ErrorFilter(**NOISE[name]).problems == ()  # type: ignore[arg-type]


def test_so_many_alike_errors_pass_in_a_window() -> None:
    clock = Clock()
    found = ErrorFilter(burst=2, window=10, clock=clock)

    assert [judged(found, Late("a")) for _ in range(4)] == [None, None, "burst", "burst"]
    assert judged(found, ValueError("a")) is None
    clock.now += 9.9
    assert judged(found, Late("a")) == "burst"
    clock.now += 0.1
    assert judged(found, Late("a")) is None


def test_the_first_error_of_a_new_window_tells_what_was_dropped() -> None:
    clock = Clock()
    found = ErrorFilter(burst=1, window=10, clock=clock)
    for _ in range(5):
        found.drop_reason({"message": "m"}, {})
    clock.now += 10
    event: dict[str, Any] = {"message": "m", "contexts": {"os": {}}}

    assert found.drop_reason(event, {}) is None
    assert event["contexts"] == {
        "os": {},
        "burst": {"dropped": 4, "limit": 1, "window_seconds": 10.0},
    }
    assert found.take_summaries() == []


def test_what_no_event_told_is_summed_up_once() -> None:
    found = ErrorFilter(burst=1, clock=Clock())
    for number in range(5):
        judged(found, Late(f"number {number}"))
        judged(found, message=f"order {number}", logger="shop")

    assert [summary.event()["message"] for summary in found.take_summaries()] == [
        "4 more of Late were not sent (at most 1 in 60 s)",
        "4 more of message shop order # were not sent (at most 1 in 60 s)",
    ]
    assert found.take_summaries() == []


def test_a_summary_passes_every_filter() -> None:
    found = ErrorFilter(burst=1, messages=["*"], clock=Clock())

    assert judged(found, logger="sdk_config.burst", message="more") is None


FRAME = {"module": "shop.pay", "function": "charge", "lineno": 12, "in_app": True}


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ({"message": "order 1"}, {"message": "order 22"}, True),
        ({"message": "order"}, {"message": "user"}, False),
        ({"message": "m", "logger": "a"}, {"message": "m", "logger": "b"}, False),
        (
            {"logentry": {"message": "order %s", "formatted": "order a"}},
            {"logentry": {"message": "order %s", "formatted": "order b"}},
            True,
        ),
        (
            {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [FRAME]}}]}},
            {
                "exception": {
                    "values": [
                        {
                            "type": "E",
                            "value": "other",
                            "stacktrace": {"frames": [FRAME, {**FRAME, "in_app": False}]},
                        }
                    ]
                }
            },
            True,
        ),
        (
            {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [FRAME]}}]}},
            {
                "exception": {
                    "values": [{"type": "E", "stacktrace": {"frames": [{**FRAME, "lineno": 13}]}}]
                }
            },
            False,
        ),
        ({"fingerprint": ["a"], "message": "x"}, {"fingerprint": ["a"], "message": "y"}, True),
        (
            {"fingerprint": ["{{ default }}"], "message": "x"},
            {"fingerprint": ["{{ default }}"], "message": "y"},
            False,
        ),
    ],
)
def test_which_errors_are_alike(first: dict[str, Any], second: dict[str, Any], alike: bool) -> None:
    found = ErrorFilter(burst=1, clock=Clock())

    assert found.drop_reason(first, {}) is None
    assert found.drop_reason(second, {}) == ("burst" if alike else None)


def test_memory_is_bounded_and_what_is_forgotten_is_still_summed_up() -> None:
    found = ErrorFilter(burst=1, clock=Clock())
    for number in range(1500):
        for _ in range(3):
            found.drop_reason(
                {"message": "m", "logger": f"kind.{chr(97 + number % 26)}{number}"}, {}
            )

    summaries = found.take_summaries()

    assert len(summaries) == 1001
    assert summaries[-1].name == "other errors"
    assert sum(summary.dropped for summary in summaries) == 3000


def test_threads_together_pass_no_more_than_the_limit() -> None:
    found = ErrorFilter(burst=10, clock=Clock())
    passed: list[str | None] = []

    def work() -> None:
        passed.extend(found.drop_reason({"message": "m"}, {}) for _ in range(200))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert passed.count(None) == 10
    assert [summary.dropped for summary in found.take_summaries()] == [1590]


# Through the SDK and the relay.


def dropped() -> dict[tuple[str, str], int]:
    running = current()
    assert running is not None
    return dict(running.ledger.counts().dropped)


def test_ignored_errors_are_dropped_with_their_subclasses_and_counted(
    relay: Relay, service: Any
) -> None:
    """F-01: the SDK's own `ignore_errors` takes no subclass for a name and reports nothing."""
    service(ignore_errors=["OSError", "*Key*"])
    for error in (Late("late"), KeyError("k"), ValueError("kept")):
        sentry_sdk.capture_exception(error)

    relay.expect_event(count=1)
    relay.expect_event(exception="ValueError")
    assert dropped() == {("error", "filtered:class"): 1, ("error", "filtered:name"): 1}


def test_ignored_loggers_messages_and_statuses_are_dropped_and_counted(
    relay: Relay, service: Any
) -> None:
    """F-02, F-03."""
    service(
        ignore_loggers=["django.security.DisallowedHost"],
        ignore_messages=["heartbeat * missed"],
        ignore_status=["4xx"],
    )
    logging.getLogger("django.security.DisallowedHost").error("bad host")
    logging.getLogger("shop").error("heartbeat %s missed", 7)
    for status in (404, 500):
        sentry_sdk.capture_exception(HTTPException(status))

    relay.expect_event(count=1)
    relay.expect_event(exception="HTTPException")
    assert dropped() == {
        ("error", "filtered:logger"): 1,
        ("error", "filtered:message"): 1,
        ("error", "filtered:status"): 1,
    }


def test_a_classes_argument_may_be_the_class_itself(relay: Relay, service: Any) -> None:
    status = service(ignore_errors=[Late])
    sentry_sdk.capture_exception(Late("x"))

    relay.expect_no_event()
    assert status.problems == ()


def test_a_burst_of_500_is_capped_and_has_one_summary(relay: Relay, service: Any) -> None:
    """F-07."""
    service(error_burst=10)
    for number in range(500):
        sentry_sdk.capture_exception(Late(f"number {number}"))
    sentry_sdk.flush()
    relay.expect_event(count=10)

    assert flush(5)

    relay.expect_event(count=11)
    relay.expect_event(logger="sdk_config.burst", message__contains="490 more of Late")
    assert dropped() == {("error", "filtered:burst"): 490}


def test_the_kibray_profile_drops_what_its_document_drops(relay: Relay, service: Any) -> None:
    service(profile="kibray")
    logging.getLogger("django.security.DisallowedHost").error("bad host")
    sentry_sdk.capture_exception(HTTPException(404))
    sentry_sdk.capture_exception(HTTPException(500))

    relay.expect_event(count=1)


def test_what_a_filter_cannot_read_is_among_the_problems_of_the_status(service: Any) -> None:
    status = service(parts=Parts(error_filter=ErrorFilter(errors=[17])))

    assert status.enabled
    assert [problem.rule for problem in status.problems] == ["FILTER"]


FORKED = """
import os, sys, threading
from sdk_config import ErrorFilter

found = ErrorFilter(burst=1)
for _ in range(3):
    found.drop_reason({"message": "m"}, {})
lock = found._bursts._lock
held, done = threading.Event(), threading.Event()


def hold():
    with lock:
        held.set()
        done.wait()


threading.Thread(target=hold).start()
held.wait()
child = os.fork()
if child == 0:
    words = [found.drop_reason({"message": "m"}, {}) for _ in range(2)]
    told = [summary.dropped for summary in found.take_summaries()]
    os._exit(0 if (words, told) == ([None, "burst"], [1]) else 1)
status = os.waitpid(child, 0)[1]
done.set()
print(status, [summary.dropped for summary in found.take_summaries()])
"""


def test_a_forked_child_counts_anew_even_if_the_lock_was_held() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert run.stdout.strip() == "0 [2]", run.stderr

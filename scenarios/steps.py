"""What a scenario does: a tagged union of frozen records, done by the child in their order.

Rule: a step is data that JSON can carry; the child (process/child.py) gives it meaning, with
spellings that every sentry-sdk from 2.0 on understands. `id` names a step, so that an
expectation can speak of it. A text may hold `${n}` (the round of `Repeat`, from 0) and what
`target.py` promises.
May import: msgspec.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Level = Literal["debug", "info", "warning", "error", "fatal"]
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class _Step(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="do",
    tag=str.lower,
):
    """What all steps have."""

    id: str = ""


class Failure(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """An exception: a builtin or `module:Class`, with what `raise ... from`, notes and groups add.

    `locals` are the local variables of the function that raises it.
    """

    type: str = "ValueError"
    message: str = ""
    cause: Failure | None = None
    context: Failure | None = None
    notes: tuple[str, ...] = ()
    group: tuple[Failure, ...] = ()
    locals: dict[str, Any] = {}


class Call(_Step, frozen=True):
    """Call a function of yours by name: `module:function`, or `path/to/file.py:function`.

    A coroutine that it returns is run to its end. What it returns or raises is journaled, and
    goes no further unless it may go `through`.
    """

    target: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    through: bool = False


class _Failing(Failure, frozen=True, kw_only=True, tag_field="do", tag=str.lower):
    """A step that is an exception."""

    id: str = ""


class Raise(_Failing, frozen=True):
    """Raise an exception that nobody catches, unless a `Catch` is around it."""

    type: str = "ValueError"
    message: str = ""


class Capture(_Failing, frozen=True):
    """Raise an exception, catch it, and give it to `capture_exception`."""

    type: str = "ValueError"
    message: str = ""
    level: Level | None = None
    tags: dict[str, Any] = {}


class Catch(_Step, frozen=True):
    """Do the steps; what they raise is journaled and goes no further."""

    steps: tuple[Step, ...]


class Message(_Step, frozen=True):
    """`capture_message`."""

    text: str
    level: str = "info"


class Transaction(_Step, frozen=True):
    """A transaction around the steps; `sampled` is the argument of that name.

    What is raised within passes through, and gives it the status that the SDK gives.
    """

    name: str
    op: str = "task"
    steps: tuple[Step, ...] = ()
    source: str = ""
    status: str = ""
    sampled: bool | None = None
    data: dict[str, Any] = {}
    tags: dict[str, str] = {}


class Continue(_Step, frozen=True):
    """Like `Transaction`, but it continues the trace of these incoming headers."""

    name: str
    headers: dict[str, str]
    op: str = "http.server"
    steps: tuple[Step, ...] = ()


class Span(_Step, frozen=True):
    """A span around the steps, in whatever is current; `name` is its description."""

    name: str
    op: str = "function"
    steps: tuple[Step, ...] = ()
    status: str = ""
    data: dict[str, Any] = {}
    tags: dict[str, str] = {}


class Log(_Step, frozen=True):
    """A line of logging's logger, or of `sentry_sdk.logger` (`via: sentry`, from 2.35 on).

    `args` are those of the text's %s, `extra` logging's extra or the attributes; `error` is an
    exception that is being handled meanwhile, told with `exc_info`.
    """

    text: str
    level: str = "info"
    logger: str = "app"
    via: Literal["logging", "sentry"] = "logging"
    args: tuple[Any, ...] = ()
    extra: dict[str, Any] = {}
    error: Failure | None = None


class Metric(_Step, frozen=True):
    """A metric of `sentry_sdk.metrics` (from 2.44 on)."""

    name: str
    kind: Literal["count", "gauge", "distribution"] = "count"
    value: float = 1.0
    unit: str = ""
    attributes: dict[str, Any] = {}


class Breadcrumb(_Step, frozen=True):
    """`add_breadcrumb`."""

    message: str
    category: str = ""
    level: str = "info"
    type: str = ""
    data: dict[str, Any] = {}


class Scope(_Step, frozen=True):
    """Set on the isolation scope; with steps, on a scope that ends with them.

    A user of {} is none; `attachments` are texts by file name.
    """

    user: dict[str, Any] | None = None
    tags: dict[str, Any] = {}
    contexts: dict[str, dict[str, Any]] = {}
    extras: dict[str, Any] = {}
    level: Level | None = None
    fingerprint: tuple[str, ...] = ()
    transaction: str = ""
    attachments: dict[str, str] = {}
    steps: tuple[Step, ...] = ()


class Session(_Step, frozen=True):
    """A session around the steps; an application's, or one of a server's requests."""

    mode: Literal["application", "request"] = "application"
    steps: tuple[Step, ...] = ()


class CheckIn(_Step, frozen=True, tag="check_in"):
    """With steps, a monitored job: in_progress, then ok or error; else one check-in of a status."""

    monitor: str
    status: Literal["in_progress", "ok", "error"] = "ok"
    config: dict[str, Any] = {}
    steps: tuple[Step, ...] = ()


class Feedback(_Step, frozen=True):
    """A user's feedback, as an item of its own."""

    message: str
    name: str = ""
    email: str = ""


class Request(_Step, frozen=True):
    """A request to an application in the child (`app`: `module:attribute`), or to a URL.

    WSGI and ASGI are called without a network; aiohttp listens on a free port of this machine.
    A factory is called. The status is journaled as what the step returns; what the application
    raises through its server is journaled too.
    """

    path: str = "/"
    app: str = ""
    url: str = ""
    method: Method = "GET"
    headers: dict[str, str] = {}
    query: str = ""
    json: Any = None
    body: str = ""
    client: str = "127.0.0.1"
    through: bool = False


class Command(_Step, frozen=True):
    """Run a command line with SENTRY_DSN set; its exit status is what the step returns."""

    command: tuple[str, ...] | str
    environment: dict[str, str] = {}
    input: str = ""
    cwd: str = ""


class Fault(_Step, frozen=True):
    """Break what the relay does for this project, from now on: `status=503`, `latency=250ms`.

    `effect` is in the words of `fake-relay faults set`, or the entry's effect as an object;
    `clear` forgets what was set before. The child goes on when the relay has it.
    """

    effect: str | dict[str, Any] = ""
    match: dict[str, Any] = {}
    times: int | None = None
    clear: bool = False


class Await(_Step, frozen=True):
    """Wait until the relay holds such items, at most `within` seconds; what it tells is returned.

    `expect` is an expectation as `fake-relay expect` takes it.
    """

    expect: dict[str, Any]
    within: float = 5.0


class Clock(_Step, frozen=True):
    """Move the child's clock: to a time (ISO 8601) or by seconds. Needs the extra `scenarios`."""

    to: str = ""
    by: float = 0.0
    ticks: bool = True


class Thread(_Step, frozen=True):
    """Do the steps in `count` threads at once, and wait for them."""

    steps: tuple[Step, ...]
    count: int = 1


class Fork(_Step, frozen=True):
    """Fork; the child of the child does the steps, ends like that, and is waited for."""

    steps: tuple[Step, ...] = ()
    exit: Literal["normal", "os._exit"] = "os._exit"


class Flush(_Step, frozen=True):
    """`sentry_sdk.flush`."""

    timeout: float = 2.0


class Exit(_Step, frozen=True):
    """End the process here: `normal`, `sys.exit`, `os._exit`, or a signal's name (`SIGTERM`).

    Nothing is flushed for it, as nothing is in an application.
    """

    how: str = "sys.exit"
    code: int = 0


class Repeat(_Step, frozen=True):
    """Do the steps so many times; `${n}` in their texts is the round."""

    times: int
    steps: tuple[Step, ...]


Step = (
    Call
    | Raise
    | Capture
    | Catch
    | Message
    | Transaction
    | Continue
    | Span
    | Log
    | Metric
    | Breadcrumb
    | Scope
    | Session
    | CheckIn
    | Feedback
    | Request
    | Command
    | Fault
    | Await
    | Clock
    | Thread
    | Fork
    | Flush
    | Exit
    | Repeat
)
"""Any step."""

"""Samples of what the SDK hands to hooks: one event of every type, one context of each framework.

Rule: shapes are those of a real SDK (3.5, 3.7), values are ours; each call gives fresh objects.
May import: the standard library.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

EVENT_ID = "9ec79c33ec9942ab8353589fcb2e04dc"
TRACE = {"trace_id": "771a43a4192642f0b136d5159a501700", "span_id": "b0e6f15b45c36b12"}
MOMENT = "2026-01-02T03:04:05.000000Z"

Sample = tuple[Any, dict[str, Any]]
"""What a hook is given: a payload and a hint."""


def _base(**more: Any) -> dict[str, Any]:
    return {
        "event_id": EVENT_ID,
        "timestamp": MOMENT,
        "platform": "python",
        "environment": "test",
        "release": "shop@2.0.3",
        "contexts": {"trace": dict(TRACE)},
        **more,
    }


def error() -> Sample:
    """An error with a request and a user."""
    try:
        raise ValueError("a sample of sdk-config check")
    except ValueError as raised:
        caught = raised
    frames = [{"function": "pay", "module": "shop.pay", "lineno": 3, "vars": {"amount": "12"}}]
    values = [{"type": "ValueError", "value": str(caught), "stacktrace": {"frames": frames}}]
    event = _base(
        level="error",
        exception={"values": values},
        request={"url": "http://shop.test/pay", "method": "POST", "headers": {"Host": "shop"}},
        user={"id": "7"},
        tags={"plan": "pro"},
        extra={"order": "17"},
        breadcrumbs={"values": [{"message": "before", "category": "app"}]},
    )
    return event, {"exc_info": (ValueError, caught, caught.__traceback__)}


def message() -> Sample:
    """A captured message: no exception, no logger, no request."""
    return _base(level="info", message="a sample of sdk-config check"), {}


def logged() -> Sample:
    """An error that was logged."""
    entry = {"message": "order %s", "formatted": "order 17", "params": ["17"]}
    return _base(level="error", logger="shop.pay", logentry=entry), {"log_record": None}


def check_in() -> Sample:
    """A check-in, which the SDK gives to before_send as well (3.5)."""
    event = _base(type="check_in", check_in_id=EVENT_ID, monitor_slug="nightly", status="ok")
    return event, {}


def feedback() -> Sample:
    """User feedback."""
    said = {"message": "it broke", "name": "Ada", "contact_email": "ada@shop.test"}
    return _base(type="feedback", contexts={"feedback": said}), {}


def big() -> Sample:
    """An error with a hundred breadcrumbs and frames, to measure with."""
    event, hint = error()
    event["breadcrumbs"] = {"values": [{"message": f"step {n}" * 9} for n in range(100)]}
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    event["exception"]["values"][0]["stacktrace"]["frames"] = frames * 100
    return event, hint


def transaction() -> Sample:
    """A transaction with a span."""
    span = {**TRACE, "op": "db", "description": "SELECT 1", "data": {"db.system": "sqlite"}}
    event = _base(
        type="transaction",
        transaction="/pay/{id}",
        transaction_info={"source": "route"},
        start_timestamp=MOMENT,
        spans=[span],
        request={"url": "http://shop.test/pay/7", "query_string": "token=7"},
    )
    return event, {}


def span() -> Sample:
    """A streamed span."""
    return {"name": "SELECT 1", "attributes": {"sentry.op": "db"}, **TRACE, "status": "ok"}, {}


def log() -> Sample:
    """A log whose attribute is an object of the application (3.4)."""
    attributes = {"order": "17", "request": SimpleNamespace(path="/pay")}
    body = {"severity_text": "info", "severity_number": 9, "body": "paid", "time_unix_nano": 0}
    return {**body, "attributes": attributes, "trace_id": TRACE["trace_id"]}, {}


def metric() -> Sample:
    """A metric."""
    found = {"name": "orders", "type": "counter", "value": 1, "unit": None, "timestamp": 0.0}
    return {**found, "attributes": {"plan": "pro"}, **TRACE}, {}


def breadcrumb() -> Sample:
    """A breadcrumb with data of the application's."""
    return {"message": "paid", "category": "app", "level": "info", "data": {"order": {"id": 1}}}, {}


EVENTS: dict[str, Callable[[], Sample]] = {
    "error": error,
    "message": message,
    "logged error": logged,
    "check-in": check_in,
    "feedback": feedback,
}

HOOKS: dict[str, dict[str, Callable[[], Sample]]] = {
    "before_send": EVENTS,
    "error_sampler": {"error": error, "message": message, "logged error": logged},
    "before_send_transaction": {"transaction": transaction},
    "before_send_span": {"span": span},
    "before_send_log": {"log": log},
    "before_send_metric": {"metric": metric},
    "before_breadcrumb": {"breadcrumb": breadcrumb},
}
"""Which samples each hook is called with."""


def contexts(path: str = "/api/v1/orders") -> dict[str, dict[str, Any]]:
    """A sampling context of each framework, for a request to a path where there is one (3.7)."""
    headers = {"Host": "shop.test"}
    wsgi = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": "shop"}
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"shop.test")],
    }
    request = SimpleNamespace(
        method="GET", path=path, url=f"http://shop.test{path}", uri=path, headers=headers
    )
    job = SimpleNamespace(func_name="shop.pay", args=(), kwargs={}, id="1", origin="default")
    celery = {"task": "shop.pay", "args": [], "kwargs": {}}
    aws = {"aws_event": {"path": path, "httpMethod": "GET"}, "aws_context": SimpleNamespace()}
    gcp = {"gcp_env": {"FUNCTION_NAME": "pay"}, "gcp_event": {}}
    return {
        "WSGI": _context("generic WSGI request", "http.server", wsgi_environ=wsgi),
        "ASGI": _context(path, "http.server", asgi_scope=scope),
        "aiohttp": _context("generic AIOHTTP request", "http.server", aiohttp_request=request),
        "Tornado": _context("generic Tornado request", "http.server", tornado_request=request),
        "Sanic": _context("generic Sanic request", "http.server", sanic_request=request),
        "Celery": _context("shop.pay", "queue.task.celery", celery_job=celery),
        "RQ": _context("shop.pay", "queue.task.rq", rq_job=job),
        "Lambda": _context("pay", "function.aws", **aws),
        "Google Cloud": _context("pay", "function.gcp", **gcp),
        "a transaction of one's own": _context("nightly", "task"),
    }


def _context(name: str, op: str, **more: Any) -> dict[str, Any]:
    transaction = {"name": name, "op": op, "source": "url", **TRACE}
    return {"transaction_context": transaction, "parent_sampled": None, **more}

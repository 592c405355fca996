"""What the scenarios of sampling do and data cannot say: setups with samplers, services, load.

May import: the standard library, sentry_sdk, sdk_config, aiohttp, celery.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware
from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware

from scenarios.process.journal import note

FAULTY: dict[str, Callable[[Any], Any]] = {
    "raising": lambda context: context["wsgi_environ"]["PATH_INFO"],
    "nothing": lambda context: None,
    "outside": lambda context: 10,
}
"""Samplers that give no rate."""


def _start(kind: str, **options: Any) -> None:
    """Start the SDK as it is, or by sdk_config."""
    if kind == "raw":
        sentry_sdk.init(**options)
    else:
        import_module("sdk_config").setup(**options)


def with_sampler(kind: str, rate: float) -> None:
    """A sampler that says one rate for all, and notes that it was asked."""

    def sampler(context: Any) -> float:
        note(asked=context["transaction_context"]["name"])
        return rate

    _start(kind, traces_sampler=sampler, traces_sample_rate=1.0)


def with_faulty_sampler(kind: str, fault: str) -> None:
    """A sampler that gives no rate, where the rate is 1."""
    _start(kind, traces_sampler=FAULTY[fault], traces_sample_rate=1.0)


def with_error_sampler(kind: str) -> None:
    """A sampler of errors: no lookups, all values, and no answer for the rest."""

    def sampler(event: Any, hint: Any) -> float:
        return {"KeyError": 0.0, "ValueError": 1.0}[hint["exc_info"][0].__name__]

    _start(kind, error_sampler=sampler)


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application in the SDK's middleware."""
    answer: Iterable[bytes] = SentryWsgiMiddleware(_wsgi)(environ, start_response)
    return answer


def _wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    _named(environ["PATH_INFO"], environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"fine"]


async def _asgi(scope: Any, receive: Any, send: Any) -> None:
    _named(scope["path"], scope["query_string"].decode())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"fine"})


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application in the SDK's middleware."""
    await SentryAsgiMiddleware(_asgi)(scope, receive, send)


def _named(path: str, query: str) -> None:
    """Call the transaction by its path; fail where the query asks for it."""
    sentry_sdk.Scope.get_current_scope().set_transaction_name(path, source="route")
    if query:
        sentry_sdk.capture_message("the probe failed", "error")


def aiohttp_app() -> Any:
    """An aiohttp application, which the SDK's integration watches."""
    from aiohttp import web

    async def answer(request: web.Request) -> web.Response:
        _named(request.path, request.query_string)
        return web.Response(text="fine")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    return app


def celery_tasks(often: int) -> None:
    """Run one task that a rule names, and another one often."""
    celery = import_module("celery").Celery("shop")
    celery.conf.task_always_eager = True
    task = celery.task

    @task(name="shop.charge")  # type: ignore[untyped-decorator, unused-ignore]
    def charge() -> None:
        """A task that a rule names."""

    @task(name="mail.send")  # type: ignore[untyped-decorator, unused-ignore]
    def send() -> None:
        """Any other task."""

    charge.apply()
    for _ in range(often):
        send.apply()


def two_services(traces: int) -> None:
    """A service that begins traces, and one that it calls in each of them."""
    for _ in range(traces):
        with sentry_sdk.start_transaction(name="shop", op="http.server") as begun:
            span = begun.start_child(op="http.client")
            headers = dict(span.iter_headers())
            span.finish()
        incoming = sentry_sdk.continue_trace(headers, name="stock", op="http.server")
        with sentry_sdk.start_transaction(incoming):
            pass


def busy(least: float = 0.2, most: float = 5.0) -> int:
    """Work until the profiler has seen it three times, or for a while where it cannot be asked."""
    profile: Any = getattr(sentry_sdk.Scope.get_current_scope(), "profile", None)
    began, rounds = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < most:
        rounds += 1
        seen = least <= spent if profile is None else profile.unique_samples >= ENOUGH
        if seen:
            break
    return rounds


ENOUGH = 3
"""Looks of the profiler; two are what a profile needs."""


def profiler_ended() -> None:
    """Wait until the session's profiler has told what it saw; it ends after its transaction."""
    module = import_module("sentry_sdk.profiler.continuous_profiler")
    scheduler: Any = vars(module).get("_scheduler")
    thread = getattr(scheduler, "thread", None)
    if thread is not None:
        thread.join(5)


def look_at_health(times: int) -> int:
    """Have the SDK's monitor look at the transport, which it does every ten seconds by itself.

    How often it has halved the rate.
    """
    monitor: Any = sentry_sdk.get_client().monitor
    for _ in range(times):
        monitor.run()
    return int(monitor.downsample_factor)

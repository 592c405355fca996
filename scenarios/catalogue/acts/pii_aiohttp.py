"""Real requests with bodies that hold values, for the scenarios of personal data.

Rule: handlers know nothing of what they are sent, so that only the SDK can carry it out.
May import: the standard library, acts.pii, scenarios.canary, process; aiohttp inside functions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from scenarios.canary.values import deal
from scenarios.catalogue.acts.pii import is_promised, skip
from scenarios.process import journal, requests
from scenarios.process.plan import Step

BOUNDARY = "a-boundary-of-parts"


def _multipart(value: str) -> str:
    disposition = 'Content-Disposition: form-data; name="password"'
    return f"--{BOUNDARY}\r\n{disposition}\r\n\r\n{value}\r\n--{BOUNDARY}--\r\n"


BODIES: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "json": ("application/json", "plain", lambda value: json.dumps({"password": value})),
    "nested json": (
        "application/json",
        "plain",
        lambda value: json.dumps({"users": [{"newPassword": value, "apiKey": value}]}),
    ),
    "malformed json": (
        "application/json",
        "plain",
        lambda value: f'{{"user": {{"password": "{value}", "age": 7,',
    ),
    "form": (
        "application/x-www-form-urlencoded",
        "plain",
        lambda value: urlencode({"name": "x", "password": value}),
    ),
    "multipart": (f"multipart/form-data; boundary={BOUNDARY}", "plain", _multipart),
    "raw text": ("text/plain", "token", lambda value: f"please call {value} back"),
}
"""A body's content type, the class of the value in it, and the body."""


def application() -> Any:
    """An aiohttp application that reads its request's body and fails."""
    from aiohttp import web

    async def fail(request: web.Request) -> web.Response:
        await request.read()
        raise LookupError("no such order")

    app = web.Application()
    app.router.add_post("/orders", fail)
    return app


def post_bodies(classes: Sequence[str] = ()) -> list[int]:
    """Post each of the bodies whose class of values is promised not to leave; the statuses."""
    promised = [name for name, (_, kind, _) in BODIES.items() if is_promised(kind, classes)]
    return [_post(name) for name in promised] or skip()


def _post(name: str) -> int:
    __traceback_hide__ = True
    content_type, kind, body = BODIES[name]
    canary = deal("bodies", (kind,), (f"request body: {name}",))[0]
    value = journal.canary(canary.value, **{"class": kind, "surface": canary.surface})
    fields = {
        "do": "request",
        "app": f"{__name__}:application",
        "method": "POST",
        "path": "/orders",
        "query": "",
        "json": None,
        "body": body(value),
        "headers": {"content-type": content_type, "sentry-trace": f"{'1' * 32}-{'2' * 16}-1"},
        "client": "127.0.0.1",
    }
    status: int = requests.request(Step(fields, ""), lambda step: None)
    return status

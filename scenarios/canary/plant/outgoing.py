"""Surfaces of what the process asks of others, and of what it runs.

May import: canary.plant; sentry_sdk inside functions.
"""

from __future__ import annotations

import http.server
import importlib
import importlib.util
import logging
import os
import subprocess
import sys
import threading
import time
import urllib.request
from functools import cache
from typing import Any
from urllib.parse import quote

import sentry_sdk as sdk
from sentry_sdk import consts

from scenarios.canary.plant import C, surface
from scenarios.process import journal


@cache
def _other_service() -> int:
    """The port of a service that this process asks; what it is told is noted as `told`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            for name in ("baggage", "sentry-trace", "traceparent"):
                for value in self.headers.get_all(name, []):
                    journal.note(told=value, header=name)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Nothing is logged."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def _ask(query: str = "", **headers: str) -> None:
    address = f"http://127.0.0.1:{_other_service()}/orders{query}"
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)):
        pass


@surface("L26")
def baggage() -> None:
    with sdk.start_transaction(name=f"job {C()}", op="task", sampled=True):
        _ask()


@surface("L34")
def asked_query() -> None:
    with sdk.start_transaction(name="work", op="task", sampled=True):
        _ask(f"?token={quote(C())}")


@surface("L38")
def started_arguments() -> None:
    with sdk.start_transaction(name="work", op="task", sampled=True):
        subprocess.run([sys.executable, "-I", "-S", "-c", "", C()], check=True)


@surface("L37")
def outgoing_authorization() -> None:
    with sdk.start_transaction(name="work", op="task", sampled=True):
        _ask(Authorization=f"Bearer {C()}")


@surface("L37")
def environment_of_a_process() -> None:
    with sdk.start_transaction(name="work", op="task", sampled=True):
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", ""],
            env={**os.environ, "SHOP_TOKEN": C()},
            check=True,
        )


@surface("L37")
def traced_arguments() -> None:
    @sdk.trace
    def work(term: str) -> None:
        del term

    with sdk.start_transaction(name="work", op="task", sampled=True):
        work(C())


@surface("L06", exists=lambda: importlib.util.find_spec("pydantic") is not None)
def secret_string() -> None:
    secret_str: Any = importlib.import_module("pydantic").SecretStr

    held = secret_str(C())
    raise ValueError(held is None)


@surface("L07", "profiled")
def no_local_variables() -> None:
    blob = C()
    raise ValueError(len(blob))


@surface("L56", "profiled")
def profiled_arguments() -> None:
    def work(term: str) -> int:
        until = time.monotonic() + 0.06
        while time.monotonic() < until:
            sum(map(ord, term))
        return 0

    with sdk.start_transaction(name="work", op="task", sampled=True):
        work(C())


@surface("L28")
def bound_parameter() -> None:
    from sentry_sdk.tracing_utils import record_sql_queries

    statement = "SELECT a FROM t WHERE b = ?"
    with (
        sdk.start_transaction(name="work", op="task", sampled=True),
        record_sql_queries(None, statement, [C()], "qmark", False),
    ):
        pass


@surface("L48")
def graphql_error() -> None:
    __traceback_hide__ = True
    place = f'1 | {{ user(name: "{C()}") {{ id }} }}\n  |   ^'
    error = f"no such user\n\nGraphQL request:1:3\n{place}"
    logging.getLogger("strawberry.execution").error(error)


TEMPLATE: Any = getattr(getattr(consts, "SPANTEMPLATE", None), "AI_TOOL", None)


@surface("L45", exists=lambda: TEMPLATE is not None)
def tool() -> None:
    def look_up(term: str) -> str:
        return f"found {term}"

    traced: Any = sdk.trace
    look_up = traced(template=TEMPLATE)(look_up)

    with sdk.start_transaction(name="work", op="task", sampled=True):
        look_up(C())

"""Surfaces of transactions and spans.

May import: canary.plant; sentry_sdk inside functions.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sentry_sdk

from scenarios.canary.plant import C, surface

sdk: Any = sentry_sdk
"""Older versions have no streamed spans."""


def _streams() -> bool:
    return hasattr(getattr(sdk, "traces", None), "start_span")


def _traced(plant: Callable[[Any, Any], None], name: str = "work") -> None:
    started = sdk.start_transaction(name=name, op="task", sampled=True)
    with started as transaction, sdk.start_span(op="step") as span:
        plant(transaction, span)


def _described(op: str, text: str) -> None:
    def plant(transaction: Any, span: Any) -> None:
        span.op, span.description = op, text

    _traced(plant)


@surface("L25")
def transaction_name() -> None:
    _traced(lambda transaction, span: None, f"job {C()}")


@surface("L27")
def sql_literal() -> None:
    _described("db", f"SELECT * FROM t WHERE name = '{C()}'")


@surface("L29")
def sql_parameters() -> None:
    _traced(lambda transaction, span: span.set_data("db.params", [C()]))


@surface("L30")
def span_data_password() -> None:
    _traced(lambda transaction, span: span.set_data("password", C()))


@surface("L31")
def span_data_nested() -> None:
    _traced(lambda transaction, span: span.set_data("form", {"password": C()}))


@surface("L31")
def span_data_note() -> None:
    _traced(lambda transaction, span: span.set_data("note", C()))


@surface("L32")
def transaction_tag() -> None:
    _traced(lambda transaction, span: transaction.set_tag("password", C()))


@surface("L32")
def transaction_data() -> None:
    _traced(lambda transaction, span: transaction.set_data("password", C()))


@surface("L32")
def transaction_context() -> None:
    _traced(lambda transaction, span: transaction.set_context("pay", {"password": C()}))


@surface("L33")
def transaction_user() -> None:
    _traced(lambda transaction, span: sdk.set_user({"id": "7", "email": C()}))


@surface("L34")
def client_query() -> None:
    _traced(lambda transaction, span: span.set_data("http.query", f"token={C()}"))


@surface("L35")
def client_path() -> None:
    _described("http.client", f"GET https://api.example/reset/{C().replace(' ', '')}")


@surface("L36")
def client_userinfo() -> None:
    _described("http.client", f"GET https://u:{C().replace(' ', '').replace('@', '%40')}@host/x")


@surface("L38")
def subprocess_arguments() -> None:
    _described("subprocess", f"curl -d {C()}")


@surface("L39")
def store_key() -> None:
    _described("db.redis", f"GET user:{C()}")


@surface("L40")
def store_commands() -> None:
    commands = {"count": 1, "first_ten": [f"SET k '{C()}'"]}
    _traced(lambda transaction, span: span.set_data("redis.commands", commands))


@surface("L46")
def prompt() -> None:
    def plant(transaction: Any, span: Any) -> None:
        span.op = "gen_ai.chat"
        span.set_data("gen_ai.request.messages", json.dumps([{"content": C()}]))
        span.set_data("gen_ai.usage.total_tokens", 17)

    _traced(plant)


@surface("L57", "streamed", exists=_streams)
def streamed_name() -> None:
    with sdk.traces.start_span(name=f"job {C()}"):
        pass


@surface("L57", "streamed", exists=_streams)
def streamed_attribute() -> None:
    with sdk.traces.start_span(name="work", attributes={"password": C(), "note": C()}):
        pass

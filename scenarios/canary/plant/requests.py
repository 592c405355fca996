"""Surfaces of the request that an event or a transaction tells of.

May import: canary.plant; sentry_sdk inside functions.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus

import sentry_sdk as sdk

from scenarios.canary.plant import C, isolation_scope, surface


def sent(**request: Any) -> None:
    """An error and a transaction that tell of this request."""
    __traceback_hide__ = True
    sdk.capture_event({"message": "event", "request": request})
    with sdk.start_transaction(name="GET /x", op="http.server", sampled=True) as transaction:
        del transaction
        isolation_scope().add_event_processor(lambda event, hint: {**event, "request": request})


@surface("L58")
def query_token() -> None:
    sent(query_string=f"token={C().replace(' ', '%20')}&page=2")


@surface("L59")
def query_text() -> None:
    sent(query_string="q=" + quote_plus(C()))


@surface("L59")
def path_segment() -> None:
    sent(url=f"https://shop.example/users/{C().replace(' ', '')}/orders")


@surface("L60")
def scope_headers() -> None:
    scope = {"type": "http", "headers": [(b"authorization", b"Bearer " + C().encode())]}
    raise ValueError(len(scope))


@surface("L60")
def authorization() -> None:
    sent(headers={"Authorization": f"Bearer {C()}", "Proxy-Authorization": f"Basic {C()}"})


@surface("L61")
def api_key_header() -> None:
    sent(headers={"X-Api-Key": C(), "X-Forwarded-For": C()})


@surface("L62")
def other_headers() -> None:
    sent(headers={"X-Internal-Token": C(), "X-Patient-Name": C(), "CF-Connecting-IP": C()})


@surface("L62")
def referer() -> None:
    sent(headers={"Referer": f"https://shop.example/?code={C()}", "User-Agent": f"curl {C()}"})


@surface("L63")
def cookie() -> None:
    sent(cookies={"theme": C()}, headers={"Cookie": f"theme={C()}"})


@surface("L64")
def json_password() -> None:
    sent(data={"password": C(), "users": [{"password": C()}]})


@surface("L64")
def json_as_text() -> None:
    sent(data=json.dumps({"password": C()}))


@surface("L64")
def form_password() -> None:
    sent(data={"password": [C()]})


@surface("L65")
def json_nested() -> None:
    sent(data={"user": {"password": C()}})


@surface("L65")
def graphql_variables() -> None:
    sent(data={"query": "query($a: String) { user(name: $a) { id } }", "variables": {"a": C()}})


@surface("L47")
def graphql_literal() -> None:
    sent(data={"query": f'mutation {{ login(password: "{C()}") {{ id }} }}', "variables": None})


@surface("L66")
def json_other_keys() -> None:
    sent(data={"ssn": C(), "newPassword": C(), "card_number": C()})


@surface("L67")
def raw_body() -> None:
    sent(data=f"some text with {C()}")


@surface("L69")
def unknown_path() -> None:
    __traceback_hide__ = True
    path = f"/nowhere/{C().replace(' ', '')}"
    sdk.capture_event({"message": "event", "transaction": path, "request": {"url": path}})


@surface("L70")
def view_local() -> None:
    term = C()
    raise ValueError(len(term))

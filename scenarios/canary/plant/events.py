"""Surfaces of an event's own fields: user, tags, contexts, breadcrumbs, jobs.

May import: canary.plant; sentry_sdk inside functions.
"""

from __future__ import annotations

import sys
from typing import Any

import sentry_sdk

from scenarios.canary.plant import C, surface

sdk: Any = sentry_sdk


def _sent(**event: Any) -> None:
    __traceback_hide__ = True
    sdk.capture_event({"message": "event", "level": "error", **event})


@surface("L08")
def source_line() -> None:
    frame = {"function": "f", "lineno": 1, "context_line": f'PASSWORD = "{C()}"'}
    _sent(exception={"values": [{"type": "E", "value": "", "stacktrace": {"frames": [frame]}}]})


@surface("L10")
def process_arguments() -> None:
    before = list(sys.argv)
    sys.argv[:] = ["prog", "--password", C()]
    _sent()
    sys.argv[:] = before


@surface("L15")
def breadcrumb_message() -> None:
    sdk.add_breadcrumb(category="app", message=f"saw {C()}")
    _sent()


@surface("L16")
def breadcrumb_data() -> None:
    sdk.add_breadcrumb(category="app", data={"password": C()})
    _sent()


@surface("L17")
def breadcrumb_nested() -> None:
    sdk.add_breadcrumb(category="app", data={"user": {"password": C()}})
    _sent()


@surface("L18")
def user_id() -> None:
    sdk.set_user({"id": C()})
    _sent()


@surface("L18")
def user_fields() -> None:
    sdk.set_user({"id": "7", "email": C(), "username": C(), "ssn": C(), "note": C()})
    _sent()


@surface("L19")
def user_address() -> None:
    sdk.set_user({"ip_address": C()})
    _sent()


@surface("L20")
def user_nested() -> None:
    sdk.set_user({"id": "7", "data": {"password": C()}})
    _sent()


@surface("L20")
def extra_nested() -> None:
    _sent(extra={"user": {"password": C()}})


@surface("L21")
def extra_password() -> None:
    _sent(extra={"password": C()})


@surface("L22")
def extra_note() -> None:
    _sent(extra={"note": f"saw {C()}"})


@surface("L23")
def tag_password() -> None:
    _sent(tags={"password": C()})


@surface("L23")
def context_password() -> None:
    _sent(contexts={"pay": {"password": C()}})


@surface("L23")
def fingerprint() -> None:
    _sent(fingerprint=["order", C()])


@surface("L23")
def flag() -> None:
    _sent(contexts={"flags": {"values": [{"flag": C(), "result": True}]}})


@surface("L23")
def distribution() -> None:
    _sent(dist=C())


@surface("L23")
def server_name() -> None:
    _sent(server_name=C())


@surface("L23")
def transaction_of_an_error() -> None:
    _sent(transaction=f"job {C()}")


@surface("L41")
def celery_job() -> None:
    __traceback_hide__ = True
    job = {"task_name": "send", "args": [C()], "kwargs": {"to": C()}}
    _sent(extra={"celery-job": job})


@surface("L42")
def rq_job() -> None:
    _sent(extra={"rq-job": {"job_id": "1", "func": "f", "description": f"f('{C()}')"}})


@surface("L43")
def huey_job() -> None:
    _sent(extra={"huey-job": {"task": "send", "args": [C()], "kwargs": {"to": C()}, "retry": 0}})


@surface("L44")
def dramatiq_message() -> None:
    _sent(contexts={"dramatiq": {"data": {"actor_name": "f", "args": [C()]}}})

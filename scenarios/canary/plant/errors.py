"""Surfaces of errors and messages: texts, local variables, logs.

May import: canary.plant; sentry_sdk inside functions.
"""

from __future__ import annotations

import logging
import threading

import sentry_sdk as sdk

from scenarios.canary.plant import C, surface


@surface("L01")
def exception_text() -> None:
    raise ValueError(f"card {C()}")


@surface("L01")
def chained_cause() -> None:
    try:
        raise ValueError(f"first {C()}")
    except ValueError as error:
        raise LookupError("second") from error


@surface("L01")
def exception_group() -> None:
    raise ExceptionGroup("several", [ValueError(f"one {C()}")])


@surface("L01")
def exception_note() -> None:
    error = ValueError("plain")
    error.add_note(f"with {C()}")
    raise error


@surface("L02")
def validation_error() -> None:
    raise ValueError(f"1 error for User\n  input should be [input_value='{C()}', input_type=str]")


@surface("L02")
def driver_error() -> None:
    raise ValueError(f"[SQL: INSERT INTO t VALUES (?)]\n[parameters: ('{C()}', 7)]")


@surface("L03")
def local_password() -> None:
    password = C()
    raise ValueError(len(password))


@surface("L04")
def local_blob() -> None:
    blob = f"some {C()}"
    raise ValueError(len(blob))


@surface("L04")
def local_prefixed_password() -> None:
    db_password = C()
    raise ValueError(len(db_password))


@surface("L04")
def local_url() -> None:
    url = "postgres://app:" + C().replace("@", "%40").replace(" ", "") + "@db/shop"
    raise ValueError(len(url))


@surface("L04")
def local_bytes_key() -> None:
    found = {b"password": C()}
    raise ValueError(len(found))


@surface("L04")
def local_representation() -> None:
    text = repr({"user": {"password": C(), "n": 1}})
    raise ValueError(len(text))


@surface("L05")
def local_nested() -> None:
    found = {"user": {"password": C()}}
    raise ValueError(len(found))


@surface("L05")
def local_list() -> None:
    found = ({"password": C()}, {"password": C()})
    raise ValueError(len(found))


@surface("L09")
def crash_in_a_thread() -> None:
    def work() -> None:
        api_token = C()
        try:
            raise ValueError(len(api_token))
        except ValueError:
            sdk.capture_exception()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@surface("L11")
def message() -> None:
    sdk.capture_message(f"about {C()}")


@surface("L12")
def logging_error() -> None:
    logging.getLogger("shop").error("card %s", C())


@surface("L13")
def logging_extra() -> None:
    logging.getLogger("shop").error("failed", extra={"password": C()})


@surface("L14")
def logging_extra_nested() -> None:
    logging.getLogger("shop").error("failed", extra={"ctx": {"password": C()}})

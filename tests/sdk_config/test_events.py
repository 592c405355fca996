"""What is read of an event: never an error, whatever its shape, and nothing is changed."""

from __future__ import annotations

import copy
import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdk_config import events


def hint_of(error: BaseException) -> dict[str, Any]:
    return {"exc_info": (type(error), error, None)}


def module_class(module: str, name: str, *bases: type, **members: Any) -> Any:
    """A class that says it comes from a module that is not installed here."""
    return type(name, bases or (Exception,), {"__module__": module, **members})


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (module_class("starlette.exceptions", "HTTPException", status_code=404)(), 404),
        (module_class("werkzeug.exceptions", "HTTPException", code=403)(), 403),
        (module_class("aiohttp.web_exceptions", "HTTPException", status=409)(), 409),
        (module_class("tornado.web", "HTTPError", status_code=500)(), 500),
        (module_class("falcon.http_error", "HTTPError", status="404 Not Found")(), 404),
        (module_class("bottle", "HTTPResponse", status_code=418)(), 418),
        (module_class("sanic.exceptions", "SanicException", status_code=429)(), 429),
        (module_class("rest_framework.exceptions", "APIException", status_code=400)(), 400),
        (module_class("django.http.response", "Http404")(), 404),
        (module_class("django.core.exceptions", "PermissionDenied")(), 403),
        # What a server elsewhere answered is no answer of ours.
        (module_class("urllib.error", "HTTPError", code=404)(), None),
        (module_class("requests.exceptions", "HTTPError", status_code=404)(), None),
        (module_class("aiohttp.client_exceptions", "ClientResponseError", status=404)(), None),
        (module_class("starlette.exceptions", "HTTPException", status_code=True)(), None),
        (ValueError(), None),
    ],
)
def test_the_status_of_an_error_is_what_the_application_answers(
    error: BaseException, status: int | None
) -> None:
    assert events.http_status({}, hint_of(error)) == status


def test_subclasses_of_frameworks_errors_have_their_status() -> None:
    base = module_class("django.core.exceptions", "SuspiciousOperation")
    host = module_class("django.core.exceptions", "DisallowedHost", base)

    assert events.http_status({}, hint_of(host())) == 400


def test_a_property_that_raises_is_no_status() -> None:
    def broken(self: Any) -> int:
        raise RuntimeError

    kind = module_class("shop", "HTTPException", status_code=property(broken), code=404)

    assert events.http_status({}, hint_of(kind())) == 404


def test_the_response_and_the_frameworks_log_record_say_the_status() -> None:
    record = logging.makeLogRecord({"name": "django.request", "status_code": 404})
    other = logging.makeLogRecord({"name": "shop", "status_code": 404})

    assert events.http_status({"contexts": {"response": {"status_code": 502}}}, {}) == 502
    assert events.http_status({}, {"log_record": record}) == 404
    assert events.http_status({}, {"log_record": other}) is None


PSYCOPG = module_class("psycopg2", "OperationalError")
SQLALCHEMY = module_class("sqlalchemy.exc", "OperationalError")
DJANGO = module_class("django.db.utils", "OperationalError")


def test_a_database_is_known_by_the_module_of_the_errors_class() -> None:
    redis = module_class("redis.exceptions", "ConnectionError")
    mongo = module_class(
        "pymongo.errors",
        "ServerSelectionTimeoutError",
        module_class("pymongo.errors", "AutoReconnect"),
    )

    assert events.database({}, hint_of(PSYCOPG())) == "postgresql"
    assert events.database({}, hint_of(redis())) == "redis"
    assert events.database({}, hint_of(mongo())) == "mongodb"


def test_a_wrapper_tells_the_database_by_what_it_wraps() -> None:
    wrapped = SQLALCHEMY()
    wrapped.orig = PSYCOPG()
    chained = DJANGO()
    chained.__cause__ = module_class("MySQLdb", "OperationalError")()

    assert events.database({}, hint_of(wrapped)) == "postgresql"
    assert events.database({}, hint_of(chained)) == "mysql"
    assert events.database({}, hint_of(SQLALCHEMY())) == "sql"


def test_other_errors_are_of_no_database() -> None:
    after = ValueError()
    after.__context__ = PSYCOPG()

    assert events.database({}, hint_of(after)) is None
    assert events.database({}, hint_of(ConnectionError())) is None
    assert events.database({}, hint_of(module_class("psycopg2", "DataError")())) is None


def test_causes_in_a_circle_end() -> None:
    first, second = DJANGO(), DJANGO()
    first.__cause__, second.__cause__ = second, first

    assert events.database({}, hint_of(first)) == "sql"


def test_without_the_object_the_event_says_the_database() -> None:
    values = [
        {"type": "OperationalError", "module": "psycopg2"},
        {"type": "OperationalError", "module": "sqlalchemy.exc"},
    ]

    assert events.database({"exception": {"values": values}}, {}) == "postgresql"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"transaction": "/pay/{id}", "request": {"url": "http://shop/pay/1"}}, "/pay/{id}"),
        ({"request": {"url": "http://shop/pay/1?q=2#f"}}, "/pay/1"),
        ({"request": {"url": "http://shop"}}, "/"),
        ({"request": {"url": "/pay?q=1"}}, "/pay"),
        ({}, None),
    ],
)
def test_an_endpoint_is_the_transaction_or_the_path(
    event: dict[str, Any], expected: str | None
) -> None:
    assert events.endpoint(event) == expected


def test_tags_are_a_mapping_or_pairs() -> None:
    assert events.tag({"tags": {"a": 1}}, "a") == "1"
    assert events.tag({"tags": [["b", "2"], ["a", "1"], "x"]}, "a") == "1"
    assert events.tag({"tags": "a"}, "a") is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
shapes = st.fixed_dictionaries(
    {},
    optional={
        name: anything
        | st.dictionaries(
            st.sampled_from(["values", "formatted", "message", "url", "response", "a"]), anything
        )
        for name in (
            "exception",
            "logentry",
            "message",
            "logger",
            "tags",
            "contexts",
            "request",
            "transaction",
            "fingerprint",
        )
    },
)


@settings(max_examples=150)
@given(shapes, st.none() | st.dictionaries(st.sampled_from(["exc_info", "log_record"]), anything))
def test_reading_never_raises_and_changes_nothing(event: dict[str, Any], hint: Any) -> None:
    before = copy.deepcopy((event, hint))

    events.error_names(event, hint)
    events.error_type(event, hint)
    events.error_module(event, hint)
    events.texts(event)
    events.template(event)
    events.tag(event, "a")
    events.endpoint(event)
    events.http_status(event, hint)
    events.database(event, hint)

    assert (event, hint) == before

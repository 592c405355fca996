"""What an error event says of itself: classes, texts, logger, status, tags, database.

Rule: reading never raises for an event or hint of any shape, and changes nothing; what an event
does not say is None or empty.
May import: seams.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sdk_config.seams import Hint, Payload


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def text(value: Any) -> str | None:
    """The value if it is a string that says something."""
    return value if isinstance(value, str) and value else None


def raised(hint: Hint | None) -> BaseException | None:
    """The exception object behind an event, where the SDK has it."""
    found = mapping(hint).get("exc_info")
    error = found[1] if isinstance(found, (tuple, list)) and len(found) == 3 else None
    return error if isinstance(error, BaseException) else None


def names_of_class(kind: type) -> list[str]:
    """A class and its bases, each short and dotted: `TimeoutError`, `builtins.TimeoutError`."""
    found = []
    for base in kind.__mro__[:-1]:
        found += [base.__qualname__, f"{base.__module__}.{base.__qualname__}"]
    return found


def exceptions(event: Payload) -> list[Mapping[str, Any]]:
    """The event's exceptions; the last one is what was raised in the end."""
    said = event.get("exception")
    values = said.get("values") if isinstance(said, Mapping) else said
    if not isinstance(values, Sequence) or isinstance(values, str):
        return []
    return [value for value in values if isinstance(value, Mapping)]


def error_names(event: Payload, hint: Hint | None) -> list[str]:
    """Every name of the error's class: of its bases too where the object is there."""
    error = raised(hint)
    if error is not None:
        return names_of_class(type(error))
    last = (exceptions(event) or [{}])[-1]
    kind, module = text(last.get("type")), text(last.get("module"))
    if kind is None:
        return []
    return [kind, f"{module}.{kind}"] if module else [kind]


def error_type(event: Payload, hint: Hint | None) -> str | None:
    """The short name of the error's class."""
    last = (exceptions(event) or [{}])[-1]
    error = raised(hint)
    return text(last.get("type")) or (type(error).__qualname__ if error is not None else None)


def error_module(event: Payload, hint: Hint | None) -> str | None:
    """The module of the error's class."""
    last = (exceptions(event) or [{}])[-1]
    error = raised(hint)
    return text(last.get("module")) or (type(error).__module__ if error is not None else None)


def texts(event: Payload) -> list[str]:
    """The event's messages: logged or captured, the error's text, and `Class: text`."""
    entry = mapping(event.get("logentry"))
    last = (exceptions(event) or [{}])[-1]
    value, kind = text(last.get("value")), text(last.get("type"))
    said = [
        entry.get("formatted"),
        entry.get("message"),
        event.get("message"),
        value,
        f"{kind}: {value}" if kind and value else None,
    ]
    return list(dict.fromkeys(one for one in said if isinstance(one, str) and one))


def template(event: Payload) -> str | None:
    """The message before values were put into it, where there is one."""
    return text(mapping(event.get("logentry")).get("message")) or text(event.get("message"))


def tag(event: Payload, name: str) -> str | None:
    """A tag's value as text; tags are a mapping or a list of pairs."""
    tags = event.get("tags")
    value: Any = None
    if isinstance(tags, Mapping):
        value = tags.get(name)
    elif isinstance(tags, (list, tuple)):
        pairs = [pair for pair in tags if isinstance(pair, (list, tuple)) and len(pair) == 2]
        value = next((pair[1] for pair in pairs if pair[0] == name), None)
    return None if value is None else text(str(value))


def endpoint(event: Payload) -> str | None:
    """The transaction's name, or the path of the request's URL where there is none."""
    name = text(event.get("transaction"))
    if name is not None:
        return name
    url = text(mapping(event.get("request")).get("url"))
    if url is None:
        return None
    _, _, rest = url.partition("://")
    slash = rest.find("/") if rest else 0
    path = (rest or url)[slash:] if slash >= 0 else "/"
    return path.partition("?")[0].partition("#")[0]


def http_status(event: Payload, hint: Hint | None) -> int | None:
    """The status that the application answers with: of its HTTP exception, its response, or the
    web framework's log record. What a server elsewhere answered is not meant.
    """
    error = raised(hint)
    found = _status_of_error(error) if error is not None else None
    if found is None:
        found = _number(mapping(mapping(event.get("contexts")).get("response")).get("status_code"))
    record = mapping(hint).get("log_record")
    if found is None and str(getattr(record, "name", "")).startswith("django."):
        found = _number(getattr(record, "status_code", None))
    return found


_STATUS_BY_CLASS: Mapping[str, int] = {
    "django.http.response.Http404": 404,
    "django.core.exceptions.PermissionDenied": 403,
    "django.core.exceptions.SuspiciousOperation": 400,
    "django.core.exceptions.BadRequest": 400,
}
"""Errors that a framework answers with a status that the object does not hold."""

_HTTP_ERRORS = frozenset(
    {
        "HTTPException",
        "tornado.web.HTTPError",
        "falcon.http_error.HTTPError",
        "bottle.HTTPResponse",
        "sanic.exceptions.SanicException",
        "rest_framework.exceptions.APIException",
    }
)
"""Errors that are an answer; urllib's and the HTTP clients' own are not among them."""


def _status_of_error(error: BaseException) -> int | None:
    names = names_of_class(type(error))
    for name in names:
        if name in _STATUS_BY_CLASS:
            return _STATUS_BY_CLASS[name]
    if _HTTP_ERRORS.isdisjoint(names):
        return None
    for attribute in ("status_code", "code", "status"):
        try:
            found = _number(getattr(error, attribute, None))
        except Exception:  # noqa: BLE001, S112 - a property of somebody else's class
            continue
        if found is not None:
            return found
    return None


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    digits = str(int(value)) if isinstance(value, int) else value[:3]
    return int(digits) if len(digits) == 3 and digits.isascii() and digits.isdigit() else None


_DATABASES: Mapping[str, str] = {
    "psycopg2": "postgresql",
    "psycopg": "postgresql",
    "asyncpg": "postgresql",
    "pg8000": "postgresql",
    "pymysql": "mysql",
    "MySQLdb": "mysql",
    "mysql": "mysql",
    "aiomysql": "mysql",
    "asyncmy": "mysql",
    "mariadb": "mysql",
    "sqlite3": "sqlite",
    "aiosqlite": "sqlite",
    "oracledb": "oracle",
    "cx_Oracle": "oracle",
    "pymssql": "mssql",
    "pyodbc": "odbc",
    "pymongo": "mongodb",
    "motor": "mongodb",
    "redis": "redis",
    "cassandra": "cassandra",
    "elasticsearch": "elasticsearch",
    "elastic_transport": "elasticsearch",
    "neo4j": "neo4j",
    "clickhouse_driver": "clickhouse",
    "peewee": "sql",
    "sqlalchemy": "sql",
    "django.db": "sql",
}
"""The root of the module of an error's class, to the kind of database."""

_CONNECTION_ERRORS = frozenset(
    {
        "OperationalError",
        "InterfaceError",
        "DisconnectionError",
        "ConnectionError",
        "ConnectionFailure",
        "ConnectionTimeout",
        "TimeoutError",
        "PoolTimeout",
        "PoolError",
        "AutoReconnect",
        "NetworkTimeout",
        "NoHostAvailable",
        "ServiceUnavailable",
        "NetworkError",
        "PostgresConnectionError",
        "CannotConnectNowError",
        "TooManyConnectionsError",
        "InvalidAuthorizationSpecificationError",
    }
)


def database(event: Payload, hint: Hint | None) -> str | None:
    """The kind of database that could not be reached (`postgresql`), or None for other errors.

    A wrapper such as SQLAlchemy's tells by what it wraps; alone it is `sql`.
    """
    found = None
    for names in _chain_of_names(event, hint):
        if _CONNECTION_ERRORS.isdisjoint(names):
            break
        kinds = [kind for kind in map(_database_of, names) if kind is not None]
        found = (
            next((kind for kind in kinds if kind != "sql"), None)
            or found
            or next(iter(kinds), None)
        )
        if found not in {None, "sql"}:
            break
    return found


def _database_of(name: str) -> str | None:
    root, _, rest = name.partition(".")
    two = f"{root}.{rest.partition('.')[0]}"
    return _DATABASES.get(root) or _DATABASES.get(two)


MOST_CAUSES = 10


def _chain_of_names(event: Payload, hint: Hint | None) -> Iterator[list[str]]:
    """Names of the error's classes, then of what caused it, newest first."""
    error = raised(hint)
    if error is None:
        for value in reversed(exceptions(event)[-MOST_CAUSES:]):
            yield error_names({"exception": [value]}, None)
        return
    for _ in range(MOST_CAUSES):
        yield names_of_class(type(error))
        original = getattr(error, "orig", None)
        following = original or error.__cause__ or error.__context__
        if not isinstance(following, BaseException):
            return
        error = following

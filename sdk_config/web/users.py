"""Users and errors of GraphQL and of handlers that know their user as an object.

Rule: the application's own loader is called and its answer given back, also with Sentry off;
what its errors are, they stay.
May import: capture, context, runtime.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sdk_config.capture import capture_exception
from sdk_config.context import add_breadcrumb, set_user
from sdk_config.runtime import safely

USER_ATTRIBUTES = {
    "id": ("id", "pk", "user_id"),
    "email": ("email",),
    "username": ("username", "name"),
    "role": ("role",),
}
"""A user's fields, and the attributes or keys that may hold each."""


@safely
def bind_user(user: Any) -> None:
    """Say who the user is, from an object or mapping with an id; nobody if it is not active."""
    if user is None or not _read(user, "is_active", default=True):
        return
    if not _read(user, "is_authenticated", default=True):
        return
    found = {field: _first(user, names) for field, names in USER_ATTRIBUTES.items()}
    if found["id"] is None:
        return
    set_user({name: value for name, value in found.items() if value is not None})
    add_breadcrumb("Authenticated request", category="auth", source="application")


def bind_user_from(request: Any, loader: Callable[[Any], Any]) -> Any:
    """The user that `loader(request)` gives, after binding it; awaitable if the loader's is.

    For the context of a GraphQL request: `user = await bind_user_from(request, find_user)`.
    """
    found = loader(request)
    if inspect.isawaitable(found):
        return _bind_later(found)
    bind_user(found)
    return found


@safely
def capture_graphql_errors(
    result: Any, *, operation: str | None = None, client_errors: bool = False
) -> list[str]:
    """Send the errors of a GraphQL result (or a list of them), each once; gives the events' ids.

    An error without an original exception is the client's (syntax, validation): it is sent only
    if asked for.
    """
    errors = result if isinstance(result, Iterable) else getattr(result, "errors", None)
    if isinstance(result, Mapping):
        errors = result.get("errors")
    ids, known = [], set()
    for error in errors or ():
        cause = getattr(error, "original_error", None)
        subject = cause if cause is not None else error
        if id(subject) in known or (cause is None and not client_errors):
            continue
        known.add(id(subject))
        path = [str(part) for part in getattr(error, "path", None) or ()]
        found = capture_exception(
            subject,
            category="graphql",
            tags={"graphql.operation": operation},
            contexts={"graphql": {"operation": operation, "path": ".".join(path)}},
        )
        ids += [found] if found else []
    return ids


async def _bind_later(found: Any) -> Any:
    user = await found
    bind_user(user)
    return user


def _first(user: Any, names: tuple[str, ...]) -> str | int | None:
    for name in names:
        value = _read(user, name)
        if isinstance(value, (str, int)) and value != "":
            return value
        if name == "id" and value is not None and not callable(value):
            return str(value)  # a UUID, for instance
    return None


def _read(user: Any, name: str, *, default: Any = None) -> Any:
    if isinstance(user, Mapping):
        return user.get(name, default)
    return getattr(user, name, default)

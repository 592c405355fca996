"""What travels with every event: the user, contexts, tags, breadcrumbs, flags, a scope for a while.

Rule: a helper never raises, gives None when Sentry is off, and copies what it is handed; of a user
only the fields that the settings allow are kept (K-16).
May import: runtime, settings; sentry_sdk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

import sentry_sdk

from sdk_config.runtime import current, note_failure, safely

TAG_KEY_LENGTH = 32
TAG_VALUE_LENGTH = 200
"""What Sentry keeps of a tag (S1-29); the SDK would send 5000 characters (C-03)."""

LEVELS = frozenset({"debug", "info", "warning", "error", "fatal"})
_LEVEL_NAMES = {"warn": "warning", "critical": "fatal", "exception": "error", "log": "info"}

USER_NAMES = {"user_id": "id", "user_email": "email", "user_role": "role", "user_name": "username"}
"""Other spellings of a user's fields (K-13)."""

USER_TAGS = ("role", "location_id")
"""What is said of a user that is a group rather than a person: a tag beside the field."""

_NOT_IN_A_KEY = re.compile(r"[^a-zA-Z0-9_.:-]")


@safely
def set_user(
    user: Any = None,
    *,
    user_id: Any = None,
    email: str | None = None,
    username: str | None = None,
    role: str | None = None,
    **attributes: Any,
) -> None:
    """Say who the user is; fields that the setting `user_fields` does not name are dropped.

    `user` is a mapping as the SDK takes it, or an id; None alone forgets the user, as in the SDK.
    A role is a tag as well.
    """
    if not attributes and all(one is None for one in (user, user_id, email, username, role)):
        clear_user()
        return
    given = dict(user) if isinstance(user, Mapping) else {"id": user}
    given |= {"id": given.get("id") if user_id is None else user_id}
    more = {"email": email, "username": username, "role": role, **attributes}
    given |= {name: value for name, value in more.items() if value is not None}
    found = {USER_NAMES.get(name, name): value for name, value in given.items()}
    sentry_sdk.set_user(allowed_user(found))
    for name in USER_TAGS:
        if found.get(name) is not None:
            _tag(sentry_sdk, name, found[name])


@safely
def clear_user() -> None:
    """Forget the user, as at a logout."""
    sentry_sdk.set_user(None)
    scope_of_now = isolation_scope()
    for name in USER_TAGS:
        scope_of_now.remove_tag(name)


@safely
def set_context(name: str, value: Mapping[str, Any]) -> None:
    """Set a context by name; anything but a mapping is refused, as the SDK would send it broken."""
    if not isinstance(value, Mapping):
        raise TypeError(f"context {name!r} must be a mapping, got {type(value).__name__}")
    sentry_sdk.set_context(name, dict(value))


@safely
def set_tag(key: str, value: Any) -> None:
    """Set a tag; what Sentry would cut or refuse is cut here (32 and 200 characters)."""
    _tag(sentry_sdk, key, value)


@safely
def add_business_context(**fields: Any) -> None:
    """Add to the context `business`; short plain values are tags as well."""
    known = {name: value for name, value in fields.items() if value is not None}
    before = getattr(isolation_scope(), "_contexts", None) or {}
    sentry_sdk.set_context("business", {**before.get("business", {}), **known})
    for name, value in known.items():
        if isinstance(value, (str, int, float)) and len(str(value)) <= TAG_VALUE_LENGTH:
            _tag(sentry_sdk, name, value)


@safely
def set_flags(flags: Mapping[str, bool] | None = None, **more: bool) -> None:
    """Say which feature flags were on, by name, in the form that Sentry shows as flags."""
    found = {**(flags or {}), **more}
    try:
        add = import_module("sentry_sdk.feature_flags").add_feature_flag
    except (ImportError, AttributeError):
        _set_flags_as_context(found)
        return
    for name, result in found.items():
        add(name, bool(result))


@safely
def add_breadcrumb(
    message: str | Mapping[str, Any] = "",
    category: str = "app",
    level: str = "info",
    data: Mapping[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Add a breadcrumb; other keywords become its data.

    A mapping in place of the message is a breadcrumb as the SDK takes it.
    """
    if isinstance(message, Mapping):
        sentry_sdk.add_breadcrumb({"category": category, "level": level, **message})
        return
    crumb: dict[str, Any] = {"message": str(message), "category": category}
    crumb["level"] = level_name(level, "info")
    crumb |= {name: fields.pop(name) for name in ("type", "timestamp") if name in fields}
    found = {**(data or {}), **fields}
    sentry_sdk.add_breadcrumb({**crumb, "data": found} if found else crumb)


@contextmanager
def scope(**tags: Any) -> Iterator[Any]:
    """A scope for this block, with tags of its own; gives the SDK's scope.

    What is set on it is forgotten at the block's end; the application's errors pass.
    """
    with ExitStack() as stack:
        inner = _entered(stack, "new_scope", "push_scope")
        tag_all(inner, tags)
        yield inner


@contextmanager
def isolated() -> Iterator[Any]:
    """An isolation scope for one request or job: what is set in it, others do not see."""
    with ExitStack() as stack:
        if hasattr(sentry_sdk, "isolation_scope"):
            yield _entered(stack, "isolation_scope")
        else:
            yield _own_hub(stack)


def isolation_scope() -> Any:
    """The scope of this request or job, whatever the SDK's version calls it."""
    if hasattr(sentry_sdk, "get_isolation_scope"):
        return sentry_sdk.get_isolation_scope()
    find = getattr(sentry_sdk.Scope, "get_isolation_scope", None)
    return find() if find and hasattr(sentry_sdk, "new_scope") else sentry_sdk.Hub.current.scope


def global_scope() -> Any:
    """The scope of the whole process; the isolation scope where the SDK knows none."""
    find = getattr(sentry_sdk, "get_global_scope", None)
    find = find or getattr(sentry_sdk.Scope, "get_global_scope", None)
    return find() if find else isolation_scope()


def allowed_user(user: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a user that the settings allow and that say something."""
    running = current()
    allowed = running.settings.user_fields if running else ("id",)
    return {name: user[name] for name in user if name in allowed and user[name] is not None}


def tag_all(target: Any, tags: Mapping[str, Any] | None) -> None:
    """Set tags on a scope, one by one, so that a bad one costs no other."""
    for key, value in (tags or {}).items():
        try:
            _tag(target, key, value)
        except Exception as error:  # noqa: BLE001 - a tag is never worth an error
            note_failure("tag_all", error)


def level_name(level: Any, otherwise: str) -> str:
    """A level as Sentry spells it (`warn` is `warning`); the unknown give `otherwise`."""
    name = str(level).lower()
    name = _LEVEL_NAMES.get(name, name)
    return name if name in LEVELS else otherwise


def _tag(target: Any, key: str, value: Any) -> None:
    if value is None:
        return
    text = str(value).lower() if isinstance(value, bool) else str(value)
    name = _NOT_IN_A_KEY.sub("_", str(key))[:TAG_KEY_LENGTH]
    if name != key or len(text) > TAG_VALUE_LENGTH:
        note_failure("set_tag", ValueError("shortened"))
    target.set_tag(name, text[:TAG_VALUE_LENGTH])


def _set_flags_as_context(flags: Mapping[str, bool]) -> None:
    """For an SDK that does not know flags: the context that newer ones send."""
    before = getattr(isolation_scope(), "_contexts", None) or {}
    known = {one["flag"]: one["result"] for one in before.get("flags", {}).get("values", [])}
    known |= {name: bool(result) for name, result in flags.items()}
    values = [{"flag": name, "result": result} for name, result in known.items()]
    sentry_sdk.set_context("flags", {"values": values})


def _entered(stack: ExitStack, *names: str) -> Any:
    """The first of these scopes of the SDK, entered; a scope that nothing reads if it fails."""
    try:
        found = next(getattr(sentry_sdk, name) for name in names if hasattr(sentry_sdk, name))
        return stack.enter_context(found())
    except Exception as error:  # noqa: BLE001 - the application's block must run
        note_failure("scope", error)
        return sentry_sdk.Scope()


def _own_hub(stack: ExitStack) -> Any:
    """What SDKs before 2.0 have in place of isolation."""
    try:
        return stack.enter_context(sentry_sdk.Hub(sentry_sdk.Hub.current)).scope
    except Exception as error:  # noqa: BLE001 - the application's block must run
        note_failure("isolated", error)
        return sentry_sdk.Scope()

"""Send an error or a message with all that the documents hang on it, in any of their spellings.

Rule: unknown keywords are details and never lost (the SDK loses the whole event, K-10); who a
keyword names (`user_id`, `email`, `ip_address`) goes to the user, under its allow-list.
May import: context, runtime; sentry_sdk.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sentry_sdk

from sdk_config.context import USER_NAMES, allowed_user, level_name, scope, tag_all
from sdk_config.runtime import safely

IDENTITY = {**USER_NAMES, "email": "email", "username": "username", "ip_address": "ip_address"}
"""Keywords that say who it was, and the user's field for each."""

PAYLOAD_ARGUMENTS = ("tags", "extra", "extras", "contexts", "user", "level", "fingerprint")
"""What the SDK calls scope arguments; `extra` is the documents' spelling of `extras`."""


@safely
def capture_exception(
    error: Any = None,
    *,
    category: str | None = None,
    tags: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    extras: Mapping[str, Any] | None = None,
    contexts: Mapping[str, Mapping[str, Any]] | None = None,
    user: Mapping[str, Any] | None = None,
    level: str | None = None,
    fingerprint: Sequence[str] | str | None = None,
    **details: Any,
) -> str | None:
    """Send an error, the current one by default; gives the event's id, or None if none was sent.

    `category` is the tag `error.category`. Unknown keywords become the context `details`.
    """
    if error is None and sys.exc_info()[1] is None:
        return None
    with scope() as inner:
        _fill(inner, tags, {**(extra or {}), **(extras or {})}, contexts)
        _mark(inner, level, fingerprint)
        _describe(inner, user, category, "details", details)
        if error is None or isinstance(error, (BaseException, tuple)):
            return sentry_sdk.capture_exception(error)
        # The SDK takes no other thing, and would lose it without a word.
        return sentry_sdk.capture_message(str(error), level=level_name(level, "error"))  # type: ignore[arg-type]


@safely
def capture_message(
    message: str,
    level: str = "info",
    *,
    category: str | None = None,
    tags: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    extras: Mapping[str, Any] | None = None,
    contexts: Mapping[str, Mapping[str, Any]] | None = None,
    user: Mapping[str, Any] | None = None,
    fingerprint: Sequence[str] | str | None = None,
    **details: Any,
) -> str | None:
    """Send a message; gives the event's id. Unknown keywords become the context `details`."""
    __tracebackhide__ = True
    with scope() as inner:
        _fill(inner, tags, {**(extra or {}), **(extras or {})}, contexts)
        _mark(inner, None, fingerprint)
        _describe(inner, user, category, "details", details)
        return sentry_sdk.capture_message(str(message), level=level_name(level, "info"))  # type: ignore[arg-type]


def domain_capture(category: str, fields: Sequence[str] = ()) -> Callable[..., str | None]:
    """Build `capture_<category>_error(error, *fields, **more)` for one domain.

    The event has the tag `error.category`, the fields as a context of the category's name, and
    is grouped within its category.
    """

    def capture(error: Any = None, *values: Any, **more: Any) -> str | None:
        if error is None and sys.exc_info()[1] is None:
            return None
        given = dict(zip(fields, values, strict=False)) | more
        known = {name: given.pop(name) for name in PAYLOAD_ARGUMENTS if name in given}
        known.setdefault("fingerprint", ["{{ default }}", category])
        contexts = dict(known.pop("contexts", None) or {})
        own = {name: value for name, value in given.items() if name not in IDENTITY}
        who = {name: value for name, value in given.items() if name in IDENTITY}
        if own:
            contexts[category] = {**contexts.get(category, {}), **_said(own)}
        return capture_exception(error, category=category, contexts=contexts, **known, **who)

    capture.__name__ = capture.__qualname__ = f"capture_{category}_error"
    capture.__doc__ = f"Send an error of {category}; fields: {', '.join(fields) or 'any'}."
    return safely(capture)


capture_booking_error = domain_capture("booking", ("appointment_id", "user_id", "location_id"))
capture_payment_error = domain_capture(
    "payment", ("payment_id", "amount", "currency", "stripe_error_code")
)
capture_integration_error = domain_capture(
    "integration", ("integration_type", "operation", "external_id")
)
capture_notification_error = domain_capture("notification", ("channel", "template"))


def _fill(
    inner: Any,
    tags: Mapping[str, Any] | None,
    extras: Mapping[str, Any],
    contexts: Mapping[str, Mapping[str, Any]] | None,
) -> None:
    tag_all(inner, tags)
    for name, value in extras.items():
        inner.set_extra(name, value)
    for name, value in (contexts or {}).items():
        if isinstance(value, Mapping):
            inner.set_context(name, dict(value))


def _mark(inner: Any, level: str | None, fingerprint: Sequence[str] | str | None) -> None:
    if level is not None:
        inner.set_level(level_name(level, "error"))
    if fingerprint:
        one = isinstance(fingerprint, str)
        inner.fingerprint = [fingerprint] if one else [str(part) for part in fingerprint]


def _describe(
    inner: Any,
    user: Mapping[str, Any] | None,
    category: str | None,
    context: str,
    details: Mapping[str, Any],
) -> None:
    """The category, who it was, and what is left as a context."""
    if category:
        tag_all(inner, {"error.category": category})
    who = {IDENTITY[name]: value for name, value in details.items() if name in IDENTITY}
    _merge_user(inner, {**who, **(user or {})})
    rest = _said({name: value for name, value in details.items() if name not in IDENTITY})
    if rest:
        inner.set_context(context, rest)


def _merge_user(inner: Any, user: Mapping[str, Any]) -> None:
    """Add to the user of this event; what the scope knows of the user stays."""
    found = allowed_user(user)
    if not found:
        return

    def add(event: dict[str, Any], hint: Any) -> dict[str, Any]:
        event["user"] = {**(event.get("user") or {}), **found}
        return event

    inner.add_event_processor(add)


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}

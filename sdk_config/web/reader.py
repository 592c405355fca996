"""What every middleware does with a request: tag it, name the user, notice a server error.

Rule: nothing here raises or waits; with Sentry off it costs one comparison. A request's facts go
to the isolation scope of that request only (K-29).
May import: web.incoming, web.tokens, capture, context, runtime; sentry_sdk.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import sentry_sdk

from sdk_config.capture import capture_message
from sdk_config.context import add_breadcrumb, isolated, isolation_scope, set_tag, set_user
from sdk_config.runtime import current, is_on, note_failure, safely
from sdk_config.web.incoming import Incoming, PathRule, Proxies, request_id, shape, user_id
from sdk_config.web.tokens import JWTReader

R = TypeVar("R")

SERVER_ERROR = 500


@dataclass
class Seen:
    """A request under way; `captured` once an error of it was."""

    incoming: Incoming
    records: bool
    captured: bool = False


class RequestReader:
    """The options that all middlewares share, and what they do.

    `request_id` names the header, or is False; the user is read from a token (`jwt`) or from
    `user_id_header`, which counts only where one of `trust_proxies` has written it.
    `record_server_errors` sends a message for an answer of 500 or more that came without an
    exception. Raises `ValueError` for proxies that are no networks.
    """

    def __init__(
        self,
        *,
        jwt: JWTReader | None = None,
        user_id_header: str | None = None,
        trust_proxies: Iterable[str] = (),
        request_id: str | bool = "X-Request-ID",
        rules: Sequence[PathRule] = (),
        record_server_errors: bool = False,
    ) -> None:
        self._jwt = jwt
        self._user_id_header = user_id_header
        self._proxies = Proxies(trust_proxies)
        self._request_id = "X-Request-ID" if request_id is True else request_id
        self._rules = tuple(rules)
        self._records = record_server_errors

    @safely
    def begin(self, read: Callable[[R], Incoming], request: R) -> Seen | None:
        """Put the request's facts on its scope; None for one that is to be left alone.

        `read` describes the framework's request; it is not called with Sentry off.
        """
        incoming = read(request)
        rule = next((rule for rule in self._rules if rule.matches(incoming)), PathRule())
        if rule.skip:
            return None
        if self._request_id:
            set_tag("request_id", request_id(incoming, str(self._request_id)))
        for name, value in (rule.tags or {}).items():
            set_tag(name, value)
        self._name_user(incoming)
        own = rule.record_server_errors
        seen = Seen(incoming, self._records if own is None else own)
        if seen.records:
            _watch(seen)
        return seen

    @safely
    def end(self, seen: Seen | None, status: int) -> None:
        """Notice the answer: a server error that nobody has captured is sent as a message."""
        if seen is None or not seen.records or seen.captured or status < SERVER_ERROR:
            return
        method, path = seen.incoming.method, shape(seen.incoming.path)
        capture_message(
            f"{method} {path} answered {status}",
            level="error",
            tags={"http.status_code": status},
            fingerprint=["http-server-error", method, path, str(status)],
        )

    def _name_user(self, incoming: Incoming) -> None:
        if self._jwt is not None and self._jwt.problem:
            note_failure("JWTReader", LookupError("no key"))
        user = self._jwt.user(incoming) if self._jwt else None
        source = "token"
        if user is None and self._user_id_header:
            found = user_id(incoming, self._user_id_header, self._proxies)
            user, source = ({"id": found}, "header") if found else (None, source)
        user = {**(user or {}), **self._address(incoming)}
        if user:
            set_user(user)
        if "id" in user:
            # Who it was stays with the user, where it is hashed if that is asked for.
            add_breadcrumb("Authenticated request", category="auth", source=source)

    def _address(self, incoming: Incoming) -> dict[str, str]:
        """Address and user agent, which are read only where the settings let them be sent."""
        running = current()
        wanted = running.settings.user_fields if running else ()
        found = {}
        if "ip_address" in wanted:
            found["ip_address"] = self._proxies.client(incoming)
        if "user_agent" in wanted:
            found["user_agent"] = incoming.headers.get("user-agent")
        return {name: value for name, value in found.items() if value}


@contextmanager
def request_scope(kind: str) -> Iterator[None]:
    """An isolation scope for a request, unless the SDK has made one for it already.

    What is set inside of the SDK's own middleware must stay when an error passes it on its way
    out, so there the SDK's scope is used. `kind` is wsgi, asgi or aiohttp.
    """
    if not is_on() or _isolated_by_the_sdk(kind):
        yield
        return
    with isolated():
        yield


def _isolated_by_the_sdk(kind: str) -> bool:
    try:
        if kind == "aiohttp":
            return integration("aiohttp") is not None
        # A worker of Django answers under either kind.
        return any(_applied(name) for name in ("wsgi", "asgi"))
    except Exception as error:  # noqa: BLE001 - then this request gets a scope of its own
        note_failure("request_scope", error)
        return False


def integration(name: str) -> Any:
    """The SDK's integration of that name if it runs, or None."""
    return getattr(_client(), "integrations", {}).get(name)


def _applied(kind: str) -> bool:
    module = sys.modules.get(f"sentry_sdk.integrations.{kind}")
    mark = getattr(module, f"_{kind}_middleware_applied", None)
    return mark is not None and bool(mark.get(False))


def _client() -> Any:
    if hasattr(sentry_sdk, "get_client"):
        return sentry_sdk.get_client()
    return sentry_sdk.Hub.current.client


def _watch(seen: Seen) -> None:
    def note(event: dict[str, Any], hint: Any) -> dict[str, Any]:
        if event.get("type") is None:
            seen.captured = True
        return event

    isolation_scope().add_event_processor(note)

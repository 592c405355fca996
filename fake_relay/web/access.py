"""Who may read and administrate: host, origin and token of every request but ingest.

Ingest doors answer anybody, as Sentry's do; a web page that the developer happens to visit
must not read what they caught, neither across origins nor by rebinding its name to this
machine.
May import: web.settings, web.answers.
"""

from __future__ import annotations

import hmac
import re
from urllib.parse import quote, unquote

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from fake_relay.web.answers import problem
from fake_relay.web.settings import WebConfig, address_of, is_loopback, is_wildcard

TOKEN_COOKIE = "fake-relay-token"  # noqa: S105 - the name of a cookie
OPEN_PREFIX = "/api/relay/healthcheck/"
"""Answers nothing but that the server is there, to probes that ask by address."""

OPEN_TO_PAGES = re.compile(
    r"/js-sdk-loader/|/api/embed/error-page/|/api/\d+/upload/"
    r"|/api/0/projects/[^/]+/[^/]+/user-feedback/"
).match
"""What Sentry serves to anybody's page, and takes from it, beside the ingest doors; the routes
behind these look at the DSN themselves, and give nothing away of what was caught."""
LOGIN = "/login"
OPEN_TO_STRANGERS = re.compile(r"/login$|/static/").match
"""The form that asks for the token, and what it is made of."""
SPOTLIGHT = "/stream"
"""Spotlight's front end reads it from a port of its own."""


class Access:
    """Decides for one server, by where it listens and its settings."""

    def __init__(self, host: str, config: WebConfig) -> None:
        self._token = config.token.encode()
        self._names = frozenset(name.lower() for name in (host, *config.allowed_hosts) if name)
        self._any_address = is_wildcard(host)

    def refusal(self, request: web.BaseRequest) -> web.Response | None:
        """The answer to a request that may not pass; None for one that may."""
        host = request.headers.get("Host", "")
        if not self.knows(host):
            return problem(
                403,
                f"host {host[:200]!r} is not one of this server's names; ask by localhost, or"
                " add it to the allowed hosts",
            )
        origin = request.headers.get("Origin")
        spotlight = request.path == SPOTLIGHT and is_local_origin(origin)
        if not (spotlight or (same_origin(origin, host) and not comes_from_elsewhere(request))):
            return problem(403, "requests from pages of other origins are refused here")
        if self._token and not self._brings_token(request):
            if OPEN_TO_STRANGERS(request.path):
                return None
            if asks_for_page(request):
                to = f"{LOGIN}?next={quote(request.path_qs, safe='')}"
                return web.Response(status=303, headers={"Location": to})
            refused = problem(
                401, "a token is needed: send it as Authorization: Bearer, or X-Fake-Relay-Token"
            )
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        return None

    def knows(self, host: str) -> bool:
        """Whether a Host header names this server."""
        name = host_name(host)
        if is_loopback(name) or name in self._names:
            return True
        # A name can be rebound to this machine, an address cannot.
        return self._any_address and address_of(name) is not None

    def _brings_token(self, request: web.BaseRequest) -> bool:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        candidates = (
            bearer.strip() if scheme.lower() == "bearer" else "",
            request.headers.get("X-Fake-Relay-Token", ""),
            request.cookies.get(TOKEN_COOKIE, ""),
            # Our own form quotes it, for a cookie cannot hold every character of a token.
            unquote(request.cookies.get(TOKEN_COOKIE, "")),
        )
        return any(self.is_token(found) for found in candidates if found)

    def is_token(self, text: str) -> bool:
        """Whether a text is the token; never where none is set."""
        given = text.encode("utf-8", "surrogateescape")
        return bool(self._token) and hmac.compare_digest(given, self._token)


def asks_for_page(request: web.BaseRequest) -> bool:
    """Whether a browser asks for something to look at."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "")


def host_name(host: str) -> str:
    """The name in a Host header, lower case, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def same_origin(origin: str | None, host: str) -> bool:
    """Whether an Origin header, if there is one, names the host that was asked."""
    if origin is None:
        return True
    scheme, _, rest = origin.partition("://")
    return scheme in ("http", "https") and rest.lower() == host.lower()


def comes_from_elsewhere(request: web.BaseRequest) -> bool:
    """Whether a browser says that another site's page wants something changed here."""
    writes = request.method not in ("GET", "HEAD", "OPTIONS")
    site = request.headers.get("Sec-Fetch-Site", "none")
    return writes and site not in ("same-origin", "none")


def is_local_origin(origin: str | None) -> bool:
    """Whether a page came from a server on this machine."""
    scheme, _, rest = (origin or "").partition("://")
    return scheme in ("http", "https") and is_loopback(host_name(rest))


def is_open(request: web.BaseRequest) -> bool:
    """Whether anybody may ask this."""
    path = request.path
    if path.startswith(OPEN_PREFIX):
        return True
    # What is below `/api/0/` may be given to, and is never read by, a stranger's page.
    writes = request.method in ("POST", "OPTIONS") or not path.startswith("/api/0/")
    return writes and OPEN_TO_PAGES(path) is not None


def guard(access: Access) -> Middleware:
    """The middleware that asks `access` about every request."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_open(request):
            refused = access.refusal(request)
            if refused is not None:
                return refused
        return await handler(request)

    return check

"""What all pages share: how they are loaded and rendered, what stands around them, and headers.

Rule: whatever was sent reaches the browser as text. The template engine escapes it, controls
and direction marks are made visible on the way, and the policy allows no script but our files.
May import: relay and every room below it, web.keys, web.pages.static, jinja2.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from fake_relay.errors import FakeRelayError, QueryError
from fake_relay.forward.forwarder import Forwarder
from fake_relay.lint import Findings
from fake_relay.relay import Relay
from fake_relay.store import Selection, Store
from fake_relay.stored_view.viewer import Views
from fake_relay.version import __version__
from fake_relay.web.forwarding import FORWARDER, state_of
from fake_relay.web.keys import FINDINGS, RELAY, VIEWS, WEB, in_thread
from fake_relay.web.pages.follow import Follow, Seen, announce, seen_now, selection
from fake_relay.web.pages.static import static_url

if TYPE_CHECKING:
    from jinja2 import Environment

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none';"
    " require-trusted-types-for 'script'; trusted-types fake-relay"
)
"""The one policy of trusted types is that of `static/html.js`."""
NEWS_PATH: Final = "/news"
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Stricter ones make browsers hide the origin of our own forms from us.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks for a page, and what it may read; safe to use on a reader thread.

    `path` are the parts that the page's path names, `query` its parameters, `base` the URL of
    this server as the browser knows it; `now` is in seconds since 1970. `forwarding` is `off`,
    `on` or `paused`, `reports` the folder of the scenarios' reports, `address` the path.
    """

    relay: Relay
    views: Views
    findings: Findings
    path: Mapping[str, str]
    query: Mapping[str, str]
    base: str
    now: float
    forwarder: Forwarder
    forwarding: str
    reports: str
    address: str

    @property
    def store(self) -> Store:
        """Where items rest; pages only read it."""
        return self.relay.store

    def follows(self, followed: Follow) -> Selection | None:
        """The items that a page that was asked for like this follows; raises `QueryError`."""
        return selection(followed, self.path, self.query, self.now)

    def news(self, followed: Follow | None) -> str:
        """The path of the stream of news; empty for none, and for a search that is wrong."""
        if followed is None:
            return ""
        try:
            self.follows(followed)
        except QueryError:
            return ""
        return self.address + NEWS_PATH

    @classmethod
    def of(cls, request: web.Request) -> Visit:
        """The visit that a request is."""
        return cls(
            request.app[RELAY],
            request.app[VIEWS],
            request.app[FINDINGS],
            dict(request.match_info),
            request.query,
            f"{request.scheme}://{request.host}",
            time.time(),
            request.app[FORWARDER],
            state_of(request.app[FORWARDER]),
            request.app[WEB].reports,
            request.rel_url.raw_path,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A page: where it is, what it is called, and what gives its template values.

    `load` runs on a reader thread; an `HTTPException` that it raises becomes a page that says so.
    `nav` is its word in the navigation, empty for a page that others lead to; `under` is then
    the path of the page whose word is marked. `beside` are its streams, actions and downloads.
    `on_loop` gives values of what belongs to the loop, and must not wait. `follows` is what
    brings an open page up to date.
    """

    path: str
    title: str
    template: str
    load: Callable[[Visit], Mapping[str, Any]]
    nav: str = ""
    under: str = ""
    beside: tuple[web.RouteDef, ...] = ()
    on_loop: Callable[[web.Request], Mapping[str, Any]] | None = None
    follows: Follow | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What the frame shows around a page's own content.

    `news` is the path of the page's stream, empty for none, and `seen` what it has seen.
    """

    title: str
    here: str
    navigation: tuple[Page, ...]
    faults: int
    forwarding: str
    news: str = ""
    seen: str = ""
    version: str = __version__


class Frame:
    """Answers the pages of a table."""

    def __init__(self, pages: tuple[Page, ...]) -> None:
        self._pages = pages
        self._navigation = tuple(page for page in pages if page.nav)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The paths of all pages, and what stands beside them."""
        for page in self._pages:
            if page.follows is not None:
                router.add_get(page.path + NEWS_PATH, self.news(page.follows))
            if page.path != "/":
                router.add_get(page.path, self.handler(page))
            for route in page.beside:
                route.register(router)

    def handler(self, page: Page) -> Callable[[web.Request], Any]:
        """What answers requests for a page."""

        async def show(request: web.Request) -> web.StreamResponse:
            return await self.answer(request, page)

        return show

    def news(self, followed: Follow) -> Callable[[web.Request], Any]:
        """What answers with the stream of a page's news."""

        async def tell(request: web.Request) -> web.StreamResponse:
            visit = Visit.of(request)
            wanted = await in_thread(request, visit.follows, followed)
            return await announce(request, followed, wanted)

        return tell

    async def answer(self, request: web.Request, page: Page) -> web.Response:
        """A page as a response; what goes wrong is a page as well."""
        visit = Visit.of(request)
        try:
            seen = await seen_now(request, page.follows) if page.follows else None
            told = page.on_loop(request) if page.on_loop else {}
            html = await in_thread(request, self.render, page, visit, told, seen)
        except web.HTTPException as error:
            return await self._sorry(request, visit, error.status, error.text or error.reason)
        except FakeRelayError as error:
            return await self._sorry(request, visit, 503, str(error))
        return html_response(html)

    def render(
        self,
        page: Page,
        visit: Visit,
        told: Mapping[str, Any] | None = None,
        seen: Seen | None = None,
    ) -> str:
        """A page's HTML; reads, and so belongs on a thread.

        `told` is what the loop knows, `seen` how far the page will have seen.
        """
        values = {**page.load(visit), **(told or {})}
        around = Around(
            values.get("title") or page.title,
            page.under or page.path,
            self._navigation,
            len(visit.relay.faults),
            visit.forwarding,
            visit.news(page.follows),
            seen.text if seen else "",
        )
        return templates().get_template(page.template).render(around=around, **values)

    async def _sorry(
        self, request: web.Request, visit: Visit, status: int, text: str
    ) -> web.Response:
        page = Page("", "Not here", "sorry.html", lambda _: {"status": status, "text": text})
        return html_response(await in_thread(request, self.render, page, visit), status)


def number_in_path(visit: Visit) -> int:
    """The number that the path names; 0, which nothing has, for what is none."""
    text = visit.path["id"]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def html_response(html: str, status: int = 200) -> web.Response:
    """HTML with the headers that every page has."""
    return web.Response(text=html, status=status, content_type="text/html", headers=HEADERS)


def redirect(to: str) -> web.Response:
    """Lead the browser on with a GET; the answer to an action."""
    return web.Response(status=303, headers={**HEADERS, "Location": to})


@cache
def templates() -> Environment:
    """The template engine; loaded by the first page, for most servers never show one."""
    import jinja2

    from fake_relay.web.pages import filters

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("fake_relay.web.pages", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=filters.finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters.FILTERS)
    environment.globals["static"] = static_url
    return environment


def macro(template: str, name: str) -> Callable[..., str]:
    """A template's macro as a function."""
    found: Callable[..., str] = getattr(templates().get_template(template).module, name)
    return found

"""`GET /`: the inbox for browsers; for others who is here, and where to go on, in plain text.

May import: relay, web.
"""

from __future__ import annotations

from aiohttp import web

from fake_relay.version import __version__
from fake_relay.web.access import asks_for_page
from fake_relay.web.api.projects import dsn
from fake_relay.web.keys import RELAY
from fake_relay.web.pages import FRAME, inbox

TEXT = """\
fake-relay {version}: Sentry, offline. This server catches what Sentry SDKs send to it.

  DSN      {dsn}
  watch    fake-relay tail --url {url}
  list     fake-relay list --url {url}
  look     {url}/ in a browser
  items    {url}/relay/v1/items
  API      {url}/relay/v1/openapi.json
  health   {url}/health
  metrics  {url}/metrics
"""


async def welcome(request: web.Request) -> web.StreamResponse:
    """The inbox, or to who does not ask for HTML, what this server is."""
    if asks_for_page(request):
        return await FRAME.answer(request, inbox.PAGE)
    config = request.app[RELAY].config
    return web.Response(
        text=TEXT.format(
            version=__version__,
            dsn=dsn(request, *config.offered()),
            url=f"{request.scheme}://{request.host}",
        ),
        headers={"Vary": "Accept"},
    )

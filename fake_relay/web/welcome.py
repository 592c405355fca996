"""`GET /`: who is here, and where to go on, for whoever opens the URL that `serve` prints.

May import: relay, web.
"""

from __future__ import annotations

from aiohttp import web

from fake_relay.version import __version__
from fake_relay.web.api.projects import dsn
from fake_relay.web.keys import RELAY

TEXT = """\
fake-relay {version}: Sentry, offline. This server catches what Sentry SDKs send to it.

  DSN      {dsn}
  watch    fake-relay tail --url {url}
  list     fake-relay list --url {url}
  items    {url}/relay/v1/items
  API      {url}/relay/v1/openapi.json
  health   {url}/health
  metrics  {url}/metrics

There is no page to look at yet.
"""


async def welcome(request: web.Request) -> web.StreamResponse:
    """Say what this server is, in plain text."""
    config = request.app[RELAY].config
    return web.Response(
        text=TEXT.format(
            version=__version__,
            dsn=dsn(request, *config.offered()),
            url=f"{request.scheme}://{request.host}",
        )
    )

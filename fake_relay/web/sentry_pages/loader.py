"""`/js-sdk-loader/{key}.js`: the script that pages put in their head (PROTOCOL.md 2.12).

Sentry's loader fetches the SDK from a content network when the first error happens. Offline
there is none to fetch: this loader gives the DSN to an SDK that the page brings itself, and
without one it sends errors and messages by itself. It asks no other host for anything.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from importlib import resources
from typing import Final

from aiohttp import web

from fake_relay.config import RelayConfig
from fake_relay.errors import FakeRelayError
from fake_relay.protocol.dsn import Dsn
from fake_relay.relay import Relay
from fake_relay.web.api.projects import dsn as dsn_for
from fake_relay.web.keys import RELAY, in_thread
from fake_relay.web.sentry_pages.error_page import script_json

PATH: Final = r"/js-sdk-loader/{key:[^/.]+}{minified:(?:\.min)?}.js"
HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": (
        "public, max-age=3600, s-maxage=60, stale-while-revalidate=315360000,"
        " stale-if-error=315360000"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
NOTHING: Final = "/* no project has this key */\n"

_SCRIPT: Final = resources.files(__package__).joinpath("loader.js").read_text("utf-8")


async def script(request: web.Request) -> web.Response:
    """The loader for a key; for a key of no project a script that does nothing."""
    key = request.match_info["key"]
    project = await in_thread(request, project_of, request.app[RELAY], key)
    text = NOTHING
    if project is not None:
        text = f"({_SCRIPT.strip()})({script_json(dsn_for(request, project, key))});\n"
    return web.Response(text=text, content_type="text/javascript", headers=HEADERS)


def project_of(relay: Relay, key: str) -> str | None:
    """The project of a key: the configured one, the one that it was used for, or the offered one.

    None in strict mode when no project lists the key, and for what can be no key.
    """
    config = relay.config
    for known in config.projects:
        if key in known.public_keys:
            return known.project_id
    if config.strict or not _is_key(key, config):
        return None
    for seen in relay.store.projects():
        if key in seen.public_keys:
            return seen.project
    return config.offered()[0]


def _is_key(key: str, config: RelayConfig) -> bool:
    try:
        Dsn.parse(f"http://{key}@localhost/1", strict_key=config.strict)
    except FakeRelayError:
        return False
    return True

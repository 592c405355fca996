"""The reference: aiohttp on uvloop that reads the body, throws it away and answers an id.

`--no-decompress` leaves the body as it came, which is the stricter of the two references.
May import: aiohttp, uvloop.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable

import uvloop
from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def discard(request: web.Request) -> web.Response:
    """Read the body and answer as a relay would."""
    await request.read()
    return web.json_response({"id": "a" * 32})


def application(handler: Handler) -> web.Application:
    """What answers envelopes of any size by a handler."""
    app = web.Application(client_max_size=0)
    app.router.add_post("/api/{project}/envelope/", handler)
    return app


async def serve(app: web.Application, port: int, decompress: bool) -> None:
    """Serve until killed."""
    runner = web.AppRunner(app, access_log=None, auto_decompress=decompress)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


def main() -> None:
    """Serve on the port that the command line names."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--no-decompress", action="store_true")
    arguments = parser.parse_args()
    uvloop.run(serve(application(discard), arguments.port, not arguments.no_decompress))


if __name__ == "__main__":
    main()

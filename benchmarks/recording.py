"""An upstream: aiohttp on uvloop that takes every envelope and counts them.

May import: aiohttp, uvloop.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter

import uvloop
from aiohttp import web

COUNTS = web.AppKey("counts", Counter[str])


async def take(request: web.Request) -> web.Response:
    """Count an envelope and answer as Sentry would."""
    body = await request.read()
    request.app[COUNTS].update(envelopes=1, bytes=len(body))
    return web.json_response({"id": "a" * 32})


async def tell(request: web.Request) -> web.Response:
    """What came so far, in bytes as they came."""
    return web.json_response(request.app[COUNTS])


async def serve(port: int) -> None:
    """Serve until killed."""
    app = web.Application(client_max_size=0)
    app[COUNTS] = Counter()
    app.router.add_post("/api/{project}/envelope/", take)
    app.router.add_get("/counts", tell)
    runner = web.AppRunner(app, access_log=None, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


def main() -> None:
    """Serve on the port that the command line names."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("port", type=int)
    uvloop.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()

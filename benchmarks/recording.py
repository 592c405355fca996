"""An upstream: aiohttp on uvloop that takes every envelope and counts them.

May import: bare, aiohttp, uvloop.
"""

from __future__ import annotations

import argparse
from collections import Counter

import uvloop
from aiohttp import web

from benchmarks.bare import application, serve

COUNTS = web.AppKey("counts", Counter[str])


async def take(request: web.Request) -> web.Response:
    """Count an envelope and answer as Sentry would."""
    body = await request.read()
    request.app[COUNTS].update(envelopes=1, bytes=len(body))
    return web.json_response({"id": "a" * 32})


async def tell(request: web.Request) -> web.Response:
    """What came so far, in bytes as they came."""
    return web.json_response(request.app[COUNTS])


def main() -> None:
    """Serve on the port that the command line names."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("port", type=int)
    app = application(take)
    app[COUNTS] = Counter()
    app.router.add_get("/counts", tell)
    uvloop.run(serve(app, parser.parse_args().port, decompress=False))


if __name__ == "__main__":
    main()

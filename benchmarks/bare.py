"""The reference: aiohttp on uvloop that reads the body, throws it away and answers an id.

`--no-decompress` leaves the body as it came, which is the stricter of the two references.
May import: aiohttp, uvloop.
"""

from __future__ import annotations

import argparse
import asyncio

import uvloop
from aiohttp import web


async def discard(request: web.Request) -> web.Response:
    """Read the body and answer as a relay would."""
    await request.read()
    return web.json_response({"id": "a" * 32})


async def serve(port: int, decompress: bool) -> None:
    """Serve until killed."""
    app = web.Application(client_max_size=0)
    app.router.add_post("/api/{project}/envelope/", discard)
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
    uvloop.run(serve(arguments.port, not arguments.no_decompress))


if __name__ == "__main__":
    main()

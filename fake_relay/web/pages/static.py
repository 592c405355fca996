"""Scripts, styles and pictures of the pages, below a hash of all of them.

Rule: an address names one content for ever, so browsers may keep it; scripts find each other
by relative paths and so always come from the same state.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import Final

from aiohttp import web

ROOT: Final = "/static/"
_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@cache
def files() -> dict[str, bytes]:
    """Contents by name."""
    folder = resources.files(__package__).joinpath("static")
    found = (entry for entry in folder.iterdir() if entry.name.rpartition(".")[2] in _TYPES)
    return {entry.name: entry.read_bytes() for entry in sorted(found, key=lambda entry: entry.name)}


@cache
def state() -> str:
    """The hash of all files."""
    parts = (name.encode() + b"\0" + content for name, content in files().items())
    return hashlib.blake2b(b"\0".join(parts), digest_size=8).hexdigest()


def static_url(name: str) -> str:
    """Where a file is; raises `KeyError` for none."""
    files()[name]
    return f"{ROOT}{state()}/{name}"


async def serve(request: web.Request) -> web.Response:
    """A file; one of another state is gone, so that scripts of two states never meet."""
    name = request.match_info["name"]
    content = files().get(name)
    if content is None or request.match_info["state"] != state():
        raise web.HTTPNotFound(text=f"there is no file {name[:100]!r} of this state of the pages")
    return web.Response(
        body=content,
        content_type=_TYPES[name.rpartition(".")[2]],
        charset="utf-8",
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'",
        },
    )


ROUTE: Final = web.get(ROOT + "{state}/{name}", serve)

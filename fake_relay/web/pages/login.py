"""The form that asks a browser for the token, and keeps it in a cookie for our pages only.

May import: web.access, web.pages.frame.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from aiohttp import web

from fake_relay.web.access import LOGIN, TOKEN_COOKIE
from fake_relay.web.keys import ACCESS
from fake_relay.web.pages.frame import Page, Visit, redirect

KEPT: Final = 30 * 24 * 3600
"""Seconds that a browser keeps the token."""


def load(visit: Visit) -> dict[str, object]:
    """Where to go on."""
    return {"next": own_path(visit.query.get("next", "/")), "wrong": "wrong" in visit.query}


async def log_in(request: web.Request) -> web.Response:
    """Take the token, and lead on."""
    form = await request.post()
    token, to = str(form.get("token", "")), own_path(str(form.get("next", "/")))
    if not request.app[ACCESS].is_token(token):
        return redirect(f"{LOGIN}?wrong=1&next={quote(to, safe='')}")
    made = redirect(to)
    made.set_cookie(
        TOKEN_COOKIE,
        quote(token, safe=""),
        max_age=KEPT,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=request.secure,
    )
    return made


def own_path(path: str) -> str:
    """The path where it is one of this server, else the inbox."""
    own = path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
    return path if own else "/"


PAGE: Final = Page(LOGIN, "Token", "login.html", load, beside=(web.post(LOGIN, log_in),))

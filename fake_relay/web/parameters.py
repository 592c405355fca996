"""Reads the parameters of a request; a wrong one is a 400 that names it.

May import: route, query, protocol, errors.
"""

from __future__ import annotations

import math
from typing import TypeVar

import msgspec
from aiohttp import web

from fake_relay.protocol.envelope import normalize_event_id
from fake_relay.query import quantity
from fake_relay.web.body import own_body

T = TypeVar("T")

MAX_LIMIT = 1000
MAX_WAIT = 60.0
MAX_ID = 2**63 - 1


def bad(detail: str) -> web.HTTPBadRequest:
    """The refusal of a parameter."""
    return web.HTTPBadRequest(text=detail)


def text(request: web.Request, name: str) -> str | None:
    """A text; an empty one counts as absent."""
    return request.query.get(name) or None


def integer(request: web.Request, name: str, default: int, *, least: int, most: int) -> int:
    """A whole number within bounds."""
    given = text(request, name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) < 20):
        raise bad(f"{name}={given[:40]!r} is not a whole number from {least} to {most}")
    value = int(given)
    if not least <= value <= most:
        raise bad(f"{name}={value} is out of bounds; use {least} to {most}")
    return value


def seconds(request: web.Request, name: str, default: float, *, most: float) -> float:
    """A time in seconds, cut at `most`."""
    given = text(request, name)
    if given is None:
        return default
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not value >= 0:
        raise bad(f"{name}={given[:40]!r} is not a number of seconds")
    return min(value, most)


def moment(request: web.Request, name: str, now: float) -> float | None:
    """A time in seconds since 1970: ISO 8601, a number of seconds, or like `-1h` from `now`."""
    given = text(request, name)
    return None if given is None else moment_of(name, given, now)


def moment_of(name: str, given: str, now: float) -> float:
    """The time that a text names."""
    distance = quantity.relative(given)
    if distance is not None:
        return now + distance
    found = quantity.moment(given)
    if found is None:
        raise bad(f"{name}={given[:40]!r} is not a time; use one like 2026-01-31T10:00:00Z or -1h")
    return found.start


def flag(request: web.Request, name: str, *, default: bool) -> bool:
    """A switch: 0 or 1."""
    given = request.query.get(name)
    if given is None:
        return default
    if given not in ("0", "1"):
        raise bad(f"{name}={given[:40]!r} is not 0 or 1")
    return given == "1"


def limit(request: web.Request) -> int:
    """How many entries a page has at most."""
    return integer(request, "limit", 50, least=1, most=MAX_LIMIT)


def event_id(request: web.Request) -> str | None:
    """An event id in any spelling of a UUID, as 32 hex digits."""
    given = text(request, "event_id")
    if given is None:
        return None
    try:
        return normalize_event_id(given)
    except ValueError:
        raise bad(f"event_id={given[:60]!r} is not an event id; use 32 hex digits") from None


def path_id(request: web.Request) -> int:
    """The id in the path; one that cannot be an id is as unknown as any other."""
    given = request.match_info["id"]
    if given.isascii() and given.isdigit() and len(given) < 20 and int(given) <= MAX_ID:
        return int(given)
    raise web.HTTPNotFound(text=f"there is nothing of id {given[:40]!r}; ids are whole numbers")


def cursor(request: web.Request) -> int | None:
    """The place that a page's `next` names."""
    return cursor_of(text(request, "cursor"))


def cursor_of(given: str | None) -> int | None:
    """The place that a text names; None for none."""
    if not given:
        return None
    try:
        if given[0] != "b" or not 1 <= (before := int(given[1:18], 16)) <= MAX_ID:
            raise ValueError
    except ValueError:
        raise bad(f"cursor={given[:40]!r} is not one; use the `next` of a page") from None
    return before


def cursor_text(before: int | None) -> str | None:
    """A page's `next`."""
    return None if before is None else f"b{before:x}"


async def json_body(request: web.Request, shape: type[T], default: T | None = None) -> T:
    """The body as JSON of a shape; `default` for an empty one, if there is a default."""
    data = await own_body(request)
    if not data.strip() and default is not None:
        return default
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise bad(f"the body is not the JSON that this takes: {error}") from None

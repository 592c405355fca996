"""The part of the TUS protocol that SDKs use: create an upload, and send its bytes.

    POST  /api/{project}/upload/           201, Location
    HEAD  <Location>                       200, Upload-Offset
    PATCH <Location>                       204, Upload-Offset, Location

Order of the checks: credentials, protocol version, content type, lengths, signature, offset.
May import: relay and every room below it, web.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from fake_relay.errors import BadEncoding, RequestRefused, TooLarge
from fake_relay.intake import Place, admit, answer
from fake_relay.intake.door import Door
from fake_relay.protocol import encoding
from fake_relay.protocol.auth import Credentials
from fake_relay.protocol.category import Category
from fake_relay.quotas import merged
from fake_relay.quotas.sender import Sender
from fake_relay.records import Inbound, Reply
from fake_relay.relay import Relay
from fake_relay.web.body import pieces
from fake_relay.web.ingest import PREFLIGHT, response
from fake_relay.web.keys import RELAY, WEB
from fake_relay.web.uploads.area import UPLOADS, Area
from fake_relay.web.uploads.location import Location, of_request

VERSION: Final = "1.0.0"
CHUNK_TYPE: Final = "application/offset+octet-stream"
LOOK: Final = 4 * 1024 * 1024
"""Bytes of an upload after which the room for all of them is looked at."""
CATEGORIES: Final = (Category.ATTACHMENT, Category.ATTACHMENT_ITEM)

Handler = Callable[[web.Request], Awaitable[Reply]]


def add_routes(router: web.UrlDispatcher) -> None:
    """The two paths, and their preflights."""
    one, other = "/api/{project}/upload/", "/api/{project}/upload/{key}/"
    router.add_post(one, tus(create))
    router.add_route("HEAD", other, tus(tell))
    router.add_route("PATCH", other, tus(send))
    for path in (one, other):
        router.add_route("OPTIONS", path, preflight)


async def preflight(request: web.Request) -> web.Response:
    """What browsers may send."""
    made = web.Response(headers=PREFLIGHT)
    made.headers["Access-Control-Allow-Methods"] = "POST, PATCH, HEAD"
    made.headers["Access-Control-Allow-Headers"] += (
        ", tus-resumable, upload-length, upload-defer-length, upload-metadata, upload-offset"
    )
    return made


def tus(handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler whose answers, refusals too, carry the protocol's version."""

    async def handle(request: web.Request) -> web.Response:
        try:
            reply = await handler(request)
        except RequestRefused as refused:
            reply = answer.refusal(refused)
        except OSError as error:
            reply = answer.problem(503, "the upload could not be stored", str(error))
        made = response(reply)
        made.headers["Tus-Resumable"] = VERSION
        if reply.status == 412:
            made.headers["Tus-Version"] = VERSION
        exposed = "tus-resumable, upload-offset, upload-length, upload-defer-length, location"
        made.headers["Access-Control-Expose-Headers"] += f", {exposed}"
        return made

    return handle


async def create(request: web.Request) -> Reply:
    """Begin an upload."""
    project, credentials = _sender(request)
    _check_version(request)
    if "Content-Type" in request.headers:
        raise RequestRefused("creating an upload takes no content type", status=415)
    relay = request.app[RELAY]
    length = _length(request, relay.config.limits.max_upload_size)
    if relay.config.scrub_at_rest:
        raise RequestRefused(
            "uploads are off: their bytes would be kept unscrubbed, and scrub_at_rest is set",
            status=503,
        )
    _check_metadata(request.headers.get("Upload-Metadata"))
    limited = _limited(relay, project, credentials)
    if limited is not None:
        return limited
    area = request.app[UPLOADS]
    location = Location(project, await asyncio.to_thread(area.create, project), length)
    headers = (("Location", location.address(area)), ("Tus-Extension", "creation"))
    return Reply(201, headers=headers)


async def tell(request: web.Request) -> Reply:
    """How much of an upload has come, and of how much: where a sender that was cut goes on.

    Relay takes no such request; the rules are those of the TUS protocol.
    """
    project, _ = _sender(request)
    _check_version(request)
    location, path = _upload(request, project)
    size = (await asyncio.to_thread(path.stat)).st_size
    length = location.length
    told = ("Upload-Defer-Length", "1") if length is None else ("Upload-Length", str(length))
    return Reply(200, headers=(("Upload-Offset", str(size)), told, ("Cache-Control", "no-store")))


async def send(request: web.Request) -> Reply:
    """Append bytes to an upload."""
    project, credentials = _sender(request)
    _check_version(request)
    if request.headers.get("Content-Type", "").partition(";")[0].strip() != CHUNK_TYPE:
        raise RequestRefused(
            f"the bytes of an upload have the content type {CHUNK_TYPE}", status=415
        )
    if encoding.normalize(request.headers.get("Content-Encoding")):
        raise RequestRefused("the bytes of an upload are sent as they are", status=415)
    offset = _number(request, "Upload-Offset")
    if offset is None:
        raise RequestRefused("Upload-Offset is missing")
    location, path = _upload(request, project)
    limited = _limited(request.app[RELAY], project, credentials)
    if limited is not None:
        return limited
    return await _append(request, request.app[UPLOADS], location, path, offset)


def _upload(request: web.Request, project: str) -> tuple[Location, Path]:
    """The upload that a request is about, and its file."""
    area = request.app[UPLOADS]
    location = of_request(area, project, request.match_info["key"], request.query)
    if location is None:
        raise RequestRefused("the upload's signature is wrong", status=403)
    path = location.path(area)
    if path is None:
        raise RequestRefused("there is no such upload", status=404)
    return location, path


async def _append(
    request: web.Request, area: Area, location: Location, path: Path, offset: int
) -> Reply:
    if location.key in area.busy:
        raise RequestRefused("another request is sending to this upload", status=409)
    area.busy.add(location.key)
    try:
        size = (await asyncio.to_thread(path.stat)).st_size
        if offset != size:
            raise RequestRefused(f"the upload is at offset {size}, not {offset}", status=409)
        limit = request.app[RELAY].config.limits.max_upload_size
        most = limit if location.length is None else location.length
        size = await _write(request, area, path, size, most)
    finally:
        area.busy.discard(location.key)
    await asyncio.to_thread(area.make_room)
    final = Location(
        location.project, location.key, size if location.length is None else location.length
    )
    headers = (("Upload-Offset", str(size)), ("Location", final.address(area)))
    return Reply(204, headers=headers)


async def _write(request: web.Request, area: Area, path: Path, size: int, most: int) -> int:
    """Append the body; the size of the file then. What came before an error stays.

    Raises `OSError` when many at a time have filled what all uploads may occupy.
    """
    length = request.content_length
    if length is not None and size + length > most:
        raise TooLarge("upload exceeds its length", f"it may have {most} bytes")
    since = 0
    with path.open("ab") as file:
        try:
            async for chunk in pieces(request, request.app[WEB]):
                if size + len(chunk) > most:
                    raise TooLarge("upload exceeds its length", f"it may have {most} bytes")
                await asyncio.to_thread(file.write, chunk)
                size += len(chunk)
                since += len(chunk)
                if since >= LOOK:
                    since = 0
                    if not await asyncio.to_thread(area.make_room):
                        raise OSError("other uploads, which are not over yet, take all the room")
        except web.RequestPayloadError as error:
            cause = error.with_traceback(None)
            raise BadEncoding("invalid request body", str(error)) from cause
    return size


def _sender(request: web.Request) -> tuple[str, Credentials]:
    relay = request.app[RELAY]
    place = Place(_NO_DOOR, project=request.match_info["project"])
    inbound = Inbound(
        request.method,
        request.path,
        request.rel_url.raw_query_string,
        request.headers,
        b"",
        "",
        0,
        "",
    )
    project = admit.project_of(place)
    credentials = admit.required(admit.credentials_of(inbound, place, relay.config))
    admit.check_known(project, credentials.public_key, relay.config)
    return project, credentials


def _nothing(*_: Any) -> Any:
    raise NotImplementedError("uploads are no door: they bring no envelope")


_NO_DOOR: Final = Door("upload", frozenset({"POST", "HEAD", "PATCH"}), _nothing, _nothing)


def _check_version(request: web.Request) -> None:
    version = request.headers.get("Tus-Resumable")
    if version != VERSION:
        raise RequestRefused(f"Tus-Resumable is {version!r:.40}, not {VERSION!r}", status=412)


def _length(request: web.Request, limit: int) -> int | None:
    """The length that is announced; None for one that is not known yet."""
    length = _number(request, "Upload-Length")
    deferred = request.headers.get("Upload-Defer-Length")
    if (length is None) == (deferred is None) or deferred not in (None, "1"):
        raise RequestRefused("give exactly one of Upload-Length and Upload-Defer-Length: 1")
    if length is not None and length > limit:
        raise TooLarge("upload is too large", f"{length} bytes, at most {limit}")
    return length


def _number(request: web.Request, name: str) -> int | None:
    text = request.headers.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise RequestRefused(f"{name} is {text[:40]!r}, not a number of bytes")
    return int(text)


def _check_metadata(text: str | None) -> None:
    """Refuse metadata that is not `sentry` and base64 of a JSON object, among other pairs."""
    for pair in (text or "").split(","):
        name, _, value = pair.strip().partition(" ")
        if name == "sentry":
            try:
                msgspec.json.decode(base64.b64decode(value, validate=True), type=dict[str, Any])
            except (binascii.Error, msgspec.MsgspecError, ValueError, RecursionError) as error:
                raise RequestRefused("bad Upload-Metadata", str(error)) from error


def _limited(relay: Relay, project: str, credentials: Credentials) -> Reply | None:
    """The answer to a sender whose attachments are limited."""
    organization = relay.plans.of(project).organization
    sender = Sender(project, credentials.public_key, organization)
    limits = relay.quotas.limits(sender, time.time())
    hit = [limit for limit in limits if any(map(limit.covers, CATEGORIES))]
    return answer.rate_limited(merged(hit)) if hit else None

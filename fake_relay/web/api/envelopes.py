"""Envelopes: list them, look at one, take the bytes as they were sent.

May import: relay and every room below it.
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from fake_relay.records import StoredEnvelope
from fake_relay.web import parameters
from fake_relay.web.answers import HEADERS, Problem, answer, rfc3339
from fake_relay.web.api import selecting
from fake_relay.web.keys import RELAY, in_thread
from fake_relay.web.route import Answer, Parameter, Route


class EnvelopeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope; sizes in bytes, `tolerated` names what a real Sentry would have refused.

    `faults` names the faults on purpose that hit its request, `chain` the relays that it came
    through.
    """

    id: int
    project: str
    public_key: str
    event_id: str
    received_at: str | None
    remote_addr: str
    user_agent: str
    client: str
    door: str
    content_encoding: str
    wire_size: int
    size: int
    headers: msgspec.Raw
    item_types: tuple[str, ...]
    spotlight: bool
    tolerated: tuple[str, ...]
    faults: tuple[str, ...]
    chain: tuple[str, ...]


class EnvelopePage(msgspec.Struct, frozen=True):
    """Envelopes, newest first; `next` is the cursor of the page behind."""

    envelopes: list[EnvelopeAnswer]
    next: str | None


def envelope_answer(envelope: StoredEnvelope) -> EnvelopeAnswer:
    """An envelope as the API shows it."""
    fields = {name: getattr(envelope, name) for name in envelope.__struct_fields__}
    fields["received_at"] = rfc3339(envelope.received_at)
    return EnvelopeAnswer(**fields)


async def find(request: web.Request) -> web.StreamResponse:
    """A page of envelopes."""
    page = await in_thread(
        request,
        request.app[RELAY].store.find_envelopes,
        parameters.text(request, "project"),
        parameters.cursor(request),
        parameters.limit(request),
    )
    shown = [envelope_answer(envelope) for envelope in page.envelopes]
    return answer(EnvelopePage(shown, parameters.cursor_text(page.next)))


async def show(request: web.Request) -> web.StreamResponse:
    """One envelope."""
    envelope_id = parameters.path_id(request)
    envelope = await in_thread(request, request.app[RELAY].store.envelope, envelope_id)
    if envelope is None:
        raise gone(envelope_id)
    return answer(envelope_answer(envelope))


async def raw(request: web.Request) -> web.StreamResponse:
    """The bytes as they were sent; decoded for a client that does not take their coding."""
    envelope_id = parameters.path_id(request)
    body = await in_thread(request, request.app[RELAY].store.body, envelope_id)
    if body is None:
        raise gone(envelope_id)
    headers = {
        **HEADERS,
        "Content-Type": "application/x-sentry-envelope",
        "Content-Disposition": f'attachment; filename="{envelope_id}.envelope"',
        "Vary": "Accept-Encoding",
    }
    if parameters.flag(request, "wire", default=False):
        headers["Content-Type"] = "application/octet-stream"
        headers["X-Wire-Content-Encoding"] = body.coding
        headers["X-Wire-Converted"] = str(int(body.converted))
        return web.Response(body=body.wire, headers=headers)
    packed = body.coding and not body.converted
    if packed and accepts(request.headers.get("Accept-Encoding", ""), body.coding):
        headers["Content-Encoding"] = body.coding
        return web.Response(body=body.wire, headers=headers)
    return web.Response(body=body.content, headers=headers)


def accepts(accept_encoding: str, coding: str) -> bool:
    """Whether an `Accept-Encoding` header takes a coding by name (RFC 9110, 12.5.3)."""
    for entry in accept_encoding.lower().split(","):
        name, *options = (part.strip() for part in entry.split(";"))
        if name == coding:
            return not any(_is_zero(option) for option in options)
    return False


def _is_zero(option: str) -> bool:
    name, _, value = option.partition("=")
    return name.strip() == "q" and value.strip() in ("0", "0.0", "0.00", "0.000")


def gone(envelope_id: int) -> web.HTTPNotFound:
    """There is no such envelope."""
    return web.HTTPNotFound(
        text=f"there is no envelope {envelope_id}; it never was, or was deleted"
    )


ID = Parameter("id", "The envelope's id.", "integer", 1)
WIRE = Parameter("wire", "1: exactly what came, still compressed.", choices=("0", "1"))
UNKNOWN = Answer(404, "There is no such envelope.", Problem)

ROUTES = (
    Route(
        "GET",
        "/envelopes",
        find,
        "Envelopes, newest first.",
        (selecting.PROJECT, selecting.LIMIT, selecting.CURSOR),
        (Answer(200, "A page.", EnvelopePage),),
    ),
    Route(
        "GET",
        "/envelopes/{id}",
        show,
        "One envelope.",
        (ID,),
        (Answer(200, "The envelope.", EnvelopeAnswer), UNKNOWN),
    ),
    Route(
        "GET",
        "/envelopes/{id}/raw",
        raw,
        "An envelope's bytes as they were sent.",
        (ID, WIRE),
        (Answer(200, "The bytes.", media="application/x-sentry-envelope"), UNKNOWN),
    ),
)

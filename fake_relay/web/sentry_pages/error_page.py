"""`/api/embed/error-page/`: the dialog that asks somebody what happened (PROTOCOL.md 2.12).

An SDK's `showReportDialog` puts a script with this address into the page; the script shows the
dialog, and posts the form to where it came from.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

import msgspec
from aiohttp import web

from fake_relay.errors import RequestRefused
from fake_relay.intake import user_report
from fake_relay.protocol import encoding
from fake_relay.protocol.dsn import Dsn
from fake_relay.protocol.envelope import normalize_event_id
from fake_relay.web.body import own_body
from fake_relay.web.keys import RELAY
from fake_relay.web.sentry_pages import reports

PATH: Final = "/api/embed/error-page/"
METHODS: Final = "GET, POST, OPTIONS"
ALLOWED_HEADERS: Final = "Content-Type, Authorization, X-Requested-With, baggage, sentry-trace"
INVALID: Final = "Missing or invalid parameter."
OPTIONS: Final = {
    "title": "It looks like we're having issues.",
    "subtitle": "Our team has been notified.",
    "subtitle2": "If you'd like to help, tell us what happened below.",
    "labelName": "Name",
    "labelEmail": "Email",
    "labelComments": "What happened?",
    "labelClose": "Close",
    "labelSubmit": "Submit crash report",
    "errorGeneric": "An unknown error occurred while submitting your report. Please try again.",
    "errorFormEntry": "Some fields were invalid. Please correct the errors and try again.",
    "successMessage": "Your feedback has been sent. Thank you!",
    "name": "",
    "email": "",
}
"""What the page may say differently, in the query; the names are Sentry's."""
MAX_OPTION: Final = 1000

_SCRIPT: Final = resources.files(__package__).joinpath("error_page.js").read_text("utf-8")


async def dialog(request: web.Request) -> web.Response:
    """The script that shows the dialog."""
    found = _check(request)
    if isinstance(found, web.Response):
        return found
    options = {name: request.query.get(name, text)[:MAX_OPTION] for name, text in OPTIONS.items()}
    options["endpoint"] = str(request.url)
    made = web.Response(
        text=f"({_SCRIPT.strip()})({script_json(options)});\n", content_type="text/javascript"
    )
    made.headers.update({"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"})
    return with_cors(request, made)


async def submit(request: web.Request) -> web.Response:
    """Take the form; what is wrong with its fields is answered by name."""
    found = _check(request)
    if isinstance(found, web.Response):
        return found
    dsn, event_id = found
    relay = request.app[RELAY]
    body = await own_body(request)
    try:
        said = user_report.of_form(_decoded(request, body), event_id)
    except (RequestRefused, ValueError):
        return smart(request, 400, {"errors": {"__all__": [INVALID]}})
    if problems := user_report.problems_of(said):
        return smart(request, 400, {"errors": problems})
    reply = await reports.receive(request, relay, body, dsn, event_id)
    if reply.status != 200:
        return smart(request, reply.status, msgspec.json.decode(reply.body))
    return smart(request, 200, {})


def _decoded(request: web.Request, body: bytes) -> bytes:
    coding = encoding.normalize(request.headers.get("Content-Encoding"))
    return encoding.decode(body, coding, reports.MAX_BODY)


async def preflight(request: web.Request) -> web.Response:
    """What browsers may send."""
    return with_cors(request, web.Response(headers={"Allow": METHODS}))


def _check(request: web.Request) -> tuple[Dsn, str] | web.Response:
    """DSN and event id of the query, or the answer to one that lacks them; in Sentry's order."""
    relay = request.app[RELAY]
    try:
        event_id = normalize_event_id(request.query.get("eventId", ""))
    except ValueError:
        return smart(request, 400, {"eventId": INVALID})
    dsn = reports.dsn_of(request.query.get("dsn", ""), relay)
    if dsn is None:
        return smart(request, 404, {"dsn": INVALID})
    if not reports.allows(request, relay, dsn):
        return smart(request, 403, {})
    return dsn, event_id


def smart(request: web.Request, status: int, context: Mapping[str, Any]) -> web.Response:
    """JSON, or for a script tag an empty script with the same in a header."""
    text = msgspec.json.encode(context)
    if "text/javascript" in request.headers.get("Accept", ""):
        made = web.Response(status=status, content_type="text/javascript")
        made.headers["X-Sentry-Context"] = header_json(context)
    else:
        made = web.Response(status=status, body=text, content_type="application/json")
    return with_cors(request, made)


def with_cors(request: web.Request, response: web.Response) -> web.Response:
    """The response, open to the page that asked."""
    headers = response.headers
    headers.setdefault("Access-Control-Allow-Origin", request.headers.get("Origin", "*"))
    headers["Access-Control-Allow-Methods"] = METHODS
    headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    headers["Access-Control-Max-Age"] = "1000"
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def header_json(value: Any) -> str:
    """JSON that a header can hold."""
    text = msgspec.json.encode(value).decode()
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in text)[
        :4000
    ]


def script_json(value: Any) -> str:
    """JSON that can stand in a script, wherever the script stands."""
    text = msgspec.json.encode(value).decode()
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text

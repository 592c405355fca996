"""What is kept of a request that is refused, so that it can be told why an event is missing.

Rule: who sent it is told as far as it can be read, however wrong the request is; the bytes of
the body and every text are bounded; a token of our own API is never kept.
May import: records, config, protocol, errors, intake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from fake_relay.errors import InvalidDsn, RequestRefused
from fake_relay.intake import admit
from fake_relay.intake.door import Place
from fake_relay.protocol import auth, encoding
from fake_relay.protocol.dsn import Dsn, canonical_project_id, is_project_id
from fake_relay.records import Inbound, Refusal, RefusedRequest, Submission

MAX_WIRE = 64 * 1024
"""Bytes of a body that are kept."""
MAX_TEXT = 4096
"""Characters of a path, a header or a cause that are kept."""
MAX_HEADER_LINE = 1024 * 1024

KEPT_HEADERS = (
    "content-type",
    "content-encoding",
    "content-length",
    "transfer-encoding",
    "x-sentry-auth",
    "authorization",
    "origin",
    "referer",
    "host",
    "user-agent",
    *admit.FORWARDED_HEADERS,
)
SENTRY_SCHEMES = ("sentry ", "basic ")
"""Schemes of `Authorization` that SDKs use; any other is for our own API."""

_PROJECT = re.compile(r"/api/(\d{1,20})/")


class _DsnHeader(msgspec.Struct, frozen=True):
    dsn: str


_decode_dsn = msgspec.json.Decoder(_DsnHeader).decode


def refusal(
    inbound: Inbound,
    place: Place | None,
    error: RequestRefused,
    submission: Submission | None = None,
    wire_size: int | None = None,
) -> Refusal:
    """The record of a refused request; `wire_size` where `inbound` has a part of the body only.

    A `submission` is given where the door had opened, and its envelope was refused.
    """
    project, public_key, client = _sender(inbound, place, submission)
    wire = inbound.body[:MAX_WIRE]
    request = RefusedRequest(
        received_at=inbound.received_at,
        method=inbound.method[:MAX_TEXT],
        path=inbound.path[:MAX_TEXT],
        query=inbound.query[:MAX_WIRE],
        door="" if place is None else place.door.name,
        project=project,
        public_key=public_key[:MAX_TEXT],
        status=error.status,
        reason=error.reason,
        detail=error.detail[:MAX_TEXT],
        causes=tuple(cause[:MAX_TEXT] for cause in error.causes),
        remote_addr=admit.client_address(inbound.headers, inbound.peer),
        user_agent=admit.header_text(inbound.headers, "user-agent")[:MAX_TEXT],
        client=client[:MAX_TEXT],
        headers=kept_headers(inbound.headers),
        coding=encoding.normalize(inbound.headers.get("content-encoding"))[:MAX_TEXT],
        wire_size=len(inbound.body) if wire_size is None else wire_size,
    )
    return Refusal(request, wire)


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that tell who sent what, cut where they are long."""
    found = {name: admit.header_text(headers, name)[:MAX_TEXT] for name in KEPT_HEADERS}
    if not found["authorization"].lower().startswith(SENTRY_SCHEMES):
        del found["authorization"]
    return {name: value for name, value in found.items() if value}


def _sender(
    inbound: Inbound, place: Place | None, submission: Submission | None
) -> tuple[str, str, str]:
    """Project, key and client, as far as the request tells."""
    if submission is not None:
        return submission.project, submission.public_key, submission.client
    claimed = auth.claimed(inbound.headers, inbound.query, None if place is None else place.key)
    project = _project_in(inbound.path, place)
    if claimed.public_key and project:
        return project, claimed.public_key, claimed.client
    dsn = _dsn_in(inbound)
    return (
        project or (dsn.project_id if dsn else ""),
        claimed.public_key or (dsn.public_key if dsn else ""),
        claimed.client,
    )


def _project_in(path: str, place: Place | None) -> str:
    # A wrong path, such as one below a prefix, still names the project that was meant.
    match = None if place is not None else _PROJECT.search(path[:MAX_TEXT])
    given = (place.project or "") if place is not None else match[1] if match else ""
    return canonical_project_id(given) if is_project_id(given) else ""


def _dsn_in(inbound: Inbound) -> Dsn | None:
    """The DSN in an envelope's first line, if that can be read at all."""
    coding = encoding.normalize(inbound.headers.get("content-encoding"))
    try:
        body = inbound.body
        if coding:
            body = encoding.decode(body, coding, MAX_HEADER_LINE)
        return Dsn.parse(_decode_dsn(body[:MAX_HEADER_LINE].partition(b"\n")[0]).dsn)
    except (RequestRefused, msgspec.MsgspecError, ValueError, RecursionError, InvalidDsn):
        return None

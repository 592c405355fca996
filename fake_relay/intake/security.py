"""The doors `/security/` and `/csp-report/`, to which browsers send reports (PROTOCOL.md 2.4).

Rule: a report stays the browser's bytes; a batch is one envelope for each of its reports.
May import: records, config, protocol, errors, intake.conversion.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.errors import BadPayload, TooLarge
from fake_relay.intake import conversion
from fake_relay.intake.conversion import Opened
from fake_relay.intake.door import Door, Place
from fake_relay.protocol.envelope import make_item
from fake_relay.records import Inbound, Reply, Submission

CONTENT_TYPES: Final = ("application/json", "application/csp-report", "application/reports+json")
MAX_REPORTS: Final = 1000
"""Reports of one batch, each of which is an envelope; browsers send dozens at most."""
_HEADERS: Final = ("sentry_release", "sentry_environment")

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make an envelope of each report."""
    conversion.media_type(inbound.headers, CONTENT_TYPES)
    opened = conversion.opened(inbound, place, config, config.limits.max_event_size)
    headers = {
        name: value.encode("utf-8", "replace").decode()
        for name, value in parse_qsl(inbound.query, keep_blank_values=True)
        if name in _HEADERS
    }
    if opened.body.lstrip()[:1] != b"[":
        return (_submission(opened, 0, opened.body, None, headers),)
    return tuple(
        _submission(opened, index, report, report, headers)
        for index, report in enumerate(_reports(opened.body))
    )


def _reports(body: bytes) -> list[bytes]:
    """The bytes of each element of a JSON array."""
    try:
        found = _split(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadPayload(f"invalid JSON data: {error}") from error
    if len(found) > MAX_REPORTS:
        raise TooLarge(
            "request content exceeded size limits",
            f"a batch of {len(found)} reports has more than {MAX_REPORTS}",
        )
    return [bytes(report) for report in found]


def _submission(
    opened: Opened, index: int, report: bytes, wire: bytes | None, headers: dict[str, str]
) -> Submission:
    item = make_item("raw_security", report, {"content_type": "application/json", **headers})
    event_id = conversion.fresh_id(opened.inbound.new_id, index)
    return conversion.made(opened, DOOR.name, [item], headers={"event_id": event_id}, wire=wire)


def answer(inbound: Inbound, submissions: tuple[Submission, ...]) -> Reply:
    """An empty body: browsers read nothing."""
    return Reply(200)


DOOR = Door(
    "security",
    frozenset({"POST"}),
    open_door,
    answer,
    max_body=lambda limits: limits.max_event_size,
)

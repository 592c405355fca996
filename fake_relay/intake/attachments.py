"""The door `/api/{project}/events/{event_id}/attachments/` (PROTOCOL.md 2.7).

It adds files to an event that need not exist yet.
May import: records, items, config, protocol, errors, intake.
"""

from __future__ import annotations

from urllib.parse import unquote

from fake_relay.config import RelayConfig
from fake_relay.errors import RequestRefused
from fake_relay.intake import form_items
from fake_relay.intake.conversion import made, opened
from fake_relay.intake.door import Door, Place
from fake_relay.intake.multipart import boundary_of, read_parts
from fake_relay.protocol.envelope import normalize_event_id
from fake_relay.records import Inbound, Reply, Submission


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make an envelope of the files in a form; plain fields are passed over."""
    event_id = event_id_in(inbound.path)
    came = opened(inbound, place, config, config.limits.max_envelope_size, empty=True)
    parts = read_parts(came.body, boundary_of(inbound.headers.get("content-type", "")))
    items, dropped = form_items.attachments_of(parts, config.limits, form_items.plain)
    return (made(came, DOOR.name, items, headers={"event_id": event_id}, dropped=dropped),)


def event_id_in(path: str) -> str:
    """The event's id in the path, in any spelling of a UUID; refuses anything else with 400."""
    text = unquote(path.split("/")[4])
    try:
        return normalize_event_id(text)
    except ValueError as error:
        raise RequestRefused(
            "bad event id path parameter", str(error), reason="invalid_event_id"
        ) from error


def answer(inbound: Inbound, submissions: tuple[Submission, ...]) -> Reply:
    """Created, and nothing to say."""
    return Reply(201)


DOOR = Door("attachments", frozenset({"POST"}), open_door, answer)

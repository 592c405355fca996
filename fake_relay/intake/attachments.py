"""The door `/api/{project}/events/{event_id}/attachments/` (PROTOCOL.md 2.7).

It adds files to an event that need not exist yet.
May import: records, items, config, protocol, errors, intake.
"""

from __future__ import annotations

from urllib.parse import unquote

from fake_relay.config import RelayConfig
from fake_relay.errors import RequestRefused
from fake_relay.intake import admit, form_items
from fake_relay.intake.door import Door, Place
from fake_relay.intake.multipart import boundary_of, read_parts
from fake_relay.protocol import encoding
from fake_relay.protocol.envelope import make_envelope, normalize_event_id, serialized_size
from fake_relay.records import Inbound, Reply, Submission


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make an envelope of the files in a form; plain fields are passed over."""
    project = admit.project_of(place)
    event_id = event_id_in(inbound.path)
    credentials = admit.required(admit.credentials_of(inbound, place, config))
    admit.check_known(project, credentials.public_key, config)
    coding = encoding.normalize(inbound.headers.get("content-encoding"))
    body = encoding.decode(inbound.body, coding, config.limits.max_envelope_size)
    parts = read_parts(body, boundary_of(inbound.headers.get("content-type", "")))
    items, dropped = form_items.attachments_of(parts, config.limits, form_items.plain)
    made = make_envelope({"event_id": event_id}, items)
    taken = Submission(
        project=project,
        public_key=credentials.public_key,
        client=credentials.client,
        door=DOOR.name,
        envelope=made,
        wire=inbound.body,
        coding=coding,
        size=serialized_size(made),
        converted=True,
        dropped=tuple(dropped),
    )
    return (taken,)


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

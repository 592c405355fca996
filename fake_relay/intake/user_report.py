"""What people say in the crash dialog: a form or JSON becomes a user report (PROTOCOL.md 2.12).

The paths behind which this stands are Sentry's, not Relay's, and the shell serves them; so
this door is in no table, and its place is made by whoever has read the DSN.
May import: records, config, protocol, errors, intake.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.errors import BadPayload
from fake_relay.intake import admit
from fake_relay.intake.conversion import Opened, made
from fake_relay.intake.door import Door, Place
from fake_relay.protocol import encoding
from fake_relay.protocol.auth import Credentials
from fake_relay.protocol.envelope import make_item, normalize_event_id
from fake_relay.records import Inbound, Reply, Submission

MAX_FIELDS: Final = 100
MAX_NAME: Final = 128
REQUIRED: Final = "This field is required."
BAD_EMAIL: Final = "Enter a valid email address."
BAD_EVENT_ID: Final = "Enter a valid event id."

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+").fullmatch

Problems = dict[str, list[str]]


class Said(msgspec.Struct, frozen=True):
    """What somebody said about an event."""

    event_id: str
    name: str
    email: str
    comments: str


def of_form(body: bytes, event_id: str) -> Said:
    """What a form says about an event; raises ValueError for a body that is no form."""
    fields = parse_qs(
        body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS
    )
    return Said(event_id, *(fields.get(name, [""])[0] for name in ("name", "email", "comments")))


def of_json(body: bytes) -> Said:
    """What JSON says; raises ValueError for a body that is no object."""
    fields = msgspec.json.decode(body, type=dict[str, object])
    return Said(*(_text(fields.get(name)) for name in Said.__struct_fields__))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def problems_of(said: Said) -> Problems:
    """What is wrong with each field, in the words of Sentry's forms; empty when nothing is."""
    found: Problems = {}
    for name in ("name", "email", "comments"):
        if not getattr(said, name).strip():
            found[name] = [REQUIRED]
    if len(said.name) > MAX_NAME:
        found["name"] = [f"Ensure this value has at most {MAX_NAME} characters."]
    if "email" not in found and not _EMAIL(said.email):
        found["email"] = [BAD_EMAIL]
    return found


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make an envelope of a form or JSON that has no problems."""
    project, key = place.project or "", place.key or ""
    admit.check_known(project, key, config)
    coding = encoding.normalize(inbound.headers.get("content-encoding"))
    body = encoding.decode(inbound.body, coding, config.limits.max_event_size)
    try:
        said = of_form(body, place.slug) if place.slug else of_json(body)
        event_id = normalize_event_id(said.event_id)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadPayload("invalid user report", str(error)) from error
    report = msgspec.json.encode(msgspec.structs.replace(said, event_id=event_id))
    came = Opened(inbound, project, Credentials(key), coding, body)
    items = [make_item("user_report", report)]
    return (made(came, DOOR.name, items, headers={"event_id": event_id}),)


def answer(inbound: Inbound, submissions: tuple[Submission, ...]) -> Reply:
    """An empty object."""
    return Reply(200, b"{}")


DOOR = Door("user_report", frozenset({"POST"}), open_door, answer, lambda it: it.max_event_size)

"""The door `/api/{project}/unreal/{key}/`, for Unreal's crash reporter (PROTOCOL.md 2.7).

Rule: the archive is kept as it came, one `unreal_report` item; it is opened afterwards, by
`intake.derive`, as Relay does, so that a broken one is an outcome and not a refusal.
May import: records, config, protocol, errors, intake.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from fake_relay.config import RelayConfig
from fake_relay.intake.conversion import made, opened
from fake_relay.intake.door import Door, Place
from fake_relay.intake.minidump import answer
from fake_relay.protocol.envelope import make_item
from fake_relay.records import Inbound, Submission

USER_HEADER = "unreal_user_id"


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make an envelope of a crash archive; refuses an empty body with 400."""
    came = opened(inbound, place, config, config.limits.max_envelope_size)
    headers = {"event_id": inbound.new_id}
    user = parse_qs(inbound.query).get("UserID", [""])[0]
    if user:
        headers[USER_HEADER] = user.encode("utf-8", "replace").decode()
    items = [make_item("unreal_report", came.body)]
    return (made(came, DOOR.name, items, headers=headers),)


DOOR = Door("unreal", frozenset({"POST"}), open_door, answer, limited=False)

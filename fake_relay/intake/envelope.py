"""The door `/api/{project}/envelope/`, through which SDKs send everything (PROTOCOL.md 2.2).

May import: records, items, config, protocol, errors, intake.admit.
"""

from __future__ import annotations

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.errors import BadAuth, BadEnvelope, InvalidDsn
from fake_relay.intake import admit
from fake_relay.intake.door import Door, Place
from fake_relay.items import item_type
from fake_relay.protocol import encoding
from fake_relay.protocol.auth import Credentials
from fake_relay.protocol.dsn import Dsn
from fake_relay.protocol.envelope import Envelope, parse
from fake_relay.records import Inbound, Reply, Submission

INTERNAL_TYPE = "integration"
"""The item type that Relays use among themselves, refused from clients."""


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Decode and parse an envelope, and find out who sent it."""
    project = admit.project_of(place)
    credentials = admit.credentials_of(inbound, place, config)
    coding, body = decoded(inbound, config.limits.max_envelope_size)
    if credentials is None:
        dsn = dsn_of_first_line(body, strict_key=config.strict)
        project = dsn.project_id
        credentials = Credentials(dsn.public_key)
    return (submission(inbound, DOOR.name, project, credentials, coding, body, config),)


def decoded(inbound: Inbound, limit: int) -> tuple[str, bytes]:
    """The content coding of a body and the body without it; refuses an empty one."""
    coding = encoding.normalize(inbound.headers.get("content-encoding"))
    body = encoding.decode(inbound.body, coding, limit)
    if not body:
        raise BadEnvelope("empty request body", reason="empty_body")
    return coding, body


def submission(
    inbound: Inbound,
    door: str,
    project: str,
    credentials: Credentials,
    coding: str,
    body: bytes,
    config: RelayConfig,
) -> Submission:
    """What a decoded envelope submits, once its header and strict mode agree with its sender."""
    envelope = read(body, inbound.new_id, config)
    check_dsn(envelope, project)
    admit.check_known(project, credentials.public_key, config)
    return Submission(
        project=project,
        public_key=credentials.public_key,
        client=credentials.client,
        door=door,
        envelope=envelope,
        wire=inbound.body,
        coding=coding,
        size=len(body),
    )


def read(body: bytes, new_id: str, config: RelayConfig) -> Envelope:
    """Parse an envelope; one that makes an event and has no id gets `new_id`."""
    envelope = parse(body, lenient=config.lenient, strict_key=config.strict)
    creates_event = False
    for item in envelope.items:
        if item.type == INTERNAL_TYPE:
            raise BadEnvelope("envelope contains internal items", reason="internal_envelope")
        creates_event = creates_event or item_type(item.type).creates_event(item.header)
    if creates_event and envelope.event_id is None:
        return msgspec.structs.replace(envelope, event_id=new_id)
    return envelope


class _DsnHeader(msgspec.Struct, frozen=True):
    dsn: str


_decode_dsn = msgspec.json.Decoder(_DsnHeader).decode


def dsn_of_first_line(body: bytes, *, strict_key: bool) -> Dsn:
    """The DSN in an envelope's header; only the first line counts, as in Relay."""
    try:
        return Dsn.parse(_decode_dsn(body.partition(b"\n")[0]).dsn, strict_key=strict_key)
    except (msgspec.MsgspecError, RecursionError, InvalidDsn) as error:
        raise BadAuth("bad envelope authentication header", str(error)) from error


def check_dsn(envelope: Envelope, project: str) -> None:
    """Refuse an envelope whose `dsn` header names another project than the request."""
    if envelope.header.dsn is not None and Dsn.parse(envelope.header.dsn).project_id != project:
        raise BadEnvelope(
            "invalid event envelope", "project id header mismatch between envelope and request"
        )


def answer(inbound: Inbound, submissions: tuple[Submission, ...]) -> Reply:
    """The event's id, or an empty object when the envelope has none."""
    event_id = submissions[0].envelope.event_id
    return Reply(200, b'{"id":"%b"}' % event_id.encode() if event_id else b"{}")


DOOR = Door("envelope", frozenset({"POST"}), open_door, answer)

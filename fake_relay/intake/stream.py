"""The door `/stream`, for SDKs in Spotlight mode (PROTOCOL.md 2.13).

What comes this way is marked: Spotlight mode without a DSN switches PII on and sampling
off in the application, so it proves nothing about either.
May import: records, config, protocol, errors, intake.envelope.
"""

from __future__ import annotations

from fake_relay.config import RelayConfig
from fake_relay.intake.door import Door, Place
from fake_relay.intake.envelope import decoded, read
from fake_relay.protocol.dsn import Dsn
from fake_relay.records import Inbound, Reply, Submission

PROJECT = "spotlight"
"""The project of envelopes that name none."""


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Decode and parse an envelope from an SDK that needs no credentials here."""
    coding, body = decoded(inbound, config.limits.max_envelope_size)
    envelope = read(body, inbound.new_id, config)
    dsn = Dsn.parse(envelope.header.dsn) if envelope.header.dsn is not None else None
    taken = Submission(
        project=dsn.project_id if dsn else PROJECT,
        public_key=dsn.public_key if dsn else "",
        client="",
        door=DOOR.name,
        envelope=envelope,
        wire=inbound.body,
        coding=coding,
        size=len(body),
        spotlight=True,
    )
    return (taken,)


def answer(inbound: Inbound, submissions: tuple[Submission, ...]) -> Reply:
    """An empty body, as the sidecar answers."""
    return Reply(200, headers=(("Cache-Control", "no-cache"),))


DOOR = Door("stream", frozenset({"POST"}), open_door, answer)

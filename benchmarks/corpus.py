"""Envelopes as the real Python SDK writes them, many of each class, kept in a cache folder.

Every body of a class differs in its event id, trace id and user, so that indexes see keys
as they are in life; the same seed makes the same ids.
May import: sentry_sdk.
"""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sentry_sdk
import sentry_sdk.logger as sentry_logger
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

CACHE = Path(__file__).parent.parent / ".cache" / "bench"
USER = "user-00000"
BUDGET = 24 * 1024 * 1024
MOST = 2000


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of envelopes: its name, the goal as a ratio to the bare handler, how it is made."""

    name: str
    goal: float
    make: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Bodies:
    """A file of bodies for the load generator; sizes in bytes, of one body."""

    path: Path
    coding: str
    size: int
    wire_size: int


class _Caught(Transport):
    """Keeps the bytes of every envelope that the SDK hands it."""

    def __init__(self, options: dict[str, Any] | None = None) -> None:
        super().__init__(options)
        self.envelopes: list[bytes] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope.serialize())


def _fail() -> None:
    order = {"id": 4711, "total": "19.90"}
    items = list(range(5))
    raise ValueError(f"card declined for {order['id']} with {len(items)} items")


def _small_error() -> None:
    try:
        _fail()
    except ValueError:
        sentry_sdk.capture_exception()


def _descend(depth: int) -> None:
    basket = {f"item_{number}": f"value {depth}-{number}" for number in range(8)}
    note = f"frame {depth} carries a line of text that a service would have in a local " * 3
    if depth == 0:
        raise LookupError(f"nothing left of {len(basket)} items; {len(note)} characters of note")
    _descend(depth - 1)


def _big_error() -> None:
    for number in range(100):
        sentry_sdk.add_breadcrumb(
            category="query",
            message=f"SELECT * FROM orders WHERE id = {number}",
            data={"db.system": "postgresql", "rows": number},
        )
    try:
        _descend(50)
    except LookupError:
        sentry_sdk.capture_exception()


def _transaction() -> None:
    with sentry_sdk.start_transaction(name="GET /checkout", op="http.server"):
        for number in range(60):
            with sentry_sdk.start_span(op="db", name=f"SELECT * FROM orders WHERE id = {number}"):
                pass


def _session() -> None:
    sentry_sdk.get_isolation_scope().start_session()
    sentry_sdk.get_isolation_scope().end_session()


def _logs() -> None:
    for number in range(100):
        sentry_logger.warning("order {number} has a line to say", number=number)


def _attachment() -> None:
    noise = random.Random(7).randbytes(1024 * 1024)
    sentry_sdk.get_current_scope().add_attachment(bytes=noise, filename="core.bin")
    sentry_sdk.capture_message("with a file")


KINDS = (
    Kind("small", 0.35, _small_error),
    Kind("big", 0.25, _big_error),
    Kind("transaction", 0.40, _transaction),
    Kind("session", 0.60, _session),
    Kind("logs", 0.45, _logs),
    Kind("attachment", 0.20, _attachment),
)


def _envelope_of(kind: Kind) -> bytes:
    transport = _Caught()
    sentry_sdk.init(
        f"http://{'a' * 32}@127.0.0.1:9/42",
        transport=transport,
        traces_sample_rate=1.0,
        release="shop@2.0",
        environment="bench",
        auto_session_tracking=True,
        enable_logs=True,
    )
    try:
        with sentry_sdk.isolation_scope():
            sentry_sdk.set_tag("plan", "pro")
            sentry_sdk.set_user({"id": USER, "email": f"{USER}@example.com"})
            kind.make()
            sentry_sdk.flush()
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)
    return max(transport.envelopes, key=len)


def _variants(envelope: bytes, count: int) -> list[bytes]:
    chance = random.Random(7)
    ids = sorted(set(re.findall(rb'"(?:event_id|trace_id|sid)": ?"([0-9a-f-]{32,36})"', envelope)))
    made = []
    for number in range(count):
        body = envelope.replace(USER.encode(), b"user-%05d" % number)
        for known in ids:
            fresh = b"%032x" % chance.getrandbits(128)
            body = body.replace(known, fresh if len(known) == 32 else _dashed(fresh))
        made.append(body)
    return made


def _dashed(fresh: bytes) -> bytes:
    return b"-".join((fresh[:8], fresh[8:12], fresh[12:16], fresh[16:20], fresh[20:]))


def bodies(kind: Kind, coding: str) -> Bodies:
    """The bodies of a class, written once; `coding` is `gzip` or empty."""
    path = CACHE / f"{kind.name}-{sentry_sdk.VERSION}.{coding or 'raw'}"
    plain = CACHE / f"{kind.name}-{sentry_sdk.VERSION}.envelope"
    CACHE.mkdir(parents=True, exist_ok=True)
    if not plain.exists():
        plain.write_bytes(_envelope_of(kind))
    envelope = plain.read_bytes()
    # The SDK's own level, so that the sizes on the wire are the real ones.
    packed = gzip.compress(envelope, 9) if coding else envelope
    if not path.exists():
        made = _variants(envelope, max(4, min(MOST, BUDGET // len(envelope))))
        with path.open("wb") as file:
            for body in made:
                wire = gzip.compress(body, 9) if coding else body
                file.write(b"%d\n%b" % (len(wire), wire))
    return Bodies(path, coding, len(envelope), len(packed))

"""Profiles of a transaction, and chunks of a continuous profile (PROTOCOL.md 5.6).

May import: items.facts, items.payload, protocol, msgspec.
"""

from __future__ import annotations

import msgspec

from fake_relay.items.facts import (
    MAX_TEXT,
    Facts,
    ItemType,
    Scalar,
    first_line,
    terms,
    text_of,
    timestamp,
)
from fake_relay.items.payload import Reader
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity

UI_PLATFORMS = frozenset({"cocoa", "android", "javascript"})
PERFETTO = "application/x-perfetto-trace"


class ProfiledTransaction(msgspec.Struct, frozen=True, gc=False):
    """The transaction that a profile belongs to."""

    name: Scalar = None
    trace_id: Scalar = None


class ProfileFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of a profile or a chunk; samples stay closed."""

    event_id: Scalar = None
    profiler_id: Scalar = None
    platform: Scalar = None
    release: Scalar = None
    environment: Scalar = None
    timestamp: Scalar = None
    transaction: ProfiledTransaction | None = None
    transactions: list[ProfiledTransaction] | None = None
    """What the Python SDK writes instead."""


REASON = "profiling_invalid_json"
NO_TRANSACTION = ProfiledTransaction()

_read = Reader(ProfileFields)


def transaction_of(fields: ProfileFields) -> ProfiledTransaction:
    """The transaction of a profile, or one without a name."""
    return fields.transaction or next(iter(fields.transactions or ()), NO_TRANSACTION)


def _facts(fields: ProfileFields, title: str, problem: str) -> Facts:
    transaction = transaction_of(fields)
    return Facts(
        title=first_line(title),
        trace_id=text_of(transaction.trace_id),
        timestamp=timestamp(fields.timestamp),
        terms=tuple(
            terms(
                (
                    ("platform", fields.platform),
                    ("release", fields.release),
                    ("environment", fields.environment),
                    ("transaction", transaction.name),
                    ("profiler.id", fields.profiler_id),
                )
            )
        ),
        text=text_of(transaction.name)[:MAX_TEXT],
        problem=problem,
        reason=REASON,
    )


def read_profile(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a transaction's profile."""
    fields, problem = _read(payload)
    name = text_of(transaction_of(fields).name)
    return _facts(fields, f"profile of {name or '<unlabeled>'}", problem)


def read_chunk(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a chunk of a continuous profile; a Perfetto one starts with its metadata."""
    fields, problem = _read(_metadata(header, payload))
    return _facts(fields, f"profile chunk of profiler {text_of(fields.profiler_id)}", problem)


def is_perfetto(header: ItemHeader) -> bool:
    """Whether a chunk is a Perfetto trace behind its metadata."""
    return (header.content_type or "").lower().startswith(PERFETTO)


def _metadata(header: ItemHeader, payload: bytes) -> bytes:
    if not is_perfetto(header):
        return payload
    return payload[: header.meta_length] if header.meta_length else b"{}"


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """A profile, stored, and by platform a backend or a UI one (PROTOCOL.md 5.1)."""
    counted = [Quantity(Category.PROFILE, 1), Quantity(Category.PROFILE_INDEXED, 1)]
    if header.platform:
        is_ui = header.platform in UI_PLATFORMS
        counted.append(Quantity(Category.PROFILE_UI if is_ui else Category.PROFILE_BACKEND, 1))
    return tuple(counted)


def chunk_quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """A backend or a UI chunk, by the header's platform; none without it (PROTOCOL.md 5.1)."""
    if not header.platform:
        return ()
    is_ui = header.platform in UI_PLATFORMS
    return (Quantity(Category.PROFILE_CHUNK_UI if is_ui else Category.PROFILE_CHUNK, 1),)


PROFILE = ItemType("profile", read_profile, quantities, needs_event=True, reason=REASON)
PROFILE_CHUNK = ItemType("profile_chunk", read_chunk, chunk_quantities, reason=REASON)
PROFILE_CHUNK_UI = ItemType("profile_chunk_ui", read_chunk, chunk_quantities, reason=REASON)

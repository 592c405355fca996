"""Profiles of a transaction, and chunks of a continuous profile (PROTOCOL.md 5.6).

May import: items.facts, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items.facts import Facts, ItemType, first_line, terms, text_of, timestamp
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity

UI_PLATFORMS = frozenset({"cocoa", "android", "javascript"})


class ProfiledTransaction(msgspec.Struct, frozen=True):
    """The transaction that a profile belongs to."""

    name: Any = None
    trace_id: Any = None


class ProfileFields(msgspec.Struct, frozen=True):
    """What is indexed of a profile or a chunk; samples stay closed."""

    event_id: Any = None
    profiler_id: Any = None
    chunk_id: Any = None
    platform: Any = None
    release: Any = None
    environment: Any = None
    timestamp: Any = None
    transaction: ProfiledTransaction = ProfiledTransaction()


_decode = msgspec.json.Decoder(ProfileFields).decode


def _facts(fields: ProfileFields, title: str) -> Facts:
    return Facts(
        title=first_line(title),
        trace_id=text_of(fields.transaction.trace_id),
        timestamp=timestamp(fields.timestamp),
        terms=tuple(
            terms(
                (
                    ("platform", fields.platform),
                    ("release", fields.release),
                    ("environment", fields.environment),
                    ("transaction", fields.transaction.name),
                    ("profiler.id", fields.profiler_id),
                )
            )
        ),
        text=text_of(fields.transaction.name),
    )


def read_profile(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a transaction's profile."""
    fields = _decode(payload)
    return _facts(fields, f"profile of {text_of(fields.transaction.name) or '<unlabeled>'}")


def read_chunk(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a chunk of a continuous profile."""
    if (header.content_type or "").startswith("application/x-perfetto-trace"):
        return Facts(title=f"Perfetto profile chunk ({len(payload)} bytes)")
    fields = _decode(payload)
    return _facts(fields, f"profile chunk of profiler {text_of(fields.profiler_id)}")


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


PROFILE = ItemType("profile", read_profile, quantities, needs_event=True)
PROFILE_CHUNK = ItemType("profile_chunk", read_chunk, chunk_quantities)
PROFILE_CHUNK_UI = ItemType("profile_chunk_ui", read_chunk, chunk_quantities)

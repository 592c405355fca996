"""Where a crash's event comes from: exactly one source, the others are dropped (PROTOCOL.md 2.6).

    1. an `event` item in JSON
    2. `__sentry-event` and the breadcrumb files, in msgpack
    3. form data

May import: intake.crash_form, intake.crash_msgpack, items, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fake_relay.errors import BadPayload
from fake_relay.intake import crash_form, crash_msgpack
from fake_relay.intake.crash_msgpack import BrokenMsgpack
from fake_relay.items import attachment
from fake_relay.protocol.envelope import Item, normalize_event_id


class Unusable(Exception):
    """No event can be made of a crash; `reason` is that of its outcome."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


def event_of(items: Sequence[Item], limit: int) -> dict[str, Any]:
    """The event in the attachments, else in the form data; empty when they hold none.

    Raises `Unusable`: `too_large:…` for an attachment of msgpack beyond `limit` bytes,
    `invalid_msgpack`, `nesting_too_deep`.
    """
    payloads = of_type(items, attachment.PAYLOAD)
    breadcrumbs = of_type(items, attachment.BREADCRUMBS)
    try:
        if payloads or breadcrumbs:
            _check_size(payloads[:1], limit, "event_payload")
            _check_size(breadcrumbs[:2], limit, "breadcrumbs")
            return _from_msgpack(payloads, breadcrumbs)
        return crash_form.event_of(form_pairs(items))
    except BrokenMsgpack as error:
        raise Unusable(str(error), "invalid_msgpack") from error
    except crash_form.NestingTooDeep as error:
        raise Unusable(str(error), "nesting_too_deep") from error


def _check_size(items: Iterable[Item], limit: int, name: str) -> None:
    for item in items:
        if len(item.payload) > limit:
            raise Unusable(
                f"the {name} has {len(item.payload)} bytes, more than {limit}",
                f"too_large:attachment:{name}",
            )


def _from_msgpack(payloads: Sequence[Item], breadcrumbs: Sequence[Item]) -> dict[str, Any]:
    event = crash_msgpack.event_of(payloads[0].payload) if payloads else {}
    crumbs = [crash_msgpack.breadcrumbs_of(item.payload) for item in breadcrumbs[:2]]
    if crumbs:
        both = crash_msgpack.merged(crumbs[0], crumbs[1] if len(crumbs) > 1 else [])
        if both:
            event["breadcrumbs"] = {"values": both}
    return event


def event_id_of(items: Sequence[Item]) -> str | None:
    """The event id that a crash upload names (PROTOCOL.md 2.6), as 32 hex digits.

    Raises `BadPayload` (400) for a `__sentry-event` that does not decode; what is wrong with
    the form is passed over, as it is when the event is made.
    """
    for item in of_type(items, attachment.PAYLOAD)[:1]:
        try:
            found = crash_msgpack.event_of(item.payload).get("event_id")
            if found is not None:
                return normalize_event_id(str(found))
        except (BrokenMsgpack, ValueError) as error:
            raise BadPayload(
                "invalid messagepack data", str(error), reason="invalid_msgpack"
            ) from error
    try:
        return normalize_event_id(crash_form.event_id_of(form_pairs(items)))
    except ValueError:
        return None


def of_type(items: Iterable[Item], kind: str) -> list[Item]:
    """The attachments of a type."""
    return [
        item for item in items if item.type == "attachment" and item.header.attachment_type == kind
    ]


def form_pairs(items: Iterable[Item]) -> list[tuple[str, str]]:
    """The fields of all form data; broken form data has none."""
    pairs: list[tuple[str, str]] = []
    for item in items:
        if item.type == "form_data":
            try:
                found = attachment.form_pairs(item.payload)
            except (ValueError, RecursionError):
                continue
            pairs += [
                (pair[0], pair[1])
                for pair in found
                if isinstance(pair, list)
                and len(pair) == 2
                and isinstance(pair[0], str)
                and isinstance(pair[1], str)
            ]
    return pairs

"""Logs, metrics and spans of version 2: records with attributes, scrubbed in a batch.

The library scrubs events only. Advanced rules see one record at a time, its attributes as the
objects that they are, as in Relay; the rules of the settings see each attribute by its value,
in the shape of a span's data, all records at once.
May import: stored_view, config.
"""

from __future__ import annotations

from typing import Any, Final

from fake_relay.stored_view.scrub import (
    Rules,
    RuleSet,
    Slot,
    Steps,
    get,
    get_meta,
    merge_meta,
    put,
    scrub_event,
    scrub_slots,
)

_SELECTORS: Final = (
    ("$log.body", "$logentry.formatted"),
    ("$log.", ""),
    ("$trace_metric.", ""),
    ("$span.attributes", "attributes"),
)
"""What advanced rules call a record's parts, and the closest that an event has."""

_KNOWN: Final = frozenset(
    (
        *("timestamp", "trace_id", "span_id", "parent_span_id", "start_timestamp"),
        *("end_timestamp", "level", "severity_number", "body", "attributes", "name", "type"),
        *("value", "unit", "status", "is_segment", "kind"),
    )
)
"""Fields of records that are scrubbed by their own rules, or name nobody."""
_CONTAINER: Final = frozenset({"items", "version", "ingest_settings"})
_FREE_TEXT: Final = "gen_ai.prompt"
"""A span's datum that takes the rules of messages, as a log's body does."""
_ADDRESS: Final = "client.address"
"""The attribute that the setting for IP addresses removes whole."""


def scrub_records(
    document: dict[str, Any], records: list[Any], rules: RuleSet, meta: dict[str, Any]
) -> None:
    """Scrub the records of a container `{"items": [...]}`, in place, noting it in `meta`."""
    objects = [(index, record) for index, record in enumerate(records) if isinstance(record, dict)]
    if rules.advanced:
        advanced = rewritten(rules.advanced)
        for index, record in objects:
            noted: dict[str, Any] = {}
            slots = (
                Slot(("body",), ("logentry", "formatted")),
                Slot(("attributes",), ("attributes",)),
            )
            scrub_slots(record, slots, (advanced,), noted)
            if noted:
                merge_meta(meta, ("items", index), noted)
    if rules.settings:
        _scrub_by_settings(document, [index for index, _ in objects], rules.settings, meta)


def rewritten(rules: Rules) -> Rules:
    """The same rules with selectors of records as selectors of the event made of one."""
    applications = {}
    for selector, names in rules["applications"].items():
        place = selector
        for name, instead in _SELECTORS:
            place = place.replace(name, instead)
        applications[place] = names
    return rules | {"applications": applications}


def _scrub_by_settings(
    document: dict[str, Any], indexes: list[int], rules: Rules, meta: dict[str, Any]
) -> None:
    places = _places(document, indexes)
    places += [((key,), ("extra", key)) for key in document if key not in _CONTAINER]
    if not places:
        return
    event: dict[str, Any] = {}
    for source, target in places:
        put(event, target, get(document, source))
    scrubbed = scrub_event(event, (rules,))
    noted = scrubbed.get("_meta") or {}
    for source, target in places:
        note = get_meta(noted, target)
        if not note:
            continue
        value = get(scrubbed, target)
        # An attribute without a value is none: it goes as a whole, as in Relay.
        place = source[:-1] if value is None and source[-1] == "value" else source
        put(document, place, value)
        merge_meta(meta, place, note)


def _places(document: dict[str, Any], indexes: list[int]) -> list[tuple[Steps, Steps]]:
    places: list[tuple[Steps, Steps]] = []
    for index in indexes:
        record = document["items"][index]
        bodies: Steps = ("spans", 2 * index + 1, "data", _FREE_TEXT)
        if isinstance(record.get("body"), str):
            places.append((("items", index, "body"), bodies))
        places += [
            (("items", index, key), _target(2 * index, key))
            for key, value in record.items()
            if key not in _KNOWN and value is not None
        ]
        attributes = record.get("attributes")
        for name, attribute in attributes.items() if isinstance(attributes, dict) else ():
            if isinstance(attribute, dict) and attribute.get("value") is not None:
                source: Steps = ("items", index, "attributes", name, "value")
                places.append((source, _target(2 * index, name)))
    return places


def _target(index: int, name: str) -> Steps:
    if name == _ADDRESS:
        return ("spans", index, "sentry_tags", "user.ip")
    return ("spans", index, "data", name)

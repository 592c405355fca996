"""Scrubbing by the library: a project's settings become rules, rules go over an event.

Rule: advanced rules come first, then those of the settings, as in Relay. Whatever is no
event is scrubbed in the shape of one, and put back; `Slot` says what goes where.
May import: config, errors.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fake_relay.config.relay_library import relay_library
from fake_relay.config.scrubbing import Scrubbing

Steps = tuple[str | int, ...]
Rules = dict[str, Any]


class CannotScrub(Exception):  # a fact about the payload, turned into a view or an outcome
    """The library does not take the payload, for example because it is nested too deeply."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The PII configurations of a project: from advanced rules, and from its settings."""

    advanced: Rules
    settings: Rules

    def __iter__(self) -> Iterator[Rules]:
        return (rules for rules in (self.advanced, self.settings) if rules)


@functools.lru_cache(maxsize=64)
def rules_of(scrubbing: Scrubbing) -> RuleSet:
    """The rules of a project's settings; raises `LibraryMissing`."""
    advanced = json.loads(scrubbing.pii_config) if scrubbing.pii_config else {}
    settings = relay_library().convert_datascrubbing_config(
        {
            "scrubData": scrubbing.scrub_data,
            "scrubDefaults": scrubbing.scrub_defaults,
            "scrubIpAddresses": scrubbing.scrub_ip_addresses,
            "sensitiveFields": list(scrubbing.sensitive_fields),
            "excludeFields": list(scrubbing.exclude_fields),
        }
    )
    return RuleSet(advanced if advanced.get("applications") else {}, settings)


def scrub_event(event: dict[str, Any], rules: Iterable[Rules]) -> dict[str, Any]:
    """A scrubbed copy of an event, with `_meta`; raises `CannotScrub`."""
    library = relay_library()
    for config in rules:
        try:
            event = library.pii_strip_event(config, event)
        except library.RelayError as error:
            raise CannotScrub(reason(error)) from None
        except (ValueError, RecursionError) as error:
            raise CannotScrub(str(error) or type(error).__name__) from None
    return event


def reason(error: Exception) -> str:
    """The text of one of the library's errors, without its native stack trace."""
    return str(getattr(error, "message", None) or str(error)).partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of a document, and the place of an event where it is scrubbed."""

    source: Steps
    target: Steps


def scrub_slots(
    document: Any, slots: Iterable[Slot], rules: Iterable[Rules], meta: dict[str, Any]
) -> None:
    """Scrub parts of a document, in place, and note what happened in `meta`."""
    held = [slot for slot in slots if get(document, slot.source) is not None]
    if not held:
        return
    event: dict[str, Any] = {}
    for slot in held:
        put(event, slot.target, get(document, slot.source))
    scrubbed = scrub_event(event, rules)
    noted = scrubbed.get("_meta") or {}
    for slot in held:
        note = get_meta(noted, slot.target)
        if note:
            put(document, slot.source, get(scrubbed, slot.target))
            merge_meta(meta, slot.source, note)


def get(document: Any, steps: Steps) -> Any:
    """The part of a document that the steps lead to; None when there is none."""
    for step in steps:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def put(document: Any, steps: Steps, value: Any) -> None:
    """Put a value where the steps lead; numbers make lists of what is missing."""
    for step, following in pairwise(steps):
        document = _child(document, step, [] if isinstance(following, int) else {})
    if isinstance(document, list):
        _child(document, steps[-1], None)
    document[steps[-1]] = value


def _child(document: Any, step: str | int, empty: Any) -> Any:
    if isinstance(document, list) and isinstance(step, int):
        while len(document) <= step:
            document.append({})
        if document[step] == {}:
            document[step] = empty
        return document[step]
    return document.setdefault(step, empty)


def get_meta(meta: Mapping[str, Any], steps: Steps) -> Any:
    """The part of a `_meta` tree on what the steps lead to."""
    found: Any = meta
    for step in steps:
        found = found.get(str(step)) if isinstance(found, Mapping) else None
    return found


def merge_meta(meta: dict[str, Any], steps: Steps, note: Mapping[str, Any]) -> None:
    """Hang a part of a `_meta` tree where the steps lead, beside what is there."""
    for step in steps:
        inner = meta.get(str(step))
        if not isinstance(inner, dict):
            inner = meta[str(step)] = {}
        meta = inner
    meta.update(note)

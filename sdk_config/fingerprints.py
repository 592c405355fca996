"""Fingerprint rules: which errors are one issue; those of the documents are built in by name.

Rule: one vocabulary of subjects (`SUBJECTS`, `tag:<name>`) for conditions and templates; a rule
that cannot be read is left out and is one of `problems`; nothing raises.
May import: events, globs, errors, seams.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sdk_config import events
from sdk_config.errors import Problem
from sdk_config.globs import matches_any
from sdk_config.seams import Hint, Payload

Subject = Callable[[Payload, Hint], str | None]


def _status(event: Payload, hint: Hint) -> str | None:
    found = events.http_status(event, hint)
    return None if found is None else str(found)


def _message(event: Payload, hint: Hint) -> str | None:
    del hint
    return next(iter(events.texts(event)), None)


def _field(name: str) -> Subject:
    return lambda event, hint: events.text(event.get(name))


SUBJECTS: Mapping[str, Subject] = MappingProxyType(
    {
        "exc_type": events.error_type,
        "exc_module": events.error_module,
        "message": _message,
        "template": lambda event, hint: events.template(event),
        "transaction": _field("transaction"),
        "endpoint": lambda event, hint: events.endpoint(event),
        "level": _field("level"),
        "logger": _field("logger"),
        "environment": _field("environment"),
        "release": _field("release"),
        "status": _status,
        "db_type": events.database,
    }
)
"""What can be said of an event; `endpoint` is the transaction or else the path of the request."""

When = Mapping[str, Any] | Callable[[Payload, Hint], Any]
"""Subject to a pattern (or several), which must all match; or a function that decides."""


@dataclass(frozen=True)
class FingerprintRule:
    """A fingerprint for the events that meet all conditions.

    `FingerprintRule({"tag:export_type": "*"}, ["export-error", "{exc_type}"])`: in a piece,
    `{subject}` stands for its value (`<no-subject>` where there is none), and `{{ default }}` and
    other double brackets are left for Sentry to fill. A condition on `exc_type` meets base
    classes too, short or dotted.
    """

    when: When
    fingerprint: Sequence[str]

    def applies(self, event: Payload, hint: Hint) -> bool:
        """Whether the event meets the conditions."""
        if callable(self.when):
            return bool(self.when(event, hint))
        return all(_meets(name, said, event, hint) for name, said in self.when.items())

    def filled(self, event: Payload, hint: Hint) -> list[str]:
        """The fingerprint of an event."""
        return [_filled(piece, event, hint) for piece in self.fingerprint]


VALIDATION_ERRORS = (
    "ValidationError",
    "RequestValidationError",
    "WebSocketRequestValidationError",
    "ValidationException",
    "voluptuous.error.Invalid",
    "colander.Invalid",
    "formencode.api.Invalid",
)
"""What validation errors are called: pydantic, Django, DRF, marshmallow, msgspec, jsonschema..."""

BUILT_IN: Mapping[str, FingerprintRule] = MappingProxyType(
    {
        # S4-19
        "export-error": FingerprintRule({"tag:export_type": "*"}, ("export-error", "{exc_type}")),
        # S4-20
        "database-connection-error": FingerprintRule(
            {"db_type": "*"}, ("database-connection-error", "{db_type}", "{exc_type}")
        ),
        # S4-21
        "validation-error": FingerprintRule(
            {"exc_type": VALIDATION_ERRORS}, ("validation-error", "{endpoint}")
        ),
    }
)
"""The documents' own rules, by name."""


class Fingerprinter:
    """Gives the fingerprint of the first rule that applies.

    `rules` are rules, or names of `BUILT_IN` ones. An event that has a fingerprint of its own
    keeps it. What cannot be read is in `problems`.
    """

    def __init__(self, rules: Iterable[FingerprintRule | str] = tuple(BUILT_IN)) -> None:
        found = []
        wrong = []
        for rule in rules:
            try:
                found.append(_read(rule))
            except ValueError as error:
                text = f"fingerprint rule {rule!r}: {error}"
                wrong.append(Problem("FINGERPRINT", "error", text, "fingerprints"))
        self.rules = tuple(found)
        self.problems = tuple(wrong)

    def fingerprint(self, event: Payload, hint: Hint) -> list[str] | None:
        """The fingerprint of an event; None leaves Sentry's own grouping."""
        for rule in self.rules:
            if rule.applies(event, hint):
                return rule.filled(event, hint)
        return None


def _read(rule: Any) -> FingerprintRule:
    if isinstance(rule, str):
        if rule not in BUILT_IN:
            raise ValueError(f"expected one of {', '.join(BUILT_IN)}")
        return BUILT_IN[rule]
    if not isinstance(rule, FingerprintRule):
        raise ValueError("expected a FingerprintRule or the name of one")  # noqa: TRY004
    if isinstance(rule.fingerprint, str) or not rule.fingerprint:
        raise ValueError("expected a list of one piece or more")
    if not callable(rule.when) and not rule.when:
        raise ValueError("expected a condition or more; without one it is every error")
    asked = [] if callable(rule.when) else list(rule.when)
    for piece in rule.fingerprint:
        asked += [name for name in _PLACE.findall(piece) if name]
    for name in asked:
        if name not in SUBJECTS and not (name.startswith("tag:") and name != "tag:"):
            raise ValueError(f"{name!r} is not one of {', '.join(SUBJECTS)}, tag:<name>")
    return rule


_PLACE = re.compile(r"\{\{[^{}]*\}\}|\{([^{}]*)\}")
"""Double brackets are Sentry's own; the group is the subject of single ones."""


def _filled(piece: str, event: Payload, hint: Hint) -> str:
    def put(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        return _said(found[1], event, hint) or f"<no-{found[1]}>"

    return _PLACE.sub(put, piece)


def _said(name: str, event: Payload, hint: Hint) -> str | None:
    if name.startswith("tag:"):
        return events.tag(event, name.removeprefix("tag:"))
    return SUBJECTS[name](event, hint)


def _meets(name: str, wanted: Any, event: Payload, hint: Hint) -> bool:
    patterns = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    if name == "exc_type":
        return matches_any(patterns, events.error_names(event, hint))
    said = _said(name, event, hint)
    return said is not None and matches_any(patterns, (said,))

"""Matchers as values: one language for expectations, faults and alerts.

Rule: a matcher is frozen, looks at decoded JSON (or text, or bytes) and can say what it
wanted and what it got. What a caller's own function raises is raised, never "no match".
May import: records, items, config, protocol, errors.
"""

from __future__ import annotations

from fake_relay.match.lookups import Fields, Lookup, fields
from fake_relay.match.matchers import (
    ABSENT,
    ABSENT_VALUE,
    EXISTS,
    Candidates,
    Matcher,
    Mismatch,
    as_matcher,
)
from fake_relay.match.words import (
    any_element,
    contains,
    endswith,
    equals,
    every_element,
    exactly,
    gt,
    gte,
    icontains,
    instance_of,
    lt,
    lte,
    one_of,
    regex,
    satisfies,
    startswith,
)

__all__ = [
    "ABSENT",
    "ABSENT_VALUE",
    "EXISTS",
    "Candidates",
    "Fields",
    "Lookup",
    "Matcher",
    "Mismatch",
    "any_element",
    "as_matcher",
    "contains",
    "endswith",
    "equals",
    "every_element",
    "exactly",
    "fields",
    "gt",
    "gte",
    "icontains",
    "instance_of",
    "lt",
    "lte",
    "one_of",
    "regex",
    "satisfies",
    "startswith",
]

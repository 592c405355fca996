"""What must hold afterwards: a tagged union of frozen records.

Rule: an expectation is data; `judge.py` says what holds. `until` is how many seconds it is
looked at again until it holds; `fail_fast` leaves the later ones unjudged when it does not,
and for items it ends a running scenario as soon as it cannot hold any more.
May import: msgspec.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Bounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """At least and at most; no `max` is no bound."""

    min: int = 0
    max: int | None = None


Count = int | str | Bounds
"""Exactly so many, or bounds; a text is a promise such as `${errors}`."""

Number = float | str
"""A number, or a promise such as `${rate.traces}`."""


class _Expectation(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="check",
    tag=str.lower,
):
    """What all expectations have; `because` is told when it fails: the cause, in words.

    `setting` is what would mend it.
    """

    until: float = 0.0
    fail_fast: bool = False
    because: str = ""
    setting: str = ""


class Items(_Expectation, frozen=True):
    """So many items that match, in the assertion language (docs/how-to/shell.md)."""

    type: str | tuple[str, ...] = ()
    where: dict[str, Any] = {}
    q: str = ""
    count: Count | None = None
    view: Literal["sent", "stored"] = "sent"
    within: float = 0.0
    quiet: float = 0.0


class Order(_Expectation, frozen=True):
    """Items that arrive one after the other."""

    items: tuple[Items, ...]


class Ledger(_Expectation, frozen=True):
    """So many units of a data category with one outcome, by the relay's ledger.

    `client_discard` is what the SDK reported to have thrown away. No reason means any.
    """

    category: str
    count: Count
    outcome: Literal[
        "accepted", "filtered", "rate_limited", "invalid", "abuse", "client_discard"
    ] = "accepted"
    reason: str = ""


class Accounted(_Expectation, frozen=True):
    """Generated = received + discarded in these data categories (none: in all)."""

    categories: tuple[str, ...] = ()


class Sampling(_Expectation, frozen=True):
    """The share that was kept fits the rate, and each decision is what its numbers say."""

    rate: Number
    category: Literal["error", "transaction", "profile"] = "transaction"
    confidence: float = 0.999
    decisions: bool = True


class NoLeaks(_Expectation, frozen=True, tag="no_leaks"):
    """None of the values left the process; no values means all canaries that were planted."""

    values: tuple[str, ...] = ()


class Journaled(_Expectation, frozen=True):
    """What the child saw of the step with this id: what it returned or raised.

    `raised` is a type's name, or true for any; `said` is in the exception's text.
    `below_ms` bounds the processor time that the step took.
    """

    step: str
    returned: Any = msgspec.UNSET
    raised: str | bool | None = None
    said: str = ""
    below_ms: float | None = None


class Exited(_Expectation, frozen=True):
    """How the process ended, and what stands in its output."""

    code: int | None = None
    signal: str = ""
    output: str = ""


class Check(_Expectation, frozen=True):
    """A function of yours judges: `module:function(evidence, **kwargs)`.

    It answers true, false, a text (what is wrong), findings, or a `Judged`; what it raises by
    `assert` is what is wrong.
    """

    target: str
    kwargs: dict[str, Any] = {}


Expectation = Items | Order | Ledger | Accounted | Sampling | NoLeaks | Journaled | Exited | Check
"""Any expectation."""

"""What goes wrong on purpose: a plan, which requests it hits, and what becomes of their answers.

When a fault is decided:
- at the head of a request, before its body is read, where the entry asks for nothing but a
  door and a project that the path names;
- once the envelope is open, where it asks for items (`categories`, `types`, `q`, or the
  categories of a rate limit), or for a project that only the body names.
What becomes of the request:
- `status` of 300 and more, `hang`, and `reset` before the body: nothing is kept of it but the
  refusal, with the reason `fault:…`: the SDK must believe that it was lost;
- everything else: it is taken as ever, and the envelope says which faults it met. The SDK may
  believe that it was lost all the same, as behind a proxy that breaks answers.
Delays add up, limits are all imposed, and of the effects that decide the answer the first in
the plan counts.

Rule: no clock and no dice but seeded ones; the shell carries out what happens on the wire.
May import: query, records, items, config, protocol, errors.
"""

from __future__ import annotations

from fake_relay.faults.board import Faults, Fired, State, Told
from fake_relay.faults.limits import quota_of, rate_limit_of
from fake_relay.faults.met import Met, Strike, label_of, phrase
from fake_relay.faults.plan import check_plan, kind_of, plan_of, read_plan
from fake_relay.faults.words import fault_of, milliseconds, words_of

__all__ = [
    "Faults",
    "Fired",
    "Met",
    "State",
    "Strike",
    "Told",
    "check_plan",
    "fault_of",
    "kind_of",
    "label_of",
    "milliseconds",
    "phrase",
    "plan_of",
    "quota_of",
    "rate_limit_of",
    "read_plan",
    "words_of",
]

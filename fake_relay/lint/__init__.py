"""What an application should change in what it sends, judged by what Sentry would make of it.

Rule: a finding comes from a remark of the stored view or from a check of what Sentry changes
without a word; it is worked out when somebody asks, and stored beside the item. No schema is
asked: the published one describes events after normalisation, and is in no package
(PROTOCOL.md 8.7).
May import: store, stored_view, records, items, config, protocol, errors.
"""

from __future__ import annotations

from fake_relay.lint.check import findings_of
from fake_relay.lint.finding import SEVERITIES, Finding, worst
from fake_relay.lint.findings import Findings

__all__ = ["SEVERITIES", "Finding", "Findings", "findings_of", "worst"]

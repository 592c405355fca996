"""Who sends, and whom a scope means.

A relay is one organization, but a project with quotas of its own is an organization by
itself: what a test sets for its project must not end another test's.
May import: config, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fake_relay.config import Quota
from fake_relay.protocol.rate_limits import RateLimit


class Sender(msgspec.Struct, frozen=True):
    """A project and a key; `organization` is empty for the one that projects share."""

    project: str
    public_key: str = ""
    organization: str = ""

    def is_meant_by(self, quota: Quota) -> bool:
        """Whether a quota holds for this sender; there is only one organization to mean."""
        if quota.scope_id is None or quota.scope == "organization":
            return True
        return quota.scope_id == (self.project if quota.scope == "project" else self.public_key)

    def apart(self) -> Sender:
        """The same sender, in an organization of its own."""
        return Sender(self.project, self.public_key, self.project)

    def place(self, scope: str) -> tuple[str, ...]:
        """What a scope stands for: the name under which counters and limits are kept."""
        if scope == "organization":
            return ("organization", self.organization)
        if scope == "project":
            return ("project", self.project)
        return ("key", self.project, self.public_key)


class Bound(msgspec.Struct, frozen=True):
    """A quota and the place where it counts for a sender."""

    quota: Quota
    place: tuple[str, ...]

    def limit(self, seconds: int) -> RateLimit:
        """The limit that clients are told of."""
        quota = self.quota
        return RateLimit(seconds, quota.counted, quota.scope, quota.reason_code)


def bind(quotas: Iterable[Quota], sender: Sender) -> list[Bound]:
    """The quotas that hold for a sender."""
    return [
        Bound(quota, sender.place(quota.scope)) for quota in quotas if sender.is_meant_by(quota)
    ]

"""The limits of a plan, in the words of quotas.

May import: config, protocol, config.faults.
"""

from __future__ import annotations

from fake_relay.config import Quota
from fake_relay.config.faults import QuotaEffect, RateLimitEffect
from fake_relay.protocol.category import Category
from fake_relay.protocol.rate_limits import RateLimit


def rate_limit_of(effect: RateLimitEffect) -> RateLimit:
    """The limit that an effect imposes."""
    categories = tuple(map(Category.parse, effect.categories))
    return RateLimit(effect.retry_after, categories, effect.scope, effect.reason or "")


def quota_of(effect: QuotaEffect, name: str) -> Quota:
    """The quota that an effect adds; `name` is that of its counter."""
    return Quota(
        id=name,
        categories=effect.categories,
        scope=effect.scope,
        limit=effect.limit,
        window=effect.window,
        reason_code=effect.reason or "",
    )

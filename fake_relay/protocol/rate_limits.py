"""Rate limits on the wire: the header `X-Sentry-Rate-Limits` and its grammar (PROTOCOL.md 7.1).

Rule: what is written can be read by every SDK: whole seconds, always three fields, a reason
and namespaces only behind them.
May import: protocol.category, msgspec.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from fake_relay.protocol.category import Category

Scope = Literal["organization", "project", "key"]

HEADER: Final = "X-Sentry-Rate-Limits"
_SCOPES: Final[dict[str, Scope]] = {
    "organization": "organization",
    "project": "project",
    "key": "key",
}


class RateLimit(msgspec.Struct, frozen=True):
    """So many seconds without data of some categories; no categories mean all of them.

    `namespaces` are those of metrics and narrow `metric_bucket` alone.
    """

    retry_after: int
    categories: tuple[Category, ...] = ()
    scope: Scope = "organization"
    reason_code: str = ""
    namespaces: tuple[str, ...] = ()

    def covers(self, category: Category) -> bool:
        """Whether data of that category may not be sent; `default` and `error` are one."""
        if self.namespaces:
            return category is Category.METRIC_BUCKET and category in self.categories
        return covers(self.categories, category)


def covers(categories: tuple[Category, ...], category: Category) -> bool:
    """Whether a category is among some; none mean all, and `default` and `error` are one."""
    if not categories or category in categories:
        return True
    if category is Category.ERROR:
        return Category.DEFAULT in categories
    return category is Category.DEFAULT and Category.ERROR in categories


def format_limits(limits: Iterable[RateLimit]) -> str:
    """The header's value; empty for no limits."""
    return ", ".join(map(_format, limits))


def _format(limit: RateLimit) -> str:
    names = ";".join(map(str, limit.categories))
    fields = [str(limit.retry_after), names, limit.scope]
    if limit.reason_code or limit.namespaces:
        fields.append(limit.reason_code)
    if limit.namespaces:
        fields.append(";".join(limit.namespaces))
    return ":".join(fields)


def parse_limits(header: str) -> list[RateLimit]:
    """The limits of a header; entries that are not well-formed are left out, as in SDKs.

    Categories that nobody knows become UNKNOWN, so that a limit on them alone does not turn
    into one on everything; an unknown scope counts as `organization`.
    """
    return [limit for text in header.split(",") for limit in _parse(text.strip())]


def _parse(text: str) -> list[RateLimit]:
    seconds, *fields = (field.strip() for field in text.split(":"))
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 12 and fields):
        return []
    names, scope, reason, namespaces = (*fields, "", "", "", "")[:4]
    limit = RateLimit(
        int(seconds),
        tuple(dict.fromkeys(map(Category.parse, _parts(names)))),
        _SCOPES.get(scope, "organization"),
        reason,
        _parts(namespaces),
    )
    return [limit]


def _parts(field: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in field.split(";") if part.strip())

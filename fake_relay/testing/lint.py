"""`relay.assert_clean()`: nothing that Sentry would drop, cut or change.

May import: expect, lint.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fake_relay.expect import Exhibit
from fake_relay.expect.subject import Views
from fake_relay.lint import Finding, findings_of, worst


def findings(exhibits: Iterable[Exhibit], views: Views) -> list[Finding]:
    """The findings of all items, the gravest first."""
    return worst(
        finding
        for exhibit in exhibits
        for finding in findings_of(exhibit.item, exhibit.data, views.view(exhibit.item))
    )


def report(found: Iterable[Finding], ignore: Collection[str]) -> list[str]:
    """A line for each error and warning whose code, or `code:path`, is not ignored."""
    return [
        f"  {one.severity} in item {one.item} at {one.path or 'the item'}: {one.message}"
        f" [{one.code}] {one.detail}".rstrip()
        for one in found
        if one.severity != "info"
        and one.code not in ignore
        and f"{one.code}:{one.path}" not in ignore
    ]

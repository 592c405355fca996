"""What the expectations of context cannot say.

May import: evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenarios.evidence import Evidence

TAG_NAME, TAG_VALUE = 32, 200
"""Characters that Sentry keeps of a tag's name and value."""


def _events(evidence: Evidence) -> list[dict[str, Any]]:
    return [one.payload for one in evidence.items if one.item.type == "event"]


def _said(event: Mapping[str, Any]) -> str:
    """The text of a message, wherever this SDK puts it."""
    told = event.get("message") or event.get("logentry") or ""
    if isinstance(told, Mapping):
        told = told.get("formatted") or told.get("message") or ""
    return str(told).removeprefix("request ")


def users(evidence: Evidence, of: dict[str, dict[str, Any] | None]) -> str:
    """What differs between the users of events, by their messages, and these; None is nobody."""
    found = {_said(event): event.get("user") or None for event in _events(evidence)}
    wrong = [
        f"the event {name!r} should name {user or 'nobody'}, and "
        + (f"names {found[name] or 'nobody'}" if name in found else "did not arrive")
        for name, user in of.items()
        if found.get(name, "absent") != user
    ]
    return "; ".join(wrong)


def user_is_forgotten(evidence: Evidence) -> str:
    """What is wrong with the user of the event before the logout, and of the one after it."""
    found = {_said(event): event.get("user") or {} for event in _events(evidence)}
    if not found.get("before", {}).get("id"):
        return f"the event before the logout has no user's id: {found.get('before')}"
    left = found.get("after", {})
    # Some configurations tell an address of every event.
    return f"the event after the logout still names {left}" if left.get("id") else ""


def no_cross_talk(evidence: Evidence) -> str:
    """Which events tell of a request that is not theirs: its tag, its user, its breadcrumbs."""
    events = _events(evidence)
    if not events:
        return "no event arrived, so that nothing is proven"
    wrong = []
    for event in events:
        name = _said(event)
        tag = (event.get("tags") or {}).get("request")
        others = [
            crumb["message"]
            for crumb in _crumbs(event)
            if str(crumb.get("message", "")).startswith("a step of ")
            and crumb["message"] != f"a step of {name}"
        ]
        user = str((event.get("user") or {}).get("id") or "")
        stranger = user.startswith("customer-") and user != f"customer-{name}"
        if tag != name or others or stranger:
            wrong.append(
                f"request {name} has the tag {tag!r}, the user {user!r},"
                f" and of others the breadcrumbs {others}"
            )
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return "; ".join(wrong[:3]) + more


def contexts_are_mappings(evidence: Evidence) -> str:
    """Which contexts of events are none."""
    wrong = {
        name: value
        for event in _events(evidence)
        for name, value in (event.get("contexts") or {}).items()
        if not isinstance(value, Mapping)
    }
    return f"these contexts are no mappings, and Sentry drops them: {wrong}" if wrong else ""


def tags_fit(evidence: Evidence) -> str:
    """Which tags are longer than what Sentry keeps."""
    wrong = [
        f"{name!r} with {len(str(value))} characters"
        for event in _events(evidence)
        for name, value in (event.get("tags") or {}).items()
        if len(name) > TAG_NAME or len(str(value)) > TAG_VALUE
    ]
    limits = f"{TAG_NAME} characters for a name and {TAG_VALUE} for a value"
    return f"tags beyond {limits}: {', '.join(wrong)}" if wrong else ""


def last_breadcrumbs(evidence: Evidence, added: int, most: int) -> str:
    """What is wrong with the breadcrumbs `step 0`, `step 1`, ... that were kept: the last ones."""
    wanted = [f"step {number}" for number in range(max(added - most, 0), added)]
    for event in _events(evidence):
        found = [crumb.get("message") for crumb in _crumbs(event)]
        if found != wanted:
            ends = f"{found[0]!r} to {found[-1]!r}" if found else "none"
            return f"{len(found)} breadcrumbs were kept ({ends}), not the last {len(wanted)}"
    return "" if _events(evidence) else "no event arrived"


def _crumbs(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (event.get("breadcrumbs") or {}).get("values") or []
    return found


def told_length(evidence: Evidence, length: int) -> str:
    """What is wrong with what `_meta` says of how many breadcrumbs there were."""
    for event in _events(evidence):
        meta = (event.get("_meta") or {}).get("breadcrumbs") or {}
        found = ((meta.get("values") or meta).get("") or {}).get("len")
        if found != length:
            return f"_meta should say that there were {length} breadcrumbs; it says {meta}"
    return "" if _events(evidence) else "no event arrived"

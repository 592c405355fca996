"""What the expectations of errors cannot say.

May import: evidence, judged, result.
"""

from __future__ import annotations

from typing import Any

from scenarios.evidence import Evidence
from scenarios.judged import Judged
from scenarios.result import Finding


def _events(evidence: Evidence) -> list[dict[str, Any]]:
    return [one.payload for one in evidence.items if one.item.type == "event"]


def _values(event: dict[str, Any], place: str = "exception") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (event.get(place) or {}).get("values") or []
    return found


def complete(evidence: Evidence) -> str:
    """What an error misses of what every event needs: a stack, release and environment."""
    options = evidence.setup["options"]
    for event in _events(evidence):
        frames = ((_values(event) or [{}])[-1].get("stacktrace") or {}).get("frames")
        if not frames:
            return "the exception has no stack trace, so nobody sees where it was raised"
        for field in ("release", "environment"):
            if event.get(field) != (options.get(field) or None):
                return (
                    f"the event's {field} is {event.get(field)!r}, the SDK was configured with"
                    f" {options.get(field)!r}; a hook or an event processor changes it"
                )
    return ""


def unhandled(evidence: Evidence) -> str:
    """What is wrong with how the events say that nobody caught the exception."""
    for event in _events(evidence):
        told = (_values(event) or [{}])[-1].get("mechanism") or {}
        if told.get("type") != "excepthook" or told.get("handled") is not False:
            return (
                f"the exception ended the process, but its mechanism is {told!r}, not excepthook"
                " with handled false"
            )
    return ""


def handled_before_it_crashed(evidence: Evidence) -> Judged:
    """A known finding: what was logged and raised on counts as handled, though it ended all."""
    told = [(_values(event) or [{}])[-1].get("mechanism") or {} for event in _events(evidence)]
    if not any(one.get("handled") for one in told):
        return Judged()
    finding = Finding(
        kind="handled",
        text="an exception that ended the process arrived as handled; sessions are not crashed",
        cause="log.exception sends it first, and the SDK drops the same exception when it comes"
        " again from the excepthook",
        setting="do not log what is raised on",
        known=True,
    )
    return Judged((finding,))


def linked(evidence: Evidence, types: list[str], sources: list[str | None] | None = None) -> str:
    """What differs in the order of the exceptions (oldest first) and, for groups, in their links.

    `sources` say in which attribute of its parent each was found.
    """
    values = [value for event in _events(evidence) for value in _values(event)]
    found = [value.get("type") for value in values]
    if found != types:
        return f"the exceptions are {found}, not {types}"
    if sources is None:
        return ""
    told = [value.get("mechanism") or {} for value in values]
    if [one.get("source") for one in told] != sources:
        return f"the exceptions were linked by {[one.get('source') for one in told]}, not {sources}"
    ids = {one.get("exception_id") for one in told}
    parents = {one.get("parent_id") for one in told[:-1]}
    if len(ids) != len(values) or not parents <= ids:
        return f"the links of the exceptions lead nowhere: {told}"
    return ""


def threads(evidence: Evidence, present: bool) -> str:
    """What is wrong with the stack of a message, which stands under `threads`."""
    for event in _events(evidence):
        frames = [one for one in _values(event, "threads") if one.get("stacktrace")]
        if bool(frames) is not present:
            has = "has a stack" if frames else "has no stack"
            return f"the message {has}, with attach_stacktrace={present}"
    return ""


def breadcrumbs(evidence: Evidence, wanted: list[str]) -> str:
    """What the events miss of these breadcrumbs."""
    found = [crumb.get("message") for event in _events(evidence) for crumb in _crumbs(event)]
    missing = [one for one in wanted if one not in found]
    return f"no event has the breadcrumb {missing[0]!r}; there are {found}" if missing else ""


def _crumbs(event: dict[str, Any]) -> list[dict[str, Any]]:
    told = event.get("breadcrumbs") or {}
    found: list[dict[str, Any]] = told.get("values") or [] if isinstance(told, dict) else told
    return found


def told_once(evidence: Evidence) -> str:
    """What was told more than once: events with the same text, whatever they are."""
    texts = [_text(event) for event in _events(evidence)]
    twice = sorted({text for text in texts if texts.count(text) > 1})
    if not twice:
        return ""
    return f"{texts.count(twice[0])} events tell of one failure: {twice[0]!r}"


def _text(event: dict[str, Any]) -> str:
    values = _values(event)
    if values:
        return str(values[-1].get("value"))
    log = event.get("logentry") or {}
    return str(log.get("formatted") or log.get("message") or event.get("message"))


def fingerprints(evidence: Evidence, wanted: list[list[str]]) -> str:
    """What differs between the events' fingerprints and these."""
    found = [event.get("fingerprint") for event in _events(evidence)]
    return "" if found == wanted else f"the fingerprints are {found}, not {wanted}"


def grouped_apart(evidence: Evidence) -> str:
    """What makes one issue of events of several types: a fingerprint that all of them have."""
    found = [event.get("fingerprint") for event in _events(evidence)]
    if len(found) < 2 or any(one != found[0] for one in found):
        return ""
    own = found[0]
    if not own or any("default" in str(part) for part in own):
        return ""
    return f"errors of different types have the same fingerprint {own}"

"""What Relay makes of a crash behind the answer: its event, and an archive's files.

Rule: what was sent stays as it is; derived items stand behind it and say so in their header,
`derived_from`. A crash counts as one error, whichever item of it carries that.
May import: records, intake.crash_…, intake.unreal_…, items, config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from fake_relay.config import Limits
from fake_relay.intake import crash_event, crash_source, unreal_context
from fake_relay.intake.crash_source import Unusable, of_type
from fake_relay.intake.unreal import USER_HEADER
from fake_relay.intake.unreal_archive import BrokenArchive, CrashFile, files_of
from fake_relay.intake.unreal_context import BrokenContext
from fake_relay.items import attachment, crash
from fake_relay.items.crash import ARCHIVE, EVENTS
from fake_relay.protocol.envelope import Envelope, Item, headers_of, make_item
from fake_relay.records import ReceivedItem, Submission

SOURCES: Final = frozenset({"attachment", "unreal_report"})
"""The types of which something can be derived: a cheap test for every other envelope."""


class Derived(msgspec.Struct, frozen=True):
    """A submission with what was derived from it, and what that means for its items.

    `problems` are why items are invalid, with the outcome's reason, by place.
    """

    submission: Submission
    problems: dict[int, tuple[str, str]]

    def judged(self, items: Sequence[ReceivedItem]) -> list[ReceivedItem]:
        """The received items with their problems, and each crash counted once."""
        found = list(items)
        for place, (problem, reason) in self.problems.items():
            facts = msgspec.structs.replace(found[place].facts, problem=problem, reason=reason)
            found[place] = msgspec.structs.replace(found[place], facts=facts)
        kinds = [(item.item.type, crash.is_derived(item.item.raw_header)) for item in items]
        for place in crash.uncounted(kinds):
            found[place] = msgspec.structs.replace(found[place], quantities=())
        return found


def derive(submission: Submission, limits: Limits) -> Derived | None:
    """What is derived from a submission; None when there is nothing."""
    envelope = submission.envelope
    if envelope.event_id is None:
        return None
    archives = [place for place, item in enumerate(envelope.items) if item.type == ARCHIVE]
    has_event = any(item.type in EVENTS for item in envelope.items)
    if archives:
        return _of_archive(submission, limits, archives[0], has_event)
    if has_event or not any(_creates_event(item) for item in envelope.items):
        return None
    made, problem = _event(envelope, envelope.items, limits)
    return _completed(submission, [made], problem)


def _creates_event(item: Item) -> bool:
    return item.type == "attachment" and (
        attachment.creates_event(item.header)
        or attachment.kind_of(item.header, item.payload) == attachment.DYING_MESSAGE
    )


def _of_archive(submission: Submission, limits: Limits, place: int, has_event: bool) -> Derived:
    envelope = submission.envelope
    try:
        files = files_of(envelope.items[place].payload, limits.max_envelope_size)
        made = [_file_item(file) for file in files]
        items = [*envelope.items, *made]
        report = _report_item(items, str(envelope.event_id))
    except (BrokenArchive, BrokenContext) as error:
        return Derived(submission, {place: (str(error), "process_unreal")})
    if report is not None:
        made.append(report)
    if has_event:
        return _completed(submission, made, None)
    event, problem = _event(envelope, items, limits)
    return _completed(submission, [event, *made], problem)


def _file_item(file: CrashFile) -> Item:
    kind, content_type = file.kind
    return make_item(
        "attachment",
        file.data,
        {
            "filename": file.name,
            "content_type": content_type,
            "attachment_type": kind,
            "derived_from": ARCHIVE,
        },
    )


def _report_item(items: Sequence[Item], event_id: str) -> Item | None:
    for item in of_type(items, "unreal.context")[:1]:
        context = unreal_context.read_context(item.payload)
        report = unreal_context.user_report_of(context, event_id)
        if report is not None:
            payload = msgspec.json.encode(report)
            return make_item("user_report", payload, {"derived_from": "unreal.context"})
    return None


def _event(
    envelope: Envelope, items: Sequence[Item], limits: Limits
) -> tuple[Item, tuple[str, str] | None]:
    """The event of a crash, and the problem of one that cannot be made."""
    source = _source_of(items)
    problem: tuple[str, str] | None = None
    try:
        event = _assembled(envelope, items, limits)
        event["event_id"] = envelope.event_id
        payload = msgspec.json.encode(event)
    except Unusable as error:
        problem = str(error), error.reason
    except (RecursionError, OverflowError) as error:
        problem = f"the event cannot be written: {error}", "nesting_too_deep"
    if problem is not None:
        payload = msgspec.json.encode({"event_id": envelope.event_id})
    return make_item("event", payload, {"derived_from": source}), problem


def _source_of(items: Sequence[Item]) -> str:
    """The attachment type that makes the event, the dump before its companions."""
    kinds = {
        attachment.kind_of(item.header, item.payload) for item in items if _creates_event(item)
    }
    for kind in (attachment.MINIDUMP, attachment.APPLE_CRASH_REPORT, attachment.PAYLOAD):
        if kind in kinds:
            return kind
    return min(kinds, default=ARCHIVE)


def _assembled(envelope: Envelope, items: Sequence[Item], limits: Limits) -> dict[str, Any]:
    contexts = [_read_context(item) for item in of_type(items, "unreal.context")[:1]]
    logs = of_type(items, "unreal.logs")
    payload = unreal_context.payload_of(contexts[0]) if contexts else ""
    event = _game_event(payload) if payload else crash_source.event_of(items, limits.max_event_size)
    user_id = headers_of(envelope.raw_header).get(USER_HEADER)
    if isinstance(user_id, str):
        unreal_context.write_user(event, user_id)
    for log in logs[:1]:
        unreal_context.write_log(event, log.payload)
    for context in contexts:
        unreal_context.write_context(event, context)
    if dumps := of_type(items, attachment.MINIDUMP):
        if attachment.is_reference(dumps[0].header):
            crash_event.write_reference(event)
        else:
            crash_event.write_minidump(event, dumps[0].payload)
    elif of_type(items, attachment.APPLE_CRASH_REPORT):
        crash_event.write_placeholder(event, crash_event.APPLE)
    return event


def _read_context(item: Item) -> unreal_context.Context:
    try:
        return unreal_context.read_context(item.payload)
    except BrokenContext as error:
        raise Unusable(str(error), "process_unreal") from error


def _game_event(payload: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unusable(f"{unreal_context.PAYLOAD_KEY}: {error}", "invalid_json") from error


def _completed(
    submission: Submission,
    made: Sequence[Item],
    problem: tuple[str, str] | None,
) -> Derived:
    """The submission with items behind those that it has; the first one made has the problem."""
    envelope = submission.envelope
    *items, last = envelope.items
    items.append(last if last.tail else msgspec.structs.replace(last, tail=b"\n"))
    first = len(items)
    offset = len(envelope.lead) + sum(
        len(item.lead) + len(item.payload) + len(item.tail) for item in items
    )
    for item in made:
        start = offset + len(item.lead)
        items.append(msgspec.structs.replace(item, start=start))
        offset = start + len(item.payload) + len(item.tail)
    whole = msgspec.structs.replace(envelope, items=tuple(items))
    return Derived(
        msgspec.structs.replace(submission, envelope=whole, converted=True),
        {} if problem is None else {first: problem},
    )

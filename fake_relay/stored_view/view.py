"""An item as Sentry would have kept it: normalised, scrubbed, with a remark on each change.

Rule: a pure function of the payload, its header and the context; as sent is the truth, and
this a view of it. Unknown types and binaries pass unchanged.
May import: stored_view, items, records, config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

import msgpack
import msgspec

from fake_relay.items import item_type
from fake_relay.items.attachment import BREADCRUMBS, PAYLOAD
from fake_relay.items.payload import decode_loosely
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.stored_view.attachments import scrub_attachment, scrub_view_hierarchy
from fake_relay.stored_view.attributes import scrub_records
from fake_relay.stored_view.context import Refused, StoredView, ViewContext
from fake_relay.stored_view.csp import event_of_report
from fake_relay.stored_view.drift import correct_records, drift_of, shift
from fake_relay.stored_view.normalize import by_library, normalize
from fake_relay.stored_view.remarks import Remark, added, remarks_of
from fake_relay.stored_view.replay import normalize_replay, scrub_recording, scrub_replay
from fake_relay.stored_view.scrub import CannotScrub, RuleSet, rules_of, scrub_event, scrub_slots
from fake_relay.stored_view.shapes import SHAPES, legacy_span

_TIMES: Final = {"session": ("timestamp", "started")}


def stored_view(
    type_name: str, header: ItemHeader, payload: bytes, context: ViewContext
) -> StoredView:
    """What Sentry would keep of an item, or why it would not; raises `LibraryMissing`.

    `payload` are the bytes as sent. What ingest finds invalid is refused for the same reason,
    and as `invalid_json` what is nested too deeply for Relay.
    """
    work = Work(type_name, header, payload, context, rules_of(context.scrubbing))
    if not context.at_rest and (facts := item_type(type_name).facts(header, payload)).problem:
        return StoredView(b"", refused=Refused(facts.reason, facts.problem))
    try:
        _VIEWS.get(type_name, _shaped)(work)
    except CannotScrub as error:
        return StoredView(b"", refused=Refused("invalid_json", str(error)))
    return work.view()


@dataclass(slots=True)
class Work:
    """A view in the making."""

    type: str
    header: ItemHeader
    payload: bytes
    context: ViewContext
    rules: RuleSet
    document: Any = None
    meta: dict[str, Any] = field(default_factory=dict)
    refused: Refused | None = None
    remarks: list[Remark] = field(default_factory=list)
    same: bool = False
    """Whether the document says what the payload says, so that its bytes stay."""

    def read(self) -> Any:
        """The payload's JSON; raises `CannotScrub`."""
        try:
            value, problem = decode_loosely(self.payload)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise CannotScrub(str(error) or type(error).__name__) from None
        if problem and not self.context.at_rest:
            raise CannotScrub(problem)
        return value

    def read_object(self) -> dict[str, Any]:
        """The payload's JSON object; raises `CannotScrub`."""
        value = self.read()
        if not isinstance(value, dict):
            raise CannotScrub("the payload is not a JSON object")
        return value

    def view(self) -> StoredView:
        """What came of it."""
        if self.refused is not None:
            return StoredView(b"", refused=self.refused)
        remarks = (*self.remarks, *remarks_of(self.meta, self.document))
        payload = self.payload
        if self.document is not None and not self.same:
            payload = _encode(self.document, self.meta)
        return StoredView(payload, self.document, self.meta, None, remarks)


def _encode(document: Any, meta: dict[str, Any]) -> bytes:
    if meta and isinstance(document, dict):
        document = {**document, "_meta": meta}
    return msgspec.json.encode(document)


def _event(work: Work) -> None:
    _finish_event(work, work.read_object())


def _raw_security(work: Work) -> None:
    report = work.read_object()
    if work.context.at_rest:
        # A report stays one: its parts are scrubbed where they are.
        _scrub_whole(work, report)
    else:
        header = work.header
        event = event_of_report(report, header.sentry_release, header.sentry_environment)
        _finish_event(work, event)


def _finish_event(work: Work, event: dict[str, Any]) -> None:
    before = deepcopy(event)
    found = normalize(event, work.type, work.context)
    if isinstance(found, Refused):
        if not work.context.at_rest:
            work.refused = found
            return
        # Sentry keeps nothing of it, and here it is kept as invalid: scrubbed as an error is.
        found = by_library(before | {"type": "error"}, work.context)
        if isinstance(found, Refused):
            raise CannotScrub(found.text)
        found["type"] = before.get("type")
    scrubbed = scrub_event(found, work.rules)
    work.meta = scrubbed.pop("_meta", None) or {}
    work.document = scrubbed
    if not work.context.at_rest:
        work.remarks += added(before, scrubbed)


def _scrub_whole(work: Work, document: dict[str, Any]) -> None:
    scrubbed = scrub_event({"extra": document}, work.rules)
    work.document = scrubbed["extra"]
    work.meta = (scrubbed.get("_meta") or {}).get("extra") or {}


def _records(work: Work) -> None:
    document = work.read_object()
    records = document.get("items")
    work.document = document
    if not isinstance(records, list):
        if work.type != "span":
            raise CannotScrub("the container has no array `items`")
        scrub_slots(document, legacy_span(document), work.rules, work.meta)
        records = [document]
    else:
        scrub_records(document, records, work.rules, work.meta)
    _correct_times(work, records)


def _correct_times(work: Work, records: list[Any]) -> None:
    context = work.context
    behind = 0.0 if context.at_rest else drift_of(context.received_at, context.sent_at)
    if behind:
        correct_records(records, behind)
        work.remarks.append(Remark("timestamp", "repaired", "clock_drift", f"by {behind:g} s"))


def _replay_event(work: Work) -> None:
    document = work.read_object()
    before = dict(document)
    work.refused = normalize_replay(document, work.context, work.meta)
    if work.refused is None or work.context.at_rest:
        work.refused = None
        scrub_replay(document, work.rules, work.meta)
        work.document = document
        if not work.context.at_rest:
            work.remarks += added(before, document)


def _recording(work: Work) -> None:
    work.payload = scrub_recording(work.payload, work.rules, work.meta)


def _video(work: Work) -> None:
    try:
        parts = msgpack.unpackb(work.payload)
    except (ValueError, msgpack.UnpackException) as error:
        raise CannotScrub(f"the replay video is not msgpack: {error}") from None
    if not isinstance(parts, dict):
        raise CannotScrub("the replay video is not a msgpack map")
    for name, kind in (("replay_event", "replay_event"), ("replay_recording", "replay_recording")):
        if isinstance(parts.get(name), bytes):
            inner = Work(kind, work.header, parts[name], work.context, work.rules)
            _VIEWS[kind](inner)
            made = inner.view()
            parts[name] = made.payload
            work.remarks += made.remarks
    work.payload = msgpack.packb(parts)


_CONSUMED: Final = frozenset({PAYLOAD, BREADCRUMBS})
"""Attachments of which Relay makes an event, and keeps nothing else."""


def _undecoded(work: Work) -> None:
    raise CannotScrub("no door could read the request that this was")


def _attachment(work: Work) -> None:
    if work.context.at_rest and work.header.attachment_type in _CONSUMED:
        raise CannotScrub("what it says is in the event that was made of it")
    if work.header.attachment_type == "event.view_hierarchy":
        document = work.read_object()
        scrub_view_hierarchy(document, work.rules, work.meta)
        if work.meta or not work.context.at_rest:
            work.document = document
        return
    work.payload = scrub_attachment(work.payload, work.header.filename, work.rules, work.meta)


def _shaped(work: Work) -> None:
    slots = SHAPES.get(work.type)
    if slots is None:
        return
    document = work.read()
    if not isinstance(document, dict | list):
        raise CannotScrub("the payload is neither a JSON object nor an array")
    context = work.context
    behind = 0.0 if context.at_rest else drift_of(context.received_at, context.sent_at)
    for key in _TIMES.get(work.type, ()) if behind else ():
        shift(document, key, behind)  # type: ignore[arg-type]  # only objects have times
    scrub_slots(document, slots(document), work.rules, work.meta)
    work.document = document
    work.same = not work.meta and not behind


_VIEWS: Final[dict[str, Callable[[Work], None]]] = {
    "event": _event,
    "transaction": _event,
    "security": _event,
    "feedback": _event,
    "raw_security": _raw_security,
    "log": _records,
    "trace_metric": _records,
    "span": _records,
    "replay_event": _replay_event,
    "replay_recording": _recording,
    "replay_video": _video,
    "attachment": _attachment,
    "integration": _undecoded,
}

"""Replays: the event by the library's rules for its parts, the recording string by string.

A recording is `{"segment_id": n}`, a line end, and rrweb events as zlib or plain JSON
(PROTOCOL.md 5.5); it comes out in the form in which it came.
May import: stored_view, config.
"""

from __future__ import annotations

import zlib
from typing import Any, Final

import msgspec

from fake_relay.stored_view.addresses import infer_addresses
from fake_relay.stored_view.context import Refused, ViewContext
from fake_relay.stored_view.normalize import by_library
from fake_relay.stored_view.scrub import CannotScrub, RuleSet, Slot, scrub_event, scrub_slots

MAX_LIST: Final = 100
"""URLs, trace ids and error ids that are kept of a segment."""
MAX_RECORDING: Final = 100 * 1024 * 1024
"""Bytes of a recording once decompressed; Relay's bound is of that order."""

_SHARED: Final = ("platform", "environment", "release", "dist", "user", "sdk", "request", "tags")
_LISTS: Final = ("urls", "trace_ids", "error_ids")
_KEPT: Final = frozenset(
    (
        *("type", "event_id", "replay_id", "segment_id", "replay_type", "timestamp", "platform"),
        *("replay_start_timestamp", "trace_ids", "error_ids", "traces_by_timestamp"),
        *("release", "environment", "dist"),
    )
)
_CLIENT_CONTEXTS: Final = ("browser", "client_os", "os", "device")


def normalize_replay(
    document: dict[str, Any], context: ViewContext, meta: dict[str, Any]
) -> Refused | None:
    """Bring the parts that a replay shares with events into Sentry's form, in place."""
    event: dict[str, Any] = {
        key: document[key] for key in (*_SHARED, "contexts") if key in document
    }
    if not context.at_rest and not context.scrubbing.scrub_ip_addresses:
        infer_addresses(event, context.client_address)
    _add_user_agent(event, context)
    found = by_library(event, context)
    if isinstance(found, Refused):
        return Refused("invalid_replay", found.text)
    _keep_contexts(found, document)
    noted = found.get("_meta") or {}
    for key in (*_SHARED, "contexts"):
        if found.get(key) is not None or key in document:
            document[key] = found.get(key)
        if key in noted:
            meta[key] = noted[key]
    if not context.at_rest:
        _cut(document, meta)
    return None


def _add_user_agent(event: dict[str, Any], context: ViewContext) -> None:
    # Unlike an event, a replay takes the browser from the request that brought it.
    if context.user_agent and not context.at_rest and "request" not in event:
        event["request"] = {"headers": [["User-Agent", context.user_agent]]}


def _keep_contexts(found: dict[str, Any], document: dict[str, Any]) -> None:
    sent = document.get("contexts")
    known = {*(sent if isinstance(sent, dict) else ()), *_CLIENT_CONTEXTS}
    contexts = found.get("contexts") or {}
    found["contexts"] = {key: value for key, value in contexts.items() if key in known} or None


def _cut(document: dict[str, Any], meta: dict[str, Any]) -> None:
    for key in _LISTS:
        values = document.get(key)
        if isinstance(values, list) and len(values) > MAX_LIST:
            document[key] = values[:MAX_LIST]
            meta[key] = {"": {"len": len(values)}}


def scrub_replay(document: dict[str, Any], rules: RuleSet, meta: dict[str, Any]) -> None:
    """Scrub a replay's event, in place."""
    scrub_slots(
        document, [Slot((key,), (key,)) for key in document if key not in _KEPT], rules, meta
    )


def scrub_recording(payload: bytes, rules: RuleSet, meta: dict[str, Any]) -> bytes:
    """A recording with its strings scrubbed; the same bytes if none was. Raises `CannotScrub`."""
    line, _, body = payload.partition(b"\n")
    header = _scrub_line(line, rules)
    if not body:
        return header + payload[len(line) :]
    packed = body[:1] not in b"[{ \t\r\n"
    text = _inflate(body) if packed else body
    events = _decode(text)
    noted: dict[str, Any] = {}
    events = _scrub_tree(events, rules, noted)
    if not noted:
        return header + payload[len(line) :]
    meta["events"] = noted
    text = msgspec.json.encode(events)
    return header + b"\n" + (zlib.compress(text) if packed else text)


def _scrub_line(line: bytes, rules: RuleSet) -> bytes:
    header = _decode(line)
    if not isinstance(header, dict):
        raise CannotScrub("the recording has no JSON object on its first line")
    noted: dict[str, Any] = {}
    scrub_slots(header, [Slot((key,), ("extra", key)) for key in header], rules, noted)
    return msgspec.json.encode(header) if noted else line


def _decode(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CannotScrub(str(error)) from None


def _scrub_tree(events: Any, rules: RuleSet, noted: dict[str, Any]) -> Any:
    holder = {"events": events}
    try:
        scrub_slots(holder, [Slot(("events",), ("extra", "events"))], rules, noted)
        noted_events = noted.pop("events", {})
        noted.update(noted_events)
    except CannotScrub:
        # A page nests more deeply than the library reads; its strings need no tree.
        noted.clear()
        _scrub_flat(events, rules, noted)
    return holder["events"]


def _scrub_flat(events: Any, rules: RuleSet, noted: dict[str, Any]) -> None:
    found: list[tuple[Any, Any, tuple[str, ...]]] = []
    waiting: list[tuple[Any, tuple[str, ...]]] = [(events, ())]
    while waiting:
        node, path = waiting.pop()
        entries = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in entries:
            if isinstance(value, str):
                found.append((node, key, (*path, str(key))))
            elif isinstance(value, dict | list):
                waiting.append((value, (*path, str(key))))
    leaves = [{str(key): node[key]} for node, key, _ in found]
    scrubbed = scrub_event({"extra": {"leaves": leaves}}, rules)
    notes = ((scrubbed.get("_meta") or {}).get("extra") or {}).get("leaves") or {}
    for index, note in notes.items():
        if index:
            node, key, path = found[int(index)]
            node[key] = scrubbed["extra"]["leaves"][int(index)].get(str(key))
            noted[".".join(path)] = note.get(str(key), note)


def _inflate(body: bytes) -> bytes:
    unpack = zlib.decompressobj()
    try:
        text = unpack.decompress(body, MAX_RECORDING)
    except zlib.error as error:
        raise CannotScrub(f"the recording is neither JSON nor zlib: {error}") from None
    if unpack.unconsumed_tail or not unpack.eof:
        raise CannotScrub("the recording is cut, or larger than Relay reads")
    return text

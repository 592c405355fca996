"""Around the transport: the last look at each envelope, and the ledger's eyes.

Rule: an envelope that cannot be scrubbed does not leave; what is taken out here, where the SDK
notices nothing, is told to the transport as lost, so that client reports balance.
The transport's own methods are bound anew on the instance: one way for every version and kind of
transport, outside of the SDK's printing one.
May import: drops, seams.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sdk_config.drops import Ledger, Reason, carried_is_told
from sdk_config.seams import Scrubber

REPORTED_AS = "before_send"
"""The SDK's word for "the application's own hooks took it out"."""

_GUARDED = "_sdk_config_guarded"


def guard(transport: Any, scrubber: Scrubber | None, ledger: Ledger) -> None:
    """Bind a client's transport (or Spotlight's) to the last line; a second time does nothing."""
    if transport is None or getattr(transport, _GUARDED, False):
        return
    line = _Line(transport, scrubber, ledger)
    for name in ("capture_envelope", "capture_event", "record_lost_event"):
        if callable(getattr(transport, name, None)):
            setattr(transport, name, getattr(line, name))
    setattr(transport, _GUARDED, True)


def guard_client(client: Any, ledger: Ledger) -> None:
    """Count what is lost with an event for reasons of the SDK's own, and which nobody tells:
    attachments of errors that are sampled out or dropped by a processor, and profiles.
    """
    if getattr(client, _GUARDED, False):
        return
    capture = client.capture_event

    def capture_event(event: Any, hint: Any = None, scope: Any = None, **more: Any) -> Any:
        __tracebackhide__ = True  # or a message's stack would end here, and group by it
        carried = _carried(event, hint, scope)
        token = carried_is_told.set(False)
        try:
            event_id = capture(event, hint, scope, **more)
            told = carried_is_told.get()
        finally:
            carried_is_told.reset(token)
        if event_id is None:
            for category, quantity in carried.items():
                if category == "profile" or not told:
                    ledger.dropped(category, Reason.WITH_ITS_EVENT, quantity)
        return event_id

    client.capture_event = capture_event
    setattr(client, _GUARDED, True)


def _carried(event: Any, hint: Any, scope: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    # The application's own values: anything may be there.
    with suppress(Exception):
        if event.get("profile") is not None:
            found["profile"] = 1
        every = [*getattr(scope, "_attachments", ()), *((hint or {}).get("attachments") or ())]
        if event.get("type") == "transaction":
            every = [one for one in every if getattr(one, "add_to_transactions", False)]
        if every and event.get("type") != "check_in":
            found["attachment"] = len(every)
    return found


class _Line:
    def __init__(self, transport: Any, scrubber: Scrubber | None, ledger: Ledger) -> None:
        self._capture_envelope: Callable[[Any], Any] = transport.capture_envelope
        self._capture_event: Callable[[Any], Any] = getattr(transport, "capture_event", _nothing)
        self._record: Callable[..., Any] | None = getattr(transport, "record_lost_event", None)
        self._scrubber = scrubber
        self._ledger = ledger

    def capture_envelope(self, envelope: Any) -> Any:
        before = list(envelope.items)
        found, word = self._scrubbed(envelope)
        kept = [] if found is None else list(found.items)
        reason = Reason.SCRUBBER_ERROR if word else Reason.SCRUBBED_AWAY
        self._lose(_missing(before, kept), reason, word)
        if not kept:
            return None
        for item in kept:
            self._ledger.sent(category_of(item), quantity_of(item))
        return self._capture_envelope(found)

    def capture_event(self, event: Any) -> Any:
        """Versions before 2.0 send errors without an envelope; the hook has scrubbed them."""
        self._ledger.sent("error")
        return self._capture_event(event)

    def record_lost_event(
        self, reason: str, data_category: str | None = None, item: Any = None, **more: Any
    ) -> Any:
        category = data_category or (category_of(item) if item is not None else "unknown")
        self._ledger.discarded(category, reason, more.get("quantity", 1))
        if self._record is not None:
            return self._record(reason, data_category, item=item, **more)
        return None

    def _scrubbed(self, envelope: Any) -> tuple[Any, str]:
        if self._scrubber is None:
            return envelope, ""
        try:
            return self._scrubber.envelope(envelope), ""
        except Exception as error:  # noqa: BLE001 - what cannot be scrubbed does not leave
            return None, type(error).__name__

    def _lose(self, items: list[Any], reason: Reason, word: str) -> None:
        for item in items:
            category = category_of(item)
            self._ledger.dropped(category, reason, quantity_of(item), word=word)
            if self._record is not None and category != "internal":
                self._record(REPORTED_AS, item=item)


def _nothing(event: Any) -> None:
    """Stands in where a transport has no such method, and is then never called."""


def _missing(before: list[Any], kept: list[Any]) -> list[Any]:
    """Items of which fewer came out than went in, by type: a scrubber may rebuild what it keeps."""
    left = Counter(item.type for item in kept)
    missing = []
    for item in before:
        if left[item.type]:
            left[item.type] -= 1
        else:
            missing.append(item)
    return missing


def category_of(item: Any) -> str:
    """The data category of an SDK's envelope item, in the SDK's spelling."""
    try:
        return str(item.data_category)
    except (AttributeError, KeyError, TypeError):
        return "default"


def quantity_of(item: Any) -> int:
    """How many units an item holds: batches of logs, metrics and spans say it in their header."""
    count = item.headers.get("item_count")
    return count if isinstance(count, int) and count > 0 else 1

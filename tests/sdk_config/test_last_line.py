"""Around the transport: everything passes the scrubber, and what it takes out is counted."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope, Item
from sentry_sdk.transport import Transport

from fake_relay.testing import Relay
from sdk_config.drops import Ledger
from sdk_config.last_line import guard
from sdk_config.runtime import current
from sdk_config.seams import Parts


class Plain:
    """A scrubber that changes nothing, and whose last line is a function."""

    def __init__(self, last: Any) -> None:
        self.envelope = last

    def event(self, payload: Any, hint: Any) -> Any:
        return payload

    transaction = span = log = metric = breadcrumb = event


class Kept(Transport):
    """A transport of the application's own, which keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []
        self.lost: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    def record_lost_event(self, reason: str, *details: Any, **more: Any) -> None:
        self.lost.append(f"{reason}/{more['item'].type}")


def refuse(envelope: Envelope) -> Envelope:
    raise RuntimeError("canary")


def without_attachments(envelope: Envelope) -> Envelope:
    kept = [item for item in envelope.items if item.type != "attachment"]
    return Envelope(headers=envelope.headers, items=kept)


def an_envelope() -> Envelope:
    items = [Item(payload="{}", type="event"), Item(payload="secret", type="attachment")]
    return Envelope(headers={}, items=items)


def test_what_the_scrubber_takes_out_is_counted_and_reported() -> None:
    transport, ledger = Kept(), Ledger()
    guard(transport, Plain(without_attachments), ledger)

    transport.capture_envelope(an_envelope())

    assert [item.type for item in transport.envelopes[0].items] == ["event"]
    assert transport.lost == ["before_send/attachment"]
    assert ledger.counts().dropped == {("attachment", "scrubbed_away"): 1}
    assert ledger.counts().sent == {"error": 1}


def test_an_envelope_that_cannot_be_scrubbed_does_not_leave() -> None:
    transport, ledger = Kept(), Ledger()
    guard(transport, Plain(refuse), ledger)

    transport.capture_envelope(an_envelope())

    assert transport.envelopes == []
    assert ledger.counts().dropped == {
        ("error", "scrubber_error:RuntimeError"): 1,
        ("attachment", "scrubber_error:RuntimeError"): 1,
    }


def test_guarding_twice_counts_once() -> None:
    transport, ledger = Kept(), Ledger()
    guard(transport, None, ledger)
    guard(transport, None, ledger)

    transport.capture_envelope(an_envelope())

    assert ledger.counts().sent == {"error": 1, "attachment": 1}


def test_no_transport_needs_no_guard() -> None:
    guard(None, None, Ledger())


def test_what_the_sdk_loses_is_in_the_ledger() -> None:
    transport, ledger = Kept(), Ledger()
    guard(transport, None, ledger)

    transport.record_lost_event("network_error", item=Item(payload="{}", type="event"))

    assert ledger.counts().discarded == {("error", "network_error"): 1}


def test_an_application_s_own_transport_is_guarded(service: Any) -> None:
    transport = Kept()
    service(transport=transport, parts=Parts(scrubber=Plain(without_attachments)))

    with sentry_sdk.isolation_scope() as scope:
        scope.add_attachment(bytes=b"secret", filename="a.txt")
        sentry_sdk.capture_message("hello")

    assert [item.type for item in transport.envelopes[0].items] == ["event"]


def test_the_sdk_s_printing_transport_prints_only_what_is_scrubbed(
    service: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SENTRY_PRINT_ENVELOPES", "1")
    service(parts=Parts(scrubber=Plain(refuse)))

    sentry_sdk.capture_message("canary")

    assert "canary" not in capfd.readouterr().err


def test_sessions_pass_the_last_line(relay: Relay, service: Any) -> None:
    seen: list[str] = []

    def last(envelope: Envelope) -> Envelope:
        seen.extend(str(item.type) for item in envelope.items)
        return envelope

    service(parts=Parts(scrubber=Plain(last)))
    with sentry_sdk.isolation_scope() as scope:
        scope.start_session(session_mode="application")
        scope.end_session()
    relay.expect_session()

    assert "session" in seen


def test_the_application_s_own_objects_are_as_they_were(service: Any) -> None:
    """The SDK's own scrubber would write into them (3.4)."""
    service(parts=Parts(scrubber=Plain(lambda envelope: envelope)))
    user = {"id": "7", "password": "hunter2"}
    data = {"password": "hunter2"}

    with sentry_sdk.isolation_scope() as scope:
        scope.set_user(user)
        sentry_sdk.add_breadcrumb(message="m", data=data)
        logging.getLogger("shop").error("boom", extra={"ctx": data})

    assert user == {"id": "7", "password": "hunter2"}
    assert data == {"password": "hunter2"}


def test_batches_count_each_of_their_units(relay: Relay, service: Any) -> None:
    service(enable_logs=True)
    running = current()
    assert running is not None

    for number in range(3):
        logging.getLogger("shop").warning("number %s", number)
    relay.expect_log(count=3)

    assert running.ledger.counts().sent["log_item"] == 3

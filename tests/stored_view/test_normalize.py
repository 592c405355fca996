"""Events in Sentry's form: the vectors of PROTOCOL.md 4.5, 8 and 13.1."""

from __future__ import annotations

from typing import Any

import pytest

from fake_relay.stored_view import StoredView

NOW = 1_700_000_000.0
TRACE = {"trace_id": "a" * 32, "span_id": "b" * 16}


def kinds(view: StoredView, path: str) -> list[tuple[str, str]]:
    return [(remark.kind, remark.rule) for remark in view.remarks if remark.path == path]


def test_the_tested_call_of_the_protocol_gives_what_it_says(view: Any) -> None:
    """PROTOCOL.md 13.1, last row."""
    event = {
        "logentry": {"message": "hi %s", "params": ["bob"]},
        "level": "critical",
        "timestamp": 1700000000.25,
        "event_id": "9EC79C33-EC99-42AB-8353-589FCB2E04DC",
        "tags": {"a b": 1},
        "platform": "rust",
        "bogus": 1,
    }
    found = view(event).document
    expected = {
        "event_id": "9ec79c33ec9942ab8353589fcb2e04dc",
        "level": "fatal",
        "type": "default",
        "logentry": {"message": "hi %s", "formatted": "hi bob", "params": ["bob"]},
        "platform": "other",
        "timestamp": 1700000000.25,
        "tags": [["a-b", "1"]],
        "sdk": {"name": "sentry.python", "version": "2.0.0"},
        "errors": [{"type": "invalid_attribute", "name": "bogus"}],
        "project": 42,
        "bogus": None,
    }
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"timestamp": "2023-11-14T22:13:20Z"}, {"timestamp": NOW}),
        ({"timestamp": "2023-11-14T22:13:20"}, {"timestamp": NOW}),
        ({}, {"timestamp": NOW, "level": "error", "type": "default", "platform": "other"}),
        ({"level": "log"}, {"level": "info"}),
        ({"level": 30}, {"level": "warning"}),
        ({"level": "warn"}, {"level": "error"}),
        ({"exception": {"type": "E", "value": "v"}}, {"type": "error"}),
        ({"release": "a/b"}, {"release": None}),
        ({"release": "latest"}, {"release": None}),
        ({"dist": "no blanks"}, {"dist": None}),
        ({"environment": "none"}, {"environment": None}),
        ({"fingerprint": "text"}, {"fingerprint": None}),
        ({"logentry": "text"}, {"logentry": {"formatted": "text"}}),
        ({"tags": {"n": 1, "b": True}}, {"tags": [["b", "True"], ["n", "1"]]}),
        ({"user": {"id": 5}}, {"user": {"id": "5", "sentry_user": "id:5"}}),
        ({"request": {"method": "get"}}, {"request": {"method": "GET"}}),
        ({"contexts": {"a": 5}}, {"timestamp": NOW}),
    ],
)
def test_attributes_are_repaired_as_relay_repairs_them(
    view: Any, sent: dict[str, Any], kept: dict[str, Any]
) -> None:
    """Rows of PROTOCOL.md 8.1 and 8.2."""
    found = view(sent).document
    assert {key: found.get(key) for key in kept} == kept


def test_the_id_of_the_envelope_wins(view: Any) -> None:
    found = view({"event_id": "b" * 32}, event_id="a" * 32)
    assert found.document["event_id"] == "a" * 32


def test_what_is_dropped_repaired_trimmed_and_added_is_remarked(view: Any) -> None:
    found = view(
        {
            "bogus": 1,
            "platform": "rust",
            "level": "loud",
            "release": "a/b",
            "logentry": {"formatted": "x" * 9000},
            "extra": {"with.dots": "y" * 20_000},
        }
    )
    assert kinds(found, "bogus") == [("dropped", "invalid_attribute")]
    assert kinds(found, "platform") == [("repaired", "replaced")]
    assert kinds(found, "level") == [("repaired", "invalid_data")]
    assert kinds(found, "release") == [("dropped", "invalid_data")]
    assert kinds(found, "logentry.formatted") == [("trimmed", "!limit")]
    assert kinds(found, "extra.'with.dots'") == [("trimmed", "!limit")]
    assert kinds(found, "timestamp") == [("added", "normalisation")]


def test_trimming_tells_the_length_before(view: Any) -> None:
    frames = [{"function": f"f{number}"} for number in range(300)]
    found = view({"exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]}})
    (remark,) = [remark for remark in found.remarks if remark.path.endswith(".frames")]
    assert (remark.kind, remark.detail) == ("trimmed", "was 300 long")


@pytest.mark.parametrize(
    ("timestamp", "rule"),
    [(NOW + 61, "future_timestamp"), (NOW - 91 * 86400, "past_timestamp")],
)
def test_times_outside_of_the_window_become_the_time_of_arrival(
    view: Any, timestamp: float, rule: str
) -> None:
    """PROTOCOL.md 8.3."""
    found = view({"timestamp": timestamp})
    assert found.document["timestamp"] == NOW
    assert kinds(found, "timestamp") == [("repaired", rule)]


def test_times_inside_of_the_window_stay(view: Any) -> None:
    for timestamp in (NOW + 59, NOW - 89 * 86400):
        assert view({"timestamp": timestamp}).document["timestamp"] == timestamp


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({}, "start_timestamp hard-required for transaction events"),
        (
            {"start_timestamp": NOW, "timestamp": NOW - 1, "contexts": {"trace": TRACE}},
            "end timestamp is smaller than start timestamp",
        ),
        ({"start_timestamp": NOW, "timestamp": NOW}, "missing valid trace context"),
        (
            {
                "start_timestamp": NOW,
                "timestamp": NOW,
                "contexts": {"trace": TRACE},
                "spans": [None],
            },
            "spans must be valid in transaction event",
        ),
    ],
)
def test_invalid_transactions_are_refused_with_relays_words(
    view: Any, event: dict[str, Any], text: str
) -> None:
    """PROTOCOL.md 8.6."""
    found = view(event, "transaction")
    assert found.document is None
    assert found.refused is not None
    assert found.refused.reason == "invalid_transaction"
    assert text in found.refused.text
    assert "\n" not in found.refused.text


def test_a_transaction_is_one_whatever_its_payload_says(view: Any) -> None:
    event = {"start_timestamp": NOW, "timestamp": NOW, "contexts": {"trace": TRACE}}
    found = view(event, "transaction").document
    assert (found["type"], found["transaction"]) == ("transaction", "<unlabeled transaction>")


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"null", b'{"a": "\\ud800"}', b'{"a": NaN}'])
def test_what_is_no_json_object_is_refused(view: Any, payload: bytes) -> None:
    found = view(payload)
    assert found.refused is not None
    assert found.refused.reason == "invalid_json"
    assert found.payload == b""


def test_nesting_beyond_relays_bound_is_refused(view: Any) -> None:
    payload = b'{"extra":{"a":' + b"[" * 200 + b"]" * 200 + b"}}"
    found = view(payload)
    assert found.refused is not None
    assert "recursion limit" in found.refused.text


def test_an_sdks_own_meta_survives(view: Any) -> None:
    """PROTOCOL.md 8.4."""
    found = view({"extra": {"a": "cut..."}, "_meta": {"extra": {"a": {"": {"len": 9000}}}}})
    assert found.meta["extra"]["a"][""]["len"] == 9000
    assert kinds(found, "extra.a") == [("trimmed", "length")]


@pytest.mark.parametrize(
    ("drift", "moved"), [(3299, 0), (3300, 3300), (-3300, -3300), (7200, 7200)]
)
def test_a_wrong_clock_moves_every_timestamp(view: Any, drift: int, moved: int) -> None:
    """PROTOCOL.md 4.5: from 55 minutes on, in either direction."""
    sent = NOW - drift
    event = {
        "start_timestamp": sent - 2,
        "timestamp": sent - 1,
        "contexts": {"trace": TRACE},
        "breadcrumbs": {"values": [{"timestamp": sent - 3}]},
        "spans": [TRACE | {"start_timestamp": sent - 2, "timestamp": sent - 1}],
    }
    found = view(event, "transaction", sent_at=sent)
    assert found.document["timestamp"] == sent - 1 + moved
    assert found.document["start_timestamp"] == sent - 2 + moved
    assert found.document["breadcrumbs"]["values"][0]["timestamp"] == sent - 3 + moved
    assert found.document["spans"][0]["timestamp"] == sent - 1 + moved
    assert kinds(found, "timestamp") == ([("repaired", "clock_drift")] if moved else [])


def test_drift_names_both_clocks(view: Any) -> None:
    found = view({"timestamp": NOW - 7200}, sent_at=NOW - 7200)
    assert found.meta["timestamp"][""]["err"] == [
        [
            "clock_drift",
            {
                "sdk_time": "2023-11-14T20:13:20+00:00",
                "server_time": "2023-11-14T22:13:20+00:00",
            },
        ]
    ]


def test_drift_comes_before_the_window(view: Any) -> None:
    sent = NOW - 100 * 86400
    assert view({"timestamp": sent - 1}, sent_at=sent).document["timestamp"] == NOW - 1


@pytest.mark.parametrize(
    ("event", "address"),
    [
        ({"user": {"ip_address": "{{auto}}"}}, "198.51.100.7"),
        (
            {
                "user": {"ip_address": "{{auto}}"},
                "request": {"env": {"REMOTE_ADDR": "203.0.113.9"}},
            },
            "203.0.113.9",
        ),
        ({"request": {"env": {"REMOTE_ADDR": "203.0.113.9"}}}, "203.0.113.9"),
        ({"platform": "javascript"}, "198.51.100.7"),
        ({"platform": "cocoa", "user": {"id": "5"}}, "198.51.100.7"),
        ({"platform": "javascript", "user": {"ip_address": "203.0.113.9"}}, "203.0.113.9"),
        ({"platform": "python"}, None),
        ({"platform": "python", "sdk": {"settings": {"infer_ip": "auto"}}}, "198.51.100.7"),
        ({"platform": "javascript", "sdk": {"settings": {"infer_ip": "never"}}}, None),
        ({"user": {"ip_address": "{{auto}}"}, "sdk": {"settings": {"infer_ip": "never"}}}, None),
    ],
)
def test_addresses_are_inferred_as_the_sdk_asks(
    view: Any, event: dict[str, Any], address: str | None
) -> None:
    """PROTOCOL.md 8.1, last row."""
    user = view(event).document.get("user") or {}
    assert user.get("ip_address") == address


def test_no_address_is_inferred_while_addresses_are_scrubbed(view: Any, all_on: Any) -> None:
    found = view({"platform": "javascript"}, scrubbing=all_on)
    assert "user" not in found.document


def test_the_browser_of_an_events_headers_becomes_contexts(view: Any) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
    found = view({"request": {"headers": {"User-Agent": agent}}})
    assert found.document["contexts"]["browser"]["name"] == "Firefox"
    assert found.document["contexts"]["client_os"]["name"] == "Linux"


def test_the_browser_that_brought_an_ordinary_event_does_not(view: Any) -> None:
    """PROTOCOL.md 13.1: the request's own agent is the SDK's."""
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
    assert "browser" not in view({}, user_agent=agent).document["contexts"]

"""The `relay` object on a real server of this process."""

from __future__ import annotations

import base64
import gzip
import json
import threading
import time
import urllib.error
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fake_relay.config import Quota
from fake_relay.errors import ConfigError
from fake_relay.records import RefusedRecords
from fake_relay.testing import ExpectationFailed, Relay, event, item, log, transaction
from fake_relay.testing.live import LiveRelay

ERROR = {
    "exception": {"values": [{"type": "ValueError", "value": "card declined"}]},
    "release": "shop@2.0",
    "tags": {"plan": "pro"},
}


def test_an_event_is_expected_in_a_sentence(relay: Relay, post: Any) -> None:
    post(relay.dsn, ERROR)
    found = relay.expect_event(
        exception="ValueError",
        message__contains="card",
        release="shop@2.0",
        tags={"plan": "pro"},
        count=1,
        within=2,
    )
    assert found.exception.values[0].type == "ValueError"
    assert found["tags"] == {"plan": "pro"}


def test_an_exception_is_expected_by_its_class(relay: Relay, post: Any) -> None:
    post(relay.dsn, ERROR)
    assert relay.expect_event(exception=ValueError).item.title == "ValueError: card declined"


def test_an_exception_class_of_a_package_is_expected_with_its_module(
    relay: Relay, post: Any
) -> None:
    entry = {"type": "JSONDecodeError", "module": "json.decoder", "value": "x"}
    post(relay.dsn, {"exception": {"values": [entry]}})
    relay.expect_event(exception=json.JSONDecodeError)


def test_a_count_gives_all_that_matched(relay: Relay, post: Any) -> None:
    for number in range(3):
        post(relay.dsn, {"message": f"number {number}"})
    found = relay.expect_event(count=(2, None))
    assert [each.message for each in found] == ["number 0", "number 1", "number 2"]


def test_an_event_that_comes_later_is_waited_for(relay: Relay, post: Any) -> None:
    sender = threading.Thread(target=post, args=(relay.dsn, {"message": "late"}))
    waiter_is_in = threading.Event()

    def seen(text: str) -> bool:
        waiter_is_in.set()
        return text == "late"

    post(relay.dsn, {"message": "first"})

    def send_when_waited_for() -> None:
        waiter_is_in.wait()
        sender.start()

    starter = threading.Thread(target=send_when_waited_for)
    starter.start()
    relay.expect_event(message=seen, within=20)
    starter.join()
    sender.join()


def test_what_does_not_come_fails_with_near_misses(relay: Relay, post: Any) -> None:
    post(relay.dsn, {"message": "boom"})
    with pytest.raises(ExpectationFailed, match=r"message: expected = 'bomm', got 'boom'"):
        relay.expect_event(message="bomm", within=0.05)


def test_no_event_is_believed_after_quiet(relay: Relay, post: Any) -> None:
    post(relay.dsn, {"message": "boom"})
    relay.expect_no_event(message="other", quiet=0.01)
    with pytest.raises(ExpectationFailed, match="expected no event with message = 'boom'; 1"):
        relay.expect_no_event(message="boom", quiet=0.01)


def test_nothing_means_no_item_of_any_type(relay: Relay, post: Any) -> None:
    relay.expect_nothing(quiet=0.01)
    post(relay.dsn, {"message": "boom"})
    with pytest.raises(ExpectationFailed, match="expected no item; 1 matched"):
        relay.expect_nothing(quiet=0.01)


def test_a_negative_has_no_count(relay: Relay) -> None:
    with pytest.raises(ConfigError, match="a negative has no count"):
        relay.expect_no_event(count=1)


def test_the_stored_view_is_asked_about_in_the_same_words(relay: Relay, post: Any) -> None:
    post(relay.dsn, {"message": "boom", "platform": "rust", "extra": {"password": "hunter2"}})
    relay.expect_event(platform="rust", extra__password="hunter2")
    kept = relay.expect_event(view="stored", platform="other", message="boom")
    assert kept.extra.password == "[Filtered]"
    relay.expect_no_event(view="stored", extra__password="hunter2")
    relay.expect_in_order(event(view="stored", platform="other"))


def test_a_failure_names_the_view_and_only_known_views_can_be_asked(
    relay: Relay, post: Any
) -> None:
    post(relay.dsn, {"message": "boom"})
    with pytest.raises(ExpectationFailed, match="as Sentry would store it"):
        relay.expect_event(view="stored", message="other", within=0)
    with pytest.raises(ConfigError, match="view needs 'sent' or 'stored'"):
        relay.expect_event(view="kept")


def test_an_order_is_expected(relay: Relay, post: Any) -> None:
    post(relay.dsn, {"message": "first"})
    post(relay.dsn, {"message": "second"})
    first, second = relay.expect_in_order(event(message="first"), event(message="second"))
    assert (first.message, second.message) == ("first", "second")
    with pytest.raises(ExpectationFailed, match="came too early"):
        relay.expect_in_order(event(message="second"), event(message="first"), within=0.05)
    with pytest.raises(ConfigError, match="at least one"):
        relay.expect_in_order()


def test_every_type_has_its_sentence(relay: Relay, post: Any) -> None:
    now, trace = time.time(), {"trace_id": "b" * 32, "span_id": "c" * 16}
    record = {"timestamp": now, "trace_id": "b" * 32}
    timed = {"start_timestamp": now, "timestamp": now, "contexts": {"trace": trace}}
    post(relay.dsn, {"transaction": "/x", **timed}, type="transaction")
    post(
        relay.dsn, {"items": [{**record, "body": "hi", "level": "warn"}]}, type="log", item_count=1
    )
    metric = {**record, "name": "q", "type": "counter", "value": 1}
    post(relay.dsn, {"items": [metric]}, type="trace_metric", item_count=1)
    started = datetime.now(UTC).isoformat()
    session = {"status": "ok", "started": started, "attrs": {"release": "shop@2.0"}}
    post(relay.dsn, session, type="session")
    post(relay.dsn, {"monitor_slug": "nightly", "status": "ok"}, type="check_in")
    post(relay.dsn, {"message": "with a file"})
    post(relay.dsn, b"\x00bytes", type="attachment", filename="a.bin")
    post(relay.dsn, {"contexts": {"feedback": {"message": "bad"}}}, type="feedback")
    report = {"discarded_events": [{"reason": "sample_rate", "category": "error", "quantity": 2}]}
    post(relay.dsn, report, type="client_report")
    relay.expect_transaction(name="/x")
    relay.expect_log(body="hi", level="warn")
    relay.expect_metric(name="q", value=1)
    relay.expect_session(status="ok")
    relay.expect_check_in(monitor_slug="nightly")
    assert relay.expect_attachment(filename="a.bin", bytes__startswith=b"\x00").data == b"\x00bytes"
    relay.expect_feedback(message="bad")
    relay.expect_client_report(reason="sample_rate", quantity=2)
    relay.expect_item("log")
    assert [found.body for found in relay.logs] == ["hi"]
    assert len(relay.transactions) == 1
    assert relay.discards == {"error": {"sample_rate": 2}}
    assert relay.outcomes["transaction"] == {"accepted": 1}
    relay.assert_accounted()
    assert relay.unexpected() == [relay.events[0]]
    relay.expect_item()
    assert relay.unexpected() == []


def test_items_are_narrowed_by_type_and_search(relay: Relay, post: Any) -> None:
    post(relay.dsn, {"message": "one", "level": "warning"})
    post(relay.dsn, {"message": "two", "level": "error"})
    assert [found.message for found in relay.events] == ["one", "two"]
    assert [found.message for found in relay.items(q="level:error")] == ["two"]
    assert relay.items("transaction") == []


def test_another_projects_items_are_not_seen(
    relay: Relay, live_relay: LiveRelay, post: Any
) -> None:
    post(str(live_relay.create_project()), {"message": "boom"})
    relay.expect_nothing(quiet=0.01)


def test_a_stray_item_of_an_earlier_test_is_not_seen(
    relay: Relay, live_relay: LiveRelay, post: Any
) -> None:
    later = Relay(live_relay)
    post(relay.dsn, {"message": "stray"})
    with pytest.raises(ExpectationFailed, match="nothing arrived"):
        later.expect_event(message="stray", within=0.05)


def test_clear_forgets_and_what_comes_later_counts(relay: Relay, post: Any) -> None:
    post(relay.dsn, {"message": "before"})
    relay.clear()
    assert relay.items() == []
    post(relay.dsn, {"message": "after"})
    assert relay.expect_event().message == "after"


def test_since_narrows_to_what_is_newer(relay: Relay, post: Any) -> None:
    post(relay.dsn, {"message": "boom"})
    first = relay.expect_event(message="boom")
    with pytest.raises(ExpectationFailed, match="nothing arrived"):
        relay.expect_event(message="boom", since=first.item.id, within=0.05)


def test_a_function_of_the_items_is_waited_for(relay: Relay, post: Any) -> None:
    post(relay.dsn, {"message": "boom"})
    assert relay.wait_for(lambda items: [found.message for found in items]) == ["boom"]
    assert relay.wait_for(item("event", message="boom"))[0].message == "boom"
    with pytest.raises(ExpectationFailed, match=r"was not true within 0.05 s\nevent \d+: boom"):
        relay.wait_for(lambda items: len(items) > 1, within=0.05)


async def test_a_coroutine_waits_without_blocking_its_loop(relay: Relay, post: Any) -> None:
    import asyncio

    async def send_soon() -> None:
        await asyncio.to_thread(post, relay.dsn, {"message": "boom"})

    waiting = asyncio.ensure_future(relay.aexpect_event(message="boom", within=20))
    await send_soon()
    assert (await waiting).message == "boom"
    assert len(await relay.aexpect_item("event", count=1) or []) > 0
    await relay.aexpect_no_event(message="other", quiet=0.01)
    with pytest.raises(ExpectationFailed):
        await relay.aexpect_transaction(within=0.01)
    with pytest.raises(ExpectationFailed):
        await relay.aexpect_log(within=0.01)
    with pytest.raises(ExpectationFailed):
        await relay.aexpect_nothing(quiet=0.01)


SECRET = "pässword-Hunter/2+x"
# A gzip header holds the time, and workers must all collect the same tests.
COMPRESSED = base64.b64encode(gzip.compress(SECRET.encode(), mtime=0)).decode()


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        (SECRET, "as it is|with JSON escapes"),
        (json.dumps({"a": SECRET}), "with JSON escapes"),
        (quote(SECRET), "with URL escapes"),
        (base64.b64encode(SECRET.encode()).decode(), "in base64"),
        (base64.b64encode(b"x" + SECRET.encode() + b"y").decode(), "in base64"),
        (base64.urlsafe_b64encode(b"xy" + SECRET.encode()).decode(), "in base64"),
        (SECRET.encode().hex(), "in hexadecimal"),
        (COMPRESSED, "compressed in base64"),
    ],
    ids=[
        "as it is",
        "JSON",
        "URL",
        "base64",
        "base64 within",
        "base64 for URLs",
        "hexadecimal",
        "compressed",
    ],
)
def test_a_leak_is_found_however_it_is_written(
    relay: Relay, post: Any, written: str, encoding: str
) -> None:
    post(relay.dsn, {"extra": {"note": f"it is {written} there"}})
    with pytest.raises(ExpectationFailed, match=rf"in event \d+.*, written .*({encoding})"):
        relay.assert_no_leaks(SECRET)


def test_a_leak_is_found_in_a_compressed_attachment_and_in_a_header(
    relay: Relay, post: Any
) -> None:
    post(relay.dsn, {"message": "with a file"})
    post(relay.dsn, gzip.compress(b"the hunter2-canary"), type="attachment", filename="a.gz")
    post(relay.dsn, b"x", type="attachment", filename="of-otter7-canary.txt")
    with pytest.raises(ExpectationFailed, match=r"in attachment \d+, written as it is, compressed"):
        relay.assert_no_leaks("hunter2-canary")
    with pytest.raises(ExpectationFailed, match=r"in the header of attachment \d+"):
        relay.assert_no_leaks("otter7-canary")


def test_a_leak_names_its_json_path(relay: Relay, post: Any) -> None:
    post(relay.dsn, {"contexts": {"x": {"notes": ["", "my hunter2-canary"]}}})
    with pytest.raises(ExpectationFailed, match=r"at \.contexts\.x\.notes\[1\]"):
        relay.assert_no_leaks("hunter2-canary", "other")


def test_what_is_not_there_does_not_leak(relay: Relay, post: Any) -> None:
    post(relay.dsn, {"message": "nothing to see"})
    relay.assert_no_leaks(SECRET, b"\x00\x01secret")
    with pytest.raises(ConfigError, match="none of them empty"):
        relay.assert_no_leaks("")


def test_an_item_that_was_refused_is_accounted_for(relay: Relay, post: Any) -> None:
    post(relay.dsn, b"{broken")
    relay.assert_accounted()
    assert relay.outcomes == {"error": {"invalid(invalid_json)": 1}}
    assert relay.items() == []


def test_records_that_were_refused_alone_are_accounted_for(relay: Relay, post: Any) -> None:
    good = {"timestamp": time.time(), "trace_id": "b" * 32, "body": "hi"}
    post(relay.dsn, {"items": [good, {}, good]}, type="log", item_count=3)
    relay.assert_accounted()
    assert relay.outcomes["log_item"] == {"accepted": 2, "invalid(invalid_log)": 1}


def test_spans_that_fell_alone_are_accounted_for(relay: Relay, post: Any) -> None:
    relay.configure(quotas=[Quota(categories=("span",), limit=0)])
    now = time.time()
    span = {"trace_id": "b" * 32, "span_id": "c" * 16, "start_timestamp": now}
    fields = {
        "start_timestamp": now,
        "timestamp": now,
        "contexts": {"trace": span},
        "spans": [span],
    }
    with pytest.raises(urllib.error.HTTPError, match="429"):
        post(relay.dsn, fields, type="transaction")
    relay.assert_accounted()
    assert relay.outcomes["span"] == {"rate_limited": 2}
    assert relay.outcomes["transaction"] == {"accepted": 1}


def test_records_that_were_refused_alone_are_not_matched(relay: Relay, post: Any) -> None:
    """Sentry would not have them; the item tells which they are, and why."""
    good = {"timestamp": time.time(), "trace_id": "b" * 32, "body": "kept"}
    bad = {**good, "body": "lost", "timestamp": "yesterday"}
    post(relay.dsn, {"items": [bad, {}, good, bad]}, type="log", item_count=4)
    assert relay.expect_log(body="kept").item.refused_records == (
        RefusedRecords("invalid(invalid_log)", 3, (0, 1, 3)),
    )
    relay.expect_no_log(body="lost")
    assert [found["body"] for found in relay.logs] == ["kept"]


def test_a_ledger_that_does_not_balance_is_shown(relay: Relay, post: Any) -> None:
    from fake_relay.expect import Exhibit
    from fake_relay.protocol.outcome import Fate
    from fake_relay.records import LedgerEntry
    from fake_relay.testing import accounts

    post(relay.dsn, {"message": "boom"})
    exhibits: list[Exhibit] = [relay.expect_event().subject.exhibit]
    entry = LedgerEntry(relay.project, "error", Fate.ACCEPTED, "", 2)
    assert accounts.differences([entry], exhibits) == [
        "  error accepted: the ledger has 2, the stored items make 1"
    ]
    assert accounts.differences([], exhibits) != []


def test_a_child_process_is_pointed_here_by_the_environment(relay: Relay) -> None:
    assert relay.env == {"SENTRY_DSN": relay.dsn, "FAKE_RELAY_URL": relay.url}
    assert relay.dsn.startswith("http://")
    assert relay.dsn.endswith(f"/{relay.project}")


@pytest.mark.parametrize("word", [event, transaction, log])
def test_words_refuse_lookups_that_mean_nothing(word: Any) -> None:
    with pytest.raises(ConfigError, match="needs a list of values"):
        word(level__in="error")


def test_a_snapshot_is_written_compared_and_updated(
    live_relay: LiveRelay, tmp_path: Path, post: Any
) -> None:
    def caught(message: str, *, update: bool = False) -> Relay:
        relay = Relay(live_relay, snapshots=tmp_path, update=update)
        post(relay.dsn, {"message": message, "timestamp": 5.0, "event_id": "c" * 32})
        return relay

    with pytest.raises(ExpectationFailed, match="there is no snapshot"):
        caught("boom").assert_matches_snapshot()
    caught("boom", update=True).assert_matches_snapshot()
    caught("boom").assert_matches_snapshot()
    with pytest.raises(ExpectationFailed, match=r'(?s)-.*"message": "boom".*\+.*"message": "bang"'):
        caught("bang").assert_matches_snapshot()


def test_a_snapshot_replaces_what_differs_between_runs(
    live_relay: LiveRelay, tmp_path: Path, post: Any
) -> None:
    relay = Relay(live_relay, snapshots=tmp_path, update=True)
    trace = "0123456789abcdef" * 2
    payload = {
        "timestamp": "2026-01-01T00:00:00Z",
        "message": f"at 2026-01-01 10:00:00 in {Path.cwd()}/shop.py, <X at 0x7f0011223344>",
        "contexts": {"trace": {"trace_id": trace, "span_id": "f" * 16}},
        "extra": {"same": trace},
        "server_name": "host-7",
    }
    post(relay.dsn, payload)
    relay.assert_matches_snapshot("named case")
    (written,) = json.loads((tmp_path / "named_case.json").read_text())
    assert written["payload"] == {
        "timestamp": "<time>",
        "message": "at <time> in <cwd>/shop.py, <X at <address>>",
        "contexts": {"trace": {"trace_id": "<id 1>", "span_id": "<id 2>"}},
        "extra": {"same": "<id 1>"},
        "server_name": "<host>",
    }


def test_what_was_caught_is_plain_json_by_key_and_has_attributes(relay: Relay, post: Any) -> None:
    post(relay.dsn, ERROR)
    found = relay.expect_event()
    assert found.payload == ERROR
    assert dict(found) == ERROR
    assert found == ERROR
    assert found.exception.values == [{"type": "ValueError", "value": "card declined"}]
    assert found.field("exception") == ["ValueError"]
    assert found.field("nothing") is None
    assert found.get("nothing", 5) == 5
    assert "release" in found
    assert len(found) == 3
    assert found.headers["type"] == "event"
    assert repr(found) == f"<event {found.item.id}: ValueError: card declined>"
    with pytest.raises(AttributeError, match="there is no 'nothing'; there are exception"):
        _ = found.nothing


def test_a_negative_that_holds_by_a_misspelt_field_warns_at_the_line_of_the_test(
    relay: Relay, post: Any
) -> None:
    post(relay.dsn, ERROR)
    with pytest.warns(UserWarning, match="did you mean 'exception'") as caught:
        relay.expect_no_event(exeption="ValueError", quiet=0.01)
    assert [warning.filename for warning in caught] == [__file__]


def test_a_misspelt_field_is_told_in_the_failure(relay: Relay, post: Any) -> None:
    post(relay.dsn, ERROR)
    with pytest.raises(ExpectationFailed, match="did you mean 'exception'"):
        relay.expect_event(exeption="ValueError", within=0.01)

"""Sizes and counts past which Relay refuses an envelope (PROTOCOL.md 3.3 and 4.6)."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from fake_relay.config import Limits
from fake_relay.errors import TooLarge
from fake_relay.intake.limits import RULES, TEXT, check, sizes_alone
from fake_relay.items import ITEM_TYPES
from fake_relay.protocol.envelope import Item, make_envelope, make_item, serialize

KIB, MIB = 1024, 1024 * 1024
SPANS = {"content_type": "application/vnd.sentry.items.span.v2+json", "item_count": 1}


def verdict(*items: Item, limits: Limits | None = None) -> str:
    """The type for which the envelope is refused, or nothing."""
    try:
        check(items, limits or Limits())
    except TooLarge as refused:
        return refused.reason.removeprefix("too_large:")
    return ""


def many(kind: str, number: int, payload: bytes = b"{}", **headers: Any) -> list[Item]:
    return [make_item(kind, payload, headers)] * number


def of_size(kind: str, size: int, **headers: Any) -> Item:
    return make_item(kind, bytes(size), headers)


@pytest.mark.parametrize(
    ("kind", "headers", "limit", "name"),
    [
        ("event", {}, 1_048_576, "event"),
        ("transaction", {}, 1_048_576, "transaction"),
        ("security", {}, MIB, "security"),
        ("raw_security", {}, MIB, "raw_security"),
        ("replay_event", {}, MIB, "replay_event"),
        ("feedback", {}, MIB, "user_report_v2"),
        ("form_data", {}, MIB, "form_data"),
        ("client_report", {}, 100 * KIB, "client_report"),
        ("check_in", {}, 100 * KIB, "check_in"),
        ("session", {}, 10 * MIB, "session"),
        ("sessions", {}, 10 * MIB, "sessions"),
        ("profile", {}, 50 * MIB, "profile"),
        ("profile_chunk", {}, 50 * MIB, "profile_chunk"),
        ("profile_chunk_ui", {}, 50 * MIB, "profile_chunk"),
        ("replay_recording", {}, 10 * MIB, "replay_recording"),
        ("replay_video", {}, 10 * MIB, "replay_video"),
        ("metric_buckets", {}, MIB, "metric_buckets"),
        ("span", {}, 10 * MIB, "span"),
        ("span", SPANS, 10 * MIB, "span"),
        ("span", SPANS | {"item_count": 1000}, 12 * MIB, "span"),
        ("log", {"item_count": 1}, 2 * MIB, "log"),
        ("log", {}, 2 * MIB, "log"),
        ("log", {"item_count": 0}, 2 * MIB, "log"),
        ("log", {"item_count": 1000}, 12 * MIB, "log"),
        ("trace_metric", {"item_count": 1}, MIB, "trace_metric"),
        ("trace_metric", {"item_count": 1000}, 12 * MIB, "trace_metric"),
    ],
)
def test_an_item_may_be_as_large_as_its_limit_and_not_a_byte_more(
    kind: str, headers: dict[str, Any], limit: int, name: str
) -> None:
    assert verdict(of_size(kind, limit, **headers)) == ""
    assert verdict(of_size(kind, limit + 1, **headers)) == name


def test_the_records_of_a_container_are_judged_by_their_average() -> None:
    assert verdict(of_size("log", 6 * MIB, item_count=3)) == ""
    assert verdict(of_size("log", 6 * MIB + 3, item_count=3)) == "log"


@pytest.mark.parametrize(
    ("kind", "most", "headers"),
    [
        ("check_in", 1, {}),
        ("log", 1, {"item_count": 1}),
        ("trace_metric", 1, {"item_count": 1}),
        ("span", 1, SPANS),
        ("span", 25, {}),
        ("session", 100, {}),
        ("sessions", 100, {}),
        ("client_report", 100, {}),
        ("replay_recording", 1, {}),
        ("replay_video", 1, {}),
        ("profile", 1, {}),
        ("event", 1, {}),
    ],
)
def test_an_envelope_holds_so_many_items_of_a_type(
    kind: str, most: int, headers: dict[str, Any]
) -> None:
    assert verdict(*many(kind, most, **headers)) == ""
    assert verdict(*many(kind, most + 1, **headers)) == kind


def test_attachments_and_what_counts_like_them_are_thirty_together() -> None:
    reports = many("user_report", 10) + many("unreal_report", 5)
    assert verdict(*many("attachment", 30)) == ""
    assert verdict(*many("attachment", 31)) == "attachment:attachment"
    assert verdict(*reports, *many("attachment", 15)) == ""
    assert verdict(*reports, *many("attachment", 16)) == "attachment:attachment"
    assert verdict(*many("attachment", 30), *many("user_report", 1)) == "user_report"


@pytest.mark.parametrize(
    ("attachment_type", "name"),
    [
        ("event.attachment", "attachment:attachment"),
        ("event.minidump", "attachment:minidump"),
        ("event.view_hierarchy", "attachment:view_hierarchy"),
        ("nswitch.dying_message", "attachment:nnswitch_dying_message"),
        ("what.nobody.knows", ""),
    ],
)
def test_an_attachment_that_is_too_large_is_named_by_its_type(
    attachment_type: str, name: str
) -> None:
    limits = Limits(max_attachment_size=10)
    item = of_size("attachment", 11, attachment_type=attachment_type)
    assert verdict(item, limits=limits) == name


@pytest.mark.parametrize(
    ("kinds", "refused"),
    [
        (["event", "event"], "event"),
        (["event", "transaction"], "transaction"),
        (["transaction", "event"], "event"),
        (["event", "feedback"], "user_report_v2"),
        (["event", "replay_event"], "replay_event"),
        (["event", "form_data"], "form_data"),
        (["profile", "profile_chunk"], "profile_chunk"),
        (["transaction", "profile"], ""),
        (["event", "attachment", "attachment", "attachment", "session", "client_report"], ""),
        (["replay_event", "replay_recording"], ""),
        (["replay_event"], ""),
        (["feedback", "attachment"], ""),
        (["log"], ""),
        (["log", "trace_metric", "span"], ""),
        (["user_report"], ""),
        ([], ""),
        (["x_new", "x_new"], ""),
    ],
)
def test_combinations(kinds: list[str], refused: str) -> None:
    assert verdict(*(make_item(kind, b"{}") for kind in kinds)) == refused


@pytest.mark.parametrize(
    ("kind", "setting", "name"),
    [
        ("attachment", "max_attachments_size", "attachment:attachment"),
        ("session", "max_sessions_size", "session"),
        ("client_report", "max_client_reports_size", "client_report"),
    ],
)
def test_the_items_of_a_type_have_a_limit_in_all(kind: str, setting: str, name: str) -> None:
    limits = Limits(**{setting: 100})
    assert verdict(of_size(kind, 60), of_size(kind, 40), limits=limits) == ""
    assert verdict(of_size(kind, 60), of_size(kind, 41), limits=limits) == name


def test_an_unknown_item_has_no_limit_of_its_own() -> None:
    assert verdict(of_size("x_new", 60 * MIB)) == ""


def test_a_count_of_zero_refuses_the_type() -> None:
    assert verdict(make_item("session", b"{}"), limits=Limits(max_session_count=0)) == "session"


def test_every_known_item_type_has_a_limit() -> None:
    assert ITEM_TYPES.keys() - RULES.keys() == set()


def test_an_envelope_past_a_limit_is_refused_whole(sender: Any) -> None:
    """The event is small enough; the second check-in is not to be there."""
    items = [make_item("event", b"{}"), *many("check_in", 2)]
    reply = sender.send(serialize(make_envelope({}, items)))
    assert (reply.status, json.loads(reply.body)["detail"]) == (
        413,
        TEXT.format("check_in"),
    )
    assert sender.items == []
    ledger = {
        (row.category, str(row.outcome), row.reason): row.quantity for row in sender.store.ledger()
    }
    assert ledger == {
        ("error", "invalid", "too_large:check_in"): 1,
        ("monitor", "invalid", "too_large:check_in"): 2,
    }


@pytest.mark.parametrize("headers", [{}, SPANS, {"attachment_type": "x.new"}])
@pytest.mark.parametrize("kind", RULES)
def test_an_item_alone_of_a_size_that_passes_needs_no_closer_look(
    kind: str, headers: dict[str, Any]
) -> None:
    sizes = {field.name: 40 for field in fields(Limits) if field.name.endswith("_size")}
    limits = Limits(**sizes)
    size = sizes_alone(limits).get(kind)
    assert (size is None) == RULES[kind].container
    assert size is None or verdict(of_size(kind, size, **headers), limits=limits) == ""


def test_of_what_may_not_come_at_all_no_size_passes_alone() -> None:
    assert "session" not in sizes_alone(Limits(max_session_count=0))

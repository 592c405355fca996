"""Data categories (PROTOCOL.md 6)."""

from __future__ import annotations

import pytest

from fake_relay.protocol.category import Category


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "default"), (1, "error"), (2, "transaction"), (3, "security"), (4, "attachment"),
        (5, "session"), (6, "profile"), (7, "replay"), (8, "transaction_processed"),
        (9, "transaction_indexed"), (10, "monitor"), (11, "profile_indexed"), (12, "span"),
        (13, "monitor_seat"), (14, "feedback"), (15, "metric_bucket"), (16, "span_indexed"),
        (17, "profile_duration"), (18, "profile_chunk"), (19, "metric_second"),
        (20, "replay_video"), (21, "uptime"), (22, "attachment_item"), (23, "log_item"),
        (24, "log_byte"), (25, "profile_duration_ui"), (26, "profile_chunk_ui"),
        (27, "seer_autofix"), (28, "seer_scanner"), (29, "prevent_user"),
        (30, "prevent_review"), (31, "size_analysis"), (32, "installable_build"),
        (33, "trace_metric"), (34, "seer_user"), (35, "profile_backend"), (36, "profile_ui"),
        (37, "trace_metric_byte"), (38, "snapshot_image"), (-1, "unknown"),
    ],
)  # fmt: skip
def test_a_category_has_relays_number_and_name(number: int, name: str) -> None:
    assert (str(Category(number)), Category.parse(name)) == (name, Category(number))


def test_an_alias_means_feedback() -> None:
    assert Category.parse("user_report_v2") is Category.FEEDBACK


@pytest.mark.parametrize("name", ["internal", "ERROR", "", "nope"])
def test_any_other_name_is_unknown(name: str) -> None:
    assert Category.parse(name) is Category.UNKNOWN

"""In which categories each item type counts, and how much (PROTOCOL.md 5.1)."""

from __future__ import annotations

from typing import Any

import pytest

PROFILE = {"profile": 1, "profile_indexed": 1}


@pytest.mark.parametrize(
    ("kind", "payload", "headers", "expected"),
    [
        ("event", {}, {}, {"error": 1}),
        ("event", {"type": "csp"}, {}, {"error": 1}),
        (
            "transaction",
            {"spans": [{}, {}]},
            {},
            {"transaction": 1, "transaction_indexed": 1, "span": 3, "span_indexed": 3},
        ),
        (
            "transaction",
            {"spans": [{}, {}]},
            {"span_count": 9},
            {"transaction": 1, "transaction_indexed": 1, "span": 10, "span_indexed": 10},
        ),
        (
            "transaction",
            {"spans": {"not": "a list"}},
            {},
            {"transaction": 1, "transaction_indexed": 1, "span": 1, "span_indexed": 1},
        ),
        ("security", {}, {}, {"security": 1}),
        ("raw_security", {}, {}, {"security": 1}),
        ("attachment", b"abc", {}, {"attachment": 3, "attachment_item": 1}),
        ("attachment", b"", {}, {"attachment": 1, "attachment_item": 1}),
        (
            "attachment",
            b"{}",
            {"attachment_length": 700},
            {"attachment": 700, "attachment_item": 1},
        ),
        (
            "attachment",
            b"{}",
            {"attachment_length": 2**63},
            {"attachment": 2**40, "attachment_item": 1},
        ),
        ("form_data", [], {}, {}),
        ("unreal_report", b"x", {}, {"error": 1}),
        ("user_report", {}, {}, {"feedback": 1}),
        ("feedback", {}, {}, {"feedback": 1}),
        ("session", {}, {}, {"session": 1}),
        ("sessions", {"aggregates": [{"exited": 40}]}, {}, {"session": 1}),
        ("client_report", {"discarded_events": []}, {}, {}),
        ("check_in", {}, {}, {"monitor": 1}),
        ("profile", {}, {}, PROFILE),
        ("profile", {}, {"platform": "python"}, PROFILE | {"profile_backend": 1}),
        ("profile", {}, {"platform": "android"}, PROFILE | {"profile_ui": 1}),
        ("profile_chunk", {}, {}, {}),
        ("profile_chunk", {}, {"platform": "python"}, {"profile_chunk": 1}),
        ("profile_chunk", {}, {"platform": "cocoa"}, {"profile_chunk_ui": 1}),
        ("profile_chunk_ui", {}, {"platform": "javascript"}, {"profile_chunk_ui": 1}),
        ("replay_event", {}, {}, {"replay": 1}),
        ("replay_recording", b"{}\n", {}, {"replay": 1}),
        ("replay_video", b"", {}, {"replay": 1}),
        ("span", {"items": [{}, {}]}, {"item_count": 2}, {"span": 2, "span_indexed": 2}),
        ("span", {"op": "db"}, {}, {"span": 1, "span_indexed": 1}),
        ("log", b'{"items":[{}]}', {"item_count": 1}, {"log_item": 1, "log_byte": 14}),
        ("log", b'{"items":[{}]}', {"item_count": 5}, {"log_item": 5, "log_byte": 14}),
        ("log", b"", {}, {"log_item": 1, "log_byte": 1}),
        (
            "trace_metric",
            b'{"items":[]}',
            {"item_count": 0},
            {"trace_metric": 0, "trace_metric_byte": 12},
        ),
        ("metric_buckets", [{}], {}, {}),
        ("x_new", b"abc", {}, {}),
    ],
)
def test_an_item_counts_in_its_categories(
    count: Any, kind: str, payload: Any, headers: dict[str, Any], expected: dict[str, int]
) -> None:
    assert count(kind, payload, **headers) == expected

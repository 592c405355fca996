"""Which profiles Relay takes (PROTOCOL.md 5.6)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

NOW = 1_700_000_000.0
ID = "9ec79c33ec9942ab8353589fcb2e04dc"
TRACE = {"trace_id": ID, "span_id": "1" * 16}
TRANSACTION = (
    "transaction",
    {"start_timestamp": NOW, "timestamp": NOW, "contexts": {"trace": TRACE}},
)


def content(*samples: dict[str, Any], **change: Any) -> dict[str, Any]:
    return {"samples": samples, "stacks": [[0], [0, 1]], "frames": [{}, {}], **change}


def sample(nanoseconds: int | str, stack: int = 0, thread: str = "1") -> dict[str, Any]:
    return {"elapsed_since_start_ns": nanoseconds, "stack_id": stack, "thread_id": thread}


def at(seconds: float, stack: int = 0) -> dict[str, Any]:
    return {"timestamp": NOW + seconds, "stack_id": stack, "thread_id": "1"}


PROFILE = {
    "version": "1",
    "event_id": ID,
    "platform": "python",
    "timestamp": "2023-11-14T22:13:20Z",
    "device": {"architecture": "x86_64"},
    "os": {"name": "Linux", "version": "6"},
    "transaction": {"id": ID, "name": "/", "trace_id": ID},
    "profile": content(sample(0), sample("9000000", 1)),
}
CHUNK = {
    "version": "2",
    "profiler_id": ID,
    "chunk_id": ID,
    "platform": "python",
    "release": "a@1",
    "client_sdk": {"name": "sentry.python", "version": "2"},
    "profile": content(at(0)),
}
TRACE_LOG = base64.b64encode(b"*version\n3\n").decode()
ANDROID = {"platform": "android", "sampled_profile": TRACE_LOG, "duration_ns": "5000000"}


def test_a_profile_comes_with_its_transaction(walk: Any) -> None:
    walked = walk(("profile", PROFILE), TRANSACTION)
    assert [str(outcome) for _, outcome in walked] == ["accepted", "accepted"]


def test_a_profile_alone_says_that_it_is_not_sampled(fate: Any) -> None:
    assert fate(("profile", PROFILE, {"sampled": False})) == "accepted"
    assert fate(("profile", PROFILE)) == "invalid(profiling_invalid_standalone)"
    assert fate(("profile", PROFILE, {"sampled": True})) == "invalid(profiling_invalid_standalone)"


def test_a_profile_falls_with_its_transaction_unless_it_is_not_sampled(walk: Any) -> None:
    broken: tuple[str, dict[str, Any]] = ("transaction", {})
    sampled = walk(("profile", PROFILE), broken)
    other = walk(("profile", PROFILE, {"sampled": False}), broken)
    assert str(sampled[0][1]) == "invalid(invalid_transaction)"
    assert str(other[0][1]) == "accepted"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": None}, "platform_not_supported"),
        ({"version": "2"}, "platform_not_supported"),
        ({"event_id": "x"}, "invalid_json"),
        ({"device": {}}, "invalid_json"),
        ({"os": None}, "invalid_json"),
        ({"timestamp": "x"}, "invalid_json"),
        ({"profile": content(sample("x"), sample(1))}, "invalid_json"),
        ({"transaction": None}, "no_transaction_associated"),
        ({"transaction": {"id": ID, "trace_id": ID}}, "invalid_transaction_metadata"),
        (
            {"transaction": {"id": "0" * 32, "name": "/", "trace_id": ID}},
            "invalid_transaction_metadata",
        ),
        ({"profile": content()}, "not_enough_samples"),
        ({"profile": content(sample(0), sample(1, thread="2"))}, "not_enough_samples"),
        ({"profile": content(sample(0), sample(1), stacks=[[]])}, "not_enough_samples"),
        ({"profile": content(sample(0), sample(1, 2))}, "malformed_samples"),
        ({"profile": content(sample(0), sample(1), stacks=[[7]])}, "malformed_stacks"),
        ({"profile": content(sample(0), sample(30_000_000_001))}, "duration_is_too_long"),
    ],
)
def test_a_profile_that_relay_refuses(fate: Any, change: dict[str, Any], reason: str) -> None:
    assert fate(("profile", PROFILE | change), TRANSACTION) == f"invalid(profiling_{reason})"


def test_a_profile_may_last_thirty_seconds(fate: Any) -> None:
    profile = PROFILE | {"profile": content(sample(0), sample(30_000_000_000))}
    assert fate(("profile", profile), TRANSACTION) == "accepted"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "accepted"),
        ({"sampled_profile": "!"}, "invalid(profiling_invalid_base64_value)"),
        ({"sampled_profile": "eHh4"}, "invalid(profiling_invalid_sampled_profile)"),
        ({"duration_ns": 0}, "invalid(profiling_duration_is_zero)"),
        ({"duration_ns": 31_000_000_000}, "invalid(profiling_duration_is_too_long)"),
    ],
)
def test_the_old_profiles_of_android(fate: Any, change: dict[str, Any], expected: str) -> None:
    assert fate(("profile", ANDROID | change), TRANSACTION) == expected


@pytest.mark.parametrize("kind", ["profile_chunk", "profile_chunk_ui"])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "accepted"),
        ({"profile": content(at(0), at(66))}, "accepted"),
        ({"version": "1"}, "invalid(profiling_platform_not_supported)"),
        ({"platform": "cocoa"}, "invalid(profiling_invalid_profile_type)"),
        ({"chunk_id": None}, "invalid(profiling_invalid_json)"),
        ({"client_sdk": None}, "invalid(profiling_invalid_json)"),
        ({"profiler_id": "x"}, "invalid(profiling_invalid_json)"),
        ({"profile": content()}, "invalid(profiling_not_enough_samples)"),
        ({"profile": content(at(0, 9))}, "invalid(profiling_malformed_samples)"),
        ({"profile": content(at(0), stacks=[[5]])}, "invalid(profiling_malformed_stacks)"),
        ({"profile": content(at(0), at(66.5))}, "invalid(profiling_duration_is_too_long)"),
    ],
)
def test_chunks(fate: Any, kind: str, change: dict[str, Any], expected: str) -> None:
    assert fate((kind, CHUNK | change, {"platform": "python"})) == expected


def test_a_perfetto_chunk_is_as_long_as_its_metadata_at_least(fate: Any) -> None:
    headers = {"content_type": "application/x-perfetto-trace", "meta_length": 2}
    assert fate(("profile_chunk", b"{}\x00\xff", headers)) == "accepted"
    long = headers | {"meta_length": 5}
    assert fate(("profile_chunk", b"{}  ", long)) == "invalid(profiling_invalid_json)"


def test_what_is_no_json_is_no_profile(fate: Any) -> None:
    assert fate(("profile", b"abc"), TRANSACTION) == "invalid(profiling_invalid_json)"


@pytest.mark.parametrize(
    "change",
    [
        {"stacks": [[]] * 400_001},
        {"frames": [{}] * 400_001},
        {"stacks": [[0] * 1_500_001]},
    ],
)
def test_a_profile_of_more_parts_than_are_opened_is_too_large(fate: Any, change: Any) -> None:
    profile = PROFILE | {"profile": content(sample(0), sample(1), **change)}
    assert fate(("profile", profile), TRANSACTION) == "invalid(profiling_exceed_size_limit)"

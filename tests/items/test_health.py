"""Release health by the vectors of PROTOCOL.md 10.4."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.items.health import Health, health_of

SID = "8333339f-5675-4f89-a9a0-1c935255ab58"


def update(**fields: Any) -> tuple[str, bytes]:
    """A session update."""
    told = {"sid": SID, "started": "2024-01-01T00:00:00Z", "attrs": {"release": "a@1"}, **fields}
    return "session", json.dumps(told).encode()


def aggregate(**counts: int) -> tuple[str, bytes]:
    """A minute of aggregated sessions."""
    bucket = {"started": "2024-01-01T00:00:00Z", **counts}
    return "sessions", json.dumps({"attrs": {"release": "a@1"}, "aggregates": [bucket]}).encode()


@pytest.mark.parametrize(
    ("payloads", "total", "crashed", "errored", "crash_free"),
    [
        pytest.param(
            [
                update(init=True, status="ok", seq=0),
                update(status="crashed", seq=1, errors=1),
            ],
            1,
            1,
            1,
            0.0,
            id="S01 an update that crashes",
        ),
        pytest.param(
            [aggregate(exited=40, errored=3, crashed=1)], 44, 1, 4, 97.727, id="S02 an aggregate"
        ),
        pytest.param(
            [update(init=True, status="exited", errors=2)], 1, 0, 1, 100.0, id="S03 handled errors"
        ),
        pytest.param(
            [update(init=True), update(init=True)], 2, 0, 0, 100.0, id="S04 one sid, init twice"
        ),
    ],
)
def test_sessions_add_up_as_relay_counts_them(
    payloads: list[tuple[str, bytes]], total: int, crashed: int, errored: int, crash_free: float
) -> None:
    health = health_of(payloads)

    assert (health.total, health.crashed, health.errored) == (total, crashed, errored)
    assert health.crash_free_sessions == pytest.approx(crash_free, abs=0.001)


def test_two_crashed_updates_of_one_session_are_two_crashes_and_one_errored_session() -> None:
    health = health_of([update(init=True, status="crashed"), update(status="crashed")])

    assert (health.crashed, health.errored) == (2, 1)


def test_users_without_a_crash_are_counted_once_each() -> None:
    health = health_of(
        [
            update(init=True, did="ada"),
            update(did="ada", status="exited"),
            update(init=True, did="bob", status="crashed"),
        ]
    )

    assert health.crash_free_users == 50.0


def test_without_sessions_there_is_no_share() -> None:
    assert (Health().crash_free_sessions, Health().crash_free_users) == (None, None)

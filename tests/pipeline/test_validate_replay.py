"""Which replays Relay takes (PROTOCOL.md 5.5)."""

from __future__ import annotations

import json
import zlib
from typing import Any

import msgpack
import pytest

REPLAY_ID = "9ec79c33ec9942ab8353589fcb2e04dc"
FIELDS = {"type": "replay_event", "replay_id": REPLAY_ID, "segment_id": 0}
EVENT = ("replay_event", FIELDS)
FRAMES = b'[{"type":4,"timestamp":1}]'
RECORDING = ("replay_recording", b'{"segment_id":0}\n' + FRAMES)


def recording(frames: bytes) -> tuple[str, bytes]:
    return "replay_recording", b'{"segment_id":0}\n' + frames


def video(**change: Any) -> tuple[str, bytes]:
    parts = {
        "replay_event": json.dumps(FIELDS).encode(),
        "replay_recording": RECORDING[1],
        "replay_video": b"\x00\x00mp4",
    }
    return "replay_video", msgpack.packb({**parts, **change})


@pytest.mark.parametrize(
    "items",
    [
        [EVENT, RECORDING],
        [RECORDING, EVENT],
        [RECORDING],
        [EVENT, recording(zlib.compress(FRAMES))],
        [video()],
        [("replay_event", FIELDS | {"error_ids": [REPLAY_ID], "segment_id": 65535}), RECORDING],
    ],
)
def test_a_replay_that_relay_takes(walk: Any, items: list[Any]) -> None:
    assert {str(outcome) for _, outcome in walk(*items)} == {"accepted"}


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([EVENT], "invalid_replay_missing_recording"),
        ([EVENT, EVENT, RECORDING], "duplicate_item"),
        ([video(), RECORDING], "duplicate_item"),
        ([RECORDING, RECORDING], "duplicate_item"),
        ([("replay_event", b""), RECORDING], "invalid_replay_no_payload"),
        ([("replay_event", b"null"), RECORDING], "invalid_replay_no_payload"),
        ([("replay_event", b"{"), RECORDING], "invalid_replay"),
        ([("replay_event", FIELDS | {"replay_id": "5"}), RECORDING], "invalid_replay"),
        ([("replay_event", FIELDS | {"segment_id": None}), RECORDING], "invalid_replay"),
        ([("replay_event", FIELDS | {"segment_id": 65536}), RECORDING], "invalid_replay"),
        ([("replay_event", FIELDS | {"trace_ids": ["x"]}), RECORDING], "invalid_replay"),
        ([EVENT, ("replay_recording", b"no header\n[]")], "invalid_replay_recording"),
        ([EVENT, ("replay_recording", b'{"segment_id":0}')], "invalid_replay_recording"),
        ([EVENT, recording(b"[{]")], "invalid_replay_recording"),
        ([EVENT, recording(b"\x78\x9c\xff\xff")], "invalid_replay_recording"),
        ([EVENT, recording(zlib.compress(FRAMES)[:-6])], "invalid_replay_recording"),
        ([("replay_video", b"\xc1")], "invalid_replay_video"),
        ([("replay_video", msgpack.packb({"replay_video": b"x"}))], "invalid_replay_video"),
        ([video(replay_video=b"")], "invalid_replay_video"),
        ([video(replay_event=b"{}")], "invalid_replay"),
        ([video(replay_recording=b"x")], "invalid_replay_recording"),
    ],
)
def test_a_replay_that_relay_refuses_falls_as_a_whole(
    walk: Any, items: list[Any], reason: str
) -> None:
    assert {str(outcome) for _, outcome in walk(*items)} == {f"invalid({reason})"}


def test_a_recording_is_inflated_only_up_to_its_limit(walk: Any) -> None:
    bomb = recording(zlib.compress(bytes(3_000_000)))
    limit = {"max_replay_uncompressed_size": 1_000_000}
    assert str(walk(bomb, **limit)[0][1]) == "invalid(too_large:replay_recording)"
    assert str(walk(bomb)[0][1]) == "accepted"


def test_a_recording_of_any_json_values_is_an_array(fate: Any) -> None:
    for frames in (b"[]", b"[1,null,{}]", b' [[],"x"] '.strip()):
        assert fate(recording(frames)) == "accepted"
    for frames in (b"[1],[2]", b"[1", b"[1}"):
        assert fate(recording(frames)) == "invalid(invalid_replay_recording)"

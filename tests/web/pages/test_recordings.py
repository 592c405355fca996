"""Profiles as flame graphs and replays as lists: joined, counted, told in words, never rendered."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.web.pages.flames import flames
from fake_relay.web.pages.recording import Recording, read, steps

REPLAY = "e" * 32


def profile(
    stacks: list[list[int]], samples: list[tuple[int, str]], **fields: Any
) -> dict[str, Any]:
    frames = [{"function": f"f{n}", "filename": "a.py", "lineno": n} for n in range(4)]
    told = [{"stack_id": stack, "thread_id": thread} for stack, thread in samples]
    return {"profile": {"frames": frames, "stacks": stacks, "samples": told}, **fields}


def test_stacks_are_joined_where_their_callers_are_the_same() -> None:
    found = flames(profile([[1, 0], [2, 0]], [(0, "1"), (0, "1"), (0, "1"), (1, "1")]))
    assert found is not None
    assert [(one.name, one.depth, one.left, one.width, one.own) for one in found.flames] == [
        ("f0", 0, 0.0, 100.0, 0),
        ("f1", 1, 0.0, 75.0, 3),
        ("f2", 1, 75.0, 25.0, 1),
    ]
    assert found.hottest == [("f1", "a.py", 3), ("f2", "a.py", 1)]


@pytest.mark.parametrize(
    "fields",
    [
        {"transaction": {"active_thread_id": "2"}},
        {"transaction": {"active_thread_id": 2}},
        {"transactions": [{"active_thread_id": "2"}]},
    ],
)
def test_the_thread_that_did_the_work_is_shown_first(fields: dict[str, Any]) -> None:
    found = flames(profile([[0]], [(0, "1"), (0, "1"), (0, "2")], **fields))
    assert found is not None
    assert (found.thread, found.samples) == ("2", 1)
    chosen = flames(profile([[0]], [(0, "1"), (0, "2")], **fields), "1")
    assert chosen is not None
    assert chosen.thread == "1"


def test_frames_too_narrow_to_be_seen_are_counted() -> None:
    found = flames(profile([[0], [1]], [(0, "1")] * 5000 + [(1, "1")]))
    assert found is not None
    assert (len(found.flames), found.hidden) == (1, 1)


def test_two_lines_of_one_function_are_one_frame() -> None:
    frames = [{"function": "f", "filename": "a.py", "lineno": line} for line in (1, 2)]
    samples = [{"stack_id": stack, "thread_id": "1"} for stack in (0, 1)]
    value = {"profile": {"frames": frames, "stacks": [[0], [1]], "samples": samples}}
    found = flames(value)
    assert found is not None
    assert [(one.name, one.samples) for one in found.flames] == [("f", 2)]


NUMBERS = st.none() | st.integers(-2, 6) | st.text(max_size=2)
STACKS = st.lists(st.lists(NUMBERS, max_size=4) | NUMBERS, max_size=4)
SAMPLES = st.lists(st.fixed_dictionaries({"stack_id": NUMBERS, "thread_id": NUMBERS}), max_size=6)


@given(STACKS, SAMPLES)
@settings(max_examples=60)
def test_any_numbers_make_a_graph_within_its_bounds(stacks: Any, samples: Any) -> None:
    found = flames(
        {"profile": {"frames": [{"function": "f"}] * 3, "stacks": stacks, "samples": samples}}
    )
    for one in found.flames if found else ():
        assert 0 <= one.left <= one.left + one.width <= 100.01
        assert one.own <= one.samples <= found.samples  # type: ignore[union-attr]


async def test_a_profile_has_a_page_with_its_graph(server: Any, see: Any) -> None:
    value = profile([[1, 0]], [(0, "1")], platform="python", profiler_id="f" * 32, version="2")
    await server.send(json.dumps(value).encode(), item_type="profile_chunk")
    _, listed = await see("/profiles")
    assert 'href="/profiles/1"' in listed
    _, page = await see("/profiles/1")
    assert '<text x="4" y="13">f1</text>' in page
    assert "100.0 %" in page


async def test_a_profile_that_cannot_be_drawn_can_be_downloaded(server: Any, see: Any) -> None:
    await server.send(b'{"platform":"android"}', item_type="profile_chunk")
    status, page = await see("/profiles/1")
    assert (status, "no samples that can be drawn" in page) == (200, True)
    await server.send(b'{"message":"no profile"}')
    status, _ = await see("/profiles/2")
    assert status == 404


BUTTON = {"id": 7, "tagName": "button", "attributes": {"id": "pay", "class": "big red"}}
EVENTS: list[dict[str, Any]] = [
    {"type": 4, "timestamp": 1000, "data": {"href": "https://a.example/", "width": 9, "height": 8}},
    {"type": 2, "timestamp": 1001, "data": {"node": {"id": 1, "childNodes": [BUTTON]}}},
    {"type": 3, "timestamp": 2000, "data": {"source": 1, "positions": []}},
    {"type": 3, "timestamp": 3000, "data": {"source": 2, "type": 2, "id": 7}},
    {"type": 5, "timestamp": 4000, "data": {"tag": "breadcrumb", "payload": {
        "category": "console", "message": "no", "level": "error"}}},
]  # fmt: skip


def recorded(events: Any, segment: int = 0, *, packed: bool = True) -> bytes:
    text = json.dumps(events).encode()
    return b'{"segment_id":%d}\n' % segment + (zlib.compress(text) if packed else text)


@pytest.mark.parametrize("packed", [True, False])
def test_events_are_told_in_words_with_the_names_of_elements(packed: bool) -> None:
    told = [(step.kind, step.text) for step in steps([read(recorded(EVENTS, packed=packed))])]
    assert told == [
        ("navigation", "https://a.example/ (9 by 8)"),
        ("snapshot", "the whole page was recorded"),
        ("pointer", ""),
        ("click", "click on button#pay.big.red"),
        ("breadcrumb", "console no"),
    ]


def test_elements_are_named_by_what_an_earlier_segment_told() -> None:
    later = read(recorded([EVENTS[3]], 1))
    (step,) = list(steps([later, read(recorded(EVENTS))]))[:1]
    assert step.text == "click on button#pay.big.red"


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b'{"segment_id":0}\n\xff\xff', "it is neither JSON nor zlib"),
        (recorded(EVENTS)[:-9], "it is cut, or larger than this page reads"),
        (b'{"segment_id":0}\n{}', "its events are no JSON array"),
        (b"", "its events are no JSON array"),
    ],
)
def test_what_cannot_be_read_says_so(payload: bytes, problem: str) -> None:
    assert read(payload) == Recording([], problem)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["type", "data", "node", "source", "id", "tag", "payload", "adds",
                         "childNodes", "attributes", "tagName", "timestamp"]),
        inner,
        max_size=5,
    ),
    max_leaves=8,
)  # fmt: skip


@given(st.lists(JSON, max_size=4))
@settings(max_examples=60)
def test_any_events_are_told_one_by_one(events: list[Any]) -> None:
    assert len(list(steps([read(recorded(events, packed=False))]))) == len(events)


async def test_a_replay_is_one_line_and_one_list_over_its_segments(server: Any, see: Any) -> None:
    for segment in (0, 1):
        event = {
            "type": "replay_event", "replay_id": REPLAY, "segment_id": segment,
            "replay_start_timestamp": 1.0, "timestamp": 2.0 + segment, "error_ids": ["c" * 32],
            "urls": [f"https://a.example/{segment}"],
        }  # fmt: skip
        parts = [
            ("replay_event", json.dumps(event).encode()),
            ("replay_recording", recorded(EVENTS if not segment else EVENTS[4:], segment)),
        ]
        body = json.dumps({"event_id": REPLAY}).encode() + b"\n"
        for kind, payload in parts:
            body += json.dumps({"type": kind, "length": len(payload)}).encode()
            body += b"\n" + payload + b"\n"
        path = "/api/42/envelope/?sentry_key=" + "a" * 32
        async with server.client.post(path, data=body) as response:
            assert response.status == 200
    _, listed = await see("/replays")
    assert listed.count(f'href="/replays/{REPLAY}"') == 1
    _, page = await see(f"/replays/{REPLAY}")
    assert "click on button#pay.big.red" in page
    assert page.count("console no") == 2
    assert "2.00 s</strong> long" in page
    assert ">pointer<" not in page
    _, everything = await see(f"/replays/{REPLAY}?all=1")
    assert ">pointer<" in everything


async def test_an_unknown_replay_is_a_page_that_says_so(see: Any) -> None:
    assert (await see(f"/replays/{'0' * 32}"))[0] == 404
    assert (await see("/replays/nonsense"))[0] == 404

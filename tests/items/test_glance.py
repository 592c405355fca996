"""What is judged at a glance is judged as it would be by a closer look."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.items.facts import timestamp
from fake_relay.items.required import MAX_RELEASE, is_release, is_time_text, is_uuid, is_whole
from fake_relay.items.transaction import ChildSpan, are_sound, thorough_flaw_of
from fake_relay.protocol.envelope import normalize_event_id

TRACE, OTHER = "9ec79c33ec9942ab8353589fcb2e04dc", "0" * 32
START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
TIMES = st.sampled_from(
    [START, START + timedelta(seconds=1), START.replace(tzinfo=None), 1.5, 2.5, None]
)
SPANS = st.builds(
    ChildSpan,
    st.sampled_from([TRACE, TRACE, TRACE, OTHER, TRACE[:31], "", None]),
    st.sampled_from(["8fc5c1b2a3d4e5f6", "8FC5C1B2A3D4E5F6", "0" * 16, "8fc5c1b2a3d4e5f", None]),
    TIMES,
    TIMES,
)


@given(st.lists(SPANS | st.none(), min_size=1, max_size=3))
def test_spans_that_are_sound_at_a_glance_have_no_flaw(spans: list[ChildSpan | None]) -> None:
    assert not are_sound(spans) or thorough_flaw_of(spans) == ""


@given(st.lists(st.integers(1, 2**64 - 1), min_size=1), st.integers(0, 10**9))
def test_what_sdks_send_is_sound_at_a_glance(ids: list[int], micros: int) -> None:
    end = START + timedelta(microseconds=micros)
    assert are_sound([ChildSpan(TRACE, f"{span_id:016x}", START, end) for span_id in ids])


@pytest.mark.parametrize(
    "change",
    [
        {"trace_id": None},
        {"trace_id": OTHER[:31]},
        {"span_id": "8fc5c1b2a3d4e5"},
        {"span_id": "0" * 16},
        {"start_timestamp": START + timedelta(days=1)},
        {"start_timestamp": None},
        {"start_timestamp": 1.5},
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_span_of_another_kind_takes_a_closer_look(change: dict[str, Any], place: int) -> None:
    fields: dict[str, Any] = {
        "trace_id": TRACE,
        "span_id": "8fc5c1b2a3d4e5f6",
        "start_timestamp": START,
        "timestamp": START,
    }
    spans = [ChildSpan(**fields | (change if number == place else {})) for number in range(3)]
    assert not are_sound(spans)


DATES = st.dates(date(1000, 1, 1)).flatmap(
    lambda day: st.sampled_from(
        [f"{day}", f"{day:%Y%m%d}", f"{day:%G-W%V-%u}", f"{day:%GW%V%u}", f"{day:%GW%V}"]
    )
)
ZONES = st.sampled_from(["", "Z", "+01:00", "-0130", "+01:00:30"])
CLOCKS = st.sampled_from(
    ["07", "07:21", "0721", "07:21:12", "072112", "07:21:12.5", "07:21:12,123456", "072112.123"]
)
WRITTEN = st.builds(lambda *parts: "".join(parts), DATES, st.sampled_from("T t-:W"), CLOCKS, ZONES)


@given(DATES | WRITTEN)
def test_a_time_that_was_read_is_whole_when_it_is_written_like_one(text: str) -> None:
    if timestamp(text) is not None:
        assert is_whole(text) == is_time_text(text)


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=2)))))
def test_a_time_as_sdks_write_it_is_whole(moment: datetime) -> None:
    assert is_whole(moment.isoformat())
    assert is_whole(moment.isoformat(timespec="milliseconds"))


@pytest.mark.parametrize("value", [None, 5, True, "", "2026-11-22", "2026-11-22T07:21", "x" * 40])
def test_what_has_no_seconds_is_not_whole(value: Any) -> None:
    assert not is_whole(value)


DIGITS = st.text("0123456789abcdefABCDEF", min_size=31, max_size=33)


@st.composite
def spellings(draw: st.DrawFn) -> str:
    digits, cuts = draw(DIGITS), draw(st.sampled_from([(), (8, 12, 16, 20), (8, 12, 16)]))
    ends = zip((0, *cuts), (*cuts, len(digits)), strict=True)
    bare = "-".join(digits[begin:end] for begin, end in ends)
    return draw(st.sampled_from(["{}", "urn:uuid:{}", "{{{}}}", "{}\n", " {}"])).format(bare)


@given(spellings())
def test_a_uuid_is_what_can_be_read_as_an_event_id(text: str) -> None:
    try:
        normalize_event_id(text)
    except ValueError:
        assert not is_uuid(text)
    else:
        assert is_uuid(text)


@given(st.integers(0, 2 * MAX_RELEASE), st.integers(0, 3 * MAX_RELEASE))
def test_blanks_around_a_release_do_not_count(size: int, blanks: int) -> None:
    assert is_release(" " * blanks + "x" * size + " " * blanks) == (0 < size <= MAX_RELEASE)

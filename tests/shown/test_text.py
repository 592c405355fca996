"""Quantities as people write them."""

from __future__ import annotations

import pytest

from fake_relay.shown.text import byte_size, clock, milliseconds, moment_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("inf"), ""),
        (0.0, "0 µs"),
        (0.85, "850 µs"),
        (12.34, "12.3 ms"),
        (850.4, "850 ms"),
        (1250.0, "1.25 s"),
        (200_000.0, "3 min 20 s"),
        (7_260_000.0, "2 h 1 min"),
    ],
)
def test_a_duration_is_written_in_fitting_units(value: float | None, text: str) -> None:
    assert milliseconds(value) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (5 * 1024**2, "5.0 MiB"),
        (2**40, "1024.0 GiB"),
    ],
)
def test_a_size_is_written_in_fitting_units(size: int, text: str) -> None:
    assert byte_size(size) == text


@pytest.mark.parametrize("moment", [1e300, -1e300, 1e17])
def test_a_moment_that_no_calendar_has_is_a_question_mark(moment: float) -> None:
    assert (clock(moment), moment_text(moment)) == ("?", "?")

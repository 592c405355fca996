"""Words for people: what is counted, and what was meant."""

from __future__ import annotations

import pytest

from fake_relay.expect.wording import counted, listed, meant


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (0, "event", "0 events"),
        (1, "event", "1 event"),
        (2, "event", "2 events"),
        (2, "client_report", "2 client_reports"),
        (2, "log_byte", "2 log_bytes"),
        (2, "sessions", "2 sessions"),
        (2, "feedback", "2 feedback"),
        (2, "type_of_theirs", "2 type_of_theirs"),
    ],
)
def test_a_noun_is_counted(number: int, noun: str, said: str) -> None:
    assert counted(number, noun) == said


def test_a_list_begins_with_the_most() -> None:
    assert listed({"log": 1, "event": 3, "span": 2}) == "3 events, 2 spans, 1 log"


@pytest.mark.parametrize(
    ("word", "guess"), [("exeption", "exception"), ("exception", None), ("basket", None)]
)
def test_a_name_is_guessed_only_when_it_resembles_one(word: str, guess: str | None) -> None:
    assert meant(word, ("event", "exception", "release")) == guess

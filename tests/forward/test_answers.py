"""What an upstream's answers mean: limits, verdicts, and the coding that it takes."""

from __future__ import annotations

import socket
import ssl

import pytest

from fake_relay.forward.codings import Codings, compress
from fake_relay.forward.limits import UpstreamLimits
from fake_relay.forward.verdict import Answer, judge, retry_after
from fake_relay.forward.wire import told
from fake_relay.protocol import encoding
from fake_relay.protocol.rate_limits import parse_limits

NOW = 1_795_348_800.0
HERE, THERE = "http://up/api/1/envelope/", "http://up/api/2/envelope/"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "delivered"),
        (201, "delivered"),
        (302, "again"),
        (400, "dead"),
        (401, "dead"),
        (403, "dead"),
        (404, "dead"),
        (407, "again"),
        (408, "again"),
        (413, "too_large"),
        (415, "dead"),
        (425, "again"),
        (429, "limited"),
        (500, "again"),
        (502, "again"),
        (503, "again"),
        (508, "dead"),
        (599, "again"),
    ],
)
def test_each_status_is_tried_again_or_given_up(status: int, kind: str) -> None:
    assert judge(Answer(status), NOW).kind == kind


def test_a_bare_429_limits_everything_for_a_minute() -> None:
    (limit,) = judge(Answer(429), NOW).limits
    assert (limit.retry_after, limit.categories) == (60, ())
    (limit,) = judge(Answer(429, {"retry-after": "7"}), NOW).limits
    assert limit.retry_after == 7


def test_limits_are_read_from_an_answer_of_success_too() -> None:
    found = judge(Answer(200, {"x-sentry-rate-limits": "60:error:key"}), NOW)
    assert (found.kind, len(found.limits)) == ("delivered", 1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 5 ", 5.0),
        ("Sun, 22 Nov 2026 12:01:00 GMT", 60.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", 0.0),
        ("-5", 0.0),
        ("", 0.0),
        ("9" * 50, 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float) -> None:
    assert retry_after(text, NOW) == seconds


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(400, {"x-sentry-error": "bad key"}, b'{"detail":"other"}'), "bad key"),
        (Answer(400, {}, b'{"detail":"no project"}'), "no project"),
        (Answer(400, {}, b'{"error":"nope"}'), "nope"),
        (Answer(400, {}, b"<html>"), ""),
        (Answer(400, {}, b'["x"]'), ""),
    ],
)
def test_the_words_of_a_refusal_are_found(answer: Answer, words: str) -> None:
    assert judge(answer, NOW).detail == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('::1', 9)"), "connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "name or service not known"),
        (ssl.SSLError(1, "[SSL: BAD] bad"), "tls: [ssl: bad] bad"),
        (TimeoutError(), "TimeoutError"),
        (ValueError("one\ntwo"), "one"),
    ],
)
def test_why_nobody_answered_is_told_in_a_few_words(error: Exception, words: str) -> None:
    assert told(error) == words


def limits(header: str) -> UpstreamLimits:
    known = UpstreamLimits()
    known.learn(parse_limits(header), HERE, NOW)
    return known


def test_a_limit_holds_its_categories_and_ends() -> None:
    known = limits("60:error;attachment:key")
    assert known.until("error", HERE, NOW) == NOW + 60
    assert known.until("default", HERE, NOW) == NOW + 60
    assert known.until("transaction", HERE, NOW) == 0
    assert known.until("error", HERE, NOW + 61) == 0


def test_a_limit_that_has_ended_is_still_told_to_who_asks_about_the_time_before() -> None:
    known = limits("60:error:key")
    assert known.held(NOW + 61) == []
    assert known.until("error", HERE, NOW + 59) == NOW + 60


def test_limits_that_ended_long_ago_are_forgotten() -> None:
    known = limits("60:error:key")
    known.learn(parse_limits("60:session:key"), HERE, NOW + 9999)
    assert known.until("error", HERE, NOW) == 0


def test_a_limit_of_a_key_is_that_projects_alone_and_of_an_organization_all() -> None:
    assert limits("60:error:project").until("error", THERE, NOW) == 0
    assert limits("60:error:organization").until("error", THERE, NOW) == NOW + 60


def test_a_limit_without_categories_holds_everything_that_counts_or_not() -> None:
    known = limits("60::organization")
    assert known.until("session", HERE, NOW) == known.until("", HERE, NOW) == NOW + 60


def test_categories_that_nobody_knows_and_buckets_of_a_namespace_hold_nothing() -> None:
    known = limits("60:made_up:key, 60:metric_bucket:key::custom")
    assert known.until("error", HERE, NOW) == known.until("", HERE, NOW) == 0


def test_a_shorter_limit_does_not_end_a_longer_one_and_none_lasts_for_ever() -> None:
    known = limits("600:error:key, 6:error:key")
    assert known.until("error", HERE, NOW) == NOW + 600
    assert limits("99999999999:error:key").until("error", HERE, NOW) == NOW + 86_400


def test_limits_survive_being_written_down() -> None:
    again = UpstreamLimits(limits("60:error:key").held(NOW))
    assert again.until("error", HERE, NOW) == NOW + 60


@pytest.mark.parametrize("coding", ["zstd", "br", "gzip", ""])
def test_what_is_compressed_can_be_read_again(coding: str) -> None:
    body = b"envelope" * 1000
    assert encoding.decode(compress(body, coding), coding, len(body)) == body


def test_the_best_coding_that_is_taken_is_found_and_kept() -> None:
    known = Codings("auto")
    assert known.current == "zstd"
    assert known.after("zstd", 400) == "br"
    assert known.after("br", 415) == "gzip"
    known.accepted("gzip")
    assert (known.current, known.proven) == ("gzip", "gzip")
    assert Codings("auto", known.proven).current == "gzip"


def test_a_coding_that_was_accepted_is_not_to_blame() -> None:
    known = Codings("auto")
    known.accepted("zstd")
    assert known.after("zstd", 400) is None
    assert known.after("zstd", 415) == "br"
    assert known.current == "br"


def test_a_bad_body_alone_teaches_nothing_about_codings() -> None:
    known = Codings("auto")
    coding: str | None = known.current
    while coding is not None:
        coding = known.after(coding, 400)
    assert known.current == "zstd"


def test_one_coding_can_be_asked_for_and_none() -> None:
    assert Codings("br").current == "br"
    assert Codings("br").after("br", 415) == ""
    assert Codings("none").after("", 415) is None
    assert Codings("none").current == ""

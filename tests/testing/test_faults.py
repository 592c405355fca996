"""`relay.faults`: only the test's own project breaks, until the test or the block ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from fake_relay.config import RelayConfig
from fake_relay.config.faults import Bucket
from fake_relay.errors import ConfigError
from fake_relay.protocol.dsn import Dsn
from fake_relay.testing.attached import ServedElsewhere
from fake_relay.testing.harness import Relay
from fake_relay.testing.live import LiveRelay, ServedHere

ERROR = {"message": "boom"}
Send = Callable[..., Any]


@pytest.fixture(scope="module")
def here() -> Iterator[ServedHere]:
    """A relay of this process."""
    with ServedHere(RelayConfig()) as served:
        yield served


@pytest.fixture(params=["in this process", "attached"])
def live(request: pytest.FixtureRequest, here: ServedHere) -> Iterator[LiveRelay]:
    """The same relay, as both kinds of fixtures have it."""
    if request.param == "in this process":
        yield here
        return
    with ServedElsewhere(here.url) as elsewhere:
        yield elsewhere


@pytest.fixture
def broken(live: LiveRelay) -> Iterator[Relay]:
    """A project of its own, as a test has it."""
    made = Relay(live)
    yield made
    made.close()


@pytest.fixture
def send() -> Iterator[Send]:
    """Send an item: the answer, or the error without one."""
    with urllib3.PoolManager(retries=False, timeout=20) as pool:

        def send_item(relay: Relay, payload: Any = ERROR, kind: str = "event") -> Any:
            to = Dsn.parse(relay.dsn)
            data = json.dumps(payload).encode()
            body = b'{}\n{"type":"%b"}\n%b\n' % (kind.encode(), data)
            url = f"{to.envelope_url}?sentry_key={to.public_key}"
            return pool.request("POST", url, body=body)

        yield send_item


def test_an_outage_ends_after_so_many_requests(broken: Relay, send: Send) -> None:
    outage = broken.faults.outage(times=3)
    assert [send(broken).status for _ in range(4)] == [503, 503, 503, 200]
    assert [fired.label for fired in outage.fired] == ["status_503"] * 3
    assert len(broken.items()) == 1


def test_a_block_ends_its_own_fault_and_no_other(broken: Relay, send: Send) -> None:
    broken.faults.latency("1ms")
    with broken.faults.status(500, headers={"X-Why": "test"}, body="no"):
        answer = send(broken)
        assert (answer.status, answer.headers["X-Why"], answer.data) == (500, "test", b"no")
    assert send(broken).status == 200
    assert [fired.label for fired in broken.faults.fired] == [
        *("latency_1ms", "status_500", "latency_1ms"),
    ]


def test_a_block_that_fails_ends_its_fault_too(broken: Relay, send: Send) -> None:
    with pytest.raises(RuntimeError, match="the test"), broken.faults.outage():
        raise RuntimeError("the test")
    assert send(broken).status == 200


def test_another_project_is_never_hit(broken: Relay, live: LiveRelay, send: Send) -> None:
    broken.faults.outage()
    broken.faults.rate_limit()
    assert send(broken).status == 503
    assert send(Relay(live)).status == 200


def test_a_rate_limit_names_its_category_and_leaves_the_others(broken: Relay, send: Send) -> None:
    with broken.faults.rate_limit("error", seconds=60, reason="quota"):
        answer = send(broken)
        assert answer.headers["X-Sentry-Rate-Limits"] == "60:error:organization:quota"
        assert answer.headers["Retry-After"] == "60"
        check_in = {"check_in_id": "e" * 32, "monitor_slug": "nightly", "status": "ok"}
        assert send(broken, check_in, "check_in").status == 200
    assert send(broken).status == 200
    assert broken.outcomes["error"] == {"rate_limited(quota)": 1, "accepted": 1}


def test_a_quota_lets_so_many_through(broken: Relay, send: Send) -> None:
    broken.faults.quota("error", 2, window=3600)
    assert [send(broken).status for _ in range(4)] == [200, 200, 200, 429]
    assert broken.outcomes["error"] == {"accepted": 2, "rate_limited": 2}


@pytest.mark.parametrize("break_it", ["hang", "drop_connection", "truncate", "garbage"])
def test_what_breaks_the_answer_reaches_the_client(
    broken: Relay, send: Send, break_it: str
) -> None:
    arguments = {"hang": [0]}.get(break_it, [])
    with getattr(broken.faults, break_it)(*arguments), pytest.raises(urllib3.exceptions.HTTPError):
        send(broken)
    kept = break_it in ("truncate", "garbage")
    assert len(broken.items()) == int(kept)


def test_bad_json_and_a_wrong_type_come_with_a_200(broken: Relay, send: Send) -> None:
    broken.faults.bad_json()
    broken.faults.clear()
    broken.faults.content_type("text/html", times=1)
    broken.faults.bad_json()
    answer = send(broken)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html")
    with pytest.raises(json.JSONDecodeError):
        send(broken).json()


def test_what_is_hit_can_be_chosen(broken: Relay, send: Send) -> None:
    broken.faults.status(503, types=["event"], q="release:shop@2.*")
    assert send(broken, {"release": "shop@1"}).status == 200
    assert send(broken, {"release": "shop@2.0"}).status == 503


def test_dice_and_buckets_come_with_the_fault(broken: Relay) -> None:
    set_ = broken.faults.status(503, probability=0.5, seed=7, bucket=(10, 20)).fault
    assert (set_.probability, set_.seed, set_.bucket) == (0.5, 7, Bucket(rate=10, burst=20))
    assert broken.faults.plan == (set_,)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda faults: faults.latency("soon"), "length of time"),
        (lambda faults: faults.status(42), "effect.status"),
        (lambda faults: faults.rate_limit("errors"), "did you mean 'error'"),
        (lambda faults: faults.outage(when="now"), "when"),
        (lambda faults: faults.outage(door="back"), "match.door"),
    ],
)
def test_a_fault_that_means_nothing_is_refused_at_once(
    broken: Relay, call: Callable[[Any], Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        call(broken.faults)
    assert broken.faults.plan == ()


def test_the_representation_says_what_breaks(broken: Relay) -> None:
    outage = broken.faults.outage(times=3)
    assert repr(outage) == f"<fault {outage.id}: status=503, in project {broken.project}, times 3>"


def test_the_fixture_clears_what_a_test_has_set(suite: Any, here: ServedHere) -> None:
    result = suite(
        """
        def test_breaks(relay):
            relay.faults.outage()
            relay.faults.rate_limit("error")
            assert len(relay.faults.plan) == 2
        """,
        f"--fake-relay-url={here.url}",
    )
    result.assert_outcomes(passed=1)
    assert here.receiver.faults.plan() == ()

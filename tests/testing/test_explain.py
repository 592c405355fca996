"""`relay.explain` in a test: why an event is missing, of the test's own project."""

from __future__ import annotations

import pytest
import urllib3

from fake_relay.testing import ExpectationFailed, Relay

ID = "0123456789abcdef0123456789abcdef"


def post(relay: Relay, body: bytes) -> int:
    dsn = relay.dsn.partition("://")[2].partition("@")[0]
    url = f"{relay.url}/api/{relay.project}/envelope/?sentry_key={dsn}"
    return urllib3.request("POST", url, body=body, retries=False).status


def test_an_event_that_was_refused_is_explained(relay: Relay) -> None:
    assert post(relay, b'{"event_id":"%b"}\nbroken' % ID.encode()) == 400
    found = relay.explain(ID)
    assert found.missing
    assert found.findings[0].kind == "refused"
    assert "status 400" in found.text


def test_without_an_event_all_that_was_not_kept_is_told(relay: Relay) -> None:
    post(relay, b"")
    post(relay, b'{}\n{"type":"event"}\n{broken')
    assert sorted(one.kind for one in relay.explain().findings) == ["invalid", "refused"]


@pytest.mark.parametrize("event_id", [ID, None])
def test_what_other_projects_did_is_left_out(relay: Relay, event_id: str | None) -> None:
    assert [one.kind for one in relay.explain(event_id).findings] == ["never_seen"]


def test_a_failed_expectation_tells_that_a_request_was_refused(relay: Relay) -> None:
    post(relay, b"")
    with pytest.raises(ExpectationFailed, match=r"was refused \(400\): empty request body"):
        relay.expect_event(within=0)

"""Everything that was not accepted since a moment."""

from __future__ import annotations

from typing import Any

from fake_relay.explain import explain

REPORT = b'{"discarded_events":[{"reason":"before_send","category":"error","quantity":5}]}'


def explained(receiver: Any, **narrowed: Any) -> Any:
    return explain(receiver.reader, now=receiver.now, **narrowed)


def test_what_was_not_accepted_is_grouped_the_most_first(receiver: Any) -> None:
    receiver.send(b"{}")
    receiver.send(b"{broken")
    for _ in range(3):
        receiver.post(b"no envelope")
    receiver.send(REPORT, "client_report")
    found = explained(receiver)
    assert [(one.kind, one.evidence.quantity) for one in found.findings] == [
        ("discarded", 5),
        ("refused", 3),
        ("invalid", 1),
    ]
    assert found.headline == "2 items accepted; what was not:"
    assert found.missing
    assert found.findings[1].evidence.refused == (3, 2, 1)
    assert found.findings[2].evidence.items == (2,)


def test_only_what_came_since_then_counts(receiver: Any) -> None:
    receiver.post(b"no envelope")
    receiver.send(b"{broken")
    receiver.now += 1000
    receiver.send(b"{}")
    found = explained(receiver, since=receiver.now - 500)
    assert (found.missing, found.findings) == (False, ())
    assert found.headline == "1 item accepted, and nothing was refused, left out or thrown away"


def test_without_a_moment_the_last_hour_counts(receiver: Any) -> None:
    receiver.post(b"no envelope")
    receiver.now += 3599
    assert len(explained(receiver).findings) == 1
    receiver.now += 2
    assert [one.kind for one in explained(receiver).findings] == ["never_seen"]


def test_a_project_hears_of_its_own_and_of_what_nobody_is_known_to_have_sent(receiver: Any) -> None:
    receiver.post(b"no envelope", project="42")
    receiver.post(b"no envelope", project="7")
    receiver.post(b"x", path="/somewhere")
    found = explained(receiver, project="42")
    assert sorted(one.evidence.project for one in found.findings) == ["", "42"]


def test_silence_is_told_as_such(receiver: Any) -> None:
    found = explained(receiver, project="42")
    assert (found.missing, found.headline) == (True, "nothing arrived")
    assert "from project 42" in found.findings[0].sentence

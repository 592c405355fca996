"""Events that met a fault on purpose are told as such."""

from __future__ import annotations

from typing import Any

import pytest

from fake_relay.explain import explain
from fake_relay.faults import plan_of

ID = "0123456789abcdef0123456789abcdef"


def plan(receiver: Any, effect: dict[str, Any]) -> None:
    receiver.relay.faults.set(plan_of({"faults": [{"effect": effect}]}), None)


@pytest.mark.parametrize(
    ("effect", "answer"),
    [({"status": 503}, "status 503"), ({"reset": "before_body"}, "no answer")],
)
def test_an_event_that_a_fault_refused_is_missing(
    receiver: Any, effect: dict[str, Any], answer: str
) -> None:
    plan(receiver, effect)
    receiver.send(b"{}", event_id=ID)
    found = explain(receiver.reader, ID, now=receiver.now)
    assert (found.missing, [one.kind for one in found.findings]) == (True, ["faulted"])
    assert found.headline == f"event {ID} arrived and was refused with {answer}"
    assert "fake-relay faults" in found.findings[0].advice
    (finding,) = explain(receiver.reader, now=receiver.now).findings
    assert (finding.kind, answer in finding.sentence) == ("faulted", True)


def test_an_event_that_was_kept_in_spite_of_a_fault_says_so(receiver: Any) -> None:
    plan(receiver, {"truncate": {"bytes": 3}})
    receiver.send(b"{}", event_id=ID)
    found = explain(receiver.reader, ID, now=receiver.now)
    assert (found.missing, [one.kind for one in found.findings]) == (False, ["faulted"])
    assert "truncate" in found.findings[0].sentence

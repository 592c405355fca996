"""Answer what a child asks through its journal: set a fault, wait for items.

Rule: a child is told what went wrong, and goes on; it never waits for an answer in vain.
May import: fake_relay's names.
"""

from __future__ import annotations

from typing import Any

from fake_relay.config.faults import Fault
from fake_relay.errors import ConfigError, FakeRelayError
from fake_relay.expect import Expectation
from fake_relay.faults import fault_of, plan_of
from fake_relay.protocol.dsn import Dsn
from fake_relay.testing.live import LiveRelay
from fake_relay.testing.waiting import wait_for


def answer(line: dict[str, Any], live: LiveRelay, dsn: Dsn, *, time_limit: float) -> dict[str, Any]:
    """The answer to a question: `ok` with a value, or `error` with a text.

    Nothing is waited for longer than `time_limit` seconds.
    """
    line = {**line, "within": min(line.get("within") or 0.0, time_limit)}
    try:
        return {"ok": ASKED[str(line.get("what"))](line, live, dsn)}
    except KeyError:
        return {"error": f"nobody knows how to answer {line.get('what')!r}"}
    except FakeRelayError as error:
        return {"error": str(error)}


def _fault(line: dict[str, Any], live: LiveRelay, dsn: Dsn) -> Any:
    if line.get("clear"):
        live.clear_faults(dsn.project_id, None)
    if not line.get("effect"):
        return None
    return live.add_fault(fault_from(line, dsn.project_id))


def fault_from(line: dict[str, Any], project: str) -> Fault:
    """The fault that a step describes; raises `ConfigError`."""
    given = {"match": line.get("match") or {}, "times": line.get("times"), "project": project}
    effect = line["effect"]
    if isinstance(effect, str):
        return fault_of(effect, **given)
    (fault,) = plan_of({"faults": [{"effect": effect, **given}]})
    return fault


def _await(line: dict[str, Any], live: LiveRelay, dsn: Dsn) -> Any:
    told = {**line["expect"], "project": dsn.project_id, "within": line["within"]}
    verdict = wait_for(Expectation.from_json(told, reader_position=0), live, dsn)
    if not verdict.held:
        raise ConfigError(verdict.text)
    return len(verdict.matched)


ASKED = {"await": _await, "fault": _fault}
"""What can be asked, and who answers."""

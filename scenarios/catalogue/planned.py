"""Scenarios that wait for a part of the relay that is not there yet: shown, and never run.

Rule: each says in one line what it waits for; with that part it moves to the file of its group.
May import: scenario.
"""

from __future__ import annotations

from scenarios.scenario import Scenario

ALERTS = "the relay's alert rules, with their clock and their four sinks"
ISSUES = "the relay's issues: groups with a state, first and last release"
RELEASES = "the relay's releases: create, commits, deploys, finalize"
STATISTICS = "the relay's statistics over time: rates, P95, APDEX"


def _planned(scenario_id: str, title: str, group: str, planned: str) -> Scenario:
    return Scenario(id=scenario_id, title=title, group=group, planned=planned)


SCENARIOS = (
    _planned("E-13", "one error from two call sites, messages and types", "errors", ISSUES),
    _planned("R-04.deploys", "a deployment stands in the release's list", "releases", RELEASES),
    _planned(
        "R-09",
        "an error that comes back in a newer release, rates and P95 against the one before",
        "releases",
        f"{ISSUES}; {STATISTICS}",
    ),
    _planned("R-13", "create, set-commits, deploy and finalize a release", "releases", RELEASES),
    _planned("A-01", "a new issue, by level, to each of four sinks", "alerts", ALERTS),
    _planned("A-02", "ten errors a minute against three rules", "alerts", ALERTS),
    _planned("A-03", "P95 over a second, APDEX under its mark", "alerts", STATISTICS),
    _planned("A-04", "an issue that a sixth user meets", "alerts", ALERTS),
    _planned("A-05", "a hundred errors in five minutes, one slow path", "alerts", ALERTS),
    _planned("A-07", "payment errors, six in a minute", "alerts", ALERTS),
    _planned(
        "A-08",
        "statistics, issues, events and the weekly report",
        "alerts",
        f"{STATISTICS}; its API",
    ),
    _planned(
        "A-09",
        "what is kept for 90 and for 30 days",
        "alerts",
        "retention by project, with a clock that can be set",
    ),
)

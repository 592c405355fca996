"""Errors: what is captured, logged and raised comes out once, with what it needs.

May import: scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.expectations import Items
from scenarios.scenario import Scenario
from scenarios.steps import Capture, Message

SCENARIOS = (
    Scenario(
        id="E-02",
        title="capture_exception",
        group="errors",
        steps=(Capture(id="captured", type="ValueError", message="out of stock"),),
        expect=(
            Items(
                type="event",
                where={
                    "event_id": "${step.captured}",
                    "exception": "ValueError",
                    "level": "error",
                    "environment": "${sdk.environment}",
                },
                count=1,
                because="an exception that is captured must arrive as the event of that id",
            ),
            Items(type="event", count=1),
        ),
    ),
    Scenario(
        id="E-03",
        title="capture_message at every level",
        group="errors",
        cases={level: {"level": level} for level in ("debug", "info", "warning", "error", "fatal")},
        steps=(Message("the level is ${case.level}", level="${case.level}"),),
        expect=(
            Items(
                type="event",
                where={"message": "the level is ${case.level}", "level": "${case.level}"},
                count=1,
            ),
            Items(type="event", count=1),
        ),
    ),
)

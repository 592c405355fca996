"""Scenarios: drive an SDK configuration and prove what left the process.

Rule: importing this costs nothing, for the process under test imports it too; each name is
loaded when it is first used.
May import: its own rooms, lazily.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.evidence import Evidence
    from scenarios.expectations import (
        Accounted,
        Check,
        Exited,
        Items,
        Journaled,
        Ledger,
        NoLeaks,
        Order,
        Sampling,
    )
    from scenarios.judged import Judged
    from scenarios.result import Finding, Result, Run
    from scenarios.runner import run
    from scenarios.scenario import Scenario
    from scenarios.steps import (
        Await,
        Breadcrumb,
        Call,
        Capture,
        Catch,
        CheckIn,
        Clock,
        Command,
        Continue,
        Exit,
        Failure,
        Fault,
        Feedback,
        Flush,
        Fork,
        Log,
        Message,
        Metric,
        Raise,
        Repeat,
        Request,
        Scope,
        Session,
        Span,
        Thread,
        Transaction,
    )
    from scenarios.target import Target

_HOMES = {
    "evidence": ("Evidence",),
    "expectations": (
        "Accounted",
        "Check",
        "Exited",
        "Items",
        "Journaled",
        "Ledger",
        "NoLeaks",
        "Order",
        "Sampling",
    ),
    "judged": ("Judged",),
    "result": ("Finding", "Result", "Run"),
    "runner": ("run",),
    "scenario": ("Scenario",),
    "steps": (
        "Await",
        "Breadcrumb",
        "Call",
        "Capture",
        "Catch",
        "CheckIn",
        "Clock",
        "Command",
        "Continue",
        "Exit",
        "Failure",
        "Fault",
        "Feedback",
        "Flush",
        "Fork",
        "Log",
        "Message",
        "Metric",
        "Raise",
        "Repeat",
        "Request",
        "Scope",
        "Session",
        "Span",
        "Thread",
        "Transaction",
    ),
    "target": ("Target",),
}

__all__ = [
    "Accounted",
    "Await",
    "Breadcrumb",
    "Call",
    "Capture",
    "Catch",
    "Check",
    "CheckIn",
    "Clock",
    "Command",
    "Continue",
    "Evidence",
    "Exit",
    "Exited",
    "Failure",
    "Fault",
    "Feedback",
    "Finding",
    "Flush",
    "Fork",
    "Items",
    "Journaled",
    "Judged",
    "Ledger",
    "Log",
    "Message",
    "Metric",
    "NoLeaks",
    "Order",
    "Raise",
    "Repeat",
    "Request",
    "Result",
    "Run",
    "Sampling",
    "Scenario",
    "Scope",
    "Session",
    "Span",
    "Target",
    "Thread",
    "Transaction",
    "run",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

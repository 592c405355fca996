"""`sdk-config check`, `test` and `doctor`.

Rule: what is judged comes from the library; here it is only printed.
May import: checks.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from sdk_config.checks import Report
from sdk_config.checks import check as judge
from sdk_config.checks.findings import OK
from sdk_config.checks.render import report_text, wants_colour
from sdk_config.checks.trial import Trial, run_trial


def check(given: argparse.Namespace) -> int:
    """Print the report on the configuration."""
    report = judge(
        environment=given.environment,
        types=given.check_type or ("all",),
        setup=given.setup,
        root=given.root,
        dotenv=given.dotenv,
        connect_to=given.connect_to,
    )
    _print_report(report, given)
    return report.exit_status


def test(given: argparse.Namespace) -> int:
    """Print what was tried and what became of it."""
    trial = run_trial(
        given.test_type or ("basic",), dotenv=given.dotenv, environment=given.environment
    )
    if given.json:
        _print_json(trial.to_json())
    else:
        _print_trial(trial, given.verbose)
    return trial.exit_status


def doctor(given: argparse.Namespace) -> int:
    """The three things that a service without events needs, in their order (S3-50)."""
    found: dict[str, Any] = {}
    status = OK
    for kind in ("config", "connectivity"):
        report = judge(environment=given.environment, types=(kind,), dotenv=given.dotenv)
        found[kind] = report.to_json()
        status = report.exit_status
        if not given.json:
            _print_report(report, given)
            print()
        if status != OK:
            break
    if status == OK:
        trial = run_trial(("basic",), dotenv=given.dotenv, environment=given.environment)
        found["test"] = trial.to_json()
        status = trial.exit_status
        if not given.json:
            _print_trial(trial, given.verbose)
    if given.json:
        _print_json({"ok": status == OK, "exit_status": status, **found})
    return status


def _print_report(report: Report, given: argparse.Namespace) -> None:
    if given.json:
        _print_json(report.to_json())
    else:
        print(report_text(report, verbose=given.verbose, colour=wants_colour()))


def _print_trial(trial: Trial, verbose: bool) -> None:
    print("sdk-config test")
    for step in trial.steps:
        if verbose or not step.ok or step.type in {"connectivity", "setup"}:
            print(f"  {'ok  ' if step.ok else 'FAIL'}  {step.type}: {step.text}")
    types = dict.fromkeys(step.type for step in trial.steps)
    for name in types if not verbose else ():
        steps = [step for step in trial.steps if step.type == name]
        if name not in {"connectivity", "setup"} and all(step.ok for step in steps):
            print(f"  ok    {name}: {steps[-1].text}")
    print("ok" if trial.exit_status == OK else "not ok")


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))

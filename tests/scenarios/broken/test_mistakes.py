"""One mistake each is caught by a scenario, which names the cause; what is sound is left alone."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scenarios.catalogue import built_in
from scenarios.one import Stage, run_one
from scenarios.report.terminal import text
from scenarios.result import Result
from scenarios.runner import launcher_for, relay_for
from scenarios.scenario import Scenario
from scenarios.steps import Flush, Repeat, Transaction
from scenarios.target import Target

ROOT = str(Path(__file__).parents[3])
PROMISES = {"release": "shop@1.2.3", "environment": "staging", "rate.traces": 1.0}
FEW = Repeat(2, (Repeat(50, (Transaction("visit"),)), Flush()))
"""Draws of which none or half are kept: twenty times as many say the same."""


def every() -> dict[str, Scenario]:
    """The catalogue's scenarios by their ids, with few draws."""
    known = {one.id: one for scenario in built_in() for one in scenario.expanded()}
    drawn = msgspec.structs.replace(known["SA-02.promised"], steps=(FEW,))
    return {**known, drawn.id: drawn}


EVERY = every()

Judge = Callable[..., Result]

MISTAKES = {
    "scrubber_forgets_transactions": ("P-03", "before_send_transaction"),
    "scrubber_forgets_logs": ("P-04", "before_send_log, which must look at the text"),
    "scrubber_forgets_breadcrumbs_and_events": ("P-14", "an e-mail address of the surface 'L01"),
    "scrubber_looks_at_the_top_alone": ("P-09", "json_password"),
    "scrubber_is_case_sensitive": ("P-07", "'request header Client-Secret'"),
    "scrubber_takes_everything": ("P-18", "redacts by names and looks, not everything"),
    "scrubber_edits_the_applications_objects": ("P-18.dictionaries", "breadcrumb"),
    "hook_returns_nothing": ("E-02", "a before_send hook gave nothing back"),
    "hook_of_transactions_returns_nothing": ("T-01", "before_send_transaction"),
    "hook_of_breadcrumbs_returns_nothing": ("C-04", "before_breadcrumb that returns"),
    "hook_of_logs_returns_nothing": ("E-05.logs", "3 log_item (before_send)"),
    "hook_raises_without_an_exception": ("E-03", "callback_error"),
    "hook_drops_check_ins_and_feedback": ("F-04", "return what is no error as it is"),
    "hook_captures": ("P-16", "without logging and capturing"),
    "hook_forgets_the_stack": ("E-02", "no stack trace"),
    "hook_groups_everything": ("E-12.apart", "same fingerprint ['shop']"),
    "hook_makes_all_errors_warnings": ("E-02", "warning"),
    "sampler_ignores_the_parent": ("SA-05.parent", "parent_sampled"),
    "sampler_raises": ("SA-05.parent", "20 transaction (sample_rate)"),
    "sampler_returns_nothing": ("SA-05.parent", "parent_sampled"),
    "sampler_returns_percents": ("SA-05.parent", "parent_sampled"),
    "rate_is_a_text": ("SA-02.promised", "0 of 100 kept"),
    "rate_is_half_of_what_is_promised": ("SA-02.promised", "the rate 1 does not hold"),
    "tracing_was_never_switched_on": ("SA-02.promised", "nothing was generated"),
    "errors_are_sampled": ("SA-01.promised", "the rate 1 is too high"),
    "rate_of_errors_is_zero": ("SA-01.promised", "0 of 100 were kept"),
    "environment_is_another": ("E-02.promised", "got 'production'"),
    "release_is_another": ("SE-01.ok", "latest"),
    "release_is_on_errors_alone": ("SE-01.ok", "without a release the SDK throws sessions away"),
    "dsn_is_another": ("E-02", "not to SENTRY_DSN"),
    "dsn_is_missing": ("E-02", "the SDK has no DSN"),
    "personal_data_is_switched_on": ("P-02", "'L19 user_address'"),
    "local_variables_are_kept": ("P-06", "include_local_variables=False"),
    "bodies_are_kept": ("P-09", 'max_request_body_size="never"'),
    "integrations_are_off": ("E-01.raised", "default_integrations left on"),
    "nothing_waits_at_the_end": ("X-07.normal", "shutdown_timeout above 0"),
    "the_queue_holds_one": ("X-07.normal", "queue_overflow"),
    "losses_are_not_reported": ("T-05.reported", "(buffer_overflow) in the ledger, found 0"),
    "sessions_are_off": ("SE-01.wsgi", "auto_session_tracking"),
    "started_twice": ("X-11", "started the SDK 2 times"),
    "errors_are_ignored_by_their_base": ("E-02", "ignore_errors"),
    "threads_are_not_watched": ("E-11.thread", "ThreadingIntegration"),
    "doubles_are_sent": ("E-06.again", "DedupeIntegration"),
    "logging_makes_no_events": ("E-05.logging", "LoggingIntegration"),
    "another_excepthook_takes_over": ("E-01.raised", "excepthook"),
    "loggers_are_ignored": ("E-05.logging", "is the logger off"),
}
"""Mistake -> the scenario that catches it, and words of its report that name the cause."""

SOUND: dict[str, dict[str, Any]] = {
    "told_by_arguments": {},
    "told_by_the_environment": {},
    "told_by_an_alias": {},
    "of_low_cost": {"rate.traces": 0.05},
    "without_tracing": {"rate.traces": 0.0},
    "with_logs": {},
    "with_hooks_of_its_own": {},
    "with_filters": {},
    "with_quiet_libraries": {},
    "with_a_sampler": {"rate.traces": 0.5},
    "twice_the_same": {},
    "with_sampled_errors": {"rate.errors": 0.5},
    "with_a_small_trail": {},
}
"""Sound configuration -> what else it promises."""

TRIED = ("E-02.promised", "SA-05.parent", "P-14", "F-04", "SE-01.ok", "C-04")
"""Of each concern a scenario; `fake-relay scenarios run --setup` tries all, in minutes."""


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """Judges a configuration of these modules by a scenario; one fork server serves all."""
    with ExitStack() as stack:
        live = relay_for(stack, "")
        launcher = stack.enter_context(launcher_for(Target(setup="own:setup", cwd=ROOT)))

        def judge(module: str, name: str, scenario: str, **promises: Any) -> Result:
            setup = f"tests.scenarios.broken.{module}:{name}"
            target = Target(setup=setup, promises={**PROMISES, **promises}, cwd=ROOT)
            stage = Stage(live, launcher, target, threading.Event())
            return run_one(EVERY[scenario], stage)

        yield judge


@pytest.fixture(scope="module")
def unspoilt(judge: Judge) -> Callable[[str], str]:
    """What a scenario says of the configuration without the mistake."""
    return functools.cache(lambda scenario: text(judge("faulty", "sound", scenario)))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_caught_and_its_cause_is_named(
    judge: Judge, unspoilt: Callable[[str], str], mistake: str
) -> None:
    scenario, words = MISTAKES[mistake]
    assert words in text(judge("faulty", mistake, scenario))
    assert words not in unspoilt(scenario)


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_raises_no_alarm(judge: Judge, name: str) -> None:
    results = [judge("careful", name, scenario, **SOUND[name]) for scenario in TRIED]
    assert [text(result) for result in results if result.bad] == []

"""A user's own configuration is judged in an application that knows nothing of us."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from scenarios import Call, Items, Message, Result, Scenario, Target, Transaction
from scenarios.report.terminal import text

Run = Callable[..., Result]

SERVICE = """
import os
import sentry_sdk

def init_sentry(release="shop@1.0"):
    sentry_sdk.init(dsn=os.environ["SHOP_DSN"], release=release, traces_sample_rate=0.5)

async def init_later():
    sentry_sdk.init(dsn=os.environ["SENTRY_DSN"], release="later@1")

def with_prefix():
    sentry_sdk.init(dsn=os.environ["SENTRY_DSN"], release=os.environ["SHOP_RELEASE"])

def work():
    sentry_sdk.capture_message("worked")
    return "done"
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service with modules of its own, one of which starts Sentry when it is imported."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "myshop").mkdir()
    (folder / "myshop" / "__init__.py").write_text("")
    (folder / "myshop" / "observability.py").write_text(textwrap.dedent(SERVICE))
    (folder / "started.py").write_text(
        "import os, sentry_sdk\nsentry_sdk.init(dsn=os.environ['SENTRY_DSN'], release='imported@1')"
    )
    (folder / "acts.py").write_text("from myshop.observability import work\n")
    return folder


def released(release: str, *more: Items) -> Scenario:
    """A message arrives, with this release."""
    event = Items(type="event", where={"release": release}, count=1)
    return Scenario(id="S", steps=(Message("hi"),), expect=(event, *more))


def own(service: Path, setup: str, **more: object) -> Target:
    """The target that a function of the service is."""
    return Target(setup=setup, cwd=str(service), **more)  # type: ignore[arg-type]


def test_a_setup_may_read_its_dsn_from_a_variable_of_its_own(run: Run, service: Path) -> None:
    target = own(service, "myshop.observability:init_sentry", environment={"SHOP_DSN": "${dsn}"})
    result = run(released("shop@1.0"), target)
    assert result.status == "passed", text(result)


def test_a_setup_may_be_a_coroutine(run: Run, service: Path) -> None:
    result = run(released("later@1"), own(service, "myshop.observability:init_later"))
    assert result.status == "passed", text(result)


def test_a_setup_may_be_the_import_of_a_module(run: Run, service: Path) -> None:
    result = run(released("imported@1"), own(service, "started"))
    assert result.status == "passed", text(result)


def test_a_setup_may_be_in_a_file(run: Run, service: Path) -> None:
    target = own(
        service, "myshop/observability.py:with_prefix", environment={"SHOP_RELEASE": "file@1"}
    )
    assert run(released("file@1"), target).status == "passed"


def test_a_story_about_one_setup_is_not_told_the_targets_variables(
    run: Run, service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_ENVIRONMENT", "of the shell")
    target = own(
        service, "myshop.observability:init_later", environment={"SENTRY_RELEASE": "target@1"}
    )
    story = msgspec.structs.replace(
        released("story@1"), setup="raw", environment={"SENTRY_RELEASE": "story@1"}
    )
    theirs = Items(type="event", where={"environment": "production"}, count=1)
    result = run(msgspec.structs.replace(story, expect=(*story.expect, theirs)), target)
    assert result.status == "passed", text(result)


def test_an_option_that_the_setup_does_not_take_skips_the_scenario(run: Run, service: Path) -> None:
    scenario = Scenario(id="S", options={"sample_rate": 0.5}, steps=(Message("hi"),))
    result = run(scenario, own(service, "myshop.observability:init_later"))
    assert result.status == "skipped"
    assert result.reason == "myshop.observability:init_later takes no option 'sample_rate'"


def test_an_option_that_the_setup_takes_is_given_to_it(run: Run, service: Path) -> None:
    target = own(
        service,
        "myshop.observability:init_sentry",
        environment={"SHOP_DSN": "${dsn}"},
        options={"release": "other@2"},
    )
    assert run(released("other@2"), target).status == "passed"


def test_the_services_own_functions_are_steps(run: Run, service: Path) -> None:
    scenario = Scenario(
        id="S",
        steps=(Call("acts:work"),),
        expect=(Items(type="event", where={"message": "worked"}, count=1),),
    )
    assert run(scenario, own(service, "started")).status == "passed"


def test_a_promise_is_filled_in_with_its_type(run: Run, service: Path) -> None:
    scenario = Scenario(
        id="S",
        steps=(Message("of ${release}"),),
        expect=(
            Items(
                type="event",
                where={"message": "of imported@1", "release": "${release}"},
                count="${events}",
            ),
        ),
    )
    promises = {"release": "imported@1", "events": 1}
    result = run(scenario, own(service, "started", promises=promises))
    assert result.status == "passed", text(result)


def test_defaults_are_for_a_setup_that_has_none_of_its_own(run: Run, service: Path) -> None:
    event = Items(type="event", where={"release": "${sdk.release}", "message": "hi"}, count=1)
    scenario = Scenario(
        id="S",
        defaults={"release": "by-default@1"},
        steps=(Message("hi"),),
        expect=(event, Items(where={"release": "${released}"}, count=1)),
    )
    for target, released in (
        (own(service, "started"), "imported@1"),
        (Target(setup="raw"), "by-default@1"),
        (Target(setup="raw", options={"release": "said@1"}), "said@1"),
    ):
        told = msgspec.structs.replace(target, promises={"released": released})
        result = run(scenario, told)
        assert result.status == "passed", text(result)


def test_a_promise_that_is_missing_skips_the_scenario_and_says_how_to_make_it(
    run: Run, service: Path
) -> None:
    scenario = Scenario(id="S", expect=(Items(where={"release": "${release}"}),))
    result = run(scenario, own(service, "started"))
    assert result.status == "skipped"
    assert result.reason == "the target does not promise 'release'; say --promise release=..."


@pytest.mark.parametrize(
    ("promises", "status", "reason"),
    [
        ({"rate.errors": 1, "rate.traces": 0.5}, "passed", ""),
        ({}, "passed", ""),
        (
            {"rate.errors": 0.5},
            "skipped",
            "is about rate.errors==1, and the target promises rate.errors=0.5",
        ),
        (
            {"rate.traces": 0},
            "skipped",
            "is about rate.traces>0, and the target promises rate.traces=0",
        ),
    ],
)
def test_a_scenario_is_left_out_where_the_target_promises_something_else(
    promises: dict[str, float], status: str, reason: str, run: Run, service: Path
) -> None:
    scenario = Scenario(id="S", promised=("rate.errors==1", "rate.traces>0"), steps=(Message("m"),))
    result = run(scenario, own(service, "started", promises=promises))
    assert (result.status, result.reason) == (status, reason)


def test_a_bound_that_cannot_be_read_is_an_error(run: Run, service: Path) -> None:
    result = run(Scenario(id="S", promised=("rate.errors",)), own(service, "started"))
    assert result.status == "error"
    assert "'rate.errors' is no bound" in result.findings[0].text


def test_a_scenario_with_a_setup_of_its_own_leaves_the_targets_alone(
    run: Run, service: Path
) -> None:
    scenario = Scenario(
        id="S",
        setup="raw",
        options={"release": "raw@1", "traces_sample_rate": 1.0},
        steps=(Transaction("t"),),
        expect=(Items(type="transaction", where={"release": "raw@1"}, count=1),),
    )
    assert run(scenario, own(service, "started")).status == "passed"


@pytest.mark.parametrize(
    ("need", "reason"),
    [
        ("no_such_module", "needs no_such_module, which is not installed"),
        ("python>=99", "needs python>=99, and 3."),
        ("sentry-sdk<2", "needs sentry-sdk<2, and 2."),
        ("a b", "needs 'a b', which is neither a module nor a bound"),
    ],
)
def test_a_need_that_is_not_met_skips_the_scenario_and_says_what_is_there(
    need: str, reason: str, run: Run
) -> None:
    result = run(Scenario(id="S", needs=(need,), steps=(Message("never"),)))
    assert result.status == "skipped"
    assert result.reason.startswith(reason)


def test_needs_that_are_met_skip_nothing(run: Run) -> None:
    needs = ("json", "python>=3.11", "sentry-sdk>=2.0", "sentry-sdk!=1.0")
    assert run(Scenario(id="S", needs=needs)).status == "passed"


def test_what_is_planned_is_told_and_not_run(run: Run) -> None:
    result = run(Scenario(id="S", planned="the alerts of the relay"))
    assert (result.status, result.reason) == ("planned", "the alerts of the relay")


def test_a_known_gap_is_no_failure_where_it_is_known(run: Run) -> None:
    gap = Scenario(
        id="S",
        steps=(Message("m"),),
        expect=(Items(type="event", count=0),),
        known={"raw": "the raw SDK sends it"},
    )
    result = run(gap)
    assert (result.status, result.reason) == ("known", "the raw SDK sends it")
    assert all(finding.known for finding in result.findings)
    assert run(gap, Target(setup="sdk_config")).status == "failed"

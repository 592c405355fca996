"""Sampling: what is kept is what the rates promise, decision by decision.

May import: scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.expectations import Accounted, Check, Items, Ledger, Sampling
from scenarios.scenario import Scenario
from scenarios.steps import Call, Capture, Continue, Flush, Message, Repeat, Transaction

ACTS = "scenarios.catalogue.acts.sampling"
CHECKS = "scenarios.catalogue.checks.sampling"

UNPROFILED = {"SENTRY_PROFILES_SAMPLE_RATE": "0"}
DERIVED = ("sentry-sdk>=2.24",)
"""The SDKs that derive a draw from the trace's id, and send it on."""

SLIM = {"attach_stacktrace": False}
"""Stacks are most of the work of an event, and say nothing of a rate."""

LOW, HIGH = "0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"
"""Traces that stand for 0.133576 and 0.720848 (D-02)."""

PARENT = "a caller's decision counts: what it kept must go on here, and what it dropped must not"
PARENT_SETTING = "traces_sampler: give float(parent_sampled) where it is not None"


def _incoming(trace: str, name: str, flag: str = "", rand: str = "") -> Continue:
    """A request of a trace that began elsewhere."""
    parts = [f"sentry-trace_id={trace}", *([f"sentry-sample_rand={rand}"] if rand else [])]
    return Continue(
        name=name,
        headers={"sentry-trace": f"{trace}-b7ad6b7169203331{flag}", "baggage": ",".join(parts)},
    )


def _kept(name: str, count: int | str, because: str) -> Items:
    return Items(type="transaction", where={"transaction": name}, count=count, because=because)


SCENARIOS = (
    Scenario(
        id="SA-01",
        title="a thousand errors at a rate",
        group="sampling",
        tags=("statistics",),
        time_limit=60.0,
        cases={"0.3": {"rate": 0.3}, "0.5": {"rate": 0.5}},
        options={"sample_rate": "${case.rate}", "transport_queue_size": 2000, **SLIM},
        steps=(Repeat(1000, (Message("one of many", level="error"),)),),
        expect=(
            Sampling(rate="${case.rate}", category="error", setting="sample_rate"),
            Accounted(
                categories=("error",),
                because="what is sampled out is reported, so that the sum closes",
            ),
        ),
    ),
    Scenario(
        id="SA-01.promised",
        title="errors at the rate that is promised",
        group="sampling",
        tags=("statistics",),
        time_limit=60.0,
        defaults=SLIM,
        steps=(Repeat(2, (Repeat(50, (Message("one of many", level="error"),)), Flush())),),
        expect=(Sampling(rate="${rate.errors}", category="error", setting="sample_rate"),),
    ),
    Scenario(
        id="SA-02",
        title="two thousand transactions at a rate",
        group="sampling",
        tags=("statistics",),
        time_limit=60.0,
        environment=UNPROFILED,
        options={"traces_sample_rate": 0.25, "transport_queue_size": 2000},
        steps=(Repeat(2000, (Transaction("visit"),)),),
        expect=(
            Sampling(
                rate=0.25,
                because="what is kept is exactly what has a sample_rand below the rate",
                setting="traces_sample_rate",
            ),
            Accounted(categories=("transaction",)),
        ),
    ),
    Scenario(
        id="SA-02.promised",
        title="two thousand transactions at the rate that is promised",
        group="sampling",
        promised=("rate.traces>0",),
        tags=("statistics",),
        time_limit=60.0,
        environment=UNPROFILED,
        steps=(Repeat(40, (Repeat(50, (Transaction("visit"),)), Flush())),),
        expect=(Sampling(rate="${rate.traces}"),),
    ),
    Scenario(
        id="SA-02.silent",
        title="no transactions where none are promised",
        group="sampling",
        promised=("rate.traces==0",),
        steps=(Repeat(200, (Transaction("visit"),)),),
        expect=(
            Items(
                type="transaction",
                count=0,
                because="the rate that is promised is ${rate.traces}",
                setting="traces_sample_rate, traces_sampler, enable_tracing",
            ),
        ),
    ),
    Scenario(
        id="SA-02.edges",
        title="transactions at the rates 0 and 1",
        group="sampling",
        cases={"0": {"rate": 0.0, "kept": 0}, "1": {"rate": 1.0, "kept": 40}},
        environment=UNPROFILED,
        options={"traces_sample_rate": "${case.rate}"},
        steps=(Repeat(40, (Transaction("visit"),)),),
        expect=(
            Items(type="transaction", count="${case.kept}", because="0 is none, and 1 is all"),
            Sampling(rate="${case.rate}"),
            Accounted(categories=("transaction",)),
        ),
    ),
    Scenario(
        id="SA-02.off",
        title="transactions where tracing is off",
        group="sampling",
        options={"enable_tracing": False},
        steps=(Repeat(40, (Transaction("visit"),)),),
        expect=(
            Items(type="transaction", count=0, because="tracing is off"),
            Ledger(
                category="transaction",
                outcome="client_discard",
                count=0,
                because="without tracing nothing is sampled out, so nothing is reported",
            ),
        ),
    ),
    Scenario(
        id="SA-04.argument",
        title="the argument sampled= against a rate",
        group="sampling",
        cases={"0": {"rate": 0.0, "left": 0}, "1": {"rate": 1.0, "left": 1}},
        options={"traces_sample_rate": "${case.rate}"},
        steps=(
            Transaction("asked for", sampled=True),
            Transaction("refused", sampled=False),
            Transaction("left to the rate"),
        ),
        expect=(
            _kept("asked for", 1, "sampled=True is stronger than every rate (D-04)"),
            _kept("refused", 0, "sampled=False is stronger than every rate (D-04)"),
            _kept("left to the rate", "${case.left}", "the rate decides what nobody else does"),
        ),
    ),
    Scenario(
        id="SA-04.sampler",
        title="a sampler against a parent, a rate, and the argument",
        group="sampling",
        setup=f"{ACTS}:with_sampler",
        cases={"raw": {"kind": "raw"}, "sdk_config": {"kind": "sdk_config"}},
        options={"kind": "${case.kind}", "rate": 0.0},
        steps=(
            _incoming(LOW, "continued", "-1"),
            Transaction("begun"),
            Transaction("asked for", sampled=True),
        ),
        expect=(
            _kept("continued", 0, "a sampler is stronger than a parent (D-04)"),
            _kept("begun", 0, "a sampler is stronger than a rate (D-04)"),
            _kept("asked for", 1, "an argument is stronger than a sampler (D-04)"),
            Check(
                target=f"{CHECKS}:asked",
                kwargs={"names": ["continued", "begun"]},
                because="where an argument decides no sampler is called (D-04)",
            ),
        ),
    ),
    Scenario(
        id="SA-05",
        title="traces that began elsewhere, by their flag and the rate here",
        group="sampling",
        cases={
            "0": {"rate": 0.0, "kept": 1, "free": 0},
            "1": {"rate": 1.0, "kept": 1, "free": 1},
        },
        options={"traces_sample_rate": "${case.rate}"},
        steps=(
            _incoming(LOW, "kept there", "-1"),
            _incoming(HIGH, "dropped there", "-0"),
            _incoming(LOW, "undecided"),
        ),
        expect=(
            _kept("kept there", "${case.kept}", "a flag of 1 is kept even at the rate 0 (D-05)"),
            _kept("dropped there", 0, "a flag of 0 drops even at the rate 1 (D-05)"),
            _kept("undecided", "${case.free}", "without a flag the rate here decides (D-05)"),
        ),
    ),
    Scenario(
        id="SA-05.off",
        title="a trace that began elsewhere, where tracing is off",
        group="sampling",
        options={"enable_tracing": False},
        steps=(_incoming(LOW, "kept there", "-1"),),
        expect=(_kept("kept there", 0, "without tracing no trace goes on (D-05)"),),
    ),
    Scenario(
        id="SA-05.parent",
        title="ten traces that a caller kept, and ten that it dropped",
        group="sampling",
        promised=("rate.traces>0", "parent.followed==1"),
        defaults={"traces_sample_rate": 0.5},
        steps=(
            Repeat(10, (_incoming(f"{LOW[:-1]}${{n}}", "kept there", "-1"),)),
            Repeat(10, (_incoming(f"{HIGH[:-1]}${{n}}", "dropped there", "-0"),)),
        ),
        expect=(
            Items(
                type="transaction",
                where={"transaction": "kept there"},
                count=10,
                because=f"{PARENT}; a sampler that ignores the parent tears traces apart",
                setting=PARENT_SETTING,
            ),
            Items(
                type="transaction",
                where={"transaction": "dropped there"},
                count=0,
                because=f"{PARENT}; a sampler that ignores the parent makes traces without a"
                " beginning",
                setting=PARENT_SETTING,
            ),
        ),
    ),
    Scenario(
        id="SA-05.rand",
        title="draws that came with a trace: in range, out of range, and no number",
        group="sampling",
        needs=DERIVED,
        options={"traces_sample_rate": 0.5},
        steps=(
            _incoming(HIGH, "0.4", rand="0.400000"),
            _incoming(LOW, "0.6", rand="0.600000"),
            _incoming(LOW, "1.5", rand="1.5"),
            _incoming(HIGH, "abc", rand="abc"),
        ),
        expect=(
            _kept("0.4", 1, "a draw that came with the trace counts (D-03)"),
            _kept("0.6", 0, "a draw that came with the trace counts (D-03)"),
            _kept("1.5", 1, "a draw out of range is made again from the trace's id (D-03)"),
            _kept("abc", 0, "a draw that is no number is made again from the trace's id (D-03)"),
        ),
    ),
    Scenario(
        id="SA-11",
        title="a service and one that it calls, at rates of their own",
        group="sampling",
        setup="sdk_config",
        needs=DERIVED,
        environment=UNPROFILED,
        options={
            "traces_rules": "name:shop=0.5,name:stock=0.3",
            "traces_parent": "ignore",
            "transport_queue_size": 500,
        },
        steps=(Call(f"{ACTS}:two_services", args=(100,)),),
        expect=(
            Check(
                target=f"{CHECKS}:called_only_where_another_kept",
                kwargs={"caller": "shop", "called": "stock"},
                because="the draw travels with the trace, so that a lower rate keeps a part of"
                " what a higher one keeps (D-07)",
            ),
        ),
    ),
    Scenario(
        id="SA-12",
        title="a sampler of errors, by class, and one that raises",
        group="sampling",
        setup=f"{ACTS}:with_error_sampler",
        cases={"raw": {"kind": "raw"}, "sdk_config": {"kind": "sdk_config"}},
        options={"kind": "${case.kind}"},
        steps=tuple(Capture(type=name) for name in ("KeyError", "ValueError", "OSError")),
        expect=(
            Items(type="event", where={"exception": "KeyError"}, count=0, because="its rate is 0"),
            Items(
                type="event", where={"exception": "ValueError"}, count=1, because="its rate is 1"
            ),
            Items(
                type="event",
                where={"exception": "OSError"},
                count=1,
                because="an error for which the sampler raises is sent (D-10)",
            ),
            Ledger(category="error", outcome="client_discard", reason="sample_rate", count=1),
        ),
    ),
)

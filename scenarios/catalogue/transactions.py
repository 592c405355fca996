"""Transactions: traces arrive whole, as one tree, under every spelling and lifecycle.

May import: scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.expectations import Accounted, Check, Items, Journaled, Ledger
from scenarios.scenario import Scenario
from scenarios.steps import Call, Repeat, Span, Transaction

ACTS = "scenarios.catalogue.acts.transactions"
CHECKS = "scenarios.catalogue.checks.transactions"

ALL_TRACES = {"traces_sample_rate": 1.0}
TRACED = ("rate.traces>0",)

NO_HELPERS = (
    "the application calls the SDK's own functions here, for sdk_config is not in use;"
    " no configuration of the SDK can mend that"
)

TRANSACTION_LOST = (
    "a transaction that is begun with sampled=True must arrive: is tracing off, or does"
    " before_send_transaction return nothing?"
)

SCENARIOS = (
    Scenario(
        id="T-01",
        title="a transaction with two queries and a request",
        group="transactions",
        promised=TRACED,
        defaults=ALL_TRACES,
        steps=(
            Transaction(
                name="checkout",
                op="task",
                sampled=True,
                tags={"shop": "berlin"},
                steps=(
                    Span("select orders", op="db"),
                    Span("GET /price", op="http.client", tags={"carrier": "snail"}),
                    Span("insert invoice", op="db"),
                ),
            ),
        ),
        expect=(
            Items(
                type="transaction",
                where={"transaction": "checkout", "tags": {"shop": "berlin"}},
                count=1,
                because=TRANSACTION_LOST,
                setting="traces_sample_rate, before_send_transaction",
            ),
            Check(
                target=f"{CHECKS}:spans",
                kwargs={
                    "wanted": [
                        ["db", "select orders"],
                        ["http.client", "GET /price"],
                        ["db", "insert invoice"],
                    ]
                },
                because="each span arrives with its operation and its name, in its order; a hook"
                " that removes spans hides what was slow",
                setting="before_send_transaction",
            ),
            Check(target=f"{CHECKS}:in_one_tree", because="spans without a parent are no tree"),
            Accounted(categories=("transaction",)),
        ),
    ),
    Scenario(
        id="T-01.measure",
        title="a number with its unit on a transaction",
        group="transactions",
        setup="sdk_config",
        options=ALL_TRACES,
        steps=(Call(f"{ACTS}:measured"),),
        expect=(
            Check(
                target=f"{CHECKS}:measurement",
                kwargs={"name": "rows", "value": 1250, "unit": "row"},
                because="measure() puts value and unit on the active transaction",
            ),
        ),
    ),
    Scenario(
        id="T-01.metric",
        title="a number with its unit as a metric",
        group="transactions",
        setup="sdk_config",
        options=ALL_TRACES,
        needs=("sentry-sdk>=2.44",),
        steps=(Call(f"{ACTS}:measured"),),
        expect=(
            Check(
                target=f"{CHECKS}:metric",
                kwargs={"name": "rows", "value": 1250, "unit": "row"},
                because="measure() sends the number as a metric as well, where the SDK has metrics",
            ),
        ),
    ),
    Scenario(
        id="T-02",
        title="a transaction within another",
        group="transactions",
        promised=TRACED,
        defaults=ALL_TRACES,
        steps=(Call(f"{ACTS}:nested"),),
        expect=(
            Check(
                target=f"{CHECKS}:one_trace",
                kwargs={"names": ["nightly", "invoices"]},
                because="start_transaction within another begins a trace of its own, without a"
                " link to the first (D-14)",
                setting="sdk_config.transaction, or start_span for the inner one",
            ),
        ),
        known={"own": NO_HELPERS},
    ),
    Scenario(
        id="T-03",
        title="a function that is monitored",
        group="transactions",
        setup="sdk_config",
        options=ALL_TRACES,
        cases={
            "sync": {"kind": "sync", "gives": "done"},
            "async": {"kind": "async", "gives": "done"},
            "generator": {"kind": "generator", "gives": [1, 2]},
            "async generator": {"kind": "async generator", "gives": [1, 2]},
        },
        steps=(Call(f"{ACTS}:monitored", args=("${case.kind}",), id="called"),),
        expect=(
            Journaled(
                step="called",
                returned="${case.gives}",
                because="a monitored function gives what it gave before",
            ),
            Items(
                type="transaction",
                where={"transaction": "${case.kind}", "contexts": {"trace": {"status": "ok"}}},
                count=1,
                because="its run is a transaction that ends well",
            ),
        ),
    ),
    Scenario(
        id="T-03.raising",
        title="a monitored function that raises",
        group="transactions",
        setup="sdk_config",
        options=ALL_TRACES,
        steps=(Call(f"{ACTS}:monitored", args=("raising",), id="called"),),
        expect=(
            Journaled(
                step="called",
                raised="LookupError",
                said="no such order",
                because="a monitored function raises what it raised before",
            ),
            Items(
                type="transaction",
                where={
                    "transaction": "raising",
                    "contexts": {"trace": {"status": "internal_error"}},
                },
                count=1,
                because="its run is a transaction that ends badly",
            ),
        ),
    ),
    Scenario(
        id="T-04.query",
        title="a query that is slow, and one that is not",
        group="transactions",
        setup="sdk_config",
        options=ALL_TRACES,
        steps=(Call(f"{ACTS}:slow_query"),),
        expect=(
            Items(
                type="transaction",
                where={"tags": {"db.slow": "true"}},
                count=1,
                because="a slow query marks its transaction, so that it can be found",
                setting="DatabaseMonitor(slow_ms=)",
            ),
            Check(
                target=f"{CHECKS}:breadcrumbs",
                kwargs={"category": "db.slow", "count": 1},
                because="only the slow query leaves a breadcrumb",
            ),
        ),
    ),
    Scenario(
        id="T-04.pool",
        title="the last connection of a pool is taken",
        group="transactions",
        setup="sdk_config",
        options=ALL_TRACES,
        needs=("sqlalchemy", "sentry-sdk>=2.44"),
        steps=(Call(f"{ACTS}:exhausted_pool"),),
        expect=(
            Items(
                type="transaction",
                where={"tags": {"db.pool_exhausted": "true"}},
                count=1,
                because="who asks for a connection now has to wait",
            ),
            *(
                Check(
                    target=f"{CHECKS}:metric",
                    kwargs={"name": f"db.pool.{name}"},
                    because="the pool's size and use are gauges",
                )
                for name in ("size", "checked_out", "overflow")
            ),
        ),
    ),
    Scenario(
        id="T-05.many",
        title="a transaction of twelve hundred spans",
        group="transactions",
        promised=TRACED,
        defaults=ALL_TRACES,
        steps=(
            Transaction(
                name="import", sampled=True, steps=(Repeat(1200, (Span("row", op="db"),)),)
            ),
        ),
        expect=(
            Check(
                target=f"{CHECKS}:span_count",
                kwargs={"count": 1000},
                because="the SDK keeps the first thousand spans of a transaction",
            ),
        ),
    ),
    Scenario(
        id="T-05.reported",
        title="spans beyond the thousandth, and one that nobody ends, are reported",
        group="transactions",
        promised=TRACED,
        defaults=ALL_TRACES,
        needs=("sentry-sdk>=2.75",),
        steps=(
            Transaction(
                name="import", sampled=True, steps=(Repeat(1200, (Span("row", op="db"),)),)
            ),
            Call(f"{ACTS}:unfinished"),
        ),
        expect=(
            Ledger(
                category="span",
                outcome="client_discard",
                reason="buffer_overflow",
                count=201,
                because="what a transaction cannot hold is reported, and what never ended is",
                setting="fewer spans: one for a batch of rows; a with-block for each span",
            ),
        ),
    ),
    Scenario(
        id="T-05.unnamed",
        title="a transaction without a name",
        group="transactions",
        promised=TRACED,
        defaults=ALL_TRACES,
        steps=(Call(f"{ACTS}:unnamed"),),
        expect=(
            Items(
                type="transaction",
                where={"transaction": "<unlabeled transaction>"},
                count=1,
                because="without a name the SDK writes one, under which all of them are one",
            ),
        ),
    ),
    Scenario(
        id="T-06",
        title="spans in transactions, and spans one by one",
        group="transactions",
        setup="sdk_config",
        cases={
            "static": {"lifecycle": "static", "streams": False},
            "stream": {"lifecycle": "stream", "streams": True},
        },
        options={**ALL_TRACES, "trace_lifecycle": "${case.lifecycle}"},
        needs=("sentry-sdk>=2.75",),
        steps=(Call(f"{ACTS}:logical_spans"),),
        expect=(
            Check(
                target=f"{CHECKS}:logical_spans",
                kwargs={
                    "streams": "${case.streams}",
                    "names": ["checkout", "select orders", "GET /price"],
                },
                because="both lifecycles tell of the same spans, in items of different types",
                setting="trace_lifecycle",
            ),
        ),
    ),
    Scenario(
        id="T-10",
        title="a span of OpenTelemetry within a transaction",
        group="transactions",
        setup="sdk_config",
        options={**ALL_TRACES, "otel": "link"},
        needs=("opentelemetry.sdk",),
        steps=(Call(f"{ACTS}:linked_with_otel"),),
        expect=(
            Items(type="transaction", where={"transaction": "process_export"}, count=1),
            Check(
                target=f"{CHECKS}:linked",
                because="what Sentry and OpenTelemetry tell of one job has one trace id",
                setting="SENTRY_OTEL=link",
            ),
            Check(
                target=f"{CHECKS}:spans",
                kwargs={"wanted": []},
                because="a span of OpenTelemetry is told by OpenTelemetry alone",
            ),
        ),
    ),
)

"""OpenTelemetry's own SDK beside Sentry's: one trace id, no span twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.testing import Relay

pytestmark = pytest.mark.slow

START = """
import json, logging
import sdk_config, sentry_sdk
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased

memory = InMemorySpanExporter()


def provide(sampler=ParentBased(ALWAYS_ON)):
    provider = TracerProvider(sampler=sampler)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    trace.set_tracer_provider(provider)
    return trace.get_tracer("shop")


def ids(span):
    context = span.get_span_context()
    return [trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)]


def tell(**more):
    sdk_config.flush(5)
    print(json.dumps({"exported": [ids(span) for span in memory.get_finished_spans()], **more}))
"""


@pytest.mark.parametrize("version", ["2.0.1", "2.75.0"])
def test_an_error_and_a_log_take_the_trace_of_the_current_span(
    version: str, run_app: Any, relay: Relay
) -> None:
    app = """
sdk_config.setup(otel="link", enable_logs=True)
with provide().start_as_current_span("export_data"):
    logging.getLogger("shop").warning("low on paper")
    try:
        raise ValueError("disk full")
    except ValueError as error:
        sentry_sdk.capture_exception(error)
tell()
"""
    [[trace_id, span_id]] = json.loads(run_app(START + app, version=version, otel=True))["exported"]

    event = relay.expect_event(exception="ValueError").payload
    assert event["contexts"]["trace"]["trace_id"] == trace_id
    assert event["contexts"]["trace"]["span_id"] == span_id
    logs = [one for item in relay.items(type="log") for one in item.payload["items"]]
    assert [one["trace_id"] for one in logs] == ([trace_id] if version == "2.75.0" else [])
    assert relay.items(type="transaction") == []


@pytest.mark.parametrize("version", ["1.45.1", "2.75.0"])
def test_a_transaction_around_a_span_has_its_trace_and_no_second_span(
    version: str, run_app: Any, relay: Relay
) -> None:
    app = """
sdk_config.setup(otel="link")
tracer = provide()
with sdk_config.transaction(op="task", name="process_export") as work:
    with tracer.start_as_current_span("export_data"):
        sentry_sdk.capture_message("half way")
tell(parents=[trace.format_span_id(span.parent.span_id) for span in memory.get_finished_spans()])
"""
    told = json.loads(run_app(START + app, version=version, otel=True))

    found = relay.expect_transaction(name="process_export").payload
    context = found["contexts"]["trace"]
    [[trace_id, _]] = told["exported"]
    assert context["trace_id"] == trace_id
    assert told["parents"] == [context["span_id"]]
    assert found["spans"] == []
    event = relay.expect_event(message="half way").payload
    assert event["contexts"]["trace"]["trace_id"] == trace_id


def test_a_transaction_within_a_span_joins_its_trace(run_app: Any, relay: Relay) -> None:
    app = """
sdk_config.setup(otel="link")
with provide().start_as_current_span("request"):
    with sdk_config.transaction("work"):
        pass
tell()
"""
    [[trace_id, span_id]] = json.loads(run_app(START + app, otel=True))["exported"]

    context = relay.expect_transaction(name="work").payload["contexts"]["trace"]
    assert (context["trace_id"], context["parent_span_id"]) == (trace_id, span_id)


def test_what_opentelemetry_samples_away_stays_away(run_app: Any, relay: Relay) -> None:
    app = """
sdk_config.setup(otel="link")
tracer = provide(ParentBased(ALWAYS_OFF))
with sdk_config.transaction("work"), tracer.start_as_current_span("export_data"):
    pass
tell()
"""
    assert json.loads(run_app(START + app, otel=True))["exported"] == []
    relay.expect_transaction(name="work")


def test_unlinked_they_know_nothing_of_each_other(run_app: Any, relay: Relay) -> None:
    app = """
sdk_config.setup()
with provide().start_as_current_span("request"):
    sentry_sdk.capture_message("hello")
tell()
"""
    [[trace_id, _]] = json.loads(run_app(START + app, otel=True))["exported"]

    event = relay.expect_event(message="hello").payload
    assert event["contexts"]["trace"]["trace_id"] != trace_id


def test_without_opentelemetry_linking_does_nothing(run_app: Any, relay: Relay) -> None:
    run_app(
        "import sys; sys.modules['opentelemetry'] = None\n"
        "import sdk_config\n"
        "assert sdk_config.setup().enabled\n"
        "with sdk_config.transaction('work'):\n"
        "    assert sdk_config.capture_message('hello')\n"
        "assert sdk_config.flush(5)\n"
        "from sdk_config.runtime import current\n"
        "assert current().failures == []",
        variables={"SENTRY_OTEL": "link"},
    )

    relay.expect_event(message="hello")
    relay.expect_transaction(name="work")

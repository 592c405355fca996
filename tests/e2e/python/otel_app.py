"""An application under OpenTelemetry's own SDK: a trace of two spans and a log, exported at exit.

Where to is what its environment says, OTEL_EXPORTER_OTLP_ENDPOINT and _HEADERS.
"""

from __future__ import annotations

import logging
import sys

from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, StatusCode

# What the exporters have to say about a refusal, for the test to read.
logging.basicConfig(stream=sys.stdout, level=logging.ERROR)

resource = Resource.create({"service.name": "shop", "shop.tables": ["a", "b"]})
tracers = TracerProvider(resource=resource)
tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
loggers = LoggerProvider(resource=resource)
loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))

tracer = tracers.get_tracer("checkout", "1.2")
with tracer.start_as_current_span("GET /cart", kind=SpanKind.SERVER) as parent:
    parent.set_attributes({"http.request.method": "GET", "items": 3, "share": 0.5, "free": False})
    with tracer.start_as_current_span("load", links=[Link(parent.get_span_context())]) as child:
        child.set_status(StatusCode.ERROR, "no stock")
    loggers.get_logger("checkout").emit(
        severity_number=SeverityNumber.WARN, body="stock is low", attributes={"left": 1}
    )

tracers.shutdown()
loggers.shutdown()

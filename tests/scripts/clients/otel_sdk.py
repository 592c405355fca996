"""Export a trace and logs over OTLP/HTTP with the OpenTelemetry SDK; run by client_matrix.py."""

from __future__ import annotations

import json
import logging
import os
from typing import Any


def main() -> None:
    """Send protobuf to the integration doors, and say so."""
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    base = os.environ["OTLP_ENDPOINT"]
    headers = {"x-sentry-auth": f"sentry sentry_key={os.environ['SENTRY_KEY']}"}
    tracers = TracerProvider()
    exporter: Any = OTLPSpanExporter(f"{base}/v1/traces", headers=headers)
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    loggers = LoggerProvider()
    logs: Any = OTLPLogExporter(f"{base}/v1/logs", headers=headers)
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    tracer = tracers.get_tracer("matrix")
    with tracer.start_as_current_span("matrix-span"), tracer.start_as_current_span("child"):
        logger = logging.getLogger("matrix")
        logger.addHandler(LoggingHandler(logger_provider=loggers))
        logger.warning("matrix-log")
    tracers.shutdown()
    loggers.shutdown()
    for kind in ("span", "log"):
        print(json.dumps({"kind": kind, "sent": True}))


main()

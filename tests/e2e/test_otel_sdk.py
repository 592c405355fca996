"""OpenTelemetry's own SDK, pointed at the relay by its environment alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

APP = Path(__file__).parent / "python" / "otel_app.py"
KEY = "a" * 32

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def run_app(folder: Path, url: str, headers: str, **variables: str) -> str:
    """Run the application to its end; what it said about failed exports."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"{url}/api/42/integration/otlp",
        "OTEL_EXPORTER_OTLP_HEADERS": headers,
        **variables,
    }
    run = subprocess.run(
        [sys.executable, str(APP)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return run.stdout + run.stderr


def payload_of(server: Any, item_type: str) -> list[dict[str, Any]]:
    """The records of the only item of a type."""
    from fake_relay.store import Selection

    store = server.relay.store
    [item] = [item for item in store.find(Selection()).items if item.type == item_type]
    assert item.outcome == ""
    records: list[dict[str, Any]] = json.loads(store.payload(item.id) or b"")["items"]
    return records


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_trace_and_a_log_arrive_with_all_that_sentry_keeps(
    installer: ModuleType, server: Any, compression: str
) -> None:
    said = run_app(
        installer.otel_sdk(),
        server.url,
        f"x-sentry-auth=sentry%20sentry_key%3D{KEY}",
        OTEL_EXPORTER_OTLP_COMPRESSION=compression,
    )

    assert said == ""
    child, parent = payload_of(server, "span")
    assert (parent["name"], parent["kind"], parent["status"]) == ("GET /cart", "server", "ok")
    assert (parent["is_segment"], child["is_segment"]) == (True, False)
    assert (child["status"], child["parent_span_id"]) == ("error", parent["span_id"])
    assert [link["span_id"] for link in child["links"]] == [parent["span_id"]]
    assert parent["end_timestamp"] >= child["end_timestamp"] >= child["start_timestamp"] > 1.7e9
    attributes = {name: each["value"] for name, each in parent["attributes"].items()}
    assert attributes["items"] == 3
    assert attributes["share"] == 0.5
    assert attributes["free"] is False
    assert attributes["resource.service.name"] == "shop"
    assert attributes["resource.shop.tables"] == '["a","b"]'
    assert attributes["instrumentation.name"] == "checkout"
    assert attributes["sentry.platform"] == "python"
    assert child["attributes"]["sentry.status.message"]["value"] == "no stock"
    [log] = payload_of(server, "log")
    assert (log["body"], log["level"]) == ("stock is low", "warn")
    assert (log["trace_id"], log["span_id"]) == (parent["trace_id"], parent["span_id"])


def test_an_exporter_without_a_key_is_told_so(installer: ModuleType, server: Any) -> None:
    said = run_app(installer.otel_sdk(), server.url, "x-nothing=1")
    assert said.count("401") == 2
    assert server.relay.store.find_envelopes().envelopes == []

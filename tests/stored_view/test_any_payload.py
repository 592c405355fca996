"""Whatever was sent has a view or a reason for none, and leaves no trace where it must not."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.config import Scrubbing
from fake_relay.items import ITEM_TYPES
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.records import Submission
from fake_relay.stored_view import ViewContext
from fake_relay.stored_view.at_rest import scrubbed_submission
from fake_relay.stored_view.view import stored_view

SCRUBBING = Scrubbing(scrub_ip_addresses=True, sensitive_fields=("inner",))
KEYS = st.sampled_from(
    [
        *("timestamp", "start_timestamp", "contexts", "trace", "trace_id", "span_id", "user"),
        *("ip_address", "request", "env", "headers", "REMOTE_ADDR", "tags", "extra", "items"),
        *("attributes", "value", "body", "exception", "values", "spans", "data", "sdk", "settings"),
        *("infer_ip", "urls", "attrs", "did", "aggregates", "csp-report", "breadcrumbs", "_meta"),
        *("", "a.b", "err", "rem", "len", "type", "platform", "errors"),
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["{{auto}}", "10.0.0.1", "auto", "2023-11-14T22:13:20Z", "javascript"]),
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)
ARRAYS = ("form_data", "metric_buckets")
TYPES = st.sampled_from([*ITEM_TYPES, "my_own_type"])


@settings(max_examples=60)
@given(TYPES, DOCUMENTS, st.floats(0, 2e9) | st.none())
def test_any_json_has_a_view_or_a_reason_for_none(
    kind: str, document: Any, sent_at: float | None
) -> None:
    item = make_item(kind, json.dumps(document).encode())
    context = ViewContext(
        "42", 1.7e9, client_address="10.0.0.1", sent_at=sent_at, scrubbing=SCRUBBING
    )
    view = stored_view(kind, item.header, item.payload, context)
    assert (view.refused is None) or (view.payload == b"" and bool(view.refused.reason))


@settings(max_examples=50)
@given(TYPES, st.binary(max_size=40))
def test_any_bytes_have_a_view_or_a_reason_for_none(kind: str, payload: bytes) -> None:
    item = make_item(kind, payload)
    context = ViewContext("42", 1.7e9, scrubbing=SCRUBBING)
    view = stored_view(kind, item.header, payload, context)
    assert (view.refused is None) or bool(view.refused.reason)


@settings(max_examples=60)
@given(TYPES, DOCUMENTS, st.dictionaries(KEYS, DOCUMENTS, max_size=3))
def test_a_field_that_the_settings_name_never_rests(
    kind: str, document: Any, header: dict[str, Any]
) -> None:
    canary = "c4n4ry"
    payload = json.dumps(
        [document, {"inner": canary}] if kind in ARRAYS else planted(document, canary)
    )
    if kind in ("attachment", "unreal_report", "my_own_type", "replay_video"):
        payload = "{}"
    known = {key: value for key, value in header.items() if key not in ("trace", "sdk")}
    envelope = make_envelope(
        {**known, "inner": canary}, [make_item(kind, payload.encode(), {"inner": canary})]
    )
    wire = serialize(envelope)
    submission = Submission("42", "a" * 32, "", "envelope", envelope, wire, "", len(wire))
    kept = scrubbed_submission(submission, SCRUBBING, 1.7e9)
    assert canary.encode() not in kept.wire
    assert kept.wire == serialize(kept.envelope)


def planted(document: Any, canary: str) -> Any:
    return {**document, "inner": canary} if isinstance(document, dict) else {"inner": canary}

"""Traces: the list, and one trace on one time axis, with what is missing said plainly."""

from __future__ import annotations

import json
from typing import Any

from fake_relay.shown.span_tree import Span, tree
from fake_relay.shown.trace import Mark, Trace, trace_of
from fake_relay.web.pages.waterfall import MOST, Row, waterfall

TRACE = "b" * 32


def transaction(name: str, span_id: str, parent: str, start: float, **fields: Any) -> bytes:
    trace = {"trace_id": TRACE, "span_id": span_id, "parent_span_id": parent, "op": "http.server"}
    value = {
        "type": "transaction",
        "transaction": name,
        "start_timestamp": start,
        "timestamp": start + 1,
        "contexts": {"trace": trace},
        **fields,
    }
    return json.dumps(value).encode()


async def test_a_trace_over_two_projects_is_one_line_and_one_picture(server: Any, see: Any) -> None:
    web = transaction("pay", "a" * 16, "", 1000.0, release="web@1")
    bank = transaction("charge", "c" * 16, "a" * 16, 1000.2, release="bank@2")
    await server.send(web, item_type="transaction")
    await server.send(bank, item_type="transaction", project="7")
    _, listed = await see("/traces")
    assert listed.count(f'href="/traces/{TRACE}"') == 1
    assert "42, 7" in listed
    status, page = await see(f"/traces/{TRACE}")
    assert status == 200
    assert page.index("pay</a>") < page.index("charge</a>")
    assert "web</span>" in page
    assert "bank</span>" in page
    assert "never arrived" not in page


async def test_an_orphan_and_its_missing_parent_are_said_plainly(server: Any, see: Any) -> None:
    await server.send(transaction("charge", "c" * 16, "d" * 16, 1000.0), item_type="transaction")
    _, page = await see(f"/traces/{TRACE}")
    assert f"The parent <code>{'d' * 16}</code> of 1 span (charge)" in page
    assert f"its parent {'d' * 16} never arrived" in page


async def test_the_sampling_context_of_the_envelope_is_shown(server: Any, see: Any) -> None:
    context = {"trace_id": TRACE, "public_key": "a" * 32, "sample_rate": "0.25", "sampled": "true"}
    payload = transaction("pay", "a" * 16, "", 1000.0)
    head = json.dumps({"type": "transaction", "length": len(payload)}).encode()
    body = b"\n".join((json.dumps({"trace": context}).encode(), head, payload, b""))
    path = "/api/42/envelope/?sentry_key=" + "a" * 32
    async with server.client.post(path, data=body) as response:
        assert response.status == 200
    _, page = await see(f"/traces/{TRACE}")
    assert "sampled at a rate of 0.25" in page
    assert "1 envelope<" in page


async def test_a_trace_without_spans_says_why_that_can_be(server: Any, see: Any) -> None:
    event = {"message": "alone", "contexts": {"trace": {"trace_id": TRACE, "span_id": "a" * 16}}}
    await server.send(json.dumps(event).encode())
    _, page = await see(f"/traces/{TRACE}")
    assert "No span of this trace is here" in page
    assert "alone</a>" in page


async def test_a_replay_that_names_the_trace_is_in_its_picture(server: Any, see: Any) -> None:
    await server.send(transaction("pay", "a" * 16, "", 1000.0), item_type="transaction")
    replay = {
        "type": "replay_event", "replay_id": "e" * 32, "segment_id": 0, "trace_ids": [TRACE],
        "replay_start_timestamp": 990.0, "timestamp": 1000.5,
    }  # fmt: skip
    await server.send(json.dumps(replay).encode(), item_type="replay_event")
    _, page = await see(f"/traces/{TRACE}")
    assert "replay segment 0</a>" in page


async def test_an_unknown_trace_and_what_is_no_trace_id_are_pages(see: Any) -> None:
    status, page = await see(f"/traces/{'0' * 32}")
    assert (status, "Nothing of trace" in page) == (404, True)
    status, page = await see("/traces/nonsense")
    assert (status, "is no trace id" in page) == (404, True)


def span(name: str, start: float | None, end: float | None, parent: str = "") -> Span:
    return Span(name, parent, "op", name, "ok", start, end)


def drawn(*spans: Span, marks: tuple[Mark, ...] = ()) -> list[Row]:
    trace = trace_of(TRACE, [])
    trace.spans, trace.marks = list(spans), list(marks)
    trace.roots = tree(trace.spans)
    return waterfall(trace).rows


def test_a_long_time_without_a_span_has_a_row() -> None:
    rows = drawn(span("p", 0, 10), span("a", 0, 4, "p"), span("b", 6, 10, "p"))
    assert [(row.text, row.left, row.width) for row in rows[1:]] == [
        ("a", 0.0, 40.0),
        ("no span here", 40.0, 20.0),
        ("b", 60.0, 40.0),
    ]
    assert rows[0].own == 2000


def test_a_mark_stands_below_its_span_at_its_time() -> None:
    mark = Mark("event", "boom", "error", 5.0, None, "p", 3)
    rows = drawn(span("p", 0, 10), marks=(mark,))
    assert [(row.kind, row.depth, row.left) for row in rows] == [
        ("span", 0, 0.0),
        ("event", 1, 50.0),
    ]


def test_what_lies_outside_of_the_picture_says_how_far() -> None:
    marks = (Mark("event", "late", "", 12.5, None, "", 1), Mark("replay", "r", "", -9, -4, "", 2))
    assert [row.notes for row in drawn(span("p", 0, 10), marks=marks) if row.kind != "span"] == [
        ("2.50 s after the trace",),
        ("4.00 s before the trace",),
    ]


def test_logs_and_metrics_from_outside_of_the_picture_stand_aside() -> None:
    trace = trace_of(TRACE, [])
    trace.spans = [span("p", 0, 10)]
    trace.roots = tree(trace.spans)
    trace.marks = [
        Mark("metric", "before", "", -300.0, None, "", 1),
        Mark("log", "meanwhile", "", 5.0, None, "", 2),
        Mark("log", "untimed", "", None, None, "", 3),
        Mark("log", "after", "", 20.0, None, "", 4),
    ]
    picture = waterfall(trace)
    assert [row.text for row in picture.rows] == ["p", "meanwhile", "untimed"]
    assert [(row.text, row.notes) for row in picture.aside] == [
        ("before", ("5 min 0 s before the trace",)),
        ("after", ("10.00 s after the trace",)),
    ]


def test_a_child_that_starts_before_its_parent_asks_about_clocks() -> None:
    rows = drawn(span("p", 1, 2), span("c", 0.5, 2, "p"))
    assert rows[1].notes == ("starts 500 ms before its parent: do clocks differ?",)


def test_parents_in_a_circle_and_missing_times_are_said() -> None:
    rows = drawn(span("a", 0, 1, "b"), span("b", None, None, "a"))
    assert {row.text: row.notes for row in rows} == {
        "a": ("its parents run in a circle",),
        "b": ("its parents run in a circle", "no times were sent"),
    }


def test_rows_beyond_what_fits_are_counted() -> None:
    trace = Trace(TRACE)
    trace.spans = [span(str(number), 0, 1) for number in range(MOST + 7)]
    trace.roots = trace.spans
    assert (len(waterfall(trace).rows), waterfall(trace).hidden) == (MOST, 7)


async def test_a_trace_that_is_too_large_is_drawn_in_part_and_claims_nothing_of_the_rest(
    server: Any, see: Any
) -> None:
    for number in range(20):
        root, start = f"{number:016x}", 1000.0 + number
        inner = {"trace_id": TRACE, "parent_span_id": root, "start_timestamp": start}
        spans = [{**inner, "span_id": f"a{number:07x}{n:08x}"} for n in range(49)]
        body = transaction(f"t{number}", root, "f" * 16, start, spans=spans)
        await server.send(body, item_type="transaction")
    logs = [{"body": "waits", "trace_id": TRACE, "timestamp": 1000.0}] * 100
    batches = [json.dumps({"items": logs}).encode()] * 5
    await server.send(*batches, item_type="log")
    _, page = await see(f"/traces/{TRACE}")
    assert "these are 15 of its newest items" in page
    assert "t8</a>" in page
    assert "t7</a>" not in page
    assert "never arrived" not in page
    assert "its parent ffffffffffffffff is not among what is drawn" in page


async def test_a_large_item_of_a_trace_is_read_as_a_whole(server: Any, see: Any) -> None:
    spans = [{"span_id": f"{n:016x}", "trace_id": TRACE} for n in range(1, 801)]
    await server.send(
        transaction("pay", "a" * 16, "", 1000.0, spans=spans), item_type="transaction"
    )
    _, page = await see(f"/traces/{TRACE}")
    assert "<strong>801</strong> spans" in page
    assert "too large" not in page

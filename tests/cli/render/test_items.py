"""What a person finds in the rendering of each item type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Render = Callable[..., str]

ERROR: dict[str, Any] = {
    "release": "shop@2.0",
    "environment": "staging",
    "user": {"id": "7", "email": "ada@example.com"},
    "tags": [["plan", "pro"]],
    "timestamp": 1_700_000_000.5,
    "breadcrumbs": {
        "values": [
            {"timestamp": 1_700_000_000.0, "category": "cart", "message": "2 items",
             "data": {"n": 2}}
        ]
    },
    "request": {"method": "POST", "url": "http://shop/pay", "headers": [["Accept", "*/*"]],
                "data": "x=1"},
    "exception": {
        "values": [
            {"type": "OSError", "value": "no route"},
            {
                "type": "PaymentError",
                "module": "shop.pay",
                "value": "line one\nline two",
                "mechanism": {"type": "excepthook", "handled": False},
                "stacktrace": {
                    "frames": [
                        {"filename": "lib.py", "function": "call", "lineno": 3, "in_app": False,
                         "context_line": "library_code()", "vars": {"hidden_local": "1"}},
                        {"filename": "pay.py", "function": "pay", "lineno": 42, "in_app": True,
                         "pre_context": ["before()"], "context_line": "    charge(card)",
                         "post_context": ["after()"], "vars": {"card": {"limit": "50"}}},
                    ]
                },
            },
        ]
    },
    "sdk": {"name": "sentry.python", "version": "2.0"},
    "debug_meta": {"images": [1]},
}  # fmt: skip


@pytest.mark.parametrize(
    "expected",
    [
        "shop@2.0",
        "staging",
        "email ada@example.com",
        "plan=pro",
        "OSError: no route",
        "shop.pay.PaymentError: line one",
        "unhandled · excepthook",
        "▸ pay.py:42 in pay",
        "42 ❱     charge(card)",
        "41 │ before()",
        'card  {"limit": "50"}',
        "-500 ms",
        'cart  2 items {"n": 2}',
        "POST http://shop/pay",
        "Accept  */*",
        "x=1",
        "debug_meta",
    ],
)
def test_an_error_shows(render: Render, expected: str) -> None:
    assert expected in render("event", ERROR, title="PaymentError", width=100)


def test_a_librarys_frame_is_one_line(render: Render) -> None:
    output = render("event", ERROR, title="PaymentError")
    assert ("lib.py:3 in call" in output, "library_code" in output) == (True, False)


def test_frames_without_any_of_the_application_are_all_shown(render: Render) -> None:
    frame = {"filename": "a.py", "lineno": 1, "context_line": "code()"}
    value = {"exception": [{"type": "E", "stacktrace": {"frames": [frame]}}]}
    assert "code()" in render("event", value)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_is_wider_than_the_terminal(render: Render, width: int) -> None:
    lines = render("event", ERROR, title="PaymentError " * 3, width=width).splitlines()
    assert max(map(len, lines)) <= width


def test_long_values_are_cut_unless_all_is_asked_for(render: Render) -> None:
    value = {"extra": {"long": "x" * 5000}}
    short, full = render("event", value), render("event", value, full=True)
    assert (short.count("x") < 400, full.count("x") >= 5000) == (True, True)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (
            "log",
            {"items": [{"timestamp": 1.0, "level": "warn", "body": "stock low",
                        "attributes": {"n": {"value": 3, "type": "integer"}}}]},
            ["warn", "stock low", "n=3"],
        ),
        (
            "trace_metric",
            {"items": [{"name": "queue.depth", "type": "gauge", "value": 12, "unit": "job"}]},
            ["gauge", "queue.depth", "12 job"],
        ),
        (
            "session",
            {"sid": "s1", "status": "crashed", "duration": 1.5, "errors": 1,
             "attrs": {"release": "shop@2"}},
            ["crashed", "1.50 s", "s1", "shop@2"],
        ),
        (
            "sessions",
            {"aggregates": [{"started": "2026-01-01T00:00:00Z", "exited": 5, "crashed": 2}],
             "attrs": {"release": "shop@2"}},
            ["exited", "5", "crashed", "2", "shop@2"],
        ),
        (
            "check_in",
            {"monitor_slug": "nightly", "status": "ok", "duration": 3.0,
             "monitor_config": {"schedule": {"type": "crontab", "value": "0 0 * * *"}}},
            ["nightly", "ok", "3.00 s", "0 0 * * *"],
        ),
        (
            "client_report",
            {"discarded_events": [{"quantity": 3, "category": "error", "reason": "before_send"}]},
            ["3", "error", "before_send"],
        ),
        (
            "feedback",
            {"contexts": {"feedback": {"message": "it broke", "name": "Ada",
                                       "contact_email": "ada@example.com"}}},
            ["it broke", "Ada", "ada@example.com"],
        ),
        ("user_report", {"comments": "it broke", "email": "a@b"}, ["it broke", "a@b"]),
        ("replay_event", {"replay_id": "r1", "segment_id": 0, "urls": ["http://x/"]},
         ["r1", "0", "http://x/"]),
        (
            "profile",
            {"profile": {"samples": [{"stack_id": 0}, {"stack_id": 0}], "stacks": [[0]],
                         "frames": [{"function": "hot", "module": "app"}]}},
            ["2 samples", "100%", "hot", "app"],
        ),
        ("span", {"op": "db", "description": "SELECT 1", "start_timestamp": 1.0, "timestamp": 2.0},
         ["db", "SELECT 1", "1.00 s"]),
        ("who_knows", {"any": {"thing": 1}}, ['"any"', '"thing": 1']),
    ],
)  # fmt: skip
def test_an_item_shows_what_its_type_is_about(
    render: Render, kind: str, value: Any, expected: list[str]
) -> None:
    output = render(kind, value, width=100)
    assert [text for text in expected if text not in output] == []


def test_an_attachment_shows_its_name_type_size_and_text(render: Render) -> None:
    header = {"type": "attachment", "filename": "a.csv", "content_type": "text/csv"}
    output = render("attachment", None, data=b"x,y\n1,2\n", header=header)
    shown = ("a.csv", "text/csv", "8 bytes", "x,y", "1,2")
    assert [text for text in shown if text not in output] == []


def test_binary_attachments_are_dumped(render: Render) -> None:
    output = render("attachment", None, data=bytes(range(256)) * 2, width=100)
    assert "00000010  10 11 12 13 14 15 16 17  18 19" in output
    assert "more bytes" in output


def test_an_empty_attachment_says_so(render: Render) -> None:
    assert "empty" in render("attachment", None, data=b"")


def test_an_attachment_that_is_json_is_shown_as_it_was_sent(render: Render) -> None:
    assert '{"a":   1}' in render("attachment", {"a": 1}, data=b'{"a":   1}')


def test_an_item_that_was_not_accepted_says_so(render: Render) -> None:
    assert "not accepted: invalid(x)" in render("event", {}, outcome="invalid(x)")


def test_a_catch_by_spotlight_says_that_it_proves_nothing(render: Render) -> None:
    assert "proves nothing" in render("event", {}, spotlight=True).replace("\n", " ")

"""Whatever JSON an SDK sends, it is shown and nothing in it acts on the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_relay.cli.render import RENDERERS
from fake_relay.shown.line import origin
from fake_relay.shown.text import safe, safe_lines

Render = Callable[..., str]

FIELDS = """
exception values type value stacktrace frames vars lineno context_line pre_context
breadcrumbs timestamp message category data tags user contexts trace extra request headers
spans span_id parent_span_id start_timestamp op description items attributes body level
discarded_events quantity reason attrs aggregates started monitor_config profile samples
stack_id stacks name logentry params threads mechanism handled feedback urls modules sdk
in_app release duration status
"""
KEYS = st.sampled_from(FIELDS.split())
STRINGS = st.text(max_size=20) | st.sampled_from(
    ["[red]x[/red]", "\x1b[31mred", "\x1b]8;;http://evil\x07link", "\ud800", "\u202e", "a\nb\tc"]
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -1, 0, 1.7e9, 1e308])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | STRINGS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | STRINGS, inner, max_size=6),
    max_leaves=40,
)
# What may reach a terminal: text and line ends, no control character, no direction override.
UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@pytest.mark.parametrize("kind", [*sorted(RENDERERS), "statsd", "raw_security"])
@given(value=JSON, title=STRINGS, full=st.booleans())
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_json_is_shown_and_harmless(
    render: Render, kind: str, value: Any, title: str, full: bool
) -> None:
    output = render(kind, value, title=title, level=title[:5], full=full, data=b"x")
    assert UNSAFE.search(output) is None


@given(value=JSON)
@settings(max_examples=60)
def test_release_and_environment_are_read_from_any_json(value: Any) -> None:
    assert all(isinstance(part, str) for part in origin(value))


@given(data=st.binary(max_size=300))
@settings(max_examples=60)
def test_any_bytes_of_an_attachment_are_shown_and_harmless(render: Render, data: bytes) -> None:
    output = render("attachment", None, data=data, title="file")
    assert UNSAFE.search(output) is None


@given(text=st.text())
def test_safe_text_is_one_harmless_line_and_safe_again(text: str) -> None:
    made = safe(text)
    assert (UNSAFE.search(made), "\n" in made, safe(made)) == (None, False, made)


@given(text=st.text())
def test_safe_lines_are_harmless(text: str) -> None:
    assert [line for line in safe_lines(text) if UNSAFE.search(line)] == []


@pytest.mark.parametrize(
    "text", ["[red]alert[/red]", "[link=http://evil]x[/link]", ":boom:", "[/]"]
)
def test_markup_of_a_payload_is_shown_as_it_is(render: Render, text: str) -> None:
    value = {"message": text, "tags": {text: text}, "extra": {text: [text]}, "logger": text}
    output = render("event", value, title=text, width=300, color=True)
    plain = re.sub("\x1b\\[[0-9;]*m", "", output)
    assert plain.count(text) == 7


@pytest.mark.parametrize("text", ["\x1b[2J", "\x1b]8;;http://evil\x1b\\x", "\x9b31m", "\r", "\x08"])
def test_escape_sequences_of_a_payload_do_not_reach_the_terminal(render: Render, text: str) -> None:
    value = {
        "message": text,
        "tags": {text: text},
        "user": {text: text},
        "contexts": {text: {text: text}},
    }
    assert text not in render("event", value, title=text, color=True)


def test_deep_nesting_is_shown(render: Render) -> None:
    value: Any = "bottom"
    for _ in range(5000):
        value = [value]
    assert "cannot be shown" in render("event", {"extra": {"deep": value}}, data=b"")

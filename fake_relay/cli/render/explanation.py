"""An explanation, and refused requests, as lines for a terminal.

Rule: what a request held is shown and never obeyed.
May import: cli.render.text, records, protocol, rich.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fake_relay.records import RefusedRequest
from fake_relay.shown.text import byte_size, clock, cut, moment_text, safe, safe_lines

STYLES = {"stored": "green", "never_seen": "yellow", "evicted": "yellow", "discarded": "yellow"}
MAX_BODY = 2000
"""Bytes of a body that are shown."""


def explanation_lines(found: Mapping[str, Any]) -> Iterator[Text | Padding]:
    """The headline, then each finding with its advice below."""
    yield Text(safe(str(found["headline"])), "bold")
    for number, finding in enumerate(found["findings"], 1):
        kind = str(finding["kind"])
        line = Text(f"{number}. ", "dim")
        line.append(f"{safe(kind).replace('_', ' ')}: ", STYLES.get(kind, "bold red"))
        line.append(safe(finding["sentence"]))
        yield Padding(line, (1, 0, 0, 0))
        if finding["advice"]:
            yield Padding(Text(safe(finding["advice"]), "cyan"), (0, 0, 0, 3))
        if examples := _examples(finding["evidence"]):
            yield Padding(Text(examples, "dim"), (0, 0, 0, 3))


def _examples(evidence: Mapping[str, Any]) -> str:
    named = {"items": "fake-relay show", "refused": "fake-relay refused"}
    return "; ".join(
        f"{command} {' | '.join(map(str, evidence[key]))}"
        for key, command in named.items()
        if evidence.get(key)
    )


def refused_table(found: Sequence[RefusedRequest], width: int) -> Table:
    """Refused requests as a table."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=width < 300)
    table.add_column("id", justify="right", style="dim", no_wrap=True)
    table.add_column("time", no_wrap=True)
    table.add_column("status", no_wrap=True, style="bold red")
    table.add_column("project", no_wrap=True, max_width=12, overflow="ellipsis")
    table.add_column("request", no_wrap=True, overflow="ellipsis", ratio=2)
    table.add_column("reason", no_wrap=True, style="yellow", max_width=24, overflow="ellipsis")
    table.add_column("what was answered", no_wrap=True, overflow="ellipsis", ratio=3)
    for one in found:
        table.add_row(
            str(one.id),
            clock(one.received_at),
            str(one.status),
            Text(safe(one.project or "?")),
            Text(safe(f"{one.method} {one.path}")),
            Text(safe(one.reason)),
            Text(safe(": ".join((one.detail, *one.causes)))),
        )
    return table


def refused_line(one: RefusedRequest) -> Text:
    """A refused request on one line, in the columns of `tail`."""
    text = Text().append(f"{'':>4}  {clock(one.received_at)}  ", "dim")
    text.append(f"{'refused':<13} ", "bold red")
    text.append(f"{one.status:<8}", "bold red")
    text.append(safe(": ".join((one.detail, *one.causes))))
    text.append(f"  {safe(one.reason)}", "bold yellow")
    text.append(f"  {safe(one.method)} {safe(cut(one.path, 80))}  refused {one.id}", "dim")
    return text


def refused_lines(one: RefusedRequest, body: bytes) -> Iterator[Text]:
    """Everything about a refused request, and the beginning of its body."""
    yield Text(f"refused request {one.id}: status {one.status}, {safe(one.reason)}", "bold red")
    yield Text(safe(": ".join((one.detail, *one.causes))))
    rows = {
        "time": moment_text(one.received_at),
        "request": f"{one.method} {one.path}" + (f"?{one.query}" if one.query else ""),
        "door": one.door,
        "project": one.project,
        "key": one.public_key,
        "client": one.client or one.user_agent,
        "from": one.remote_addr,
        "body": f"{byte_size(one.wire_size)}, {byte_size(one.kept)} kept {one.coding}".rstrip(),
    }
    rows |= {name: value for name, value in one.headers.items() if name != "user-agent"}
    for name, value in rows.items():
        if value:
            yield Text.assemble((f"  {name:<18} ", "dim"), safe(cut(value, 500)))
    yield from _body(one, body)


def _body(one: RefusedRequest, body: bytes) -> Iterator[Text]:
    if not body:
        return
    if one.coding or b"\0" in body[:MAX_BODY]:
        yield Text(f"  its bytes: fake-relay refused {one.id} --raw", "dim")
        return
    for line in safe_lines(body[:MAX_BODY].decode("utf-8", "replace")):
        yield Text(f"  | {line}")
    if len(body) > MAX_BODY:
        yield Text(f"  | … all that is kept: fake-relay refused {one.id} --raw", "dim")

"""`fake-relay demo`: the main job on real input, in one go.

A relay on a free port, a real application with the real SDK in a process of its own, what
arrived, and expectations; one of them fails on purpose.
May import: web, expect, relay and every room below them, cli.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console, Group
from rich.rule import Rule
from rich.text import Text

from fake_relay.cli.output import as_json as json_option
from fake_relay.cli.output import item_json, print_json, terminal
from fake_relay.cli.reading import decoded
from fake_relay.cli.render import show
from fake_relay.cli.render.listing import item_table, ledger_table
from fake_relay.cli.render.verdict import verdict_lines
from fake_relay.cli.render.view import View
from fake_relay.cli.run import environment
from fake_relay.errors import Unreachable
from fake_relay.expect import Expectation, judge
from fake_relay.expect.judge import new_items
from fake_relay.records import StoredItem
from fake_relay.store import Reader

EXPECTATIONS: tuple[dict[str, Any], ...] = (
    {
        "type": "event",
        "where": {"exception": "CardDeclined", "release": "shop@2.0.1", "tags": {"plan": "pro"}},
        "count": 1,
    },
    {"type": "event", "where": {"exception": "Bored"}, "count": 0},
    {
        "type": "event",
        "where": {"exception": "CardDeclined", "environment": "production"},
    },
)
MEANT_TO_FAIL = 2
"""The position of the expectation that shows what a failure looks like."""
PATIENCE = 60
"""Seconds that the application may take."""


@click.command()
@json_option
def demo(as_json: bool) -> None:
    """Catch what a real application sends, and look at it.

    A relay, a small web shop with the real SDK, what arrived, and expectations of which one
    fails on purpose. It ends by itself.
    """
    from fake_relay.relay import Relay
    from fake_relay.store import open_store
    from fake_relay.web.runner import ThreadServer

    with ThreadServer(lambda: Relay(open_store("memory:"))) as server:
        if not as_json:
            explain(server.url)
        crash = run_shop(server.url)
        reader = server.relay.store
        verdicts = [
            judge(Expectation.from_json(entry, reader_position=0), reader) for entry in EXPECTATIONS
        ]
        told = [verdict.to_json() for verdict in verdicts]
        if as_json:
            print_json(
                {"items": [item_json(i) for i in new_items(reader, None, 0)], "expectations": told}
            )
        else:
            tell(reader, crash, told)
    as_meant = [verdict["held"] for verdict in told] == [
        position != MEANT_TO_FAIL for position in range(len(EXPECTATIONS))
    ]
    if not as_meant:
        raise Unreachable("the demo did not go as it should; what it printed tells where")


def run_shop(url: str) -> str:
    """Run the application to its end; the last line that it printed."""
    # A copy in a place of its own: what lies in site-packages is not "in app" to the SDK.
    with tempfile.TemporaryDirectory(prefix="fake-relay-demo-") as folder:
        shop = Path(folder) / "shop.py"
        shutil.copy(Path(__file__).with_name("demo_app.py"), shop)
        try:
            ended = subprocess.run(
                [sys.executable, str(shop)],
                env=environment(url, os.environ),
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Unreachable(f"the sample application took over {PATIENCE} seconds") from error
    lines = ended.stderr.strip().splitlines()
    return lines[-1] if lines else ""


def explain(url: str) -> None:
    """Say what happens now."""
    console = terminal()
    heading(console, "1. Catch")
    console.print(f"A relay listens on {url}; a small web shop runs with SENTRY_DSN set to it.")
    console.print("The shop uses the real sentry_sdk and knows nothing of fake-relay.")


def tell(reader: Reader, crash: str, verdicts: list[dict[str, Any]]) -> None:
    """Print what arrived and how the expectations fared."""
    console = terminal()
    items = new_items(reader, None, 0)
    console.print(Text(f"The shop ended with the exception that nobody handled: {crash}"))
    console.print()
    rows = [(item, decoded(reader.payload(item.id) or b"")) for item in items]
    console.print(item_table(rows, console.width))
    heading(console, "2. Look: the unhandled exception", "fake-relay show latest --type event")
    one(console, reader, items, "event", "error")
    heading(console, "3. Look: a trace", "fake-relay show latest --type transaction")
    one(console, reader, items, "transaction", "")
    heading(console, "4. Account: what was accepted, and what the SDK kept to itself")
    console.print(ledger_table(reader.ledger()))
    console.print(
        "\nclient discard: before_send filtered one event, the sampler dropped the health"
        "\ncheck; the SDK said so in its client report."
    )
    heading(console, "5. Assert", "fake-relay expect, fake-relay run --expect, pytest")
    expectations(console, verdicts)
    heading(console, "Where to look next")
    console.print(NEXT)


NEXT = """\
fake-relay serve                       a server to point a DSN at
fake-relay tail                        what arrives there, line by line
fake-relay run -- python app.py        any command with a relay of its own
def test_checkout(relay): ...          the pytest fixture; nothing to start
fake-relay --help                      everything else"""


def heading(console: Console, title: str, command: str = "") -> None:
    """A rule with a title, and the command that shows the same."""
    console.print()
    console.print(Rule(Text(title, "bold"), align="left", style="blue"))
    if command:
        console.print(Text(command, "dim"))


def one(console: Console, reader: Reader, items: list[StoredItem], kind: str, level: str) -> None:
    """Print the last item of a type and level in full."""
    found = [item for item in items if item.type == kind and level in ("", item.level)]
    if not found:
        raise Unreachable(f"the sample application sent no {kind}; it needs sentry-sdk 2.x")
    item = found[-1]
    data = reader.payload(item.id) or b""
    same = tuple(i for i in items if i.event_id == item.event_id and i.id != item.id)
    view = View(item, data, decoded(data), {}, same, width=console.width)
    console.print(Group(*show(view)))


def expectations(console: Console, verdicts: list[dict[str, Any]]) -> None:
    """Print the verdicts, and that a failure was meant."""
    for position, verdict in enumerate(verdicts):
        console.print(*verdict_lines(verdict), sep="\n")
        if position == MEANT_TO_FAIL:
            console.print(
                "  This failure was intended: so it reads when an expectation does not hold.",
                style="italic green",
            )

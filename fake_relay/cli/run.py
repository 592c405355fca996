"""`fake-relay run -- CMD`: a private relay around one command, and what it caught.

Invariant: CMD's environment differs in `SENTRY_DSN`, `FAKE_RELAY_URL` and the absence of
`SENTRY_SPOTLIGHT`, for nothing else may change what its SDK sends.
May import: web, expect, relay and every room below them, cli.render.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from fake_relay.cli.expectations import read_expectations
from fake_relay.cli.output import as_json, item_json, print_json, terminal
from fake_relay.cli.render.listing import item_table, ledger_table, type_counts
from fake_relay.cli.render.verdict import verdict_lines
from fake_relay.cli.serve import dsn_for
from fake_relay.config import RelayConfig
from fake_relay.expect import Expectation, Verdict, Vigil
from fake_relay.expect.judge import new_items
from fake_relay.protocol.outcome import Fate
from fake_relay.records import LedgerEntry, StoredItem
from fake_relay.store import Reader
from fake_relay.stored_view.viewer import Views

if TYPE_CHECKING:
    from fake_relay.relay import Relay

CANNOT_START = 127
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1)
SHOWN = 30
"""Items in the table that is printed afterwards."""

NOTHING = """\
Was there anything to report? If so: is the SDK initialised, and without a DSN of its own in
the code, which wins over SENTRY_DSN? Is it given time to send before the program ends (flush)?
SDKs in browsers and phones take their DSN from the build, not from the environment."""


@click.command(context_settings={"allow_interspersed_args": False})
@click.option(
    "--expect",
    "expect_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON file with expectations to check afterwards.",
)
@click.option(
    "--fail-on-unexpected",
    is_flag=True,
    help="Fail when an event arrives that no expectation names.",
)
@click.option("--store", default="memory:", help="Keep the catch in this file.")
@as_json
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    expect_file: Path | None,
    fail_on_unexpected: bool,
    store: str,
    as_json: bool,
    command: tuple[str, ...],
) -> None:
    """Run CMD with a relay of its own, and print what it sent.

    SENTRY_DSN and FAKE_RELAY_URL are set for CMD. The exit status is CMD's; 1 if CMD
    succeeded and an expectation failed; 127 if CMD cannot be started. The report goes to
    stderr, so that CMD's own output can be piped.

    Expectations are judged when CMD has ended. One that says `within` waits for so many
    seconds more, for what CMD left running.
    """
    from fake_relay.relay import Relay
    from fake_relay.store import open_store
    from fake_relay.web.runner import ThreadServer

    entries = read_expectations(expect_file) if expect_file else []
    with ThreadServer(lambda: Relay(open_store(store))) as server:
        reader = server.relay.store
        since, known = reader.position(), reader.ledger()
        expectations = [expectation(entry, since) for entry in entries]
        status = run_command(command, environment(server.url, os.environ))
        if status is None:
            raise SystemExit(CANNOT_START)
        verdicts = waited_for(expectations, server.relay)
        strangers = unexpected(reader, since, verdicts) if fail_on_unexpected else []
        if as_json:
            print_json(
                report_json(reader, since, counted(reader, known), status, verdicts, strangers)
            )
        else:
            report(reader, since, counted(reader, known), verdicts, strangers)
    failed = bool(strangers) or not all(verdict.held for verdict in verdicts)
    raise SystemExit(status or int(failed))


def expectation(entry: Mapping[str, Any], since: int) -> Expectation:
    """An expectation of the file; what has ended sends no more, so only `within` makes it wait."""
    waits = {} if entry.get("within") is not None else {"within": 0, "quiet": 0}
    return Expectation.from_json({**waits, **entry}, reader_position=since)


def waited_for(expectations: list[Expectation], relay: Relay) -> list[Verdict]:
    """The verdicts; all waits begin now, when the command has ended."""
    views = Views(relay.store, lambda project: relay.settings_of(project).scrubbing)
    vigils = [Vigil(each, relay.store, now=time.monotonic(), views=views) for each in expectations]
    for vigil in vigils:
        while (pause := vigil.look(time.monotonic())) is not None:
            relay.hub.wait_in_thread(vigil.position, pause)
    return [vigil.verdict for vigil in vigils]


def environment(url: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """CMD's environment; says so when `SENTRY_SPOTLIGHT` is taken out of it."""
    made = {**inherited, "SENTRY_DSN": str(dsn_for(url, RelayConfig())), "FAKE_RELAY_URL": url}
    if made.pop("SENTRY_SPOTLIGHT", None) is not None:
        click.echo(
            "fake-relay: SENTRY_SPOTLIGHT is removed: it would make the SDK send personal data"
            " and sample everything",
            err=True,
        )
    return made


def run_command(command: tuple[str, ...], env: Mapping[str, str]) -> int | None:
    """Run it to its end; its exit status as shells count it, None if it cannot be started."""
    try:
        child = subprocess.Popen(command, env=env)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        click.echo(f"fake-relay: cannot start {command[0]!r}: {reason}", err=True)
        return None
    with signals_passed_on(child):
        status = child.wait()
    return 128 - status if status < 0 else status


@contextmanager
def signals_passed_on(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand signals to the child while it runs; this process outlives it and reports."""
    previous = {number: signal.signal(number, passer_on(child)) for number in PASSED_ON}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def passer_on(child: subprocess.Popen[bytes]) -> Callable[[int, FrameType | None], None]:
    """A signal handler for the child's sake."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        # A terminal's Ctrl-C goes to the whole foreground group, so the child has it already,
        # and many programs take a second one as "at once".
        from_terminal = number in (signal.SIGINT, signal.SIGQUIT) and sys.stdin.isatty()
        if not from_terminal:
            child.send_signal(number)

    return pass_on


def unexpected(reader: Reader, since: int, verdicts: list[Verdict]) -> list[StoredItem]:
    """Accepted events that no expectation matched."""
    named = {subject.item.id for verdict in verdicts for subject in verdict.matched}
    return [
        item
        for item in new_items(reader, None, since)
        if item.type == "event" and not item.outcome and item.id not in named
    ]


def counted(reader: Reader, known: list[LedgerEntry]) -> list[LedgerEntry]:
    """What the ledger counted since `known`; a file that is used again has counted before."""
    amounts = {(e.project, e.category, e.outcome, e.reason): e.quantity for e in known}
    since = [
        LedgerEntry(e.project, e.category, e.outcome, e.reason, e.quantity - before)
        for e in reader.ledger()
        for before in (amounts.get((e.project, e.category, e.outcome, e.reason), 0),)
    ]
    return [entry for entry in since if entry.quantity]


def report(
    reader: Reader,
    since: int,
    ledger: list[LedgerEntry],
    verdicts: list[Verdict],
    strangers: list[StoredItem],
) -> None:
    """Print the catch, what was dropped, and how the expectations fared."""
    from fake_relay.cli.reading import decoded

    console = terminal(stderr=True)
    items = new_items(reader, None, since)
    console.print()
    console.print("fake-relay caught: ", type_counts(items), sep="", style="bold")
    if items:
        shown = [(item, decoded(reader.payload(item.id) or b"")) for item in items[-SHOWN:]]
        console.print(item_table(shown, console.width))
    if len(items) > SHOWN:
        console.print(f"… and {len(items) - SHOWN} before these", style="dim")
    dropped = [entry for entry in ledger if entry.outcome is not Fate.ACCEPTED]
    if not items and not dropped:
        console.print(NOTHING)
    if dropped:
        console.print("\ndropped, or discarded by the SDK itself:", style="bold")
        console.print(ledger_table(dropped))
    if verdicts:
        console.print()
    for verdict in verdicts:
        console.print(*verdict_lines(verdict.to_json()), sep="\n")
    if strangers:
        console.print("\n✗ unexpected events:", style="bold red")
        console.print(item_table([(item, None) for item in strangers], console.width))


def report_json(
    reader: Reader,
    since: int,
    ledger: list[LedgerEntry],
    status: int,
    verdicts: list[Verdict],
    strangers: list[StoredItem],
) -> dict[str, Any]:
    """The same for machines."""
    from fake_relay.cli.reading import decoded

    return {
        "status": status,
        "items": [
            item_json(item, decoded(reader.payload(item.id) or b""))
            for item in new_items(reader, None, since)
        ],
        "outcomes": [
            {
                "project": entry.project,
                "category": entry.category,
                "outcome": entry.outcome.value,
                "reason": entry.reason,
                "quantity": entry.quantity,
            }
            for entry in ledger
        ],
        "expectations": [verdict.to_json() for verdict in verdicts],
        "unexpected": [item.id for item in strangers],
    }

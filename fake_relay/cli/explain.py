"""`explain` and `refused`: why an event is missing, and which requests got no 200.

May import: client, explain, cli.render, cli.output, records, errors.
"""

from __future__ import annotations

import re
import sys
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from fake_relay.cli.output import (
    as_json,
    print_json,
    reads_server,
    rfc3339,
    terminal,
)
from fake_relay.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fake_relay.client import RelayClient
    from fake_relay.records import RefusedRequest

PERIOD = re.compile(r"(\d{1,9})(s|m|h|d)?")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, None: 1}

EXIT_MISSING = 1

of_project = click.option("--project", metavar="ID", help="Only what concerns this project.")


@click.command()
@click.argument("event_id", required=False, metavar="[EVENT_ID]")
@of_project
@click.option(
    "--since",
    metavar="5m|2h|1d",
    help="Look only so far back.  [default: 1h; with EVENT_ID, all that is kept]",
)
@as_json
@reads_server
def explain(
    client: RelayClient,
    event_id: str | None,
    project: str | None,
    since: str | None,
    as_json: bool,
) -> None:
    """Tell why an event is missing.

    Without EVENT_ID, everything is told that was refused, left out, or thrown away by an SDK.

    Exits with 1 when the event was not stored, or when something was not.
    """
    moment = None if since is None else time.time() - period(since)
    found = client.explain(event_id, project=project, since=moment)
    if as_json:
        print_json(found)
    else:
        from fake_relay.cli.render.explanation import explanation_lines

        terminal().print(*explanation_lines(found), sep="\n", soft_wrap=False)
    if found["missing"]:
        raise SystemExit(EXIT_MISSING)


def period(text: str) -> float:
    """The seconds that a text like `5m` names; raises `ConfigError`."""
    found = PERIOD.fullmatch(text)
    if found is None:
        raise ConfigError(f"--since {text!r} is no period; write it like 30s, 5m, 2h or 1d")
    return float(int(found[1]) * SECONDS[found[2]])


@click.command()
@click.argument("which", required=False, type=click.IntRange(1), metavar="[ID]")
@of_project
@click.option(
    "-n", "--limit", type=click.IntRange(1), default=50, show_default=True, help="How many at most."
)
@click.option("--raw", is_flag=True, help="Write the body's bytes, as they came.")
@as_json
@reads_server
def refused(
    client: RelayClient,
    which: int | None,
    project: str | None,
    limit: int,
    raw: bool,
    as_json: bool,
) -> None:
    """List requests that were refused, newest first; or show one."""
    if which is None:
        if raw:
            raise ConfigError("--raw needs the number of a request; see `fake-relay refused`")
        return list_refused(client, project, limit, as_json)
    found = client.refused_request(which)
    if found is None:
        raise ConfigError(f"there is no refused request {which}; see `fake-relay refused`")
    if raw:
        sys.stdout.buffer.write(client.refused_body(which) or b"")
    elif as_json:
        print_json(refused_json(found))
    else:
        from fake_relay.cli.render.explanation import refused_lines

        terminal().print(*refused_lines(found, client.refused_body(which) or b""), sep="\n")
    return None


def list_refused(client: RelayClient, project: str | None, limit: int, as_json: bool) -> None:
    """Print the newest refused requests."""
    found = list(islice(pages(client, project, min(limit, 200)), limit))
    if as_json:
        print_json({"refused": [refused_json(one) for one in found]})
        return
    from fake_relay.cli.render.explanation import refused_table

    console = terminal()
    if found:
        console.print(refused_table(found, console.width))
    else:
        whose = "" if project is None else f" of project {project}"
        console.print(f"no request{whose} was refused")


def pages(client: RelayClient, project: str | None, limit: int) -> Iterator[RefusedRequest]:
    """All refused requests, newest first."""
    page = client.refused(project, None, limit)
    yield from page.refused
    while page.next is not None:
        page = client.refused(project, page.next, limit)
        yield from page.refused


def refused_json(found: RefusedRequest) -> dict[str, Any]:
    """A refused request in the shape of `GET /relay/v1/refused/{id}`."""
    import msgspec

    return {**msgspec.to_builtins(found), "received_at": rfc3339(found.received_at)}

"""`forward`: what a running server sends on to a real Sentry, and how it goes.

Rule: every reply of `status` says first whether anything leaves by itself.
May import: client, cli.output, errors.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click

from fake_relay.cli.forward_told import counted, line_of, tell, tell_dead, tell_dry, tell_one
from fake_relay.cli.output import as_json, print_json, reads_server
from fake_relay.errors import ConfigError

if TYPE_CHECKING:
    from fake_relay.client import RelayClient

to_upstream = click.option("--to", "upstream", metavar="NAME", help="Only this upstream.")
EXIT_FAILED = 1


@click.group()
def forward() -> None:
    """See and steer what goes on to a real Sentry."""


def path(*parts: str, **parameters: Any) -> str:
    """A path below `/forward`, and its query."""
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    return "/".join(("", *(quote(part, safe="") for part in parts))) + (
        f"?{query}" if query else ""
    )


@forward.command()
@as_json
@reads_server
def status(client: RelayClient, as_json: bool) -> None:
    """Tell how it goes with every upstream."""
    tell(client.forward("GET", ""), as_json)


@forward.command()
@to_upstream
@as_json
@reads_server
def pause(client: RelayClient, upstream: str | None, as_json: bool) -> None:
    """Hold what leaves; it waits in the spool."""
    tell(client.forward("POST", path("pause", upstream=upstream)), as_json)


@forward.command()
@to_upstream
@as_json
@reads_server
def resume(client: RelayClient, upstream: str | None, as_json: bool) -> None:
    """Go on after a pause."""
    tell(client.forward("POST", path("resume", upstream=upstream)), as_json)


@forward.command()
@click.argument("name")
@click.argument("dsn")
@click.option("--enable", is_flag=True, help="Forward what arrives from now on.")
@click.option("-q", "--query", help="Only what this search finds.")
@click.option("--type", "item_types", metavar="TYPE", multiple=True, help="Only these item types.")
@click.option("--environment", "environments", multiple=True, help="Only these environments.")
@click.option("--release", "releases", multiple=True, help="Only these releases.")
@click.option("--sample-rate", type=click.FloatRange(0, 1), help="Only this share of traces.")
@click.option("--unscrubbed", is_flag=True, help="Forward as sent, with what is personal in it.")
@as_json
@reads_server
def add(
    client: RelayClient,
    name: str,
    dsn: str,
    enable: bool,
    unscrubbed: bool,
    as_json: bool,
    **rules: Any,
) -> None:
    """Make or replace the upstream NAME; it is off unless --enable says otherwise."""
    settings = {key: value for key, value in rules.items() if value not in (None, ())}
    body = {**settings, "dsn": dsn, "enabled": enable, "scrub": not unscrubbed}
    tell_one(client.forward("PUT", path("upstreams", name), body), as_json)


@forward.command()
@click.argument("name")
@as_json
@reads_server
def remove(client: RelayClient, name: str, as_json: bool) -> None:
    """Forget the upstream NAME, and all that waits for it."""
    tell(client.forward("DELETE", path("upstreams", name)), as_json)


@forward.command()
@click.argument("name")
@as_json
@reads_server
def enable(client: RelayClient, name: str, as_json: bool) -> None:
    """Forward what arrives to NAME from now on."""
    tell_one(client.forward("POST", path("upstreams", name, "enable")), as_json)


@forward.command()
@click.argument("name")
@as_json
@reads_server
def disable(client: RelayClient, name: str, as_json: bool) -> None:
    """Forward to NAME only what is sent by hand."""
    tell_one(client.forward("POST", path("upstreams", name, "disable")), as_json)


@forward.command()
@click.argument("dead_id", metavar="[ID]", type=int, required=False)
@click.option("--dead", is_flag=True, help="Queue all dead letters again.")
@to_upstream
@as_json
@reads_server
def retry(
    client: RelayClient, dead_id: int | None, dead: bool, upstream: str | None, as_json: bool
) -> None:
    """Try now instead of later; with an ID or --dead, also what was given up."""
    asked = path("retry", upstream=upstream, id=dead_id, dead=int(dead))
    found = client.forward("POST", asked)
    if as_json:
        print_json(found)
    else:
        click.echo(f"trying now; {counted(found['revived'])} queued again")


@forward.group()
def dead() -> None:
    """List, show and forget what could not be delivered."""


@dead.command("list")
@to_upstream
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many."
)
@as_json
@reads_server
def list_dead(client: RelayClient, upstream: str | None, limit: int, as_json: bool) -> None:
    """List dead letters, newest first."""
    page = client.forward("GET", path("dead", upstream=upstream, limit=limit))
    if as_json:
        print_json(page)
        return
    if not page["dead"]:
        click.echo("no dead letters")
    for letter in page["dead"]:
        click.echo(line_of(letter))
    if page["next"]:
        click.echo(f"and more; --limit shows more than {limit}")


@dead.command("show")
@click.argument("dead_id", metavar="ID", type=int)
@as_json
@reads_server
def show_dead(client: RelayClient, dead_id: int, as_json: bool) -> None:
    """Show one dead letter."""
    letter = client.forward("GET", path("dead", str(dead_id)))
    if as_json:
        print_json(letter)
        return
    tell_dead(letter)


@dead.command("drop")
@click.argument("dead_id", metavar="[ID]", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="All of them.")
@to_upstream
@as_json
@reads_server
def drop_dead(
    client: RelayClient,
    dead_id: int | None,
    everything: bool,
    upstream: str | None,
    as_json: bool,
) -> None:
    """Forget a dead letter, or all."""
    if dead_id is None and not everything:
        raise ConfigError("name a dead letter by its ID, or say --all")
    found = client.forward("DELETE", path("dead", upstream=upstream, id=dead_id))
    if as_json:
        print_json(found)
    else:
        click.echo(f"forgot {counted(found['deleted'])}, which stay counted")


@forward.command()
@click.argument("item_id", metavar="ID", type=int)
@click.option("--to", "upstream", metavar="NAME", required=True, help="The upstream.")
@click.option("--envelope", is_flag=True, help="ID is that of an envelope: send all its items.")
@click.option("--again", is_flag=True, help="Also if the upstream has this event.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 55),
    default=10.0,
    show_default=True,
    help="Seconds until it is told as queued.",
)
@as_json
@reads_server
def send(
    client: RelayClient,
    item_id: int,
    upstream: str,
    envelope: bool,
    again: bool,
    wait: float,
    as_json: bool,
) -> None:
    """Send one stored item to an upstream now, though it may be off; 1 if it was not taken."""
    what = "envelope" if envelope else "item"
    body = {what: item_id, "to": upstream, "again": again, "wait": wait}
    found = client.forward("POST", path("send"), body)
    if as_json:
        print_json(found)
    else:
        detail = f": {found['detail']}" if found["detail"] else ""
        click.echo(f"{what} {item_id} to {upstream}: {found['state']}{detail}")
    if found["state"] != "sent":
        sys.exit(EXIT_FAILED)


@forward.command("dry-run")
@click.argument("name")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many."
)
@click.option("--project", metavar="ID", help="Only this project's envelopes.")
@click.option("--payloads", is_flag=True, help="Print what would leave, too.")
@as_json
@reads_server
def dry_run(
    client: RelayClient,
    name: str,
    limit: int,
    project: str | None,
    payloads: bool,
    as_json: bool,
) -> None:
    """Show what of the newest stored envelopes would leave for NAME; nothing does."""
    found = client.forward("GET", path("upstreams", name, "dry-run", limit=limit, project=project))
    if as_json:
        print_json(found)
        return
    for envelope in found["envelopes"]:
        click.echo(f"envelope {envelope['envelope_id']} -> {envelope['to'] or 'stays here'}")
        for item in envelope["items"]:
            tell_dry(item, payloads)

"""`faults`: see and set what a running server breaks on purpose.

May import: client, faults, config.faults, cli.output, errors.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fake_relay.cli.output import as_json, print_json, reads_server
from fake_relay.errors import ConfigError

if TYPE_CHECKING:
    from fake_relay.client import RelayClient
    from fake_relay.faults import Told

of_project = click.option("--project", metavar="ID", help="Only this project's own faults.")


@click.group()
def faults() -> None:
    """See and set the faults of a running server."""


@faults.command()
@of_project
@as_json
@reads_server
def show(client: RelayClient, project: str | None, as_json: bool) -> None:
    """Show the fault plan, and how often each entry has fired."""
    tell(client.faults(project), as_json)


@faults.command()
@click.argument("effect")
@click.option("--project", metavar="ID", help="Only requests of this project.")
@click.option("--door", metavar="NAME", help="Only requests to this door, such as envelope.")
@click.option("--category", "categories", multiple=True, help="Only with items of this category.")
@click.option(
    "--type", "types", metavar="TYPE", multiple=True, help="Only with items of this type."
)
@click.option("-q", "--query", "q", help="Only with items that this search finds.")
@click.option("--times", type=click.IntRange(1), help="Only the next so many requests.")
@click.option("--probability", type=click.FloatRange(0, 1), help="Only this share of requests.")
@click.option("--seed", type=int, help="What the dice start from.")
@as_json
@reads_server
def add(client: RelayClient, effect: str, as_json: bool, **fields: Any) -> None:
    """Add a fault to the plan.

    EFFECT is one of status=503, rate_limit=error:60, quota=transaction:100/60, latency=250ms,
    hang=30s, reset=before_body, reset=after_body, truncate=10, garbage, bad_json,
    content_type=text/html
    """
    from fake_relay.faults import fault_of, words_of

    match = {name: fields.pop(name) for name in ("door", "categories", "types", "q")}
    told = {name: value for name, value in fields.items() if value is not None}
    told["match"] = {name: value for name, value in match.items() if value}
    fault = fault_of(effect, **told)
    (fault_id,) = client.add_faults([fault])
    if as_json:
        print_json({"ids": [fault_id]})
    else:
        click.echo(f"{fault_id}  {words_of(fault)}")


@faults.command("set")
@click.argument("file", type=click.File("rb"))
@of_project
@as_json
@reads_server
def set_plan(client: RelayClient, file: Any, project: str | None, as_json: bool) -> None:
    """Replace the plan by that in FILE; - reads it from stdin."""
    from fake_relay.faults import read_plan

    try:
        plan = read_plan(file.read())
    except ConfigError as error:
        name = "stdin" if file.name in ("-", "<stdin>") else repr(str(Path(file.name)))
        raise ConfigError(f"{name}: {error}") from None
    tell(client.set_faults(plan, project), as_json)


@faults.command()
@click.argument("fault_id", metavar="[ID]", type=int, required=False)
@of_project
@as_json
@reads_server
def clear(client: RelayClient, fault_id: int | None, project: str | None, as_json: bool) -> None:
    """Clear the plan, or the entry of an ID, and lift the limits that it imposed."""
    deleted = client.clear_faults(project, fault_id)
    if as_json:
        print_json({"deleted": deleted})
    else:
        click.echo(f"cleared {deleted} fault{'' if deleted == 1 else 's'}")


def tell(told: Told, as_json: bool) -> None:
    """Print a plan, an entry a line."""
    import msgspec

    from fake_relay.faults import words_of
    from fake_relay.shown.text import safe

    if as_json:
        print_json(msgspec.to_builtins(told))
        return
    if not told.faults:
        click.echo("no faults: the server answers as Sentry does")
    for fault, state in zip(told.faults, told.state, strict=True):
        left = "" if state.left is None else f", {state.left} left"
        click.echo(f"{state.id}  {safe(words_of(fault))}  [fired {state.fired}{left}]")

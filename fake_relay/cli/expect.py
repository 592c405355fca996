"""`fake-relay expect`: wait until what should arrive is there, for shells and other languages.

May import: client, cli.expectations, cli.output, errors.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fake_relay.cli.expectations import read_count, read_expectations, read_where
from fake_relay.cli.output import as_json, in_project, print_json, reads_server, terminal
from fake_relay.errors import ConfigError

if TYPE_CHECKING:
    from fake_relay.client import RelayClient


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--type", "item_type", help="Item type, such as event or transaction.")
@click.option(
    "--where",
    multiple=True,
    metavar="FIELD=TEXT",
    help="A field and its value; FIELD:=JSON for what is no text. Repeatable.",
)
@click.option("-q", "--query", help="A search that must find the item.")
@in_project
@click.option("--count", metavar="N|MIN..MAX", help="How many; 0 for none.  [default: 1..]")
@click.option("--within", type=click.FloatRange(0, 300), help="Seconds to wait.  [default: 2]")
@click.option("--quiet", type=click.FloatRange(0, 300), help="Seconds of silence to wait for.")
@click.option(
    "--since",
    default="0",
    show_default=True,
    metavar="ID|now",
    help="Look only at items newer than this one; 0 looks at all that is stored.",
)
@as_json
@reads_server
def expect(
    client: RelayClient, file: Path | None, since: str, as_json: bool, **options: Any
) -> None:
    """Wait for what should arrive.

    Exits with 1, and shows the closest items, when the expectation does not hold.

    It comes from the options, or from FILE: YAML or JSON, one or a list of them. For example:

    fake-relay expect --type event --where exception=ValueError --within 5
    """
    given = from_options(**options)
    if file is not None and given:
        raise ConfigError("an expectation comes from FILE or from options, not from both")
    expectations = [given] if file is None else read_expectations(file)
    position = since_position(client, since)
    verdicts = [client.expect({"since": position, **entry}) for entry in expectations]
    if as_json:
        print_json(verdicts if file is not None else verdicts[0])
    else:
        from fake_relay.cli.render.verdict import verdict_lines

        for verdict in verdicts:
            terminal().print(*verdict_lines(verdict), sep="\n")
    if not all(verdict["held"] for verdict in verdicts):
        raise SystemExit(1)


def from_options(
    item_type: str | None,
    where: tuple[str, ...],
    query: str | None,
    project: str | None,
    count: str | None,
    within: float | None,
    quiet: float | None,
) -> dict[str, Any]:
    """The expectation that the options write; empty when there are none."""
    given = {
        "type": item_type,
        "where": read_where(where) or None,
        "q": query,
        "project": project,
        "count": None if count is None else read_count(count),
        "within": within,
        "quiet": quiet,
    }
    return {key: value for key, value in given.items() if value is not None}


def since_position(client: RelayClient, since: str) -> int:
    """The item that `--since` names."""
    if since == "now":
        return client.position()
    if since.isascii() and since.isdigit() and len(since) < 19:
        return int(since)
    raise ConfigError(f"--since {since!r} is neither an item's number nor 'now'")

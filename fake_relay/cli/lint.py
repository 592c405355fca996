"""`fake-relay lint`: what an application should change in what it sends.

May import: client, lint, cli.output, cli.render.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fake_relay.cli.output import (
    as_json,
    in_project,
    print_json,
    query_text,
    reads_server,
    terminal,
)

if TYPE_CHECKING:
    from fake_relay.client import RelayClient


@click.command()
@click.argument("query", nargs=-1)
@in_project
@click.option("--ignore", multiple=True, metavar="CODE", help="Findings to leave out. Repeatable.")
@as_json
@reads_server
def lint(
    client: RelayClient,
    query: tuple[str, ...],
    project: str | None,
    ignore: tuple[str, ...],
    as_json: bool,
) -> None:
    """Tell what Sentry would drop, cut or change.

    QUERY, a search in Sentry's language, narrows the items. Exits with 1 when there are errors or
    warnings.
    """
    import msgspec

    from fake_relay.lint import worst

    every = client.findings(query_text(query), project=project)
    found = worst(finding for finding in every if finding.code not in ignore)
    if as_json:
        print_json({"findings": msgspec.to_builtins(found)})
    else:
        from fake_relay.cli.render.findings import finding_line

        console = terminal()
        for finding in found:
            console.print(finding_line(finding, item=True), soft_wrap=True)
        if not found:
            console.print("nothing found: Sentry would keep it all as it was sent")
    if any(finding.severity != "info" for finding in found):
        raise SystemExit(1)

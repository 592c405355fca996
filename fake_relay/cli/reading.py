"""`list`, `show`, `tail` and `clear`: what a running server holds.

May import: client, expect.wording, items, cli.render, cli.output, records, errors.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from fake_relay.cli.output import (
    as_json,
    found_json,
    in_project,
    item_json,
    print_json,
    query_text,
    reads_server,
    terminal,
)
from fake_relay.errors import ConfigError, Unreachable

if TYPE_CHECKING:
    from rich.text import Text

    from fake_relay.client import FoundItem, RelayClient
    from fake_relay.records import Finding, RefusedRequest, StoredItem

EVENT_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ATTACHED = frozenset({"attachment", "form_data", "user_report", "profile", "replay_recording"})
"""Types that come with an event of their id; the event itself is what its id means."""

of_type = click.option("--type", "item_type", metavar="TYPE", help="Only items of this type.")


@click.command("list")
@click.argument("query", nargs=-1)
@in_project
@of_type
@click.option(
    "-n", "--limit", type=click.IntRange(1), default=50, show_default=True, help="How many at most."
)
@as_json
@reads_server
def list_items(
    client: RelayClient,
    query: tuple[str, ...],
    project: str | None,
    item_type: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List items, newest first.

    QUERY is a search in Sentry's language, such as: level:error release:shop@2.*
    """
    text = query_text(query)
    narrowed: dict[str, Any] = {"project": project, "item_type": item_type}
    found = list(
        islice(client.pages(text, limit=min(limit, 200), findings=True, **narrowed), limit)
    )
    if as_json:
        print_json({"items": [found_json(entry) for entry in found]})
        return
    from fake_relay.cli.render.listing import item_table

    console = terminal()
    if not found:
        console.print(nothing(client, bool(text), project, item_type))
        return
    rows = [(entry.item, entry.payload) for entry in found]
    findings = {entry.item.id: entry.findings or () for entry in found}
    console.print(item_table(rows, console.width, findings))


def nothing(client: RelayClient, searched: bool, project: str | None, kind: str | None) -> str:
    """Why nothing is shown, as far as the server can tell."""
    if not (searched or project or kind):
        return (
            "nothing stored yet; give SENTRY_DSN to an application as `fake-relay serve` printed it"
        )
    from fake_relay.expect.wording import counted, meant

    if kind:
        from fake_relay.items import ITEM_TYPES

        if guess := meant(kind, ITEM_TYPES):
            return f"nothing found; SDKs send no item of type {kind!r}; did you mean {guess!r}?"
    stored = sum(known.items for known in client.projects())
    return f"nothing found among {counted(stored, 'item')}"


@click.command()
@click.argument("which", metavar="ID|EVENT_ID|latest")
@in_project
@of_type
@click.option("--full", is_flag=True, help="Show values and lists in their whole length.")
@click.option("--raw", is_flag=True, help="Write the payload's bytes, exactly as sent.")
@click.option(
    "--view",
    type=click.Choice(["sent", "stored"]),
    default="sent",
    show_default=True,
    help="As sent, or as Sentry would keep it: normalised and scrubbed.",
)
@click.option("--diff", is_flag=True, help="Show what Sentry would change of what was sent.")
@as_json
@reads_server
def show(
    client: RelayClient,
    which: str,
    project: str | None,
    item_type: str | None,
    full: bool,
    raw: bool,
    view: str,
    diff: bool,
    as_json: bool,
) -> None:
    """Show one item as a person wants to read it.

    It is named by its number in `list`, by its event id, or by `latest`, which --project and
    --type narrow.
    """
    item = the_item(client, which, project, item_type)
    if view == "stored" or diff:
        if raw:
            raise ConfigError("--raw writes what was sent; leave --view and --diff out")
        show_stored(client, item, diff=diff, full=full, as_json=as_json)
        return
    data = client.payload(item.id) or b""
    if raw:
        sys.stdout.buffer.write(data)
    elif as_json:
        print_json(item_json(item, decoded(data)))
    else:
        print_item(client, item, data, full)


def show_stored(
    client: RelayClient, item: StoredItem, *, diff: bool, full: bool, as_json: bool
) -> None:
    """Print an item as Sentry would keep it, or how that differs from what was sent."""
    from fake_relay.cli.stored import difference, remark_lines, stored_json

    view = client.view(item)
    if as_json:
        print_json(stored_json(item, view))
        return
    if diff:
        sent = decoded(client.payload(item.id) or b"")
        terminal().print(*difference(sent, view, full=full), sep="\n")
        return
    if view.refused is None:
        print_item(client, item, view.payload, full)
    terminal().print(*remark_lines(view), sep="\n")


def print_item(client: RelayClient, item: StoredItem, data: bytes, full: bool) -> None:
    """Print an item, with what else has its event id."""
    from fake_relay.cli.render import show as rendered
    from fake_relay.cli.render.view import View

    console = terminal()
    header = decoded(bytes(item.headers))
    view = View(
        item=item,
        data=data,
        value=decoded(data),
        header=header if isinstance(header, dict) else {},
        beside=tuple(beside(client, item)),
        findings=findings(client, item),
        width=console.width,
        full=full,
    )
    console.print(*rendered(view), sep="\n")


def findings(client: RelayClient, item: StoredItem) -> tuple[Finding, ...]:
    """What is wrong with an item, as far as the server can tell."""
    page = client.search(f"id:{item.id}", limit=1, payload=False, findings=True)
    return page.items[0].findings or () if page.items else ()


def beside(client: RelayClient, item: StoredItem) -> Iterator[StoredItem]:
    """The other items of the same event."""
    if item.event_id:
        same: dict[str, Any] = {
            "project": item.project,
            "event_id": item.event_id,
            "payload": False,
        }
        yield from (found.item for found in client.pages(**same) if found.item.id != item.id)


def the_item(
    client: RelayClient, which: str, project: str | None, item_type: str | None
) -> StoredItem:
    """The item that is meant; raises `ConfigError` when there is none."""
    narrowed: dict[str, Any] = {"project": project, "item_type": item_type, "payload": False}
    of = "".join(
        (
            f" of type {item_type!r}" if item_type else "",
            f" in project {project}" if project else "",
        )
    )
    if which == "latest":
        page = client.search(limit=1, **narrowed)
        if page.items:
            return page.items[0].item
        raise ConfigError(f"nothing{of} is stored that could be shown; see `fake-relay list`")
    if EVENT_ID.fullmatch(which):
        found = [entry.item for entry in client.pages(event_id=which, **narrowed)]
        if found:
            return min(found, key=lambda item: (item.type in ATTACHED, item.id))
        raise ConfigError(f"nothing{of} has the event id {which!r}; see `fake-relay list`")
    if not (which.isascii() and which.isdigit() and len(which) < 20):
        raise ConfigError(
            f"{which!r} is neither an item's number, nor an event id (32 digits), nor 'latest'"
        )
    item = client.item(int(which))
    if item is None:
        raise ConfigError(f"there is no item {which}; see `fake-relay list`")
    return item


def decoded(data: bytes) -> Any:
    """The payload's JSON, None if it is none."""
    import msgspec

    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


@click.command()
@click.option("-q", "--query", default="", help="Only what this search finds.")
@in_project
@click.option(
    "-n", "--last", type=click.IntRange(0, 1000), default=0, help="Print so many old ones first."
)
@as_json
@reads_server
def tail(client: RelayClient, query: str, project: str | None, last: int, as_json: bool) -> None:
    """Follow what arrives, until Ctrl-C.

    Without a query, refused requests are shown as well.
    """
    text = query_text((query,))
    try:
        for found in followed(client, text, project, last):
            tell(found, as_json)
    except KeyboardInterrupt:
        return
    raise Unreachable(f"{client.url} ended the stream; was the server stopped?")


def followed(
    client: RelayClient, text: str, project: str | None, last: int
) -> Iterator[FoundItem | RefusedRequest]:
    """The last items, oldest first, then all that arrive; what is refused where none is sought."""
    position = client.position()
    old = client.pages(text, project=project, limit=last) if last else iter(())
    seen = (found for found in old if found.item.id <= position)
    yield from reversed(list(islice(seen, last)))
    if text:
        yield from client.stream(text, project=project, after=position)
    else:
        yield from client.follow(project=project, after=position)


def tell(found: FoundItem | RefusedRequest, as_json: bool) -> None:
    """Print one line of `tail`, at once."""
    if as_json:
        print_json(arrived_json(found))
    else:
        console = terminal()
        # A line is cut where somebody looks, and whole where `grep` does.
        wide = not console.is_terminal
        line = arrived_line(found)
        console.print(line, no_wrap=True, overflow="ignore" if wide else "ellipsis", crop=not wide)
    sys.stdout.flush()


def arrived_json(found: FoundItem | RefusedRequest) -> dict[str, Any]:
    """What arrived in the shape of the API; a refused request below `refused`."""
    from fake_relay.cli.explain import refused_json
    from fake_relay.records import RefusedRequest

    if isinstance(found, RefusedRequest):
        return {"refused": refused_json(found)}
    return found_json(found)


def arrived_line(found: FoundItem | RefusedRequest) -> Text:
    """What arrived on one line."""
    from fake_relay.cli.render.explanation import refused_line
    from fake_relay.cli.render.listing import item_line
    from fake_relay.records import RefusedRequest

    if isinstance(found, RefusedRequest):
        return refused_line(found)
    return item_line((found.item, found.payload))


@click.command()
@in_project
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@reads_server
def clear(client: RelayClient, project: str | None, yes: bool, as_json: bool) -> None:
    """Forget what is stored."""
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigError("clear deletes; say --yes where nobody can be asked")
        of = "everything" if project is None else f"everything of project {project}"
        click.confirm(f"Forget {of} at {client.url}?", abort=True)
    deleted = client.clear(project)
    if as_json:
        print_json({"deleted": deleted})
    else:
        click.echo(f"forgot {deleted} item{'' if deleted == 1 else 's'}")

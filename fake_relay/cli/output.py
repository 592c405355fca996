"""How a command prints: for people by rich, for machines as JSON; and how it reads a server.

rich and the client are imported when something is printed or asked for: help comes at once.
May import: client, cli.render, cli.terminal, records, address, errors.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from fake_relay.address import DEFAULT_URL
from fake_relay.cli.main import QUERY
from fake_relay.errors import ConfigError

if TYPE_CHECKING:
    from fake_relay.cli.terminal import Terminal
    from fake_relay.client import FoundItem
    from fake_relay.records import StoredItem

PIPE_WIDTH = 160
"""Columns of what is no terminal: wide enough that a title is not cut before `grep` sees it."""

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for machines; the shapes of /relay/v1."
)
in_project = click.option("--project", metavar="ID", help="Only this project's items.")


def terminal(*, stderr: bool = False) -> Terminal:
    """A console on stdout or stderr; no colour where NO_COLOR says so or nobody looks."""
    from fake_relay.cli.terminal import Terminal

    stream = sys.stderr if stderr else sys.stdout
    if hasattr(stream, "reconfigure"):
        # An old terminal's encoding cannot write every title; a question mark beats an error.
        stream.reconfigure(errors="replace")
    console = Terminal(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPE_WIDTH
    return console


def reads_server(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--url` and `--token`, and call it with a client of that server."""

    @click.option(
        "--url",
        envvar="FAKE_RELAY_URL",
        default=DEFAULT_URL,
        show_default=True,
        show_envvar=True,
        help="The running server.",
    )
    @click.option(
        "--token", envvar="FAKE_RELAY_TOKEN", show_envvar=True, help="The token it asks for."
    )
    @wraps(function)
    def with_client(url: str, token: str | None, **arguments: Any) -> None:
        from fake_relay.client import RelayClient

        with RelayClient(checked_url(url), token) as client:
            function(client, **arguments)

    return with_client


def checked_url(url: str) -> str:
    """The URL if it is one; raises `ConfigError`."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{url!r} is no server's URL; write it like {DEFAULT_URL}")
    return url


def query_text(words: tuple[str, ...]) -> str:
    """The search that the words of the command line are; remembered for errors."""
    text = " ".join(words)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[QUERY] = text
    return text


def print_json(value: Any) -> None:
    """One JSON document on one line, in ASCII: it cannot act on a terminal either."""
    click.echo(json.dumps(_finite(value), allow_nan=False))


def _finite(value: Any) -> Any:
    """Infinity and NaN have no JSON; null stands for them."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(found) for key, found in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(found) for found in value]
    return value


def item_json(item: StoredItem, payload: Any = None) -> dict[str, Any]:
    """An item in the shape of `GET /relay/v1/items/{id}`."""
    return {
        "id": item.id,
        "type": item.type,
        "project": item.project,
        "public_key": item.public_key,
        "event_id": item.event_id,
        "trace_id": item.trace_id,
        "received_at": rfc3339(item.received_at),
        "timestamp": rfc3339(item.timestamp),
        "duration": item.duration,
        "level": item.level,
        "title": item.title,
        "count": item.count,
        "outcome": item.outcome,
        "spotlight": item.spotlight,
        "faults": list(item.faults),
        "refused_records": [
            {"outcome": one.outcome, "count": one.count, "records": list(one.records)}
            for one in item.refused_records
        ],
        "envelope_id": item.envelope_id,
        "headers": json.loads(bytes(item.headers)),
        "payload": payload,
        "size": item.size,
    }


def found_json(found: FoundItem) -> dict[str, Any]:
    """A found item in the same shape."""
    shown = item_json(found.item, found.payload)
    if found.findings is not None:
        import msgspec

        shown["findings"] = [msgspec.to_builtins(finding) for finding in found.findings]
    return shown


def rfc3339(moment: float | None) -> str | None:
    """A moment in UTC with microseconds; None for none, and for one that no calendar has."""
    if moment is None:
        return None
    try:
        return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    except (OverflowError, ValueError, OSError):
        return None

"""`fake-relay serve`: a relay in the foreground, until a signal ends it.

May import: web, relay and every room below them.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec

from fake_relay import __version__
from fake_relay.cli.config_file import read_config
from fake_relay.config import RelayConfig
from fake_relay.errors import StoreError
from fake_relay.protocol.dsn import Dsn

DEFAULT_PORT = 9119
DEFAULT_KEY = "0fa4e0e1a70fa4e0e1a70fa4e0e1a700"
"""The same at every start, so that a pasted DSN stays good."""


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What a started server tells: the line that `--json` prints."""

    url: str
    dsn: str
    port: int
    pid: int
    store: str
    version: str = __version__


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@click.option(
    "--store",
    metavar="FILE.sqlite|memory:",
    help="Where to keep what arrives.  [default: fake-relay.sqlite in your data directory]",
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="TOML file with settings.",
)
@click.option("--strict", is_flag=True, help="Refuse unknown projects and keys, as Sentry does.")
@click.option("--lenient", is_flag=True, help="Take framing slips that Sentry refuses; flag them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready.")
def serve(
    host: str,
    port: int,
    store: str | None,
    config_file: Path | None,
    strict: bool,
    lenient: bool,
    as_json: bool,
) -> None:
    """Run the server; prints its URL and a DSN to paste.

    SIGINT and SIGTERM finish what is in flight and exit with 0.
    """
    config = RelayConfig() if config_file is None else read_config(config_file)
    config = dataclasses.replace(
        config, strict=config.strict or strict, lenient=config.lenient or lenient
    )
    place = store or str(default_store())
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(config, host, port, place, as_json))


async def _serve(config: RelayConfig, host: str, port: int, place: str, as_json: bool) -> None:
    from fake_relay.relay import Relay
    from fake_relay.store import open_store
    from fake_relay.web.runner import serving

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    store = open_store(place)
    try:
        async with serving(Relay(store, config), host, port) as url:
            announce(started(url, config, place), as_json)
            await stop.wait()
    finally:
        store.close()


def started(url: str, config: RelayConfig, store: str) -> Started:
    """What is told of a server that listens at `url`."""
    return Started(
        url=url,
        dsn=str(dsn_for(url, config)),
        port=urlsplit(url).port or 0,
        pid=os.getpid(),
        store=store,
    )


def dsn_for(url: str, config: RelayConfig) -> Dsn:
    """A DSN to paste: the first configured project and key, or project 1."""
    parts = urlsplit(url)
    known = next((project for project in config.projects if project.public_keys), None)
    host = parts.hostname or "127.0.0.1"
    return Dsn(
        scheme="http",
        public_key=known.public_keys[0] if known else DEFAULT_KEY,
        host="127.0.0.1" if host in ("0.0.0.0", "::") else host,  # noqa: S104 - compared, not bound
        port=parts.port,
        project_id=known.project_id if known else "1",
    )


def announce(told: Started, as_json: bool) -> None:
    """Print where the server is; flushed, for a script may be waiting for it."""
    if as_json:
        click.echo(msgspec.json.encode(told).decode())
        return
    click.echo(f"fake-relay {told.version} listens on {told.url}")
    click.echo(f"  DSN    {told.dsn}")
    click.echo(f"  store  {told.store}")


def default_store() -> Path:
    """The file that `serve` keeps everything in; makes its directory, raises `StoreError`."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    folder = Path(base) / "fake-relay"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot make {str(folder)!r} for the store: {error.strerror}; name a file by --store"
        ) from error
    return folder / "fake-relay.sqlite"

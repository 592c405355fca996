"""`fake-relay serve`: a relay in the foreground, until a signal ends it.

May import: web, relay and every room below them.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import msgspec

from fake_relay.cli.config_file import Settings, read_settings
from fake_relay.config import RelayConfig, Upstream
from fake_relay.errors import ConfigError, StoreError
from fake_relay.faults import words_of
from fake_relay.protocol.dsn import Dsn
from fake_relay.version import __version__

DEFAULT_PORT = 9119
SPOTLIGHT_PORT = 8969


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens and keeps what arrives."""

    host: str
    port: int
    store: str
    durable: bool = False
    spotlight: bool = False


class Started(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a started server tells: the line that `--json` prints."""

    url: str
    dsn: str
    port: int
    pid: int
    store: str
    version: str
    spotlight_url: str = ""
    faults: tuple[str, ...] = ()
    forwards: tuple[str, ...] = ()


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
@click.option("--durable", is_flag=True, help="Survive a loss of power, at the price of speed.")
@click.option("--spotlight", is_flag=True, help="Also listen on 8969, for SDKs in Spotlight mode.")
@click.option(
    "--token",
    envvar="FAKE_RELAY_TOKEN",
    show_envvar=True,
    help="What everything but sending has to bring.",
)
@click.option(
    "--forward-to",
    metavar="DSN",
    multiple=True,
    envvar="FAKE_RELAY_FORWARD_TO",
    show_envvar=True,
    help="Forward what arrives to this Sentry, scrubbed; can be said several times.",
)
@click.option(
    "--forward-unscrubbed",
    is_flag=True,
    help="With --forward-to: as sent, with what is personal in it.",
)
@click.option("--insecure", is_flag=True, help="Listen beyond this machine without a token.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready.")
def serve(
    host: str,
    port: int,
    store: str | None,
    config_file: Path | None,
    durable: bool,
    spotlight: bool,
    as_json: bool,
    **overrides: Any,
) -> None:
    """Run the server; prints its URL and a DSN to paste.

    SIGINT and SIGTERM finish what is in flight and exit with 0.
    """
    settings = Settings() if config_file is None else read_settings(config_file)
    settings = overridden(settings, **overrides)
    place = Place(host, port, store or str(default_store()), durable, spotlight)
    from fake_relay.web.runner import new_event_loop

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(settings, place, as_json))


def overridden(
    settings: Settings,
    *,
    strict: bool,
    lenient: bool,
    token: str | None,
    insecure: bool,
    forward_to: Sequence[str] = (),
    forward_unscrubbed: bool = False,
) -> Settings:
    """The file's settings with what the command line says on top."""
    relay = dataclasses.replace(
        settings.relay,
        strict=settings.relay.strict or strict,
        lenient=settings.relay.lenient or lenient,
        upstreams=(*settings.relay.upstreams, *upstreams_to(forward_to, forward_unscrubbed)),
    )
    web = dataclasses.replace(
        settings.web,
        token=settings.web.token if token is None else token,
        insecure=settings.web.insecure or insecure,
    )
    return dataclasses.replace(settings, relay=relay, web=web)


def upstreams_to(dsns: Sequence[str], unscrubbed: bool) -> Iterator[Upstream]:
    """Upstreams that are on, for DSNs on the command line; raises `ConfigError`."""
    if unscrubbed and not dsns:
        raise ConfigError("--forward-unscrubbed means nothing without --forward-to")
    for text in dsns:
        dsn = Dsn.parse(text)
        name = f"{dsn.host.replace(':', '.')}-{dsn.project_id}"
        yield Upstream(name=name, dsn=text, enabled=True, scrub=not unscrubbed)


async def _serve(settings: Settings, place: Place, as_json: bool) -> None:
    from fake_relay.relay import Relay
    from fake_relay.store import open_store
    from fake_relay.web.runner import serving

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    store = open_store(place.store, durable=place.durable, retention=settings.retention)
    try:
        served = Relay(store, settings.relay)
        async with serving(
            served,
            place.host,
            place.port,
            config=settings.web,
            spotlight_port=SPOTLIGHT_PORT if place.spotlight else None,
            own_process=True,
        ) as url:
            told = started(url, settings.relay, place, served.forwarding.upstreams)
            announce(told, settings.relay, as_json)
            await stop.wait()
    finally:
        store.close()


def started(
    url: str, config: RelayConfig, place: Place, upstreams: Sequence[Upstream] = ()
) -> Started:
    """What is told of a server that listens at `url`."""
    parts = urlsplit(url)
    spotlight_url = f"http://{parts.hostname}:{SPOTLIGHT_PORT}/stream" if place.spotlight else ""
    return Started(
        url=url,
        dsn=str(dsn_for(url, config)),
        port=parts.port or 0,
        pid=os.getpid(),
        store=place.store,
        version=__version__,
        spotlight_url=spotlight_url,
        faults=tuple(words_of(fault) for fault in config.faults),
        forwards=tuple(forwards_to(upstream) for upstream in upstreams if upstream.enabled),
    )


def forwards_to(upstream: Upstream) -> str:
    """Where an upstream is, and whether what goes there is scrubbed."""
    return f"{upstream.name} ({upstream.told_dsn}), {'' if upstream.scrub else 'NOT '}scrubbed"


def dsn_for(url: str, config: RelayConfig) -> Dsn:
    """A DSN to paste: that of the first configured project, or of one of ours."""
    parts = urlsplit(url)
    project, public_key = config.offered()
    return Dsn(
        scheme=parts.scheme,
        public_key=public_key,
        host=parts.hostname or "127.0.0.1",
        port=parts.port,
        project_id=project,
    )


def announce(told: Started, config: RelayConfig, as_json: bool) -> None:
    """Print where the server is; flushed, for a script may be waiting for it."""
    if as_json:
        click.echo(msgspec.json.encode(told).decode())
        return
    click.echo(f"fake-relay {told.version} listens on {told.url}")
    click.echo(f"  DSN    {told.dsn}")
    click.echo(f"  store  {told.store}")
    if told.spotlight_url:
        click.echo(f"  Spotlight  {told.spotlight_url}; what comes this way proves nothing about")
        click.echo("             filtering or sampling: the SDK sends everything in that mode")
    for fault in told.faults:
        click.echo(f"  breaks on purpose: {fault}")
    for upstream in told.forwards:
        click.echo(f"  FORWARDS what arrives to {upstream}")
    if config.strict and not config.projects:
        click.echo("  strict, and no project is configured: every request will be refused")
    click.echo(
        "Ctrl-C stops it; what arrived stays in the store."
        if told.store != "memory:"
        else "Ctrl-C stops it and forgets what arrived."
    )


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

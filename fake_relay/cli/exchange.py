"""`export` and `import`: envelopes on disk, byte for byte as they were sent.

An export is a directory or a zip file: `NNNNNNNN.envelope` for each envelope, and
`index.jsonl`, which tells what the bytes do not: project, key, time, sender.
May import: client, cli.output, records, protocol, errors.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click
import msgspec

from fake_relay.cli.output import (
    as_json,
    in_project,
    print_json,
    query_text,
    reads_server,
    rfc3339,
)
from fake_relay.config import DEFAULT_KEY
from fake_relay.errors import ConfigError, InvalidDsn, RequestRefused
from fake_relay.protocol.dsn import Dsn
from fake_relay.shown.text import safe

if TYPE_CHECKING:
    from fake_relay.client import RelayClient
    from fake_relay.records import StoredEnvelope

INDEX = "index.jsonl"
SUFFIX = ".envelope"


class Sink(Protocol):
    """Where an export goes."""

    def write(self, name: str, data: bytes) -> None:
        """Write one file of the export."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An export into a directory."""

    path: Path

    def write(self, name: str, data: bytes) -> None:
        """Write one file."""
        (self.path / name).write_bytes(data)


@dataclass(frozen=True, slots=True)
class Archive:
    """An export into a zip file."""

    file: zipfile.ZipFile

    def write(self, name: str, data: bytes) -> None:
        """Write one member."""
        self.file.writestr(name, data)


@click.command()
@click.argument("query", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="A directory, or a file that ends in .zip.",
)
@in_project
@click.option("--force", is_flag=True, help="Write into a directory that is not empty.")
@as_json
@reads_server
def export(
    client: RelayClient,
    query: tuple[str, ...],
    output: Path,
    project: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write envelopes to disk, byte for byte.

    They are as they were sent, decompressed.

    With QUERY, those that hold an item which the search finds; all of them without.
    """
    text = query_text(query)
    client.position()  # Nobody there, or a wrong token: said before anything is made on disk.
    with sink(output, force) as target:
        rows = list(write_envelopes(client, sorted(chosen(client, text, project)), target))
        lines = [json.dumps(row) + "\n" for row in rows]
        target.write(INDEX, "".join(lines).encode())
    if as_json:
        print_json({"envelopes": len(rows), "output": str(output)})
    else:
        click.echo(f"wrote {counted(len(rows))} and {INDEX} to {output}")


def counted(count: int) -> str:
    """So many envelopes, in words."""
    return f"{count} envelope{'' if count == 1 else 's'}"


def chosen(client: RelayClient, text: str, project: str | None) -> set[int]:
    """The ids of the envelopes that are meant."""
    if text:
        found = client.pages(text, project=project, limit=200, payload=False)
        return {entry.item.envelope_id for entry in found}
    ids: set[int] = set()
    before: int | None = None
    while True:
        page = client.find_envelopes(project, before, 500)
        ids |= {envelope.id for envelope in page.envelopes}
        if (before := page.next) is None:
            return ids


@contextmanager
def sink(output: Path, force: bool) -> Iterator[Sink]:
    """Open the place that an export goes to; raises `ConfigError`."""
    try:
        if output.suffix == ".zip":
            with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as file:
                yield Archive(file)
            return
        output.mkdir(parents=True, exist_ok=True)
        if not force and any(output.iterdir()):
            raise ConfigError(f"{str(output)!r} is not empty; name another place, or say --force")
        yield Folder(output)
    except OSError as error:
        raise ConfigError(f"cannot write to {str(output)!r}: {error.strerror or error}") from error


def write_envelopes(
    client: RelayClient, ids: Iterable[int], target: Sink
) -> Iterator[dict[str, Any]]:
    """Write each envelope; what the index says of it."""
    for envelope_id in ids:
        envelope, body = client.envelope(envelope_id), client.body(envelope_id)
        if envelope is None or body is None:
            continue  # Forgotten meanwhile, by retention or by `clear`.
        name = f"{envelope_id:08d}{SUFFIX}"
        target.write(name, body.content)
        yield index_row(name, envelope)


def index_row(name: str, envelope: StoredEnvelope) -> dict[str, Any]:
    """One line of the index."""
    return {
        "file": name,
        "project": envelope.project,
        "public_key": envelope.public_key,
        "event_id": envelope.event_id,
        "received_at": rfc3339(envelope.received_at),
        "item_types": list(envelope.item_types),
        "client": envelope.client,
        "user_agent": envelope.user_agent,
        "remote_addr": envelope.remote_addr,
        "content_encoding": envelope.content_encoding,
        "door": envelope.door,
        "chain": list(envelope.chain),
    }


@dataclass(frozen=True, slots=True)
class Parcel:
    """An envelope on disk; project and key where an index or its own header tells them.

    `chain` are the ids of the relays that it had come through.
    """

    name: str
    data: bytes
    project: str = ""
    public_key: str = ""
    chain: tuple[str, ...] = ()


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--dsn", help="Send everything with this DSN's project and key.")
@click.option("--project", metavar="ID", help="Send everything to this project.")
@as_json
@reads_server
def import_(
    client: RelayClient,
    paths: tuple[Path, ...],
    dsn: str | None,
    project: str | None,
    as_json: bool,
) -> None:
    """Send envelope files to a running server.

    They go through the door that SDKs use.

    A PATH is a file, a directory of .envelope files, or a .zip file of them. Project and key
    come from --dsn or --project, else from the export's index, else from the envelope's own
    DSN, else it is project 1.
    """
    address = Dsn.parse(dsn) if dsn else None
    sent, refused = 0, 0
    for path in paths:
        for parcel in parcels(path):
            to, key = destination(parcel, address, project)
            try:
                client.send_envelope(parcel.data, project=to, public_key=key, chain=parcel.chain)
                sent += 1
            except RequestRefused as error:
                refused += 1
                click.echo(f"fake-relay: {parcel.name}: {safe(str(error))}", err=True)
    if as_json:
        print_json({"sent": sent, "refused": refused})
    else:
        click.echo(f"sent {counted(sent)}" + (f", {refused} refused" if refused else ""))
    if refused:
        raise ConfigError("not everything was taken; the lines above say why")


def destination(parcel: Parcel, address: Dsn | None, project: str | None) -> tuple[str, str]:
    """Project and key to send an envelope to."""
    if address is not None:
        return project or address.project_id, address.public_key
    own = own_dsn(parcel.data)
    known = project or parcel.project or (own.project_id if own else "1")
    return known, parcel.public_key or (own.public_key if own else DEFAULT_KEY)


def own_dsn(data: bytes) -> Dsn | None:
    """The DSN in an envelope's header, where there is one that can be read."""
    try:
        header = msgspec.json.decode(data.partition(b"\n")[0])
        return Dsn.parse(header["dsn"])
    except (msgspec.MsgspecError, RecursionError, TypeError, KeyError, AttributeError, InvalidDsn):
        return None


def parcels(path: Path) -> Iterator[Parcel]:
    """The envelopes below a path; raises `ConfigError` for what cannot be read."""
    try:
        with ExitStack() as stack:
            if path.is_dir():
                yield from indexed(path, sorted(path.rglob(f"*{SUFFIX}")), path)
            elif zipfile.is_zipfile(path):
                root = zipfile.Path(stack.enter_context(zipfile.ZipFile(path)))
                files = (found for found in root.iterdir() if found.name.endswith(SUFFIX))
                yield from indexed(root, sorted(files, key=lambda found: found.name), path)
            else:
                rows = index_of(path.parent)
                yield parcel(path.name, path.read_bytes(), rows, str(path))
    except OSError as error:
        raise ConfigError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    except zipfile.BadZipFile as error:
        raise ConfigError(f"{str(path)!r} is a broken zip file: {error}") from error


def indexed(root: Any, files: Iterable[Any], place: Path) -> Iterator[Parcel]:
    """The files below a root with what its index says of them."""
    rows = index_of(root)
    for file in files:
        yield parcel(file.name, file.read_bytes(), rows, f"{place}: {file.name}")


def parcel(name: str, data: bytes, rows: dict[str, Any], shown: str) -> Parcel:
    """A file and its row of the index."""
    row = rows.get(name, {})
    named = (str(row.get("project") or ""), str(row.get("public_key") or ""))
    chain = row.get("chain")
    given = chain if isinstance(chain, list) else []
    # An id is hex digits; whatever else a file says must not get into a header.
    through = tuple(
        one for one in given if isinstance(one, str) and one.isascii() and one.isalnum()
    )
    return Parcel(shown, data, *named, through)


def index_of(root: Any) -> dict[str, dict[str, Any]]:
    """File name -> row of the index beside it; empty without one."""
    index = root / INDEX
    if not index.is_file():
        return {}
    try:
        rows = [msgspec.json.decode(line) for line in index.read_bytes().splitlines() if line]
        return {row["file"]: row for row in rows}
    except (msgspec.MsgspecError, TypeError, KeyError) as error:
        raise ConfigError(f"{str(index)!r} is not the index of an export: {error}") from error

"""Write the reference pages from the tables in code; `--check` only says which are stale.

python docs/generate.py [--check]
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click
import scenario_records

from fake_relay.cli import main as main_command
from fake_relay.config import (
    Filters,
    Limits,
    MappedProject,
    ProjectConfig,
    Quota,
    RelayConfig,
    Sampling,
    Scrubbing,
    Upstream,
)
from fake_relay.config.filters import GenericFilter
from fake_relay.config.sampling import SamplingRule
from fake_relay.config.setting import KIB, MIB
from fake_relay.intake import DOOR_NAMES
from fake_relay.intake.limits import RULES
from fake_relay.items import ITEM_TYPES
from fake_relay.items.facts import Facts, ItemType
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Fate
from fake_relay.store.retention import Retention
from fake_relay.web.api import openapi
from fake_relay.web.settings import WebConfig

DOORS = {
    "envelope": ("`POST /api/{project}/envelope/`", "envelopes: every SDK of today"),
    "store": ("`POST` and `GET /api/{project}/store/`, `/api/store/`", "events of older SDKs"),
    "stream": ("`POST /stream`", "SDKs in Spotlight mode"),
    "minidump": ("`POST /api/{project}/minidump/`", "crash dumps, plain, as a form, compressed"),
    "unreal": ("`POST /api/{project}/unreal/{key}/`", "crashes of the Unreal engine"),
    "attachments": (
        "`POST /api/{project}/events/{event_id}/attachments/`",
        "files for an event that was sent before",
    ),
    "security": (
        "`POST /api/{project}/security/`, `/csp-report/`",
        "what browsers report: CSP in both forms; retired kinds are taken and dropped",
    ),
    "nel": ("`POST /api/{project}/nel/`", "network errors, as logs"),
    "cron": (
        "`POST` and `GET /api/{project}/cron/{monitor}/`, `…/{key}/`",
        "check-ins of monitors",
    ),
    "otlp-traces": ("`POST /api/{project}/integration/otlp/v1/traces/`", "OpenTelemetry's spans"),
    "otlp-logs": ("`POST /api/{project}/integration/otlp/v1/logs/`", "OpenTelemetry's logs"),
    "vercel": ("`POST /api/{project}/integration/vercel/logs/`", "Vercel's log drain"),
    "heroku": ("`POST /api/{project}/integration/heroku/logs/`", "Heroku's log drain"),
}
"""Where Sentry's clients send, by the door's name; a door without a row fails `make docs`."""

REFERENCE = Path(__file__).parent / "reference"

FATES = {
    Fate.ACCEPTED: "kept, as Sentry would keep it",
    Fate.FILTERED: "an inbound filter or a sampling rule left it out",
    Fate.RATE_LIMITED: "a quota or a limit was reached",
    Fate.INVALID: "Sentry could not have used it; the reason says why",
    Fate.ABUSE: "a limit against abuse was reached",
    Fate.CLIENT_DISCARD: "the SDK threw it away itself and said so in a client report",
}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ").strip()


def items_page() -> str:
    """Item types with what they count, data categories, and fates."""
    header, facts = ItemHeader(item_type="", item_count=1), Facts()
    rows = [
        (
            f"`{name}`",
            ", ".join(f"`{q.category}`" for q in kind.quantities(header, b"", facts)) or "nothing",
            "JSON" if kind.json else "bytes",
            _travels(kind),
            *_bounds(name),
        )
        for name, kind in ITEM_TYPES.items()
    ]
    return "\n".join(
        (
            "# Item types, categories and outcomes",
            "",
            table(
                ("item type", "counts as", "payload", "travels", "largest", "in an envelope"), rows
            ),
            "",
            "What needs an event falls with it.",
            "A crash's attachments make an event of their own.",
            "Of a container, the largest size is that of a record on average;",
            f"the container itself may have {_size(Limits().max_container_size)}.",
            "Item types with the same name in brackets share the number.",
            "A container of spans comes once in an envelope.",
            "Most of these are settings (`[limits]`).",
            "Past one of them, Sentry refuses the whole envelope.",
            "",
            "Attachments and logs count by what they hold: bytes, records, spans.",
            "Profile chunks count by the platform in their header.",
            "Any other item type is kept as bytes and counts as nothing.",
            "",
            "## Data categories",
            "",
            table(("number", "name"), [(int(category), f"`{category}`") for category in Category]),
            "",
            "## Outcomes",
            "",
            "Every unit that arrives has exactly one.",
            "",
            table(("outcome", "meaning"), [(f"`{fate}`", text) for fate, text in FATES.items()]),
        )
    )


def _travels(kind: ItemType) -> str:
    if kind.creates_event(ItemHeader(item_type=kind.name)):
        return "makes an event"
    return "with its event" if kind.needs_event else "alone"


def _bounds(name: str) -> tuple[str, str]:
    """How large an item may be, and how many an envelope may hold."""
    limits = Limits()
    if (rule := RULES.get(name)) is None:
        return "as its envelope", "500"
    sizes = (rule.size(limits), rule.slot.size(limits))
    return _size(min(sizes)), f"{rule.slot.count(limits)} ({rule.slot.name})"


def _size(size: int) -> str:
    return f"{size // MIB} MiB" if size >= MIB else f"{size // KIB} KiB"


def settings_page() -> str:
    """The settings of `serve --config FILE`, from the records that hold them."""
    return "\n".join(
        (
            "# Settings",
            "",
            "`fake-relay serve --config FILE` reads them from a TOML file.",
            "",
            *_settings("At the top", RelayConfig),
            *_settings("`[limits]`", Limits),
            *_settings("`[filters]`", Filters),
            *_settings("`[[filters.generic]]`", GenericFilter),
            *_settings("`[[quotas]]`", Quota),
            *_settings("`[scrubbing]`", Scrubbing),
            *_settings("`[sampling]`", Sampling),
            *_settings("`[[sampling.rules]]`", SamplingRule),
            *_settings("`[[projects]]`", ProjectConfig),
            *_settings("`[[upstreams]]`", Upstream),
            *_settings("`[[upstreams.projects]]`", MappedProject),
            *_settings("`[retention]`", Retention),
            *_settings("`[web]`", WebConfig),
        )
    ).rstrip()


def _settings(title: str, record: type) -> list[str]:
    rows = [
        (f"`{field.name}`", f"`{field.default!r}`", field.metadata["help"])
        for field in dataclasses.fields(record)
        if "help" in field.metadata
    ]
    return [f"## {title}", "", table(("setting", "default", "meaning"), rows), ""]


def cli_page() -> str:
    """The help of every command."""
    context = click.Context(main_command, info_name="fake-relay", terminal_width=80)
    parts = [f"## `{title}`\n\n```\n{text}\n```" for title, text in helps(main_command, context)]
    return "# The command line\n\n" + "\n\n".join(parts)


def helps(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """A command's help and that of the commands in it."""
    yield context.command_path, command.get_help(context)
    for name in command.list_commands(context) if isinstance(command, click.Group) else ():
        inner = command.get_command(context, name)
        if inner is not None:
            yield from helps(inner, click.Context(inner, info_name=name, parent=context))


def http_page() -> str:
    """Every path of the API, from its OpenAPI document."""
    rows = [
        (f"`{method.upper()} {path}`", operation.get("summary", ""))
        for path, methods in openapi()["paths"].items()
        for method, operation in methods.items()
    ]
    doors = [(f"`{name}`", *DOORS[name]) for name in DOORS.keys() | DOOR_NAMES]
    doors.sort(key=lambda row: list(DOORS).index(row[0].strip("`")))
    return "\n".join(
        (
            "# The HTTP API",
            "",
            "## Where Sentry's clients send",
            "",
            "Paths, methods, answers and headers are those of Sentry's own relay.",
            "`match.door` of a [fault](../how-to/faults.md) takes the names.",
            "",
            table(("door", "request", "what comes"), doors),
            "",
            "Beside them:",
            "",
            "- `/api/{project}/upload/`: large attachments in pieces;",
            "- `/api/embed/error-page/`: the crash dialog;",
            "- `/api/0/projects/{organization}/{project}/user-feedback/`: feedback of users;",
            "- `/js-sdk-loader/{key}.js`: the JavaScript loader;",
            "- `/api/relay/healthcheck/live/` and `/api/relay/healthcheck/ready/`.",
            "",
            "## Where you ask",
            "",
            "A running server describes itself at `/relay/v1/openapi.json`.",
            "",
            table(("request", "answer"), rows),
        )
    )


PAGES: dict[str, Callable[[], str]] = {
    "items.md": items_page,
    "settings.md": settings_page,
    "cli.md": cli_page,
    "http.md": http_page,
    "scenarios.md": lambda: scenario_records.page(table),
}


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or say which differ from the code."""
    stale = []
    for name, make in PAGES.items():
        path, text = REFERENCE / name, make() + "\n"
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, "utf-8")
    if stale and "--check" in arguments:
        sys.stderr.write(f"stale reference pages: {', '.join(stale)}; run make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

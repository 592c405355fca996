"""What all events share: who, where, which release, tags, contexts, and the rest.

Nothing that was sent is hidden: a field that no section knows is shown under "Also sent".
May import: cli.render, items.facts, rich.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from fake_relay.cli.render import error
from fake_relay.cli.render.view import View, facts_table, section
from fake_relay.items.facts import tag_pairs
from fake_relay.shown.text import byte_size, inline, mapping, moment_text, safe, word

KNOWN = frozenset(
    {
        "breadcrumbs", "contexts", "dist", "environment", "event_id", "exception", "extra",
        "level", "logentry", "logger", "message", "modules", "platform", "release", "request",
        "sdk", "server_name", "spans", "stacktrace", "start_timestamp", "tags", "threads",
        "timestamp", "transaction", "transaction_info", "type", "user",
    }
)  # fmt: skip


def event(view: View) -> Iterator[RenderableType]:
    """An error or message event in full."""
    yield summary(view)
    yield from error.message(view)
    yield from error.exceptions(view)
    yield from error.threads(view)
    yield from error.breadcrumbs(view)
    yield from error.request(view)
    yield from surroundings(view)


def summary(view: View) -> RenderableType:
    """Who, when, where: the lines below the title."""
    value, item = mapping(view.value), view.item
    trace = mapping(mapping(value.get("contexts")).get("trace"))
    sdk = mapping(value.get("sdk"))
    rows: list[tuple[str, Any]] = [
        ("when", moment_text(item.timestamp or item.received_at)),
        ("event id", item.event_id),
        ("release", _join(value.get("release"), value.get("dist"))),
        ("environment", value.get("environment")),
        ("transaction", value.get("transaction")),
        ("logger", value.get("logger")),
        ("server", value.get("server_name")),
        ("user", _flat(value.get("user"))),
        ("tags", _tags(value.get("tags"), view.limit)),
        ("trace", _join(item.trace_id or trace.get("trace_id"), trace.get("span_id"))),
        ("sdk", _join(sdk.get("name"), sdk.get("version"))),
        ("project", f"{item.project}  ·  item {item.id}  ·  {byte_size(item.size)}"),
    ]
    return facts_table(rows, view.limit)


def surroundings(view: View) -> Iterator[RenderableType]:
    """Contexts, extra data, what came along with the event, and whatever else was sent."""
    value = mapping(view.value)
    contexts = mapping(value.get("contexts"))
    rows = [(name, _flat(fields)) for name, fields in contexts.items()]
    if rows:
        yield section("Contexts", facts_table(rows, view.limit))
    extra = value.get("extra")
    if extra:
        pairs = mapping(extra).items() or [("", extra)]
        yield section("Extra", facts_table(pairs, view.limit))
    yield from beside(view)
    rest = [(key, found) for key, found in value.items() if key not in KNOWN and found]
    modules = mapping(value.get("modules"))
    if modules:
        rest.append(("modules", f"{len(modules)} packages"))
    if rest:
        yield section("Also sent", facts_table(rest, view.limit))


def beside(view: View) -> Iterator[RenderableType]:
    """The other items of the same event: attachments, feedback, a profile."""
    if not view.beside:
        return
    rows = [
        (
            f"{other.type} {other.id}",
            Text(safe(other.title)).append(f"  {byte_size(other.size)}", "dim"),
        )
        for other in view.beside
    ]
    yield section("With the same event", facts_table(rows, view.limit))


def _join(*values: Any) -> str:
    return "  ·  ".join(filter(None, map(word, values)))


def _flat(value: Any) -> Any:
    """An object as `key value` pairs on a line; the rest as it is."""
    if not isinstance(value, Mapping):
        return value
    text = Text()
    for key, found in value.items():
        if found in (None, "", {}, []):
            continue
        text.append("  " if text else "").append(f"{safe(key)} ", "dim").append(inline(found))
    return text or None


def _tags(tags: Any, limit: int) -> Text | None:
    text = Text()
    for key, value in tag_pairs(tags):
        text.append("  " if text else "").append(f"{safe(key)}", "magenta")
        text.append("=", "dim").append(inline(value, limit))
    return text or None

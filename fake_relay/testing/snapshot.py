"""Snapshots of what was caught: one readable file, without what differs in every run.

Rule: ids, times, durations, paths, addresses, versions and host names are replaced; the same
id gets the same name everywhere in a snapshot, so that what belongs together is seen.
May import: testing.caught, testing.waiting.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fake_relay.testing.caught import Caught
from fake_relay.testing.waiting import ExpectationFailed

_ID = re.compile(
    r"\b(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16})\b", re.IGNORECASE
)
_TIME = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b", re.IGNORECASE)

TIMES = frozenset(
    {"timestamp", "start_timestamp", "started", "sent_at", "sentry.timestamp.sequence"}
)
VOLATILE: Mapping[str, str] = {
    "duration": "<duration>",
    "exclusive_time": "<duration>",
    "modules": "<modules>",
    "server_name": "<host>",
    "server.address": "<host>",
    "version": "<version>",
    "sentry.sdk.version": "<version>",
    "build": "<version>",
    "sdk": "<sdk>",
    "thread.id": "<thread>",
    "thread_id": "<thread>",
    "process.pid": "<process>",
    "sample_rand": "<random>",
}
"""Keys whose value differs between runs or machines, and what stands there instead."""

DROPPED = frozenset({"sys.argv"})
"""Keys that are there or not, depending on how the tests were started."""


def path(directory: Path, name: str | None, number: int) -> Path:
    """The file of a test's snapshot: by name, or by its number from the second on."""
    stem = name or ("items" if number == 1 else f"items_{number}")
    return directory / f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', stem)}.json"


def render(items: Iterable[Caught]) -> str:
    """The items as readable JSON, in their order of arrival, with stable values."""
    normalise = Normaliser()
    shown = [
        {
            "type": found.item.type,
            "headers": normalise.value(
                {
                    key: value
                    for key, value in found.headers.items()
                    if key not in ("type", "length")
                }
            ),
            "payload": normalise.value(
                found.payload if found.payload is not None else _opaque(found)
            ),
        }
        for found in items
    ]
    return json.dumps(shown, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def check(file: Path, actual: str, *, update: bool) -> None:
    """Compare with the file, or write it; raises `ExpectationFailed` with the difference."""
    __tracebackhide__ = True
    if update:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(actual, encoding="utf-8")
        return
    if not file.exists():
        raise ExpectationFailed(f"there is no snapshot {file}; write it with --update")
    expected = file.read_text(encoding="utf-8")
    if expected != actual:
        difference = difflib.unified_diff(
            expected.splitlines(), actual.splitlines(), "snapshot", "caught", lineterm="", n=2
        )
        raise ExpectationFailed(
            "\n".join(
                (f"what was caught differs from {file}; accept it with --update", *difference)
            )
        )


def _opaque(found: Caught) -> str:
    try:
        return found.data.decode()
    except UnicodeDecodeError:
        return f"<{len(found.data)} bytes>"


def _without_empty(meta: dict[str, Any]) -> dict[str, Any]:
    pruned = {
        name: _without_empty(inner) if isinstance(inner, dict) else inner
        for name, inner in meta.items()
    }
    return {name: inner for name, inner in pruned.items() if inner != {}}


class Normaliser:
    """Replaces what differs between runs; remembers which id got which name."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        roots = {
            str(Path.cwd()): "<cwd>",
            tempfile.gettempdir(): "<tmp>",
            str(Path.home()): "<home>",
            sys.prefix: "<python>",
            sys.base_prefix: "<python>",
        }
        # The longest first: an environment can lie inside of the project.
        self._roots = sorted(roots.items(), key=lambda root: -len(root[0]))

    def value(self, value: Any, key: str = "") -> Any:
        """A value that stood under a key, without what differs between runs."""
        if key in VOLATILE and value is not None:
            return self._volatile(key, value)
        if key in TIMES and isinstance(value, int | float | str):
            return "<time>"
        if isinstance(value, Mapping):
            kept = {
                self._text(name): self.value(inner, name)
                for name, inner in value.items()
                if name not in DROPPED
            }
            meta = _without_empty(kept.pop("_meta", {}))
            return {**kept, "_meta": meta} if meta else kept
        if isinstance(value, list):
            return [self.value(element) for element in value]
        return self._text(value) if isinstance(value, str) else value

    def _volatile(self, key: str, value: Any) -> Any:
        # A container's version is part of its format, an attribute is a type and a value.
        if key == "version" and isinstance(value, int):
            return value
        if isinstance(value, Mapping) and "value" in value:
            return {**value, "value": VOLATILE[key]}
        return VOLATILE[key]

    def _text(self, text: str) -> str:
        for root, name in self._roots:
            if len(root) > 1:
                text = text.replace(root, name)
        text = _ADDRESS.sub("<address>", _TIME.sub("<time>", text))
        return _ID.sub(lambda match: self.named(match.group()), text)

    def named(self, found: str) -> str:
        """What stands in the place of an id."""
        plain = found.replace("-", "").lower()
        return self._ids.setdefault(plain, f"<id {len(self._ids) + 1}>")

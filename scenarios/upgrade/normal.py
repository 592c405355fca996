"""What scenarios sent, without what differs from run to run, so that two runs can be compared.

Rule: ids, times, addresses, paths, versions and line numbers are replaced as in snapshots of
tests; the SDK's own frames are left out, and order means nothing.
May import: runner, evidence, target, result; fake_relay.testing.snapshot.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import msgspec

from fake_relay.testing.snapshot import Normaliser
from scenarios.evidence import Evidence
from scenarios.result import Run
from scenarios.runner import Progress, run
from scenarios.scenario import Scenario
from scenarios.target import Target

DROPPED = frozenset({"lineno", "colno", "pre_context", "post_context", "context_line", "abs_path"})
"""Keys of frames that move with every edit of a file, or with the SDK's own sources."""

OF_THE_SDK = ("sentry_sdk", "scenarios.process", "sdk_config")
"""Modules whose frames are the machinery's, not the application's."""

OPAQUE = frozenset({"profile", "profile_chunk", "replay_recording", "replay_video"})
"""Item types of which only the number is compared: samples differ in every run."""

NOT_COMPARED = frozenset({"client_report"})
"""Item types that come when they come; the ledgers compare what is in them."""

_AGENT = re.compile(r"\b(sentry\.python(?:\.\w+)?)/[\w.+-]+")
_HOST = re.compile(r"\b(?:127\.0\.0\.1|localhost):\d+")


class Item(msgspec.Struct, frozen=True):
    """An item as it would be sent by any run: its type, its header, its payload."""

    type: str
    header: dict[str, Any]
    payload: Any


class Told(msgspec.Struct, frozen=True):
    """What became of a scenario, and what it sent, in an order that does not depend on time."""

    status: str
    items: tuple[Item, ...] = ()


class Snapshot(msgspec.Struct, frozen=True):
    """A run for comparison: its name, its versions, and each scenario by its id."""

    name: str
    scenarios: dict[str, Told]
    versions: dict[str, str] = {}


def taken(
    name: str,
    scenarios: Sequence[Scenario],
    target: Target,
    *,
    jobs: int = 0,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Snapshot:
    """Run scenarios against a target and keep what they sent, normalised."""
    kept: dict[str, tuple[Item, ...]] = {}
    lock = Lock()

    def keep(evidence: Evidence) -> None:
        found = items_of(evidence)
        with lock:
            kept[evidence.scenario.id] = found

    return _snapshot(name, run(scenarios, target, jobs=jobs, tell=tell, keep=keep), kept)


def _snapshot(name: str, ran: Run, kept: dict[str, tuple[Item, ...]]) -> Snapshot:
    told = {result.id: Told(result.status, kept.get(result.id, ())) for result in ran.results}
    return Snapshot(name, told, ran.versions)


def items_of(evidence: Evidence) -> tuple[Item, ...]:
    """What a scenario sent, accepted or not."""
    found = [
        normal(exhibit.item.type, exhibit.headers, exhibit.payload)
        for exhibit in (*evidence.items, *evidence.not_accepted)
        if exhibit.item.type not in NOT_COMPARED
    ]
    return tuple(sorted(found, key=lambda item: json.dumps(msgspec.to_builtins(item), default=str)))


def normal(item_type: str, header: Any, payload: Any) -> Item:
    """An item without what differs from run to run."""
    replace = _Plain()
    head = {key: value for key, value in header.items() if key not in ("type", "length")}
    body = None if item_type in OPAQUE else replace.value(_without_machinery(payload))
    return Item(item_type, replace.value(head), body)


class _Plain(Normaliser):
    """All ids are alike here: which of two runs saw which first says nothing."""

    def named(self, found: str) -> str:  # noqa: ARG002 - any id
        return "<id>"

    def _text(self, text: str) -> str:
        shown = _HOST.sub("<host>", _AGENT.sub(r"\1/<version>", text))
        return super()._text(shown)

    def _volatile(self, key: str, value: Any) -> Any:
        # Which integrations are on is what an upgrade changes; the versions are not.
        if key == "sdk" and isinstance(value, dict):
            return {
                "name": value.get("name"),
                "integrations": sorted(value.get("integrations", ())),
            }
        return super()._volatile(key, value)


def _without_machinery(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_machinery(_own_frames(inner) if key == "frames" else inner)
            for key, inner in value.items()
            if key not in DROPPED
        }
    if isinstance(value, list):
        return [_without_machinery(inner) for inner in value]
    return value


def _own_frames(frames: Any) -> Any:
    if not isinstance(frames, list):
        return frames
    return [
        frame
        for frame in frames
        if not isinstance(frame, dict) or not str(frame.get("module", "")).startswith(OF_THE_SDK)
    ]

"""The leak table of the specification (3.4), through the relay: the raw SDK leaks as recorded
there, sdk_config does not."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from fake_relay.testing import Relay

ROOT = Path(__file__).parents[3]
APP = Path(__file__).parent / "leaky_app.py"
FRAMEWORKS = Path(__file__).parent / "leaky_frameworks.py"
FROZEN = Path(__file__).parent / "leak_table.json"
SEED = "seed-4711"
SECRETS = ("token", "card", "ssn", "iban", "email", "phone", "jwt", "cloud")
COLUMNS = {
    "2.0.1": ["D", "P", "R", "BS", "ALL"],
    "2.75.0": ["D", "P", "R", "BS", "DC", "D0", "ALL"],
}
"""Configurations (3.4) of the raw SDK, and what a service may give to setup() all the same, to
make the SDK collect more, or differently; the older one has no `data_collection`."""

Leaks = dict[str, list[str]]
"""Surfaces, and the item types (or `envelope header`) in which their secret arrived."""
Places = list[tuple[str, str]]


class Run(NamedTuple):
    """What one process had, and what it told another service."""

    seed: str
    surfaces: list[str]
    told: Places


@cache
def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def run(relay: Relay, version: str, cells: list[str], app: Path = APP) -> dict[str, Run]:
    """Fill some cells under a version of the SDK; by the cells."""
    sdks = module(ROOT / "tests" / "scripts" / "install_sdks.py")
    later = [str(sdks.frameworks()), str(sdks.libraries())]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": f"{sdks.python_sdk(version)}{os.pathsep}{ROOT}",
        "LATER_PATH": os.pathsep.join(later),
        "SENTRY_DSN": relay.dsn,
        "SENTRY_RELEASE": "shop@2.0.3",
        "SENTRY_ENVIRONMENT": "test",
    }
    command = [sys.executable, str(app), SEED, *cells]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    return {
        cell: Run(
            f"{SEED}/{cell.rpartition('/')[0]}",
            found["surfaces"],
            [("outgoing", text) for text in found["told"]],
        )
        for cell, found in json.loads(done.stdout).items()
    }


def column_of(cell: str) -> str:
    return cell.split("/")[1]


class Arrived:
    """What the relay has, and where each secret of a class is in it."""

    def __init__(self, relay: Relay) -> None:
        self._places = list(places_of(relay))
        self._known: dict[str, dict[str, set[str]]] = {}

    def of(self, kind: str) -> dict[str, set[str]]:
        if kind not in self._known:
            self._known[kind] = sought(self._places, kind)
        return self._known[kind]


def sought(places: Places, kind: str) -> dict[str, set[str]]:
    """All that look like a secret of that class, collected in one pass, and their places."""
    shape = re.compile(f"(?=({module(APP).SHAPES[kind]}))")
    found: dict[str, set[str]] = {}
    for place, text in places:
        for secret in shape.findall(text):
            found.setdefault(secret, set()).add(place)
    return found


def leaks(arrived: Arrived, ran: Run, kind: str) -> Leaks:
    """Where the secret of each surface arrived; JSON escapes make no difference to these."""
    app = module(APP)
    told, kept = sought(ran.told, kind), arrived.of(kind)
    leaked: Leaks = {}
    for name in ran.surfaces:
        forms = app.forms(app.secret(ran.seed, kind, name))
        assert all(re.fullmatch(app.SHAPES[kind], form) for form in forms), (kind, forms)
        types: set[str] = set()
        for form in forms:
            types |= kept.get(form, set()) | told.get(form, set())
        if types:
            leaked[name] = sorted(types)
    return leaked


def table(columns: dict[str, Leaks]) -> dict[str, dict[str, str]]:
    """Surfaces to places to the columns in which they leak."""
    found: dict[str, dict[str, str]] = {}
    for column, leaked in columns.items():
        for name, places in leaked.items():
            for place in places:
                row = found.setdefault(name, {})
                row[place] = f"{row.get(place, '')} {column}".strip()
    return found


def in_columns(rows: dict[str, dict[str, str]], told: Sequence[str]) -> dict[str, dict[str, str]]:
    """Of a table what it says of these columns."""
    found: dict[str, dict[str, str]] = {}
    for name, places in rows.items():
        for place, columns in places.items():
            if kept := " ".join(column for column in columns.split() if column in told):
                found.setdefault(name, {})[place] = kept
    return found


def places_of(relay: Relay) -> Iterator[tuple[str, str]]:
    """Every payload and header once, with the name of its place."""
    seen: set[int] = set()
    envelopes: set[int] = set()
    for caught in relay.items():
        item = caught.item
        if item.id in seen:
            continue
        seen.add(item.id)
        yield item.type, caught.data.decode("utf-8", "replace")
        yield f"{item.type} header", json.dumps(caught.headers)
        if item.envelope_id not in envelopes:
            envelopes.add(item.envelope_id)
            envelope = relay._live.reader.envelope(item.envelope_id)
            assert envelope is not None
            yield "envelope header", bytes(envelope.headers).decode()


@pytest.mark.slow(10)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", COLUMNS)
def test_the_raw_sdk_leaks_what_it_leaked_when_the_table_was_made(
    version: str, relay: Relay
) -> None:
    runs = run(relay, version, [f"raw/{column}/token" for column in COLUMNS[version]])

    arrived = Arrived(relay)
    found = table({column_of(cell): leaks(arrived, ran, "token") for cell, ran in runs.items()})
    assert found == json.loads(FROZEN.read_text())["raw"][version]


@pytest.mark.slow(10)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", COLUMNS)
def test_no_secret_of_any_class_leaves_any_surface_in_any_column(
    version: str, relay: Relay
) -> None:
    # What a class looks like is told apart by the same code under every SDK.
    secrets = SECRETS if version == "2.75.0" else SECRETS[:2]
    kinds = (*secrets, "plain")
    wide = f"ours/D/{','.join(kinds)}"
    others = [f"ours/{column}/token" for column in COLUMNS[version][1:]]

    runs = run(relay, version, [wide, *others])

    arrived = Arrived(relay)
    assert {kind: leaks(arrived, runs[wide], kind) for kind in secrets} == {
        kind: {} for kind in secrets
    }
    for cell in others:
        assert (cell, leaks(arrived, runs[cell], "token")) == (cell, {})
    # A word that looks like any other leaves where no name says that it is secret.
    plain = json.loads(FROZEN.read_text())["plain words"][version]
    assert sorted(leaks(arrived, runs[wide], "plain")) == plain


@pytest.mark.slow(20)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", COLUMNS)
def test_real_frameworks_leak_as_recorded_and_nothing_with_our_configuration(
    version: str, relay: Relay
) -> None:
    # What an SDK collects when it is told to changes with the newest.
    told = COLUMNS[version] if version == "2.75.0" else COLUMNS[version][:1]
    raw = [f"raw/{column}/token" for column in told]
    wide = "ours/D/token,plain"
    others = [f"ours/{column}/token" for column in COLUMNS[version][1:]]

    runs = run(relay, version, [wide, *others, *raw], FRAMEWORKS)

    arrived = Arrived(relay)
    for cell in (wide, *others):
        assert (cell, leaks(arrived, runs[cell], "token")) == (cell, {})
    frozen = json.loads(FROZEN.read_text())
    found = table({column_of(cell): leaks(arrived, runs[cell], "token") for cell in raw})
    assert found == in_columns(frozen["frameworks"][version], told)
    plain = sorted(leaks(arrived, runs[wide], "plain"))
    assert plain == frozen["plain words in frameworks"][version]


def test_the_surfaces_arrive_when_nothing_is_secret(relay: Relay) -> None:
    ran = run(relay, "2.75.0", ["ours/D/plain"])["ours/D/plain"]

    # Otherwise the table would be clean because nothing was sent.
    assert len(ran.surfaces) > 95
    assert any("sentry-transaction=" in text for place, text in ran.told)
    relay.expect_event(count=(50, None))
    relay.expect_item("transaction", count=(30, None))
    for kind in ("log", "trace_metric", "session", "sessions", "check_in", "attachment", "span"):
        relay.expect_item(kind, count=(1, None))

"""The leak table of the specification (3.4), through the relay: the raw SDK leaks as recorded
there, sdk_config does not."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from fake_relay import find_leaks
from fake_relay.leaks import Finder, Place
from fake_relay.testing import Relay
from scenarios.canary.surfaces import SURFACES
from scenarios.canary.trace import Planted, place_of

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
"""Surfaces, and the item types (or `envelope header`) in which their canary arrived."""


class Run(NamedTuple):
    """What one process had, and what it told another service."""

    planted: list[Planted]
    told: list[str]

    def surfaces(self) -> set[str]:
        return {one.surface for one in self.planted}


@cache
def installer() -> ModuleType:
    path = ROOT / "tests" / "scripts" / "install_sdks.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def run(relay: Relay, version: str, cells: list[str], app: Path = APP) -> dict[str, Run]:
    """Fill some cells under a version of the SDK; by the cells."""
    sdks = installer()
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
        cell: Run([Planted(*one) for one in found["planted"]], found["told"])
        for cell, found in json.loads(done.stdout).items()
    }


def column_of(cell: str) -> str:
    return cell.split("/")[1]


def arrived(relay: Relay, runs: Mapping[str, Run]) -> dict[str, dict[str, Leaks]]:
    """By cell and class, where the canary of each surface left, in any spelling or in part."""
    planted = {one.value: (cell, one) for cell, ran in runs.items() for one in ran.planted}
    assert len(planted) == sum(len(ran.planted) for ran in runs.values())
    sought = [one.sought() for _, one in planted.values()]
    leaks = find_leaks(
        relay._live.reader, [caught.item for caught in relay.items()], sought, refused=relay.project
    )
    finder = Finder(sought)
    for told in (text for ran in runs.values() for text in ran.told):
        leaks += finder.look(Place("elsewhere"), told.encode())
    found: dict[str, dict[str, dict[str, set[str]]]] = defaultdict(lambda: defaultdict(dict))
    for leak in leaks:
        cell, one = planted[leak.canary]
        found[cell][one.kind].setdefault(one.surface, set()).add(place_of(leak))
    return {
        cell: {kind: listed(found[cell][kind]) for kind in cell.rpartition("/")[2].split(",")}
        for cell in runs
    }


def listed(places: Mapping[str, Iterable[str]]) -> Leaks:
    return {surface: sorted(of) for surface, of in places.items()}


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


@pytest.mark.slow(10)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", COLUMNS)
def test_the_raw_sdk_leaks_what_it_leaked_when_the_table_was_made(
    version: str, relay: Relay
) -> None:
    runs = run(relay, version, [f"raw/{column}/token" for column in COLUMNS[version]])

    left = arrived(relay, runs)
    found = table({column_of(cell): left[cell]["token"] for cell in runs})
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

    left = arrived(relay, runs)
    ordinary = left[wide].pop("plain")
    assert left == {
        wide: {kind: {} for kind in secrets},
        **{cell: {"token": {}} for cell in others},
    }
    # A word that looks like any other leaves where no name says that it is secret.
    plain = json.loads(FROZEN.read_text())["plain words"][version]
    assert sorted(ordinary) == plain


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

    left = arrived(relay, runs)
    for cell in (wide, *others):
        assert (cell, left[cell]["token"]) == (cell, {})
    frozen = json.loads(FROZEN.read_text())
    found = table({column_of(cell): left[cell]["token"] for cell in raw})
    assert found == in_columns(frozen["frameworks"][version], told)
    assert sorted(left[wide]["plain"]) == frozen["plain words in frameworks"][version]


def test_the_surfaces_arrive_when_nothing_is_secret(relay: Relay) -> None:
    ran = run(relay, "2.75.0", ["ours/D/plain"])["ours/D/plain"]

    # Otherwise the table would be clean because nothing was sent.
    assert ran.surfaces() == {surface.id for surface in SURFACES}
    assert any("sentry-transaction=" in text for text in ran.told)
    relay.expect_event(count=(50, None))
    relay.expect_item("transaction", count=(30, None))
    for kind in ("log", "trace_metric", "session", "sessions", "check_in", "attachment", "span"):
        relay.expect_item(kind, count=(1, None))

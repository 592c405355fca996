"""The leak table of the specification (3.4), through the relay: the raw SDK leaks as recorded
there, sdk_config does not."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from fake_relay.testing import Relay

ROOT = Path(__file__).parents[3]
APP = Path(__file__).parent / "leaky_app.py"
FROZEN = Path(__file__).parent / "leak_table.json"
SEED = "seed-4711"
SECRETS = ("token", "card", "ssn", "iban", "email", "phone", "jwt", "cloud")
VERSIONS = ["2.0.1", "2.75.0"]

Leaks = dict[str, list[str]]
"""Surfaces, and the item types (or `envelope header`) in which their secret arrived."""


@cache
def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def run(relay: Relay, mode: str, version: str, kinds: tuple[str, ...]) -> list[str]:
    sdk = module(ROOT / "tests" / "scripts" / "install_sdks.py").python_sdk(version)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": f"{sdk}{os.pathsep}{ROOT}",
        "SENTRY_DSN": relay.dsn,
        "SENTRY_RELEASE": "shop@2.0.3",
        "SENTRY_ENVIRONMENT": "test",
    }
    command = [sys.executable, str(APP), mode, SEED, *kinds]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    surfaces: list[str] = json.loads(done.stdout)
    return surfaces


def leaks(places: list[tuple[str, str]], surfaces: list[str], kind: str) -> Leaks:
    """Where the secret of each surface arrived; JSON escapes make no difference to these."""
    app = module(APP)
    secrets = {name: app.secret(SEED, kind, name) for name in surfaces}
    found: Leaks = {}
    for name, secret in secrets.items():
        forms = {secret, secret.replace(" ", ""), secret.replace(" ", "%20")}
        forms |= {secret.replace("@", "%40"), secret.replace(" ", "+")}
        types = {place for place, text in places if any(form in text for form in forms)}
        if types:
            found[name] = sorted(types)
    return found


def arrived(relay: Relay) -> Iterator[tuple[str, str]]:
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


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_raw_sdk_leaks_what_it_leaked_when_the_table_was_made(
    version: str, relay: Relay
) -> None:
    surfaces = run(relay, "raw", version, ("token",))

    places = list(arrived(relay))
    assert leaks(places, surfaces, "token") == json.loads(FROZEN.read_text())["raw"][version]


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("version", VERSIONS)
def test_no_secret_of_any_class_leaves_any_surface(version: str, relay: Relay) -> None:
    surfaces = run(relay, "ours", version, (*SECRETS, "plain"))

    places = list(arrived(relay))
    assert {kind: leaks(places, surfaces, kind) for kind in SECRETS} == {
        kind: {} for kind in SECRETS
    }
    # A word that looks like any other leaves where no name says that it is secret.
    plain = json.loads(FROZEN.read_text())["plain words"][version]
    assert sorted(leaks(places, surfaces, "plain")) == plain


def test_the_surfaces_arrive_when_nothing_is_secret(relay: Relay) -> None:
    surfaces = run(relay, "ours", "2.75.0", ("plain",))

    # Otherwise the table would be clean because nothing was sent.
    assert len(surfaces) > 80
    relay.expect_event(count=(50, None))
    relay.expect_item("transaction", count=(30, None))
    for kind in ("log", "trace_metric", "session", "check_in", "attachment"):
        relay.expect_item(kind, count=(1, None))

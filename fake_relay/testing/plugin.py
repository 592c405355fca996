"""The pytest plugin: fixtures `relay`, `live_relay`, `relay_config`; the marker `relay`.

Rule: importing it costs pytest nothing. The server, the store and all the rest are imported
when the first test asks for a relay.
May import: pytest and the standard library; inside functions, testing.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fake_relay.config import RelayConfig
    from fake_relay.testing.harness import Relay
    from fake_relay.testing.live import LiveRelay

MARKER = "relay"
MARKER_OPTIONS = ("fail_on_unexpected", "within")

_RELAY: pytest.StashKey[Any] = pytest.StashKey()
_FAILED: pytest.StashKey[bool] = pytest.StashKey()

_HELP = "write the snapshots of relay.assert_matches_snapshot() instead of comparing them"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("fake-relay", "fake-relay: Sentry, offline")
    group.addoption(
        "--fake-relay-url",
        metavar="URL",
        default=None,
        help="attach to the relay that runs there instead of starting one in each process",
    )
    group.addoption(
        "--fake-relay-update", action="store_true", dest="fake_relay_update", help=_HELP
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Iterator[None]:
    # --update is a popular name: it is ours only when every plugin and conftest has left it.
    yield
    if _is_free(parser, "--update"):
        parser.getgroup("fake-relay").addoption(
            "--update", action="store_true", dest="fake_relay_update", help=_HELP
        )


def _is_free(parser: pytest.Parser, option: str) -> bool:
    try:
        return option in parser.parse_known_and_unknown_args([option, "value"])[1]
    except (pytest.UsageError, SystemExit):
        # Taken, by an option that wants another kind of value.
        return False


SCENARIOS = (".scenarios.yaml", ".scenarios.yml", ".scenarios.json", "_scenarios.py")
"""How files end that are collected as scenarios."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect files of scenarios; what judges them is imported when there is one."""
    if not file_path.name.endswith(SCENARIOS):
        return None
    from importlib import import_module

    # By name: the harness stands on the relay, and never the other way round.
    found: Any = import_module("scenarios.collect")
    made: pytest.Collector = found.ScenariosFile.from_parent(parent, path=file_path)
    return made


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "relay(fail_on_unexpected=False, within=2.0): how the test's relay behaves; "
        "fail_on_unexpected takes true, or the item types that no test may leave unexpected",
    )


@pytest.fixture(scope="session")
def relay_config() -> RelayConfig:
    """The settings of the relay that this session starts; override it to change them."""
    from fake_relay.config import RelayConfig

    return RelayConfig()


@pytest.fixture(scope="session")
def live_relay(request: pytest.FixtureRequest) -> Iterator[LiveRelay]:
    """The running relay: `.url`, `.create_project()`; one for each process of the session."""
    url: str | None = request.config.getoption("--fake-relay-url")
    if url:
        from fake_relay.testing.attached import ServedElsewhere

        with ServedElsewhere(url) as elsewhere:
            yield elsewhere
        return
    from fake_relay.testing.live import ServedHere

    with ServedHere(request.getfixturevalue("relay_config")) as here:
        yield here


@pytest.fixture(scope="session")
def relay_fail_on_unexpected() -> bool | tuple[str, ...]:
    """Whether an item that no expectation matched fails its test; override it, or mark tests."""
    return False


@pytest.fixture
def relay(
    request: pytest.FixtureRequest,
    live_relay: LiveRelay,
    relay_fail_on_unexpected: bool | tuple[str, ...],
) -> Iterator[Relay]:
    """A fresh isolated project: `relay.dsn`, `relay.expect_event(...)` and the like."""
    from fake_relay.testing.harness import Relay

    options = _options(request.node)
    made = Relay(
        live_relay,
        snapshots=_snapshots(request.node),
        update=bool(request.config.getoption("fake_relay_update", default=False)),
        **({"within": options["within"]} if "within" in options else {}),
    )
    request.node.stash[_RELAY] = made
    yield made
    made.close()
    _raise_server_errors(made)
    # A test that failed already often stopped before it expected the rest.
    if not request.node.stash.get(_FAILED, False):
        _check_unexpected(made, options.get("fail_on_unexpected", relay_fail_on_unexpected))


def _options(node: pytest.Item) -> dict[str, Any]:
    """The marker's arguments, the closest first."""
    options: dict[str, Any] = {}
    for mark in node.iter_markers(MARKER):
        wrong = [*map(repr, mark.args), *(set(mark.kwargs) - set(MARKER_OPTIONS))]
        if wrong:
            pytest.fail(
                f"the marker relay does not take {wrong[0]}; it takes {', '.join(MARKER_OPTIONS)}",
                pytrace=False,
            )
        options = {**mark.kwargs, **options}
    return options


def _snapshots(node: pytest.Item) -> Path:
    name = node.nodeid.rpartition(".py::")[2].replace("::", ".")
    return node.path.parent / "snapshots" / node.path.stem / re.sub(r"[^A-Za-z0-9_.-]+", "_", name)


def _raise_server_errors(relay: Relay) -> None:
    errors = relay.server_errors()
    if errors:
        raise ExceptionGroup("the relay itself failed while this test ran", errors)


def _check_unexpected(relay: Relay, option: bool | tuple[str, ...] | list[str] | str) -> None:
    if option is False:
        return
    named = (option,) if isinstance(option, str) else option
    types = None if named is True else frozenset(named)
    unexpected = relay.unexpected(types)
    if unexpected:
        listing = "\n".join(f"  {found!r}" for found in unexpected)
        pytest.fail(f"{len(unexpected)} arrived that nothing expected:\n{listing}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    relay = item.stash.get(_RELAY, None)
    if relay is not None and report.failed and call.when == "call":
        item.stash[_FAILED] = True
        report.sections.append(("fake-relay caught", relay.summary() or "nothing"))
    return report

"""A scenario: what is configured, what is done, what must hold; frozen, and data alone.

Rule: the Python spelling and the YAML spelling make the same record. An id is unique among
what is run, such as `E-02`; the same scenario with several values has `cases`.
May import: steps, expectations, msgspec.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from scenarios.expectations import Expectation
from scenarios.steps import Step

Group = str
"""errors, transactions, sampling, releases, pii, filters, sessions, context, resilience,
frameworks: the catalogue's; a user's own may have any other."""

_PLACE = re.compile(r"\$\{([A-Za-z_][\w.-]*)\}")


class Scenario(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """One story about a configuration.

    `setup` is empty for that of the target, or `sdk_config`, `raw`, `none` or
    `module:function` where the story is about that one alone. `options` are keywords for the
    setup; where a user's setup does not take them the scenario is skipped. `defaults` are those
    of `raw` and `sdk_config` alone, for what a user's setup says itself. `environment` is
    set in the child (None removes). `project` is the relay's settings of the project. `needs`
    are importable modules or bounds (`celery`, `sentry-sdk>=2.35`). `promised` are bounds on
    what the target promises (`rate.errors==1`); one that promises otherwise is left out.
    `planned` says what it waits for; `known` explains, by target (`raw`, `sdk_config`, `*`), why
    it fails there. `time_limit` is in seconds. `flush` is whether the child flushes when its
    steps are done, `arguments` its sys.argv.
    """

    id: str
    title: str = ""
    group: Group = "mine"
    setup: str = ""
    options: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    environment: Mapping[str, str | None] = {}
    project: dict[str, Any] = {}
    steps: tuple[Step, ...] = ()
    expect: tuple[Expectation, ...] = ()
    tags: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    promised: tuple[str, ...] = ()
    cases: dict[str, dict[str, Any]] = {}
    seed: int = 1
    time_limit: float = 30.0
    flush: bool = True
    arguments: tuple[str, ...] = ("app.py",)
    process: Literal["fork", "spawn"] = "fork"
    planned: str = ""
    known: dict[str, str] = {}

    def expanded(self) -> Iterator[Scenario]:
        """The scenario, or one for each of its cases: `E-03[debug]`, `${case.level}` filled in."""
        if not self.cases:
            yield self
            return
        for name, values in self.cases.items():
            filled = filled_in(self, {f"case.{key}": value for key, value in values.items()})
            yield msgspec.structs.replace(filled, id=f"{self.id}[{name}]", cases={})


# msgspec learns a type when it is first used, and two threads that come at once crash it.
msgspec.convert({"id": ""}, Scenario)


def filled_in(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """The scenario with these values for `${name}`; a text that is one place takes its type."""
    data = msgspec.to_builtins(scenario)
    if not _PLACE.search(msgspec.json.encode(data).decode()):
        return scenario
    return msgspec.convert(_filled(data, values), Scenario)


def places(scenario: Scenario) -> set[str]:
    """The names of what is still to be filled in."""
    return set(_PLACE.findall(msgspec.json.encode(scenario).decode()))


def _filled(data: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(data, dict):
        return {_filled(key, values): _filled(value, values) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_filled(value, values) for value in data]
    if not isinstance(data, str):
        return data
    whole = _PLACE.fullmatch(data)
    if whole and whole[1] in values:
        return values[whole[1]]
    return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), data)

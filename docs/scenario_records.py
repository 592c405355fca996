"""The reference of scenarios from their records: steps, expectations, and the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec

from scenarios.catalogue import built_in
from scenarios.expectations import Expectation
from scenarios.scenario import Scenario
from scenarios.steps import Failure, Step

Table = Callable[[Sequence[str], Iterable[Sequence[object]]], str]


def page(table: Table) -> str:
    """All of it."""
    return "\n".join(
        (
            "# Scenarios",
            "",
            "What a scenario, its steps and its expectations may say, and the built-in scenarios.",
            "[Your first scenario](../how-to/scenarios.md) tells how they are used.",
            "",
            "## A scenario",
            "",
            _prose(Scenario),
            "",
            table(("field", "default"), _fields(Scenario)),
            "",
            "## Steps",
            "",
            "Each has `do`, and may have an `id` that expectations speak of as `${step.id}`.",
            "",
            table(("`do`", "fields", "what it does"), _union(Step, {"id", "steps"})),
            "",
            f"An exception (`cause`, `context`, `group`, `error`) has {_names(Failure)}.",
            "Where a step does steps, they stand in its field `steps`.",
            "",
            "## Expectations",
            "",
            "Each has `check` (`items` where it is left out),",
            "and may have `until`, `fail_fast`, `because` and `setting`.",
            "",
            table(
                ("`check`", "fields", "what must hold"),
                _union(Expectation, {"until", "fail_fast", "because", "setting"}),
            ),
            "",
            "## The built-in scenarios",
            "",
            *_catalogue(table),
        )
    )


def _names(kind: Any) -> str:
    return ", ".join(f"`{name}`" for name in kind.__struct_fields__)


def _prose(kind: Any) -> str:
    return " ".join(str(kind.__doc__).split())


def _fields(kind: Any) -> Iterator[tuple[str, str]]:
    for field in msgspec.structs.fields(kind):
        yield f"`{field.name}`", "required" if field.required else f"`{_default(field)}`"


def _default(field: Any) -> str:
    if field.default_factory is not msgspec.NODEFAULT:
        return repr(field.default_factory())
    return repr(field.default)


def _union(union: Any, shared: set[str]) -> Iterator[tuple[str, str, str]]:
    for kind in union.__args__:
        own = [field for field in msgspec.structs.fields(kind) if field.name not in shared]
        names = ", ".join(f"`{one.name}`{'' if one.required else '?'}" for one in own)
        yield f"`{kind.__struct_config__.tag}`", names, _prose(kind)


def _catalogue(table: Table) -> Iterator[str]:
    for group, scenarios in groupby(built_in(), key=lambda one: one.group):
        yield f"### {group}"
        yield ""
        yield table(("id", "what it drives", "notes"), [_row(one) for one in scenarios])
        yield ""


def _row(scenario: Scenario) -> tuple[str, str, str]:
    notes = [f"cases: {', '.join(scenario.cases)}"] if scenario.cases else []
    notes += [f"needs {', '.join(scenario.needs)}"] if scenario.needs else []
    notes += [f"planned: {scenario.planned}"] if scenario.planned else []
    notes += [f"known on {name}: {why}" for name, why in scenario.known.items()]
    return f"`{scenario.id}`", scenario.title, "; ".join(notes)

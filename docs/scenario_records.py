"""The reference of scenarios from their records: steps, expectations, and the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec

from scenarios.catalogue import built_in
from scenarios.expectations import (
    Accounted,
    Bounds,
    Check,
    Exited,
    Expectation,
    Items,
    Journaled,
    Ledger,
    NoLeaks,
    Order,
    Sampling,
)
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
    head = ("id", "what it drives", "what must hold (and why)", "needs", "status")
    for group, scenarios in groupby(built_in(), key=lambda one: one.group):
        yield f"### {group}"
        yield ""
        yield table(head, [_row(one) for one in scenarios])
        yield ""


def _row(scenario: Scenario) -> tuple[str, str, str, str, str]:
    title = scenario.title
    if scenario.cases:
        title += f" ({', '.join(scenario.cases)})"
    return (
        f"`{scenario.id}`",
        title,
        "; ".join(dict.fromkeys(map(_asserted, scenario.expect))),
        ", ".join(_needs(scenario)),
        _status(scenario),
    )


def _needs(scenario: Scenario) -> Iterator[str]:
    cases = [one.needs for one in scenario.expanded()]
    for found in zip(*cases, strict=True):
        yield " or ".join(f"`{need}`" for need in dict.fromkeys(found))
    if scenario.setup:
        yield f"setup `{scenario.setup}`"
    yield from (f"promise `{bound}`" for bound in scenario.promised)


def _status(scenario: Scenario) -> str:
    if scenario.planned:
        return f"planned, waits for {scenario.planned}"
    known = [f"known on {name}: {why}" for name, why in scenario.known.items()]
    return "; ".join(["built", *known])


def _asserted(expectation: Expectation) -> str:
    """What an expectation asks, and why."""
    asked = WORDS[type(expectation)](expectation)
    return f"{asked} ({expectation.because})" if expectation.because else asked


def _items(items: Items) -> str:
    kind = items.type if isinstance(items.type, str) else " or ".join(items.type)
    about = [items.q.replace(":", " "), _plain(items.where)]
    return " ".join(part for part in (_count(items.count), kind or "items", *about) if part)


def _ledger(ledger: Ledger) -> str:
    reason = f" as {ledger.reason}" if ledger.reason else ""
    return f"{_count(ledger.count)} {ledger.category} in the ledger: {ledger.outcome}{reason}"


def _journaled(journaled: Journaled) -> str:
    if journaled.raised:
        kind = "" if journaled.raised is True else f" {journaled.raised}"
        return f"`{journaled.step}` raises{kind}"
    if journaled.returned is not msgspec.UNSET:
        return f"`{journaled.step}` returns {_plain(journaled.returned)}"
    return f"`{journaled.step}` comes to its end"


def _exited(exited: Exited) -> str:
    return f"the process ends with {exited.signal or exited.code}"


def _check(check: Check) -> str:
    name = check.target.rpartition(":")[2].replace("_", " ")
    told = _plain(check.kwargs)
    return f"{name}: {told}" if told else name


def _accounted(accounted: Accounted) -> str:
    return f"nothing is unaccounted for: {', '.join(accounted.categories) or 'all categories'}"


def _count(count: Any) -> str:
    if isinstance(count, Bounds):
        return f"at least {count.min}" if count.max is None else f"{count.min} to {count.max}"
    return "" if count is None else ("no" if count == 0 else str(count))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={_plain(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return " and ".join(map(_plain, value))
    return str(value)


WORDS: dict[type, Callable[[Any], str]] = {
    Accounted: _accounted,
    Check: _check,
    Exited: _exited,
    Items: _items,
    Journaled: _journaled,
    Ledger: _ledger,
    NoLeaks: lambda _: "no canary leaves the process",
    Order: lambda order: ", then ".join(map(_items, order.items)),
    Sampling: lambda sampling: f"{sampling.category}s are kept at {sampling.rate}",
}
"""Kind of expectation -> what it asks, in words."""

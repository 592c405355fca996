"""Which scenarios: by id, file, group, tag and expression, or those that failed the last time.

Rule: a name that selects nothing is an error that says what there is, never an empty run.
May import: errors, scenario, result, catalogue, yaml_file; lark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from scenarios.catalogue import built_in
from scenarios.errors import ScenarioError
from scenarios.scenario import Scenario
from scenarios.yaml_file import is_scenario_file, read_file

GRAMMAR = """
?start: either
?either: both ("or" both)* -> either
?both: one ("and" one)* -> both
?one: "not" one -> no | "(" either ")" | WORD -> word
WORD: /(?!(and|or|not)\\b)[^\\s()]+/
%ignore /\\s+/
"""


@dataclass(frozen=True)
class Selection:
    """What is asked for; every part that is given must fit. `names` are ids (with *) or files."""

    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    expression: str = ""
    only: frozenset[str] | None = None


def gather(selection: Selection, files: Sequence[str] = ()) -> list[Scenario]:
    """The scenarios that are asked for: of the named files, or the built-in and those of `files`.

    `files` are globs. Raises `ScenarioError` for what selects nothing.
    """
    paths = [Path(name) for name in selection.names if is_scenario_file(Path(name))]
    ids = tuple(name for name in selection.names if not is_scenario_file(Path(name)))
    for path in paths:
        if not path.exists():
            raise ScenarioError(f"there is no file {str(path)!r}")
    found = [one for path in paths for one in read_file(path)]
    if not paths:
        found = [*built_in(), *(one for path in _globbed(files) for one in read_file(path))]
    return chosen([one for scenario in found for one in scenario.expanded()], selection, ids)


def _globbed(files: Sequence[str]) -> Iterable[Path]:
    for pattern in files:
        found = sorted(Path().glob(pattern))
        # A pattern may wait for its first file; a name that is written out may not.
        if not found and not any(sign in pattern for sign in "*?["):
            raise ScenarioError(f"files: there is no {pattern!r} in {str(Path.cwd())!r}")
        yield from found


def chosen(
    scenarios: Sequence[Scenario], selection: Selection, ids: tuple[str, ...]
) -> list[Scenario]:
    """Those that the selection fits; raises `ScenarioError` when a part of it fits none."""
    known = [scenario.id for scenario in scenarios]
    for wanted in ids:
        if not any(_called(name, wanted) for name in known):
            raise ScenarioError(f"no scenario is called {wanted!r}{_meant(wanted, known)}")
    for kind, given, have in (
        ("group", selection.groups, {one.group for one in scenarios}),
        ("tag", selection.tags, {tag for one in scenarios for tag in one.tags}),
    ):
        for name in given:
            if name not in have:
                raise ScenarioError(f"no scenario has the {kind} {name!r}{_meant(name, have)}")
    found = [one for one in scenarios if _fits(one, selection, ids)]
    if not found:
        raise ScenarioError("nothing is selected; see 'fake-relay scenarios list'")
    return found


def _called(name: str, wanted: str) -> bool:
    """Whether an id is meant: itself, all of its cases, or a pattern."""
    # The brackets of a case are no pattern's.
    pattern = wanted.replace("[", "[[]")
    return name.partition("[")[0] == wanted or fnmatchcase(name, pattern)


def _meant(name: str, known: Iterable[str]) -> str:
    names = sorted(set(known))
    guess = get_close_matches(name, names, n=1)
    if guess:
        return f"; did you mean {guess[0]!r}?"
    return f"; there are {', '.join(names)}" if 0 < len(names) < 30 else ""


def _fits(scenario: Scenario, selection: Selection, ids: tuple[str, ...]) -> bool:
    return (
        (not ids or any(_called(scenario.id, wanted) for wanted in ids))
        and (not selection.groups or scenario.group in selection.groups)
        and (not selection.tags or bool(set(selection.tags) & set(scenario.tags)))
        and (selection.only is None or scenario.id in selection.only)
        and (not selection.expression or matches(selection.expression, scenario))
    )


def matches(expression: str, scenario: Scenario) -> bool:
    """Whether an expression such as `sampling and not slow` fits; raises `ScenarioError`.

    A word fits where it stands in the id, title, group or a tag, whatever its case.
    """
    words = " ".join((scenario.id, scenario.title, scenario.group, *scenario.tags)).lower()
    return _holds(_parsed(expression), words)


def _holds(tree: Any, words: str) -> bool:
    if tree.data == "word":
        return str(tree.children[0]).lower() in words
    if tree.data == "no":
        return not _holds(tree.children[0], words)
    each = (_holds(child, words) for child in tree.children)
    return any(each) if tree.data == "either" else all(each)


@cache
def _parsed(expression: str) -> Any:
    from lark import Lark, UnexpectedInput

    try:
        return Lark(GRAMMAR, parser="lalr").parse(expression)
    except UnexpectedInput as error:
        raise ScenarioError(
            f"-k {expression!r}: column {error.column} makes no sense;"
            " write it like 'sampling and not slow'"
        ) from None

"""Read `*.scenarios.yaml`, and Python files with `SCENARIOS`, into the same records.

Rule: what is wrong is told with file, line and field, and with the name that was meant.
May import: errors, scenario, steps, expectations, process.names; yaml, msgspec.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
import yaml

from scenarios.errors import ScenarioError
from scenarios.expectations import Bounds, Expectation, Items
from scenarios.process.names import find
from scenarios.scenario import Scenario
from scenarios.steps import Failure, Step

YAML_SUFFIXES = (".scenarios.yaml", ".scenarios.yml", ".scenarios.json")
PYTHON_SUFFIX = "_scenarios.py"


class ScenarioFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of scenarios; what stands beside them holds for each that says nothing else."""

    scenarios: tuple[Scenario, ...]
    group: str = ""
    tags: tuple[str, ...] = ()
    setup: str = ""
    options: dict[str, Any] = {}
    environment: dict[str, str | None] = {}
    needs: tuple[str, ...] = ()
    time_limit: float | None = None


def is_scenario_file(path: Path) -> bool:
    """Whether a file is called like one that holds scenarios."""
    return path.name.endswith((*YAML_SUFFIXES, PYTHON_SUFFIX))


def read_file(path: Path) -> list[Scenario]:
    """The scenarios of a file; raises `ScenarioError` that names file, line and field."""
    if path.suffix == ".py":
        return _from_python(path)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"cannot read {str(path)!r}: {error}") from error
    return read_text(text, str(path))


def read_text(text: str, name: str) -> list[Scenario]:
    """The scenarios of a YAML text; `name` is the file's, for messages."""
    try:
        root = yaml.compose(text, Loader=_Loader)
        data = None if root is None else _Loader(text).get_data()
    except (yaml.YAMLError, RecursionError) as error:
        raise ScenarioError(f"{name}: {_yaml_words(error)}") from error
    if root is None:
        raise ScenarioError(f"{name}: holds no scenario; begin with '- id: MY-01'")
    for key, twice in _doubles(root, set()):
        raise ScenarioError(f"{name}:{_line(twice)}: the key {key!r} is there twice")
    shaped = {"scenarios": data} if isinstance(data, list) else data
    _add_checks(shaped)
    try:
        read = msgspec.convert(shaped, ScenarioFile)
    except RecursionError:
        raise ScenarioError(f"{name}: holds itself by an alias") from None
    except msgspec.ValidationError as error:
        raise ScenarioError(_words(str(error), name, root, shaped, data)) from None
    return [_with_defaults(read, one) for one in read.scenarios]


def _from_python(path: Path) -> list[Scenario]:
    try:
        found = list(find(f"{path}:SCENARIOS"))
    except ScenarioError:
        raise
    except Exception as error:
        raise ScenarioError(f"{str(path)!r}: {type(error).__name__}: {error}") from error
    for one in found:
        if not isinstance(one, Scenario):
            raise ScenarioError(f"{str(path)!r}: SCENARIOS holds {one!r}, which is no Scenario")
        # A record made in Python is not checked when it is made.
        try:
            msgspec.convert(msgspec.to_builtins(one), Scenario)
        except (msgspec.ValidationError, TypeError) as error:
            raise ScenarioError(f"{str(path)!r}, scenario {one.id!r}: {error}") from None
    return found


class _Loader(yaml.SafeLoader):
    """Like SafeLoader, but a time is a text, and a key that is there twice is seen."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _yaml_words(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error) or type(error).__name__
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else str(problem)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _doubles(node: yaml.Node, seen_nodes: set[int]) -> Iterator[tuple[str, yaml.Node]]:
    """Keys that are in one mapping twice: YAML takes the last, and nobody knows."""
    # An alias may lead back to where it stands.
    if id(node) in seen_nodes:
        return
    seen_nodes.add(id(node))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key
            seen.add(key.value)
            yield from _doubles(value, seen_nodes)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _doubles(value, seen_nodes)


def _add_checks(data: Any) -> None:
    """An expectation that does not say its kind is about items."""
    scenarios = data.get("scenarios") if isinstance(data, dict) else None
    for scenario in scenarios if isinstance(scenarios, list) else ():
        expect = scenario.get("expect") if isinstance(scenario, dict) else None
        for one in expect if isinstance(expect, list) else ():
            if isinstance(one, dict):
                one.setdefault("check", "items")
                for items in one.get("items") or () if one["check"] == "order" else ():
                    if isinstance(items, dict):
                        items.setdefault("check", "items")


def _with_defaults(file: ScenarioFile, scenario: Scenario) -> Scenario:
    changed: dict[str, Any] = {
        "tags": (*file.tags, *scenario.tags),
        "needs": (*file.needs, *scenario.needs),
        "environment": {**file.environment, **scenario.environment},
        "setup": scenario.setup or file.setup,
    }
    if not scenario.setup:
        changed["options"] = {**file.options, **scenario.options}
    if file.group and scenario.group == "mine":
        changed["group"] = file.group
    if file.time_limit is not None:
        changed["time_limit"] = file.time_limit
    return msgspec.structs.replace(scenario, **changed)


# What msgspec says, in words that lead to the place.

_PATH = re.compile(r"(?P<said>.*?)(?: - at `(?P<key>key in )?(?P<path>\$.*)`)?$", re.DOTALL)
_PART = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def _words(said: str, name: str, root: yaml.Node, shaped: Any, data: Any) -> str:
    read = _PATH.match(said)
    text, path = (read["said"], read["path"] or "$") if read else (said, "$")
    parts = [key or int(index) for key, index in _PART.findall(path) if index != "..."]
    own = parts[1:] if isinstance(data, list) and parts[:1] == ["scenarios"] else parts
    unknown = re.search(r"unknown field `(.*?)`", text)
    node = _node(root, [*own, unknown[1]] if unknown else own)
    where = ".".join(map(str, own)) or "the file"
    return f"{name}:{_line(node)}: {where}: {_told(text, shaped, parts)}"


def _node(root: yaml.Node, parts: list[Any]) -> yaml.Node:
    """The node of a path, or the last one on the way to it; of a key, the key."""
    node = root
    for part in parts:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == part), None)
            if found is None:
                break
            node = found[0] if part == parts[-1] else found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
    return node


def _told(text: str, data: Any, parts: list[Any]) -> str:
    """What is wrong there, with the name that was probably meant."""
    if unknown := re.search(r"unknown field `(.*?)`", text):
        known = _fields(_at(data, parts), parts)
        return f"there is no field {unknown[1]!r}{_meant(unknown[1], known)}"
    if missing := re.search(r"missing required field `(.*?)`", text):
        return f"the field {missing[1]!r} is missing"
    if wrong := re.search(r"Invalid value '(.*?)'", text):
        tags = {"do": STEPS, "check": EXPECTATIONS}.get(str(parts[-1]) if parts else "", {})
        return f"{wrong[1]!r} means nothing here{_meant(wrong[1], list(tags))}"
    return text[:1].lower() + text[1:]


def _at(data: Any, parts: list[Any]) -> Any:
    for part in parts:
        data = data[part]
    return data


def _fields(data: Any, parts: list[Any]) -> list[str]:
    """The fields of the record that stands there, by its tag or its place."""
    kind: Any = STEPS.get(data.get("do")) or EXPECTATIONS.get(data.get("check"))
    if kind is None:
        last = next((part for part in reversed(parts) if isinstance(part, str)), "")
        places = {"scenarios": Scenario, "": ScenarioFile, "count": Bounds, "items": Items}
        kind = places.get(last, Failure)
    tag = kind.__struct_config__.tag_field
    return [*([tag] if tag else []), *kind.__struct_fields__]


def _meant(name: str, known: list[str]) -> str:
    guess = get_close_matches(name, known, n=1)
    if guess:
        return f"; did you mean {guess[0]!r}?"
    return f"; there are {', '.join(sorted(known))}" if known else ""


def _by_tag(union: Any) -> dict[str, Any]:
    return {kind.__struct_config__.tag: kind for kind in union.__args__}


STEPS = _by_tag(Step)
EXPECTATIONS = _by_tag(Expectation)

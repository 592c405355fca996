"""The table of rules: every mistake of the wild has one, and each is documented and used."""

from __future__ import annotations

import ast
from pathlib import Path

from sdk_config.checks.rules import RULES

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "sdk_config"


def first_arguments(function: str, folder: Path) -> set[str]:
    """The first argument of every call of a function, where it is a text."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                first = node.args[0]
                if name == function and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def test_every_mistake_of_the_wild_is_found_by_a_rule() -> None:
    answered = {mistake for rule in RULES.values() for mistake in rule.mistakes}

    # M-07 and the like are the ids of the specification's table of misconfigurations.
    assert answered == {f"M-{number:02}" for number in range(1, 34)}


def test_every_problem_of_the_settings_is_a_rule() -> None:
    assert first_arguments("Problem", PACKAGE) <= RULES.keys()


def test_every_rule_is_made_by_something() -> None:
    made = first_arguments("finding", PACKAGE / "checks") | first_arguments("Problem", PACKAGE)
    # The names of releases' rules are given on by a tuple.
    made |= {name for name in RULES if name.startswith("REL-")}

    assert made == RULES.keys()


def test_every_rule_is_on_the_page_of_checks() -> None:
    page = (ROOT / "docs/sdk-config/checks.md").read_text(encoding="utf-8")

    for rule in RULES.values():
        line = f"| `{rule.name}` | {rule.level} | {rule.type} | {rule.finds} |"
        assert line in page, line

"""The inventory of sdk_config: 231 rows, and for each the tests that prove it, or when it comes.

`python tests/scripts/sdk_config_rows.py` writes the table as a page of the documentation; with
`--check` it only says whether that is stale, and with `--missing` it lists the rows that nobody
speaks for yet. A row's proofs may stand in several files of the inventory.
May import: the standard library.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INVENTORY = ROOT / "tests" / "sdk_config" / "inventory"
PAGE = ROOT / "docs" / "sdk-config" / "inventory.md"
LATER = "later: "

HEAD = """\
# Inventory

What the five documents ask for that `sdk_config` was made from, and the tests that prove it.
*later* names what belongs to the relay and comes with it.
The names of tests are those of functions under `tests/`.
This page is written by `make docs` from `tests/sdk_config/inventory/`.

"""


@dataclass(frozen=True)
class Row:
    """A row: what a document asks for, the tests that prove it, and what comes later."""

    id: str
    text: str
    tests: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


def read_rows(folder: Path = INVENTORY) -> list[Row]:
    """All rows in order; raises `ValueError` for an entry that is no row or no proof."""
    texts = tomllib.loads((folder / "rows.toml").read_text(encoding="utf-8"))
    tests: dict[str, list[str]] = {}
    later: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name == "rows.toml":
            continue
        for name, said in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if name not in texts:
                raise ValueError(f"{path.name}: there is no row {name!r}")
            if isinstance(said, list) and said and all("::" in test for test in said):
                tests.setdefault(name, []).extend(said)
            elif isinstance(said, str) and said.startswith(LATER):
                later.setdefault(name, []).append(said.removeprefix(LATER))
            else:
                raise ValueError(
                    f"{path.name}: {name} must list tests as file::name, "
                    f"or say {LATER + 'what'!r}, got {said!r}"
                )
    return [
        Row(name, text, tuple(tests.get(name, ())), tuple(later.get(name, ())))
        for name, text in texts.items()
    ]


def absent_tests(rows: list[Row], root: Path = ROOT) -> list[str]:
    """Named tests that are in no file, in order."""
    known: dict[str, set[str]] = {}
    absent = []
    for test in dict.fromkeys(test for row in rows for test in row.tests):
        file, _, name = test.partition("::")
        if file not in known:
            known[file] = _functions(root / file)
        if name.partition("[")[0].rpartition("::")[2] not in known[file]:
            absent.append(test)
    return absent


def markdown(rows: list[Row]) -> str:
    """The table for the documentation."""
    lines = ["| row | what the document asks for | proof |", "| --- | --- | --- |"]
    for row in rows:
        proofs = [f"`{test.partition('::')[2]}`" for test in row.tests]
        proofs += [f"later: {what}" for what in row.later]
        text = row.text.replace("|", "\\|")
        lines.append(f"| {row.id} | {text} | {'<br>'.join(proofs)} |")
    return "\n".join(lines) + "\n"


def missing(rows: list[Row]) -> list[Row]:
    """Rows that nobody speaks for."""
    return [row for row in rows if not row.tests and not row.later]


def _functions(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def page(rows: list[Row]) -> str:
    """The page of the documentation."""
    proven = sum(bool(row.tests) for row in rows)
    later = sum(bool(row.later) and not row.tests for row in rows)
    return f"{HEAD}{len(rows)} rows: {proven} are proven, {later} come later.\n\n{markdown(rows)}"


def main() -> None:
    """Write the page, or say that it is stale, or what is missing of it."""
    rows = read_rows()
    if "--missing" in sys.argv[1:]:
        for row in missing(rows):
            print(f"{row.id}  {row.text}")
    elif "--check" not in sys.argv[1:]:
        PAGE.write_text(page(rows), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(rows):
        sys.exit(f"stale page: {PAGE.relative_to(ROOT)}; run make docs")


if __name__ == "__main__":
    main()

"""The inventory of sdk_config: 231 rows, and for each the tests that prove it, or when it comes.

`python tests/scripts/sdk_config_rows.py` prints the table in Markdown, and with `--missing` the
rows that nobody speaks for yet. A row's proofs may stand in several files of the inventory.
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
LATER = "later: "


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


def main() -> None:
    """Print the table, or what is missing of it."""
    rows = read_rows()
    if "--missing" in sys.argv[1:]:
        for row in missing(rows):
            print(f"{row.id}  {row.text}")
    else:
        print(markdown(rows), end="")


if __name__ == "__main__":
    main()

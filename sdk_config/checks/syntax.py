"""A file of source as a syntax tree, and the few questions that rules ask of one.

Rule: nothing is imported or run.
May import: the standard library.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

Def = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A file of source: its name, its tree, and what its imports call things."""

    file: str
    tree: ast.Module
    names: dict[str, str]

    def at(self, node: ast.AST) -> str:
        """Where a node stands."""
        return f"{self.file}:{getattr(node, 'lineno', 1)}"

    def name(self, node: ast.AST) -> str:
        """The dotted name of an expression, through this module's imports; empty for others."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.names.get(node.id, node.id), *reversed(parts)])

    def calls(self, root: ast.AST | None = None) -> Iterator[tuple[str, ast.Call]]:
        """Every call under a node with the name of what is called."""
        for node in ast.walk(self.tree if root is None else root):
            if isinstance(node, ast.Call):
                yield self.name(node.func), node


def read_module(file: str, text: str) -> Module:
    """A module's tree and imports; raises `SyntaxError` or `ValueError` for what is no Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            names |= {one.asname: one.name for one in node.names if one.asname}
    return Module(file, tree, names)


def functions(tree: ast.AST) -> Iterator[Def]:
    """Every function under a node."""
    for node in ast.walk(tree):
        if isinstance(node, Def):
            yield node


def called(node: ast.expr) -> ast.expr:
    """What is called, of a call; the expression itself of another."""
    return node.func if isinstance(node, ast.Call) else node


def text_of(node: ast.AST) -> str | None:
    """A literal text; None for everything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def may_end(body: list[ast.stmt]) -> bool:
    """Whether running these lines may come to their end, where a function returns None."""
    if not body:
        return True
    last = body[-1]
    if isinstance(last, (ast.Return, ast.Raise, ast.Continue)):
        return False
    if isinstance(last, ast.If):
        return may_end(last.body) or may_end(last.orelse)
    if isinstance(last, (ast.With, ast.AsyncWith)):
        return may_end(last.body)
    if isinstance(last, ast.Try):
        if last.finalbody and not may_end(last.finalbody):
            return False
        return may_end(last.orelse or last.body) or any(may_end(h.body) for h in last.handlers)
    if isinstance(last, ast.While):
        return not (isinstance(last.test, ast.Constant) and last.test.value)
    if isinstance(last, ast.Match):
        total = any(
            isinstance(case.pattern, ast.MatchAs)
            and case.pattern.pattern is None
            and case.guard is None
            for case in last.cases
        )
        return not total or any(may_end(case.body) for case in last.cases)
    return True

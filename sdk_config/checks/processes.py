"""Judge how the application's processes end and fork, by its syntax tree.

Rule: nothing is imported or run, and a rule that is not sure stays silent.
May import: findings, rules, syntax.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sdk_config.checks.findings import Finding
from sdk_config.checks.rules import finding
from sdk_config.checks.syntax import Def, Module, functions

RAW = "sentry_sdk.init"
"""A start by the SDK alone, which sees to nothing of this."""


def no_flush(module: Module) -> Iterator[Finding]:
    """Processes that end without the SDK's exit handler (M-03)."""
    if _flushes(module):
        return
    for name, call in module.calls():
        if name == "os._exit":
            yield finding("NO-FLUSH", "os._exit loses what waits; flush() first", module.at(call))
    if "AwsLambdaIntegration" in module.names or "serverless_function" in module.names:
        return
    for function in module.tree.body:
        if isinstance(function, Def) and function.name in {"lambda_handler", "handler"}:
            arguments = [one.arg for one in function.args.args]
            if arguments == ["event", "context"]:
                text = "a Lambda is frozen when it returns; use AwsLambdaIntegration or flush()"
                yield finding("NO-FLUSH", text, module.at(function))


def _flushes(module: Module) -> bool:
    return any(name.rpartition(".")[2] in {"flush", "shutdown"} for name, _ in module.calls())


def children(module: Module) -> Iterator[Finding]:
    """Processes of multiprocessing, which end without exit handlers (M-03)."""
    for name, call in module.calls() if not _flushes(module) else ():
        if name in {"multiprocessing.Process", "multiprocessing.Pool", "multiprocessing.pool.Pool"}:
            text = "a child process ends without sending; flush() at its end, or start with setup()"
            yield finding("NO-FLUSH", text, module.at(call))


def preload(module: Module) -> Iterator[Finding]:
    """gunicorn's workers are forks of the process that has loaded the application (M-05)."""
    if not module.file.rpartition("/")[2].startswith("gunicorn"):
        return
    if any(function.name == "post_fork" for function in functions(module.tree)):
        return
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node) == "preload_app = True":
            text = "workers send what waits at the fork again; setup() of sdk_config sees to it"
            yield finding("FORK", text, module.at(node))


def fork(module: Module) -> Iterator[Finding]:
    """A fork behind the SDK's own start: the child sends what waits again (M-05)."""
    starts = [call for name, call in module.calls() if name == RAW]
    for name, call in module.calls():
        if name == "os.fork" and any(start.lineno < call.lineno for start in starts):
            text = "the child sends what waits a second time; setup() of sdk_config sees to it"
            yield finding("FORK", text, module.at(call))

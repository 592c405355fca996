"""Raise an exception as a scenario describes it, from a function with the locals it names.

Rule: the frame that raises holds what the scenario put there and nothing of ours, for the SDK
sends the variables of frames.
May import: process.names; the standard library.
"""

from __future__ import annotations

import builtins
import linecache
from collections.abc import Callable, Mapping
from typing import Any

from scenarios.process.names import find

FILE = "<scenario>"


def failing(failure: Mapping[str, Any]) -> Callable[[], None]:
    """A function that raises it when it is called."""
    _check(failure)
    named = dict(failure.get("locals") or {})
    lines = [
        "def work():\n",
        *(f"    {name} = given[{name!r}]\n" for name in named),
        "    raise made()\n",
    ]
    source = "".join(lines)
    linecache.cache[FILE] = (len(source), None, lines, FILE)
    space: dict[str, Any] = {"__name__": "scenario", "given": named, "made": lambda: made(failure)}
    exec(compile(source, FILE, "exec"), space)  # noqa: S102 - names are checked by compile
    work: Callable[[], None] = space["work"]
    return work


def _check(failure: Mapping[str, Any]) -> None:
    """Raise for a type that is not there now, before somebody waits for another exception."""
    _kind(failure.get("type") or "ValueError")
    inner = (failure.get("cause"), failure.get("context"), *(failure.get("group") or ()))
    for one in filter(None, inner):
        _check(one)


def made(failure: Mapping[str, Any]) -> BaseException:
    """The exception, with its cause, context, members and notes."""
    __traceback_hide__ = True
    members = failure.get("group") or ()
    message = failure.get("message", "")
    kind = _kind(failure.get("type") or "ValueError")
    if members:
        error: BaseException = _group(kind)(message, [made(member) for member in members])
    else:
        error = kind(message) if message else kind()
    if failure.get("cause"):
        error.__cause__ = _raised(failure["cause"])
    if failure.get("context"):
        error.__context__ = _raised(failure["context"])
    for text in failure.get("notes") or ():
        error.add_note(text)
    return error


def _raised(failure: Mapping[str, Any]) -> BaseException:
    __traceback_hide__ = True
    try:
        failing(failure)()
    except BaseException as error:  # noqa: BLE001 - a cause may be of any type
        return error
    raise AssertionError


def _kind(name: str) -> Any:
    if ":" in name:
        return find(name)
    kind = getattr(builtins, name, None)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        raise LookupError(  # noqa: TRY004 - the name is wrong, not a type
            f"{name!r} is no builtin exception; write another one as module:Class"
        )
    return kind


def _group(kind: Any) -> Any:
    # Where nobody says which, it is a group.
    return kind if issubclass(kind, BaseExceptionGroup) else ExceptionGroup

"""The event in the form fields of a crash upload (PROTOCOL.md 2.6, second table).

    sentry, sentry___<namespace>   JSON objects; of two values for a key the first one stays
    sentry__1, sentry__2, …        pieces of one more such object
    sentry[a][b]                   one value, at a path
    any other field                `extra.<field>`

What is no JSON is passed over, for it is common to receive broken fields beside good ones.
May import: nothing of fake_relay but errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

MAX_DEPTH: Final = 15

_CHUNK: Final = re.compile(r"sentry__(\d{1,9})").fullmatch
_PATH: Final = re.compile(r"sentry((?:\[[^\[\]]*\])+)").fullmatch
_KEYS: Final = re.compile(r"\[([^\[\]]*)\]").findall


class NestingTooDeep(Exception):
    """A field's path has more than `MAX_DEPTH` keys: the event is invalid."""


def event_of(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The event that the fields make together; raises `NestingTooDeep`."""
    event: dict[str, Any] = {}
    chunks: dict[int, str] = {}
    for name, value in pairs:
        if name == "sentry" or name.startswith("sentry___"):
            merge(event, _json(value))
        elif chunk := _CHUNK(name):
            chunks.setdefault(int(chunk[1]), value)
        elif path := _PATH(name):
            _place(event, _KEYS(path[1]), value)
        else:
            _place(event, ["extra", name], value)
    if chunks:
        merge(event, _json("".join(chunks[index] for index in sorted(chunks))))
    return event


def event_id_of(pairs: Iterable[tuple[str, str]]) -> str:
    """The `event_id` of the JSON in field `sentry`, else of field `sentry[event_id]`, as it is.

    Empty when there is none. Pieces are not put together at this stage, as in Relay.
    """
    fields = dict(reversed(list(pairs)))
    found = _json(fields.get("sentry", ""))
    if isinstance(found, dict) and isinstance(found.get("event_id"), str):
        return str(found["event_id"])
    return fields.get("sentry[event_id]", "")


def merge(target: dict[str, Any], more: Any) -> None:
    """Add what the target does not have yet, at every depth."""
    if not isinstance(more, dict):
        return
    waiting = [(target, more)]
    while waiting:
        into, source = waiting.pop()
        for key, value in source.items():
            known = into.get(key)
            if known is None:
                into[key] = value
            elif isinstance(known, dict) and isinstance(value, dict):
                waiting.append((known, value))


def _place(event: dict[str, Any], keys: list[str], value: str) -> None:
    if len(keys) > MAX_DEPTH:
        raise NestingTooDeep(f"a form field has {len(keys)} keys, more than {MAX_DEPTH}")
    *path, last = keys
    into: Any = event
    for key in path:
        into = into.setdefault(key, {}) if into.get(key) is not None else _fresh(into, key)
        if not isinstance(into, dict):
            return
    if into.get(last) is None:
        into[last] = value


def _fresh(into: dict[str, Any], key: str) -> dict[str, Any]:
    into[key] = {}
    made: dict[str, Any] = into[key]
    return made


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None

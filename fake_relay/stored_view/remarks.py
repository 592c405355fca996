"""What Sentry changed, as a flat list: read from `_meta` and from what normalisation added.

Rule: a remark never quotes a value, so that a list of them can be shown where the values
were scrubbed.
May import: msgspec.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

Kind = Literal["scrubbed", "trimmed", "repaired", "dropped", "added"]
Path = tuple[str, ...]

_DROPPING: Final = frozenset({"invalid_attribute", "invalid_data", "missing_attribute"})
_TRIMMING: Final = frozenset({"!limit", "!raw"})
BY_SDK: Final = "!config"
"""The rule under which SDKs note what they have scrubbed themselves."""
_DETAILS: Final = ("reason", "sdk_time", "server_time")


class Remark(msgspec.Struct, frozen=True):
    """One change: where, of which kind, by which rule, and what else is known.

    `path` is dotted, with keys that hold dots in quotes, as in PII selectors; `rule` is the
    scrubbing rule or Relay's kind of error (PROTOCOL.md 8.4).
    """

    path: str
    kind: Kind
    rule: str
    detail: str = ""


def dotted(path: Iterable[str]) -> str:
    """A path as text: `extra.a.0.'key.with.dots'`."""
    return ".".join(f"'{part}'" if "." in part or not part else part for part in path)


def remarks_of(meta: Mapping[str, Any], document: Any) -> list[Remark]:
    """The remarks that a `_meta` tree holds on its document."""
    return list(_walk(meta, document, ()))


def added(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Remark]:
    """What normalisation put where nothing was: top-level fields, contexts, parts of the user."""
    found = list(_added(before, after, ()))
    for name in ("contexts", "user"):
        inner = before.get(name)
        if isinstance(inner, Mapping) and isinstance(after.get(name), Mapping):
            found += _added(inner, after[name], (name,))
    return found


def _added(before: Mapping[str, Any], after: Mapping[str, Any], path: Path) -> Iterator[Remark]:
    for key, value in after.items():
        if value is not None and before.get(key) is None and key != "_meta":
            yield Remark(dotted((*path, key)), "added", "normalisation")


def _walk(meta: Any, value: Any, path: Path) -> Iterator[Remark]:
    if not isinstance(meta, Mapping):
        return
    own = meta.get("")
    if isinstance(own, Mapping):
        yield from _annotations(own, value, dotted(path))
    for key, inner in meta.items():
        if key:
            yield from _walk(inner, _child(value, key), (*path, key))


def _child(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list) and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    return None


def _annotations(own: Mapping[str, Any], value: Any, path: str) -> Iterator[Remark]:
    length = own.get("len")
    was = f"was {length} long" if length is not None else ""
    rules = dict.fromkeys(str(entry[0]) for entry in own.get("rem") or () if entry)
    for rule in rules:
        yield Remark(path, "trimmed" if rule in _TRIMMING else "scrubbed", rule, was)
    errors = own.get("err") or ()
    for error in errors:
        yield _error(error, value, path, was)
    if not rules and not errors:
        if length is not None:
            yield Remark(path, "trimmed", "length", was)
        elif "val" in own:
            yield Remark(path, "repaired", "replaced")


def _error(error: Any, value: Any, path: str, was: str) -> Remark:
    name, data = (error[0], error[1]) if isinstance(error, list) else (error, {})
    facts = [f"{key} {data[key]}" for key in _DETAILS if isinstance(data, Mapping) and key in data]
    detail = ", ".join((*facts, *([was] if was else []))).removeprefix("reason ")
    if name == "value_too_long":
        return Remark(path, "trimmed", name, detail)
    dropped = name in _DROPPING and value is None
    return Remark(path, "dropped" if dropped else "repaired", str(name), detail)

"""Read the indexed fields of a JSON payload: in one typed decode, or as far as they go.

Rule: a field of a type that nobody expects is left out, it does not spoil the others, for
Sentry repairs such fields too. Only what is not JSON to Relay's parser is a problem, and what
would take many times its size in memory: that is known before it is decoded.
May import: items.facts, protocol.depth, msgspec.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import UnionType
from typing import Any, Final, Generic, TypeVar, Union, get_args, get_origin

import msgspec

from fake_relay.protocol.depth import STRING, TOO_DEEP, is_too_deep

Fields = TypeVar("Fields", bound=msgspec.Struct)

MAX_OBJECTS: Final = 400_000
"""Objects of a payload whose records are decoded one by one. A useful one has thirty bytes, so
that the largest container holds no more; Relay counts steps instead (PROTOCOL.md 3.2)."""
MAX_PARTS: Final = 500_000
"""Values of a payload that is decoded loosely, each of which takes some eighty bytes."""
MAX_LOOSE: Final = 16 * 1024 * 1024
"""Bytes of a payload that is decoded loosely."""


class Reader(Generic[Fields]):
    """Reads payloads into one struct, all of whose fields have defaults.

    `records` is for a payload that holds many: each costs memory, so their number is bounded.
    `whole` is for one of which Relay reads every field: it may not nest too deeply anywhere.
    """

    def __init__(self, kind: type[Fields], *, records: bool = False, whole: bool = False) -> None:
        self.kind = kind
        self._records = records
        self._whole = whole
        self._decode = msgspec.json.Decoder(kind).decode

    def __call__(self, payload: bytes) -> tuple[Fields, str]:
        """The fields, and why Relay would refuse the payload; empty when it would not.

        Raises `msgspec.DecodeError` for a payload that nothing can be read from.
        """
        if self._records and has_more(payload, b"{", MAX_OBJECTS):
            raise msgspec.DecodeError(f"there are more than {MAX_OBJECTS} objects in it")
        try:
            fields = self._decode(payload)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return self._read_loosely(payload)
        if self._whole and is_too_deep(payload):
            return fields, TOO_DEEP
        # A typed decode passes over invalid UTF-8 in fields that it skips.
        return fields, "" if payload.isascii() else _utf8_problem(payload)

    def _read_loosely(self, payload: bytes) -> tuple[Fields, str]:
        value, problem = decode_loosely(payload)
        if not isinstance(value, dict):
            raise msgspec.ValidationError(f"expected an object, got {_name(value)}")
        return _fit_struct(value, self.kind), problem


def decode_loosely(payload: bytes) -> tuple[Any, str]:
    """The payload's JSON, and why Relay would refuse it; empty when it would not.

    Takes `NaN`, lone surrogates, numbers out of range and broken UTF-8 as a problem, not as
    the end; raises `msgspec.DecodeError` when there is no JSON at all. All text can be stored.
    """
    if len(payload) > MAX_LOOSE or has_more(payload, b",", MAX_PARTS):
        raise msgspec.DecodeError("it does not have the form of its type, and is too large to mend")
    try:
        return msgspec.json.decode(payload), ""
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        problem = str(error) or type(error).__name__
    try:
        value = json.loads(payload.decode("utf-8", "replace"), parse_int=_integer)
        return storable(value), problem
    except (ValueError, RecursionError):
        raise msgspec.DecodeError(problem) from None


def has_more(payload: bytes, mark: bytes, most: int) -> bool:
    """Whether a character of JSON's own comes more often than that, outside of strings."""
    if len(payload) <= most or payload.count(mark) <= most:
        return False
    return STRING.sub(b"", payload).count(mark) > most


def fit(value: Any, kind: Any) -> Any:
    """Decoded JSON as `kind`, without the parts that do not fit; raises ValidationError."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        for option in _options(kind):
            if isinstance(value, dict) and _is_struct(option):
                return _fit_struct(value, option)
            if isinstance(value, dict) and get_origin(option) is dict:
                inner = get_args(option)[1]
                return {
                    key: found for key, part in value.items() for found in _fitting(part, inner)
                }
            if isinstance(value, list) and get_origin(option) is list:
                inner = get_args(option)[0]
                return [found for part in value for found in _fitting(part, inner)]
        raise


def _fit_struct(value: dict[str, Any], kind: type[Fields]) -> Fields:
    fields = {
        field.name: found
        for field in msgspec.structs.fields(kind)
        if field.encode_name in value
        for found in _fitting(value[field.encode_name], field.type)
    }
    return kind(**fields)


def _fitting(value: Any, kind: Any) -> Iterator[Any]:
    try:
        yield fit(value, kind)
    except msgspec.ValidationError:
        return


def _options(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _integer(digits: str) -> int | float:
    # Python refuses to read integers of thousands of digits.
    return int(digits) if len(digits) < 400 else float(digits)


def storable(value: Any) -> Any:
    """Decoded JSON without lone surrogates, which no UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [storable(part) for part in value]
    if isinstance(value, dict):
        return {storable(key): storable(part) for key, part in value.items()}
    return value


def _utf8_problem(payload: bytes) -> str:
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        return str(error)
    return ""


def _name(value: Any) -> str:
    return {list: "an array", str: "a string", type(None): "null"}.get(type(value), "a number")

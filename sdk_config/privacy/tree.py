"""Any tree of objects: what is secret is replaced in a copy, what is clean stays the same object.

Rule: never changes what it is given, never raises for what it finds; past the depth, the number of
nodes or a cycle it gives the placeholder instead of looking.
May import: keys, quick, text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sdk_config.privacy.keys import Keys, compact, unquoted
from sdk_config.privacy.quick import is_clean
from sdk_config.privacy.text import Text

MOST_NODES = 200_000
"""Nodes of one item that are looked at; the SDK itself keeps far fewer of errors."""

_KEPT_TYPES = (datetime, date, time, timedelta, Decimal, Fraction, UUID)
_SAFE_HEADERS = frozenset(
    [
        "accept",
        "acceptencoding",
        "acceptlanguage",
        "acceptcharset",
        "acceptranges",
        "cachecontrol",
        "connection",
        "contentencoding",
        "contentlanguage",
        "contentlength",
        "contenttype",
        "date",
        "dnt",
        "expect",
        "expires",
        "host",
        "ifmatch",
        "ifmodifiedsince",
        "ifnonematch",
        "ifrange",
        "ifunmodifiedsince",
        "keepalive",
        "lastmodified",
        "origin",
        "pragma",
        "priority",
        "range",
        "referer",
        "retryafter",
        "secchua",
        "secchuamobile",
        "secchuaplatform",
        "secfetchdest",
        "secfetchmode",
        "secfetchsite",
        "secfetchuser",
        "secgpc",
        "sentrytrace",
        "server",
        "te",
        "traceparent",
        "trailer",
        "transferencoding",
        "upgrade",
        "upgradeinsecurerequests",
        "useragent",
        "vary",
        "via",
        "xcorrelationid",
        "xforwardedproto",
        "xforwardedport",
        "xrequestid",
        "xrequestedwith",
    ]
)
"""Headers whose values are sent, after patterns; of every other header only the name is."""

_CGI_PLAIN = frozenset({"httphost", "httpaccept", "httpuseragent", "httpreferer"})


class Tree:
    """Walks one item; made anew for each, because it counts what it has seen."""

    __slots__ = ("_above", "_live", "depth", "keys", "left", "put", "quick", "text")

    def __init__(
        self,
        keys: Keys,
        text: Text,
        put: str,
        depth: int,
        *,
        live: bool = False,
        quick: bool = True,
    ) -> None:
        self.keys = keys
        self.text = text
        self.put = put
        self.depth = depth
        self.left = MOST_NODES
        self.quick = quick
        self._live = live
        self._above: set[int] = set()

    def walk(self, value: Any, depth: int = 0) -> Any:
        """A value of any kind, redacted."""
        kind = type(value)
        if kind is str:
            return self.text.redact(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            return self._number(value)
        if kind is dict or kind is list or kind is tuple:
            return self._container(value, depth)
        return self._other(value, depth)

    def secret(self, value: Any) -> Any:
        """A value under a sensitive name: nothing of it but that there was none."""
        if value is None or isinstance(value, bool) or value == "" or _is_empty(value):
            return value
        return self.put

    def texts(self, value: Any) -> Any:
        """Names and texts of a tree, its keys without meaning (`_meta`, lists of names)."""
        return self.walk(value)

    def headers(self, value: Any) -> Any:
        """Headers as a mapping, as pairs, or as text: values of known harmless names only."""
        if isinstance(value, Mapping):
            return self._rebuilt(value, {k: self.header(k, v) for k, v in value.items()})
        if isinstance(value, (list, tuple)):
            return self._rebuilt(value, [self._header_pair(pair) for pair in value])
        return self.secret(value)

    def header(self, name: Any, value: Any) -> Any:
        """One header's value."""
        plain = compact(name if isinstance(name, str) else _decoded(name))
        if plain in _SAFE_HEADERS or self.keys.is_allowed(plain):
            return self.walk(value, self.depth - 2)
        return self.secret(value)

    def keep(self, before: Any, after: Any) -> Any:
        """The old object where the new one holds the same objects."""
        return self._rebuilt(before, after)

    def _number(self, value: int) -> int | str:
        if -(10**11) < value < 10**11 or value > 10**40 or value < -(10**40):
            return value
        return value if self.text.redact(str(value)) == str(value) else self.put

    def _container(self, value: Any, depth: int) -> Any:
        if not value:
            return value
        # At one depth only, or each failed look would be repeated further down.
        if depth == 1 and self.quick and is_clean(value, depth, self):
            return value
        self.left -= len(value)
        if depth >= self.depth or self.left < 0 or id(value) in self._above:
            return self.put
        self._above.add(id(value))
        try:
            if isinstance(value, dict):
                return self._mapping(value, depth)
            return self._sequence(value, depth)
        finally:
            self._above.discard(id(value))

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> Any:
        changed = False
        result: dict[Any, Any] = {}
        for key, item in value.items():
            name = self.name(key)
            if type(key) is not str:
                found = self.item(plain_name(key), item, depth)
            else:
                found = self.item(key, item, depth)
            changed = changed or found is not item or name is not key
            result[self._free(name, result) if name is not key else key] = found
        return result if changed or type(value) is not dict else value

    def item(self, key: str, item: Any, depth: int) -> Any:
        """A value under a name, which is a text (empty where it is something else)."""
        if self.keys.is_sensitive(key):
            return self.secret(item)
        if key == "headers" or key == "'headers'":
            return self.headers(item)
        if key[:5] in {"HTTP_", "'HTTP"} and compact(key) not in _CGI_PLAIN:
            return self.header(unquoted(key)[5:], item)
        return self.walk(item, depth + 1)

    def is_plain_name(self, name: str) -> bool:
        """Whether a name stays and its value is walked like any other; remembers that it does."""
        if self.keys.is_sensitive(name) or name.strip("'") == "headers" or "HTTP" in name[:5]:
            return False
        if self.name(name) is not name:
            return False
        self.text.remember_name(name)
        return True

    def name(self, key: Any) -> Any:
        """A key; a secret may be one, as in a dictionary by e-mail address."""
        if type(key) is str:
            return key if len(key) < 6 else self.text.name(key)
        if isinstance(key, (str, bytes)):
            text = _decoded(key)
            found = self.text.redact(text)
            return key if found == text else found
        if isinstance(key, (int, float, bool)) or key is None:
            return key if not isinstance(key, int) else self._number(key)
        return key if not self._live else self.text.redact(_shown(key, self.put))

    def is_special(self, value: list[Any] | tuple[Any, ...]) -> bool:
        """Whether places in a sequence may say something of others: a pair, or options."""
        if len(value) == 2 and self._is_secret_pair(value):
            return True
        return any(type(item) is str and "-" in item[:3] for item in value)

    def _free(self, name: Any, taken: Mapping[Any, Any]) -> Any:
        if name not in taken:
            return name
        number = 2
        while f"{name} {number}" in taken:
            number += 1
        return f"{name} {number}"

    def _sequence(self, value: list[Any] | tuple[Any, ...], depth: int) -> Any:
        if len(value) == 2 and self._is_secret_pair(value):
            return self._rebuilt(value, [value[0], self.secret(value[1])])
        found = [self.walk(item, depth + 1) for item in value]
        self._options(value, found)
        return self._rebuilt(value, found)

    def _is_secret_pair(self, value: list[Any] | tuple[Any, ...]) -> bool:
        name, item = value
        if not isinstance(name, (str, bytes)) or not isinstance(item, (str, bytes, int, list)):
            return False
        return self.keys.is_sensitive(_decoded(name))

    def _options(self, value: list[Any] | tuple[Any, ...], found: list[Any]) -> None:
        """Arguments of a process: what follows `--password`."""
        for index, item in enumerate(value[:-1]):
            text = unquoted(item) if type(item) is str and "-" in item[:3] else ""
            if text.startswith("-") and "=" not in text and self.keys.is_sensitive(text):
                found[index + 1] = self.secret(value[index + 1])

    def _header_pair(self, pair: Any) -> Any:
        if isinstance(pair, (list, tuple)) and len(pair) == 2:
            return self._rebuilt(pair, [pair[0], self.header(pair[0], pair[1])])
        return self.secret(pair)

    def _other(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            text = str.__str__(value)
            found = self.text.redact(text)
            return value if found == text and not self._live else found
        if isinstance(value, (bytes, bytearray, memoryview)):
            return self._bytes(value)
        if isinstance(value, (bool, int, float, *_KEPT_TYPES)):
            return value
        try:
            return self._foreign(value, depth)
        except Exception:  # noqa: BLE001 - an application's own object may do anything
            return self.put

    def _foreign(self, value: Any, depth: int) -> Any:
        if isinstance(value, Mapping):
            return self._container(dict(value), depth)
        if isinstance(value, (list, tuple)):
            return self._container(list(value), depth)
        if isinstance(value, (set, frozenset)):
            found = [self.walk(item, depth + 1) for item in value]
            return value if _same(value, found) else found
        if not self._live:
            # Text is made of it later, by the SDK, and that text passes here again.
            return value
        return self.text.redact(_shown(value, self.put))

    def _bytes(self, value: bytes | bytearray | memoryview) -> Any:
        text = bytes(value).decode("utf-8", "replace")
        found = self.text.redact(text)
        return value if found == text else found

    def _rebuilt(self, before: Any, after: Any) -> Any:
        if isinstance(before, (dict, Mapping)):
            same = len(after) == len(before) and all(
                key in after and after[key] is item for key, item in before.items()
            )
            return before if same else after
        if _same(before, after):
            return before
        return tuple(after) if type(before) is tuple else after


def _same(before: Iterable[Any], after: Iterable[Any]) -> bool:
    return all(one is other for one, other in zip(before, after, strict=True))


def _is_empty(value: Any) -> bool:
    return type(value) in {dict, list, tuple} and not value


def plain_name(key: Any) -> str:
    """A key as text; empty for numbers and objects."""
    if type(key) is str:
        return key
    return _decoded(key) if isinstance(key, (str, bytes)) else ""


def _decoded(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str.__str__(value) if isinstance(value, str) else ""


def _shown(value: Any, put: str) -> str:
    try:
        return str.__str__(repr(value))
    except Exception:  # noqa: BLE001 - an application's own object may do anything
        return put

"""Persons: only the fields that a service allows, and the id as an HMAC where it has a key.

Rule: what is not allowed is not sent; hashing what is hashed changes nothing.
May import: tree.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sdk_config.privacy.tree import Tree

_MARK = "hmac-"
_HASHED = re.compile(r"hmac-[0-9a-f]{32}")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}")
_NAMES = {"name": "username", "full_name": "username", "address": "ip_address"}


class Users:
    """What is sent of a user."""

    def __init__(self, fields: Iterable[str] = ("id",), key: bytes | str | None = None) -> None:
        self._fields = frozenset(fields)
        self._key = key.encode() if isinstance(key, str) else key or None

    def user(self, user: Any, tree: Tree) -> Any:
        """The `user` of an event."""
        if not isinstance(user, Mapping):
            return tree.secret(user)
        found = {
            name: self._value(name, value, tree)
            for name, value in user.items()
            if name in self._fields
        }
        return tree.keep(user, found) if type(user) is dict else found

    def attribute(self, name: str, value: Any, tree: Tree) -> tuple[bool, Any]:
        """An attribute such as `user.email` or `enduser.id`: whether it is sent, and its value."""
        field = name.rpartition("user.")[2]
        field = _NAMES.get(field, field)
        if field not in self._fields:
            return False, None
        return True, self._value(field, value, tree)

    def contact(self, field: str) -> bool:
        """Whether a field of a user is sent."""
        return field in self._fields

    def distinct(self, did: Any, tree: Tree) -> str | None:
        """The id by which sessions count users, always hashed: the SDK takes a name where no id is.

        Without a key an e-mail or IP address could be guessed from its hash, and is left out.
        """
        if did is None or "id" not in self._fields:
            return None
        text = str(did)
        if _HASHED.fullmatch(text) or self._key is not None:
            return self.hashed(text)
        known = _ADDRESS.fullmatch(text) or tree.text.identity(text) != text
        return None if known else self.hashed(text)

    def hashed(self, value: Any) -> str:
        """The HMAC-SHA256 of an id under the service's key, cut to 32 hexadecimal digits."""
        text = str(value)
        if _HASHED.fullmatch(text):
            return text
        data = text.encode("utf-8", "surrogatepass")
        return _MARK + hmac.new(self._key or b"", data, hashlib.sha256).hexdigest()[:32]

    def _value(self, field: str, value: Any, tree: Tree) -> Any:
        if field == "id" and value is not None and value != tree.put:
            return self.hashed(value) if self._key is not None else self._identity(value, tree)
        if field in {"email", "username", "ip_address"}:
            return value if isinstance(value, (str, type(None))) else tree.walk(value)
        return tree.walk(value)

    def _identity(self, value: Any, tree: Tree) -> Any:
        return tree.text.identity(value) if type(value) is str else tree.walk(value)

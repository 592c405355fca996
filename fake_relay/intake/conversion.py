"""What the doors share that make an envelope of something else: who sends, what it holds, ids.

Rule: the bytes of the request are kept beside the envelope that is made of them.
May import: records, config, protocol, errors, intake.admit.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.errors import RequestRefused, UnsupportedMediaType
from fake_relay.intake import admit
from fake_relay.intake.door import Place
from fake_relay.protocol import encoding
from fake_relay.protocol.auth import Credentials
from fake_relay.protocol.envelope import Item, make_envelope, serialized_size
from fake_relay.protocol.outcome import Outcome
from fake_relay.records import Inbound, Submission

LOG_CONTENT_TYPE: Final = "application/vnd.sentry.items.log+json"
SPAN_CONTENT_TYPE: Final = "application/vnd.sentry.items.span.v2+json"

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE: Final = re.compile(rf"\s*({_WORD}/{_WORD})\s*(?:;(.*))?", re.DOTALL)


class Opened(msgspec.Struct, frozen=True):
    """A request whose sender is known and whose body is decoded."""

    inbound: Inbound
    project: str
    credentials: Credentials
    coding: str
    body: bytes


def opened(
    inbound: Inbound, place: Place, config: RelayConfig, limit: int, *, empty: bool = False
) -> Opened:
    """Find out who sends, and decode the body into at most `limit` bytes.

    Raises `RequestRefused`; an empty body is refused unless the door can do without (`empty`).
    """
    project = admit.project_of(place)
    credentials = admit.required(admit.credentials_of(inbound, place, config))
    admit.check_known(project, credentials.public_key, config)
    coding = encoding.normalize(inbound.headers.get("content-encoding"))
    body = encoding.decode(inbound.body, coding, limit)
    if not body and not empty:
        raise RequestRefused("empty request body", reason="empty_body")
    return Opened(inbound, project, credentials, coding, body)


def media_type(headers: Mapping[str, str], taken: Sequence[str]) -> str:
    """The Content-Type in lower case, without parameters.

    Raises `RequestRefused`: 400 for none, or one that is no media type, and 415 for one that is
    not `taken` (PROTOCOL.md 2.4).
    """
    text = headers.get("content-type", "")
    found = _MEDIA_TYPE.fullmatch(text)
    if found is None:
        raise RequestRefused(
            "bad content type", f"{text!r:.80} is no media type", reason="content_type"
        )
    name = found[1].lower()
    if name not in taken:
        raise unsupported(text, taken)
    return name


def exact_media_type(headers: Mapping[str, str], taken: Sequence[str]) -> str:
    """The Content-Type, one of `taken`; only JSON may say that it is UTF-8 (PROTOCOL.md 5.1).

    Raises `UnsupportedMediaType`.
    """
    text = headers.get("content-type", "")
    found = _MEDIA_TYPE.fullmatch(text)
    if found is not None:
        name, parameters = found[1].lower(), found[2]
        plain = parameters is None or not parameters.strip()
        if name in taken and (plain or _is_utf_8(name, parameters)):
            return name
    raise unsupported(text, taken)


def _is_utf_8(name: str, parameters: str) -> bool:
    return name.endswith("json") and parameters.strip().lower() == "charset=utf-8"


def unsupported(text: str, taken: Sequence[str]) -> UnsupportedMediaType:
    """The refusal of a Content-Type."""
    return UnsupportedMediaType(
        f"unsupported media type {text!r:.80}, use {' or '.join(sorted(taken))}"
    )


def fresh_id(new_id: str, index: int) -> str:
    """A further id for a request that brought several things; the first one is `new_id` itself.

    32 hex digits of a UUID (version 4), always the same for the same request.
    """
    if index == 0:
        return new_id
    digest = hashlib.sha256(f"{new_id}:{index}".encode()).hexdigest()
    return f"{digest[:12]}4{digest[13:16]}a{digest[17:32]}"


def made(
    opened: Opened,
    door: str,
    items: Sequence[Item],
    *,
    headers: Mapping[str, Any] | None = None,
    client: str = "",
    wire: bytes | None = None,
    dropped: Sequence[tuple[Item, Outcome]] = (),
) -> Submission:
    """A submission of an envelope that the door made.

    `client` stands in for one that the credentials do not name; `wire` is the part of the
    request that this envelope was made of, where that is not all of it; `dropped` is what the
    door left out.
    """
    envelope = make_envelope(dict(headers or {}), items)
    whole = wire is None
    return Submission(
        project=opened.project,
        public_key=opened.credentials.public_key,
        client=opened.credentials.client or client,
        door=door,
        envelope=envelope,
        wire=opened.inbound.body if wire is None else wire,
        coding=opened.coding if whole else "",
        size=serialized_size(envelope),
        converted=True,
        dropped=tuple(dropped),
    )

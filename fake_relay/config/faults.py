"""Faults on purpose as data: what to match, what to do, how often (docs/how-to/faults.md).

Rule: the same shape in the settings file, the HTTP API, the command line and in tests; a key
that is not here is refused. What fields mean together is checked by the room `faults`.
May import: config.quotas, msgspec.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from fake_relay.config.quotas import Scope

MAX_SECONDS = 3600
MAX_TIMES = 1_000_000_000

_Names = tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=200)], ...]
_Text = Annotated[str, msgspec.Meta(max_length=200)]
_Millis = Annotated[float, msgspec.Meta(ge=0, le=MAX_SECONDS * 1000)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_TIMES)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the plan; what is left out is as the default says."""


class Match(_Part, frozen=True):
    """Which requests: by door, and by items, of which one has to fit in every respect.

    `categories` are data categories, `types` item types, `q` a search.
    """

    door: _Text | None = None
    categories: _Names = ()
    types: _Names = ()
    q: Annotated[str, msgspec.Meta(max_length=4096)] = ""


class RateLimitEffect(_Part, frozen=True):
    """Answer 429 and remember the limit for `retry_after` seconds; no categories means all."""

    categories: _Names = ()
    retry_after: Annotated[int, msgspec.Meta(ge=1, le=30 * 86400)] = 60
    scope: Scope = "organization"
    reason: _Text | None = None


class QuotaEffect(_Part, frozen=True):
    """Take `limit` units of the categories in a window of so many seconds."""

    limit: _Count
    categories: _Names = ()
    window: Annotated[int, msgspec.Meta(ge=1, le=366 * 86400)] = 60
    scope: Scope = "project"
    reason: _Text | None = None


class Latency(_Part, frozen=True):
    """Answer later: by `ms` milliseconds, give or take up to `jitter_ms`."""

    ms: _Millis
    jitter_ms: _Millis = 0.0


class Hang(_Part, frozen=True):
    """Say nothing for so many seconds, then close the connection."""

    seconds: Annotated[float, msgspec.Meta(ge=0, le=MAX_SECONDS)] = 30.0


class Truncate(_Part, frozen=True):
    """Close the connection after so many bytes of the answer's body."""

    bytes: Annotated[int, msgspec.Meta(ge=0, le=1024 * 1024)]


class Effect(_Part, frozen=True):
    """What goes wrong: exactly one of these; `headers` and `body` belong to `status`."""

    rate_limit: RateLimitEffect | None = None
    quota: QuotaEffect | None = None
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = None
    headers: dict[str, str] = {}
    body: Annotated[str, msgspec.Meta(max_length=1024 * 1024)] | None = None
    latency: Latency | None = None
    hang: Hang | None = None
    reset: Literal["before_body", "after_body"] | None = None
    truncate: Truncate | None = None
    garbage: bool = False
    bad_json: bool = False
    content_type: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


class Bucket(_Part, frozen=True):
    """A token bucket: `burst` requests pass at once, then `rate` a second; the rest is hit."""

    rate: Annotated[float, msgspec.Meta(ge=0, le=1e6)]
    burst: Annotated[float, msgspec.Meta(ge=0, le=1e9)]


class Fault(_Part, frozen=True):
    """One entry of the plan.

    It hits the requests of `project` (None: of every project) that match: those that find no
    token left in `bucket`, of these the share `probability` by dice of `seed`, and of these the
    first `times` (None: all).
    """

    effect: Effect
    project: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    match: Match = Match()
    times: Annotated[int, msgspec.Meta(ge=1, le=MAX_TIMES)] | None = None
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    seed: int = 0
    bucket: Bucket | None = None

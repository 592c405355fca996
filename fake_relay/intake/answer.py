"""The one place that turns refusals into answers, in Sentry's own shape (PROTOCOL.md 1.3).

May import: records, protocol, errors, msgspec.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fake_relay.errors import RequestRefused, StoreError, WrongMethod
from fake_relay.protocol.rate_limits import HEADER, RateLimit, format_limits
from fake_relay.records import Reply

MAX_HEADER = 1000
"""Characters of a refusal that go into a header; clients read lines of 8 KB at most."""


def problem(status: int, detail: str, *causes: str) -> Reply:
    """`{"detail": …, "causes": […]}`; old clients read the header with the same text."""
    body: dict[str, str | list[str]] = {"detail": _encodable(detail)}
    if causes:
        body["causes"] = [_encodable(cause) for cause in causes]
    text = detail[:MAX_HEADER].encode("ascii", "replace").decode()
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return Reply(status, msgspec.json.encode(body), headers=(("X-Sentry-Error", text),))


def _encodable(text: str) -> str:
    # Whatever a request holds can be quoted in a refusal, lone surrogates included.
    return text.encode("utf-8", "replace").decode()


def refusal(error: RequestRefused) -> Reply:
    """The answer to a request that was refused; what is no JSON has the text in the header."""
    reply = problem(error.status, error.detail, *error.causes)
    if isinstance(error, WrongMethod):
        allow = ("Allow", ", ".join(error.allowed))
        return Reply(reply.status, reply.body, headers=(*reply.headers, allow))
    if error.form == "json":
        return reply
    body = _encodable(str(error)).encode() if error.form == "text" else b""
    return Reply(error.status, body, "text/plain; charset=utf-8", reply.headers)


LIMITED = (
    "Sentry dropped data due to a quota or internal rate limit being reached. This will not"
    " affect your application. See https://docs.sentry.io/product/accounts/quotas/ for more"
    " information."
)


def rate_limited(limits: Sequence[RateLimit]) -> Reply:
    """The answer to an envelope that ran into limits, whether all of it fell or not (7.1, 7.2)."""
    reply = problem(429, LIMITED)
    longest = max(limit.retry_after for limit in limits)
    told = ((HEADER, format_limits(limits)), ("Retry-After", str(longest)))
    return Reply(429, reply.body, headers=(*told, *reply.headers))


def not_stored(error: StoreError) -> Reply:
    """The answer when the store could not take the batch; the SDK may try again."""
    return problem(503, "the event could not be stored", str(error))

"""What a request met: the faults that hit it, and what they make of its answer.

Rule: delays add up and limits are all imposed; of the effects that decide the answer the
first in the plan counts, and it alone is used up.
May import: records, config.faults.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from fake_relay.config.faults import Effect
from fake_relay.records import Reply, Wire

DECIDING = frozenset({"status", "hang", "reset", "truncate", "garbage", "bad_json", "content_type"})
"""Effects of which a request can meet one."""


class Strike(msgspec.Struct, frozen=True):
    """A fault that hit a request: which, and what is done about this one.

    `label` names it on envelopes and in reasons; `delay` is in seconds, `noise` is what
    comes instead of HTTP.
    """

    label: str
    kind: str
    effect: Effect
    delay: float = 0.0
    noise: bytes = b""


class Met(msgspec.Struct, frozen=True):
    """All faults that one request met, in the order of the plan."""

    strikes: tuple[Strike, ...] = ()
    waited: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the faults."""
        return tuple(strike.label for strike in self.strikes)

    @property
    def delay(self) -> float:
        """Seconds by which the answer is late."""
        return sum(strike.delay for strike in self.strikes)

    @property
    def deciding(self) -> Strike | None:
        """The fault that decides the answer, if one does."""
        return next((strike for strike in self.strikes if strike.kind in DECIDING), None)

    @property
    def refusing(self) -> Strike | None:
        """The fault for which nothing of the request is kept.

        That is one after which an SDK must believe that the request was lost on its way: an
        answer of no success, no answer, and a connection that ended before the body.
        """
        found = self.deciding
        if found is None or found.kind == "hang" or found.effect.reset == "before_body":
            return found
        return found if (found.effect.status or 0) >= 300 else None

    @property
    def bodiless(self) -> bool:
        """Whether the body need not be read: nobody will look at it."""
        found = self.refusing
        return found is not None and found.kind in ("hang", "reset")

    def after_waiting(self) -> Met:
        """The same, once the delay is over."""
        return msgspec.structs.replace(self, waited=True)

    def and_then(self, strikes: tuple[Strike, ...]) -> Met:
        """The same with more faults; a delay that is over does not come again."""
        if not strikes:
            return self
        kept = self.strikes
        if self.waited:
            kept = tuple(msgspec.structs.replace(strike, delay=0.0) for strike in kept)
        return Met((*kept, *strikes))

    def applied(self, reply: Reply) -> Reply:
        """The answer as these faults change it, with what the shell has to do on the wire."""
        found = self.deciding
        if found is not None:
            reply = _changed(reply, found)
        wire = _wire(found, 0.0 if self.waited else self.delay)
        return reply if wire is None else msgspec.structs.replace(reply, wire=wire)


def _changed(reply: Reply, strike: Strike) -> Reply:
    effect = strike.effect
    if effect.status is not None:
        # A type among the headers comes last, and so wins.
        body = reply.body if effect.body is None else effect.body.encode()
        told = tuple(effect.headers.items())
        kept = reply.headers if effect.body is None else ()
        return Reply(effect.status, body, reply.content_type, (*kept, *told))
    if strike.kind == "bad_json":
        return msgspec.structs.replace(reply, body=reply.body[:-1] or b"{")
    if effect.content_type is not None:
        return msgspec.structs.replace(reply, content_type=effect.content_type)
    return reply


def _wire(strike: Strike | None, delay: float) -> Wire | None:
    kind = "" if strike is None else strike.kind
    if strike is None or kind not in ("hang", "reset", "truncate", "garbage"):
        return Wire("", delay) if delay else None
    effect = strike.effect
    return Wire(
        kind,
        delay,
        seconds=effect.hang.seconds if effect.hang else 0.0,
        keep=effect.truncate.bytes if effect.truncate else 0,
        noise=strike.noise,
    )


def label_of(kind: str, effect: Effect) -> str:
    """A fault's name where it left a trace: letters, digits, `_`, `.`; bounded in number."""
    if effect.status is not None:
        return f"status_{effect.status}"
    if effect.reset is not None:
        return f"reset_{effect.reset}"
    if effect.latency is not None:
        return f"latency_{effect.latency.ms:g}ms"
    if effect.truncate is not None:
        return f"truncate_{effect.truncate.bytes}"
    return kind


def phrase(status: int) -> str:
    """The name of a status, for an answer that has no body of its own."""
    try:
        return HTTPStatus(status).phrase.lower()
    except ValueError:
        return "a status without a name"

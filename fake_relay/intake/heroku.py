"""The door for Heroku's log drains: lines of syslog become logs (PROTOCOL.md 2.10).

Source: https://devcenter.heroku.com/articles/log-drains, RFC 5424 (without its structured data,
which Logplex leaves out) and RFC 6587, 3.4.1, for the length in front of each line.
May import: records, config, protocol, errors, intake.conversion, intake.containers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fake_relay.config import RelayConfig
from fake_relay.intake import containers, conversion
from fake_relay.intake.cron import answer
from fake_relay.intake.door import Door, Place
from fake_relay.records import Inbound, Submission

CONTENT_TYPE: Final = "application/logplex-1"

_LINE: Final = re.compile(
    r"[^<]*<(?P<priority>\d{1,3})>(?P<version>\d{1,3}) (?P<timestamp>\S+) (?P<host>\S+) "
    r"(?P<app>\S+) (?P<process>\S+) (?P<id>\S+) ?(?P<message>.*)"
)
_LEVELS: Final = ("fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug")
_HEADERS: Final = {
    "heroku.logplex.frame_id": "logplex-frame-id",
    "heroku.logplex.drain_token": "logplex-drain-token",
    "heroku.logplex.version": "user-agent",
}

Values = dict[str, str | int | float | bool | None]


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make a container of logs of the lines of a drain."""
    conversion.exact_media_type(inbound.headers, (CONTENT_TYPE,))
    opened = conversion.opened(inbound, place, config, config.limits.max_container_size, empty=True)
    shared = _of_frame(inbound.headers)
    try:
        items = containers.log_items(to_logs(opened.body, shared, inbound.new_id))
    except ValueError:
        items = [containers.undecoded("heroku.logs+logplex", opened.body)]
    return (conversion.made(opened, DOOR.name, items),)


def to_logs(body: bytes, shared: Values, new_id: str) -> Iterator[dict[str, Any]]:
    """The lines that are syslog; raises ValueError when there is none, as in Relay."""
    containers.check_lines(body)
    lines = body.decode().splitlines()
    containers.check_count(len(lines))
    some = False
    for index, line in enumerate(lines):
        found = _LINE.fullmatch(line)
        moment = None if found is None else _moment(found["timestamp"])
        if found is not None and moment is not None:
            # Logplex knows of no trace, and a log must have one.
            trace_id = conversion.fresh_id(new_id, index + 1)
            some = True
            yield _log(found, moment, trace_id, shared)
    if not some:
        raise ValueError("no line is a message of Logplex")


def _of_frame(headers: Mapping[str, str]) -> Values:
    """What the request's headers say of all its lines."""
    found: Values = {"sentry.origin": "auto.log_drain.heroku"}
    for name, header in _HEADERS.items():
        found[name] = headers.get(header)
    return found


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _log(found: re.Match[str], moment: float, trace_id: str, shared: Values) -> dict[str, Any]:
    facility, severity = divmod(int(found["priority"]), 8)
    values: Values = {
        **shared,
        "syslog.facility": facility,
        "syslog.version": int(found["version"]),
        "syslog.procid": _given(found["process"]),
        "syslog.msgid": _given(found["id"]),
        "resource.host.name": _given(found["host"]),
        "resource.service.name": _given(found["app"]),
        **_parameters(found["message"]),
    }
    return {
        "timestamp": moment,
        "trace_id": trace_id,
        "level": _LEVELS[severity],
        "body": found["message"],
        "attributes": containers.attributes(values),
    }


def _given(text: str) -> str | None:
    return None if text == "-" else text


def _parameters(message: str) -> Values:
    """The pairs `key=value` of a message, which Heroku's router and databases write."""
    pairs = [pair.partition("=") for pair in message.split()]
    found = {key: value for key, equals, value in pairs if key and equals}
    if not found:
        return {}
    template = " ".join(f"{key}={{{key}}}" for key, equals, _ in pairs if key and equals)
    named: Values = {f"sentry.message.parameter.{key}": value for key, value in found.items()}
    return {"sentry.message.template": template, **named}


DOOR = Door(
    "heroku",
    frozenset({"POST"}),
    open_door,
    answer,
    max_body=lambda limits: limits.max_container_size,
)

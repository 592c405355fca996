"""The door `/nel/`: reports of Network Error Logging become logs (PROTOCOL.md 2.5).

May import: records, config, protocol, errors, intake.conversion, intake.containers.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.intake import containers, conversion
from fake_relay.intake.door import Door, Place
from fake_relay.intake.security import answer
from fake_relay.records import Inbound, Submission

CONTENT_TYPES: Final = ("application/json", "application/reports+json")
KIND: Final = "nel.logs+json"

# The types of https://w3c.github.io/network-error-logging/, in our words: Sentry's differ, and
# its type is in the attribute `nel.type` in any case.
MESSAGES: Final = {
    "ok": "The request succeeded",
    "dns.unreachable": "The DNS server cannot be reached",
    "dns.name_not_resolved": "The DNS server knows no address of the name",
    "dns.failed": "The DNS lookup failed",
    "dns.address_changed": "The address of the host changed since its policy was received",
    "tcp.timed_out": "The TCP connection timed out",
    "tcp.closed": "The server closed the TCP connection",
    "tcp.reset": "The TCP connection was reset",
    "tcp.refused": "The server refused the TCP connection",
    "tcp.aborted": "The TCP connection was aborted",
    "tcp.address_invalid": "The IP address is invalid",
    "tcp.address_unreachable": "The IP address cannot be reached",
    "tcp.failed": "The TCP connection failed",
    "tls.version_or_cipher_mismatch": "TLS: no version or cipher in common",
    "tls.bad_client_auth_cert": "TLS: the client's certificate was refused",
    "tls.cert.name_invalid": "TLS: the server's certificate is for another name",
    "tls.cert.date_invalid": "TLS: the server's certificate is not valid at this date",
    "tls.cert.authority_invalid": "TLS: nobody trusted issued the server's certificate",
    "tls.cert.invalid": "TLS: the server's certificate is invalid",
    "tls.cert.revoked": "TLS: the server's certificate was revoked",
    "tls.cert.pinned_key_not_in_cert_chain": "TLS: the pinned key is not in the chain",
    "tls.protocol.error": "TLS: the protocol was broken",
    "tls.failed": "The TLS connection failed",
    "http.error": "The response had status {}",
    "http.protocol.error": "The HTTP protocol was broken",
    "http.response.invalid": "The HTTP response was empty, cut or badly encoded",
    "http.response.redirect_loop": "The redirects never end",
    "http.failed": "The HTTP request failed",
    "abandoned": "The user left before the response was complete",
    "unknown": "The error is of an unknown type",
}


class _Body(msgspec.Struct, frozen=True):
    type: Any = None
    phase: Any = None
    status_code: Any = None
    method: Any = None
    protocol: Any = None
    referrer: Any = None
    sampling_fraction: Any = None
    elapsed_time: Any = None
    server_ip: Any = None


class _Report(msgspec.Struct, frozen=True):
    body: _Body
    age: Any = None
    url: Any = None


_decode = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_report = msgspec.json.Decoder(_Report).decode


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make a container of logs of a batch of reports; what is no JSON array is kept as it is."""
    conversion.media_type(inbound.headers, CONTENT_TYPES)
    opened = conversion.opened(inbound, place, config, config.limits.max_container_size)
    try:
        items = containers.log_items(to_logs(opened.body, inbound.received_at, inbound.new_id))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        items = [containers.undecoded(KIND, opened.body)]
    return (conversion.made(opened, DOOR.name, items),)


def to_logs(body: bytes, received_at: float, new_id: str) -> list[dict[str, Any]]:
    """A log record for each report that has a body; raises when the batch is no JSON array."""
    containers.check_parts(body)
    raws = _decode(body)
    containers.check_count(len(raws))
    records = []
    for index, raw in enumerate(raws):
        try:
            report = _decode_report(raw)
        except msgspec.ValidationError:
            continue
        # The browser knows of no trace, and a log must have one.
        trace_id = conversion.fresh_id(new_id, index + 1)
        records.append(_log(report, received_at, trace_id))
    return records


def _log(report: _Report, received_at: float, trace_id: str) -> dict[str, Any]:
    kind = _text(report.body.type) or "unknown"
    age = _whole(report.age) or 0
    return {
        "timestamp": received_at - age / 1000,
        "trace_id": trace_id,
        "level": "info" if kind == "ok" else "warn",
        "body": MESSAGES.get(kind, kind).replace("{}", str(_whole(report.body.status_code) or 0)),
        "attributes": containers.attributes(_values(report)),
    }


def _values(report: _Report) -> dict[str, str | float | None]:
    body, url = report.body, _text(report.url)
    name, _, version = (_text(body.protocol) or "").partition("/")
    server, fraction = _text(body.server_ip), body.sampling_fraction
    return {
        "sentry.origin": "auto.http.browser_report.nel",
        "browser.report.type": "network-error",
        "url.domain": url and host_of(url),
        "url.full": url,
        "http.request.duration": _whole(body.elapsed_time),
        "http.request.method": _text(body.method),
        "http.request.header.referer": _text(body.referrer),
        "http.response.status_code": _whole(body.status_code),
        "network.protocol.name": name or None,
        "network.protocol.version": version or None,
        "server.address": server and host_of(server),
        "nel.referrer": _text(body.referrer),
        "nel.phase": _text(body.phase),
        "nel.sampling_fraction": float(fraction) if _is_number(fraction) else None,
        "nel.type": _text(body.type),
    }


def host_of(address: str) -> str:
    """The host in a URL; the text itself where it is none."""
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and abs(value) < 2**53 else None


DOOR = Door(
    "nel",
    frozenset({"POST"}),
    open_door,
    answer,
    max_body=lambda limits: limits.max_container_size,
    limited=False,
)

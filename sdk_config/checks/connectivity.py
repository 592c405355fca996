"""Ask the DSN's host: a connection, TLS, and an envelope that changes nothing.

Rule: what is posted is an empty client report, which Sentry accepts and forgets; the way there
(proxy, authorities) is the SDK's own, and no text holds a key.
May import: subject, rules; urllib3 and certifi, which the SDK depends on.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sdk_config.checks.findings import Finding
from sdk_config.checks.rules import finding
from sdk_config.checks.subject import Subject
from sdk_config.dsn import Dsn, parse_dsn
from sdk_config.settings import Settings

TIMEOUT = 5.0
"""Seconds for each of connecting and answering."""

CLIENT = "sdk_config.check/1"

_MEANINGS = {
    400: "the request was refused; is something between that changes it?",
    401: "the key is not accepted; compare the DSN with the project's client keys",
    403: "the project or key is refused; is it disabled, or of another project?",
    404: "there is no such project at this host",
    405: "there is something else at this host",
    413: "even an empty envelope is too large; is something between?",
    429: "the project is over its quota, and what is sent is dropped",
}


def proxies(subject: Subject) -> Iterator[Finding]:
    """The proxy and authorities that the SDK would use (M-26)."""
    proxy = proxy_for(subject)
    if proxy is not None:
        yield finding("PROXY", f"items go through the proxy at {_host(proxy)}")
    for name, path in _authorities(subject):
        if not Path(path).is_file():
            text = f"{name} names {path!r}, which is not there; TLS will fail"
            yield finding("CA-FILE", text)


def connect(subject: Subject, dsn: str | None = None) -> Iterator[Finding]:
    """Post to the DSN's host, or to another DSN's in its place; findings for all but a 200."""
    text = dsn or subject.settings.dsn
    if not text or (subject.settings.off_reason and dsn is None):
        reason = subject.settings.off_reason
        yield finding("CONNECT-NOT", f"no connection was tried: {reason}")
        return
    try:
        where = parse_dsn(text)
    except ValueError as error:
        yield finding("CONNECT", f"no connection was tried: {error}")
        return
    proxy = None if dsn is not None else proxy_for(subject)
    try:
        status = post(where, proxy, _authority_file(subject))
    except Exception as error:  # noqa: BLE001 - whatever fails on the way there is the finding
        yield finding("CONNECT", f"{where.host}:{where.port}: {_reason(error)}")
        return
    if status != 200:
        meaning = _MEANINGS.get(status, "the server has trouble" if status >= 500 else "refused")
        text = f"{where.redacted} answered {status}: {meaning}"
        yield finding("CONNECT-REFUSED", text)


def post(dsn: Dsn, proxy: str | None = None, authorities: str | None = None) -> int:
    """The status of the answer to an empty client report; raises what urllib3 raises."""
    import certifi
    import urllib3

    options: dict[str, Any] = {"cert_reqs": "CERT_REQUIRED"} if dsn.scheme == "https" else {}
    if dsn.scheme == "https":
        options["ca_certs"] = authorities or certifi.where()
    pool: Any = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
    with pool:
        answer = pool.request(
            "POST",
            dsn.envelope_url,
            body=_envelope(),
            headers={
                "Content-Type": "application/x-sentry-envelope",
                "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_client={CLIENT}, "
                f"sentry_key={dsn.public_key}",
            },
            retries=False,
            redirect=False,
            timeout=urllib3.Timeout(connect=TIMEOUT, read=TIMEOUT),
        )
        return int(answer.status)


def proxy_for(subject: Subject) -> str | None:
    """The proxy that the SDK would use for the DSN: its option, else the process environment's."""
    dsn = _parsed(subject.settings)
    if dsn is None:
        return None
    known = urllib.request.getproxies_environment()
    bypassed = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]
    if bypassed(dsn.host, known):
        known = {}
    own = {"https": subject.settings.https_proxy, "http": subject.settings.http_proxy}
    if dsn.scheme == "https":
        return own["https"] or known.get("https") or own["http"] or known.get("http")
    return own["http"] or known.get("http")


def _envelope() -> bytes:
    report = json.dumps({"timestamp": time.time(), "discarded_events": []})
    header = json.dumps({"type": "client_report", "length": len(report)})
    return f"{{}}\n{header}\n{report}\n".encode()


def _parsed(settings: Settings) -> Dsn | None:
    try:
        return parse_dsn(settings.dsn) if settings.dsn else None
    except ValueError:
        return None


def _authorities(subject: Subject) -> Iterator[tuple[str, str]]:
    if subject.settings.ca_certs:
        yield "SENTRY_CA_CERTS", subject.settings.ca_certs
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        if subject.env.get(name):
            yield name, subject.env[name]


def _authority_file(subject: Subject) -> str | None:
    found = next((path for _, path in _authorities(subject)), None)
    return found if found and os.access(found, os.R_OK) else None


def _host(proxy: str) -> str:
    parts = urlsplit(proxy if "://" in proxy else f"//{proxy}")
    return parts.netloc.rpartition("@")[2] or "an address that cannot be read"


def _reason(error: BaseException) -> str:
    """What went wrong on the way, by the innermost error that says it."""
    name = type(error).__name__
    words = {
        "NameResolutionError": "its name is not known here (DNS)",
        "NewConnectionError": "no connection; is it down, or a firewall between?",
        "ConnectTimeoutError": f"no connection within {TIMEOUT:g} s",
        "ReadTimeoutError": f"connected, but no answer within {TIMEOUT:g} s",
        "ProxyError": "the proxy cannot be reached or refuses",
        "SSLError": "TLS fails; a private authority needs SENTRY_CA_CERTS",
        "ProtocolError": "the connection was cut",
    }
    return words.get(name, name)

"""The HTTP client of one upstream: TLS, proxy, time limits, redirects.

Rule: what is sent goes to the host of the DSN and to no other, and never to this relay itself.
May import: forward.verdict, config, protocol, errors, aiohttp.
"""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import urljoin, urlsplit

import aiohttp

from fake_relay.config import Upstream
from fake_relay.errors import ConfigError, ForwardError
from fake_relay.forward.verdict import Answer

MAX_ANSWER = 64 * 1024
"""Bytes of an answer's body that are read."""
MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 307, 308})

IsOwn = Callable[[str, int], bool]
"""Whether a host and port are those of this relay."""


class Wire:
    """Posts envelopes to one upstream; a context manager. Raises `ForwardError`."""

    def __init__(self, upstream: Upstream, is_own: IsOwn) -> None:
        self._upstream = upstream
        self._is_own = is_own
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            one = self._upstream
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=tls(one), limit=one.concurrency + 1),
                timeout=aiohttp.ClientTimeout(one.timeout, connect=one.connect_timeout),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept-Encoding",),
            )
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a body; the answer, after redirects within the host."""
        for _ in range(MAX_REDIRECTS):
            answer = await self._post(url, headers, body)
            target = redirected(url, answer)
            if target is None:
                return answer
            url = target
        raise ForwardError(f"{url} redirects {MAX_REDIRECTS} times; correct the DSN")

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        host, port = address_of(url)
        if self._is_own(host, port):
            raise ForwardError(f"{host}:{port} is this relay itself; correct the DSN")
        try:
            async with self._open().post(
                url,
                data=body,
                headers=headers,
                allow_redirects=False,
                proxy=self._upstream.proxy or None,
            ) as response:
                return Answer(response.status, lowered(response.headers), await start_of(response))
        except TimeoutError:
            raise ForwardError(f"{host}:{port} did not answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as error:
            raise ForwardError(f"{host}:{port}: {told(error)}") from error


async def start_of(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of an answer's body; a body that breaks off is an answer all the same."""
    parts: list[bytes] = []
    size = 0
    try:
        while size < MAX_ANSWER and (chunk := await response.content.readany()):
            parts.append(chunk)
            size += len(chunk)
    except (aiohttp.ClientError, OSError):
        # The head was read, and it is what says how it went.
        return b"".join(parts)
    return b"".join(parts)


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their lower-case names; those that come twice are joined."""
    found: dict[str, str] = {}
    for given, value in headers.items():
        name = given.lower()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def redirected(url: str, answer: Answer) -> str | None:
    """Where an answer sends to on the same host, None where it does not; raises `ForwardError`."""
    location = answer.headers.get("location", "")
    if answer.status not in REDIRECTS or not location:
        return None
    target = urljoin(url, location)
    before, after = urlsplit(url), urlsplit(target)
    if after.hostname != before.hostname or (before.scheme, after.scheme) == ("https", "http"):
        where = f"{after.scheme}://{after.hostname}"
        raise ForwardError(f"{before.hostname} redirects to {where}, which is not followed")
    return target


def address_of(url: str) -> tuple[str, int]:
    """Host and port of a URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def tls(upstream: Upstream) -> ssl.SSLContext | bool:
    """How certificates are checked; raises `ConfigError` for a file that has none."""
    if not upstream.verify_tls:
        return False
    if not upstream.ca_file:
        return True
    try:
        return ssl.create_default_context(cafile=upstream.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"upstream {upstream.name!r}: ca_file {upstream.ca_file!r}: {error}"
        ) from error


def told(error: BaseException) -> str:
    """What happened, in a line."""
    if isinstance(error, aiohttp.ClientConnectorError):
        # Its own text has the address again, and aiohttp's setting of TLS.
        error = error.os_error
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted: {error.verify_message}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return told(error.certificate_error)
    if isinstance(error, ssl.SSLError):
        return f"TLS: {getattr(error, 'reason', None) or error}".replace("_", " ").lower()
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        known = error.errno in errno.errorcode
        return (os.strerror(error.errno) if known else error.strerror).lower()
    return (str(error) or type(error).__name__).partition("\n")[0][:300]

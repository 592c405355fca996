"""A crash in a test: found as the event that Sentry shows, and counted once."""

from __future__ import annotations

import struct
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import pytest

DUMP = struct.pack("<4sIIIIIQ", b"MDMP", 0xA793, 0, 32, 0, 1_700_000_000, 0)


def text(value: bytes) -> bytes:
    """Bytes with their length."""
    return struct.pack("<i", len(value)) + value


def archive() -> bytes:
    """An Unreal crash archive with a dump."""
    head = text(b"dir") + text(b"name")
    file = bytes(4) + text(b"a.dmp") + text(DUMP)
    return head + struct.pack("<ii", 0, 0) + file + head + struct.pack("<ii", 0, 1)


def post(relay: Any, path: str, body: bytes, **headers: str) -> None:
    """Post to a door of the test's project."""
    dsn = urlsplit(relay.dsn)
    where = path.format(key=dsn.username, project=dsn.path.strip("/"))
    address = f"{dsn.scheme}://{dsn.hostname}:{dsn.port}/api{dsn.path}{where}"
    request = urllib.request.Request(address, data=body, headers=headers)
    with urllib.request.urlopen(request) as response:
        assert response.status == 200


def in_envelope(*types: bytes) -> bytes:
    """An envelope of items around an archive each, or an event."""
    lines = [b"{}"]
    for kind in types:
        data = b'{"message":"mine"}' if kind == b"event" else archive()
        lines += [b'{"type":"%b","length":%d}' % (kind, len(data)), data]
    return b"\n".join(lines) + b"\n"


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        pytest.param("/unreal/{key}/", archive(), "text/plain", id="archive"),
        pytest.param("/unreal/{key}/", b"broken", "text/plain", id="broken archive"),
        pytest.param("/minidump/?sentry_key={key}", DUMP, "application/x-dmp", id="dump"),
        pytest.param(
            "/envelope/?sentry_key={key}",
            in_envelope(b"unreal_report", b"event"),
            "text/plain",
            id="archive and event",
        ),
        pytest.param(
            "/envelope/?sentry_key={key}",
            in_envelope(b"unreal_report", b"unreal_report"),
            "text/plain",
            id="two archives",
        ),
    ],
)
def test_a_crash_is_one_error_and_accounted_for(
    relay: Any, path: str, body: bytes, kind: str
) -> None:
    post(relay, path, body, **{"Content-Type": kind})
    relay.assert_accounted()
    assert sum(relay.outcomes["error"].values()) == 1


def test_a_crash_is_expected_like_any_error(relay: Any) -> None:
    post(relay, "/minidump/?sentry_key={key}", DUMP, **{"Content-Type": "application/x-dmp"})
    relay.expect_event(level="fatal", exception="Minidump")

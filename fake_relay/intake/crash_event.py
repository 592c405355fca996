"""The event that Sentry shows for a crash before it has looked into the dump (PROTOCOL.md 2.6).

A dump becomes a stack trace only where symbols are; until then the event holds a placeholder,
and what the dump's header tells.
May import: protocol.
"""

from __future__ import annotations

import struct
from typing import Any, Final

MINIDUMP: Final = ("Minidump", "Invalid Minidump", "minidump")
MAGICS: Final = (b"MDMP", b"PMDM")
APPLE: Final = ("AppleCrashReport", "Invalid Apple Crash Report", "applecrashreport")

_HEADER_SIZE: Final = 32
_STREAM_SIZE: Final = 12
_MAX_STREAMS: Final = 1000
_CRASHPAD: Final = 0x43500001
_BREAKPAD: Final = 0x47670001


def write_placeholder(event: dict[str, Any], placeholder: tuple[str, str, str]) -> None:
    """Make it a native event with one exception, which stands for what the dump will show."""
    kind, value, mechanism = placeholder
    event["platform"] = "native"
    if not event.get("level"):
        event["level"] = "fatal"
    event.pop("exceptions", None)
    event["exception"] = {
        "values": [
            {
                "type": kind,
                "value": value,
                "mechanism": {"type": mechanism, "handled": False, "synthetic": True},
            }
        ]
    }


def write_minidump(event: dict[str, Any], dump: bytes) -> None:
    """Write the placeholder of a dump, its time when the event has none, and who wrote it."""
    write_placeholder(event, MINIDUMP)
    found = _header(dump)
    if found is None:
        return
    time, streams = found
    if event.get("timestamp") is None and time:
        event["timestamp"] = time
    if not event.get("sdk"):
        event["sdk"] = {"name": f"minidump.{_writer(streams)}", "version": "0.0.0"}


def write_reference(event: dict[str, Any]) -> None:
    """Write the placeholder of a dump that was uploaded by itself (PROTOCOL.md 2.11)."""
    write_placeholder(event, MINIDUMP)
    if not event.get("sdk"):
        event["sdk"] = {"name": "minidump.upload", "version": "0.0.0"}


def _header(dump: bytes) -> tuple[int, set[int]] | None:
    """Seconds since 1970 and the kinds of streams in a dump's header; None for a cut header."""
    if len(dump) < _HEADER_SIZE or not dump.startswith(MAGICS):
        return None
    order = ">" if dump.startswith(b"PMDM") else "<"
    count, directory, _, time = struct.unpack_from(order + "IIII", dump, 8)
    streams: set[int] = set()
    for index in range(min(count, _MAX_STREAMS)):
        at = directory + index * _STREAM_SIZE
        if at + _STREAM_SIZE > len(dump):
            break
        streams.add(struct.unpack_from(order + "I", dump, at)[0])
    return time, streams


def _writer(streams: set[int]) -> str:
    if _CRASHPAD in streams:
        return "crashpad"
    return "breakpad" if _BREAKPAD in streams else "unknown"

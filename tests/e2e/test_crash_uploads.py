"""Crash uploads by curl over real sockets: forms, packed dumps, bombs, a body that is the dump."""

from __future__ import annotations

import gzip
import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from fake_relay.store import Selection

KEY = "a" * 32
DUMP = struct.pack("<4sIIIIIQ", b"MDMP", 0xA793, 0, 32, 0, 1_700_000_000, 0) + bytes(100_000)


@pytest.fixture
def curl(server: Any) -> Any:
    """A function that posts with curl; the status and the body of the answer."""
    command = shutil.which("curl")
    if command is None:
        pytest.skip("curl is not installed")

    def post(path: str, *arguments: str) -> tuple[int, str]:
        run = subprocess.run(
            [command, "-sS", "-w", "\n%{http_code}", *arguments, f"{server.url}{path}"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        body, _, status = run.stdout.rpartition("\n")
        return int(status), body

    return post


def stored(server: Any) -> dict[str, Any]:
    """Titles by item type."""
    return {item.type: item for item in server.relay.store.find(Selection()).items[::-1]}


def test_a_crash_reporter_s_form_becomes_an_event(curl: Any, server: Any, tmp_path: Path) -> None:
    """Expect: 100-continue included, which curl sends before a body of that size."""
    dump, packed = tmp_path / "crash.dmp", tmp_path / "crash.dmp.gz"
    dump.write_bytes(DUMP)
    packed.write_bytes(gzip.compress(DUMP))
    for file in (dump, packed):
        status, body = curl(
            f"/api/42/minidump/?sentry_key={KEY}",
            "-F",
            f"upload_file_minidump=@{file}",
            "-F",
            'sentry={"release":"game@1.0","tags":{"gpu":"x"}}',
            "-H",
            "Expect: 100-continue",
        )
        assert (status, UUID(body).version) == (200, 4)
        event = stored(server)["event"]
        assert (event.event_id, event.title) == (UUID(body).hex, "Minidump: Invalid Minidump")
        assert json.loads(server.relay.store.payload(event.id))["release"] == "game@1.0"


def test_a_dump_may_be_the_whole_body(curl: Any, server: Any, tmp_path: Path) -> None:
    (tmp_path / "a.dmp").write_bytes(DUMP)
    status, _ = curl(
        f"/api/42/minidump?sentry_key={KEY}",
        "--data-binary",
        f"@{tmp_path / 'a.dmp'}",
        "-H",
        "Content-Type: application/x-dmp",
    )
    assert status == 200
    assert stored(server)["attachment"].size == len(DUMP)


def test_a_bomb_in_the_field_of_the_dump_is_refused(curl: Any, server: Any, tmp_path: Path) -> None:
    """A few hundred kilobytes that would be more than 200 MiB."""
    bomb = gzip.compress(DUMP[:32] + bytes(1024 * 1024), 9)
    (tmp_path / "bomb.gz").write_bytes(bomb + gzip.compress(bytes(1024 * 1024), 9) * 256)
    status, body = curl(
        f"/api/42/minidump/?sentry_key={KEY}", "-F", f"upload_file_minidump=@{tmp_path / 'bomb.gz'}"
    )
    assert (status, "attachment:minidump" in body) == (413, True)
    assert stored(server) == {}


def test_files_are_attached_to_an_event_by_a_form(curl: Any, server: Any, tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("line")
    status, body = curl(
        f"/api/42/events/{UUID(int=7)}/attachments/?sentry_key={KEY}",
        "-F",
        f"log=@{tmp_path / 'log.txt'}",
    )
    assert (status, body) == (201, "")
    assert stored(server)["attachment"].event_id == UUID(int=7).hex

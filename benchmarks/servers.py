"""Servers under load, as child processes whose processor time and memory are read from /proc.

May import: the standard library.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

TICKS = os.sysconf("SC_CLK_TCK")
SOURCE = Path(__file__).parent.parent
ENVELOPE = b'{}\n{"type":"event"}\n{"message":"first"}\n'
AUTH = f"Sentry sentry_key={'a' * 32}, sentry_version=7"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A child process that serves on a port; a context manager that stops it."""

    def __init__(
        self, name: str, arguments: Sequence[str], port: int, source: Path = SOURCE
    ) -> None:
        self.name = name
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._arguments = [sys.executable, *arguments]
        self._source = source
        self._process: subprocess.Popen[bytes]
        self.started_in = 0.0

    def __enter__(self) -> Server:
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            self._arguments, stdout=subprocess.DEVNULL, cwd=self._source
        )
        while not self._accepts():
            if self._process.poll() is not None:
                raise SystemExit(f"{self.name} ended with {self._process.returncode} at start")
            if time.perf_counter() - begun > 20:
                self.__exit__(None, None, None)
                raise SystemExit(f"{self.name} took no event within 20 s")
            time.sleep(0.002)
        self.started_in = time.perf_counter() - begun
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _accepts(self) -> bool:
        request = urllib.request.Request(
            f"{self.url}/api/1/envelope/", ENVELOPE, {"X-Sentry-Auth": AUTH}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def cpu_seconds(self) -> float:
        """Processor time so far, all threads, in user and kernel."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_mib(self) -> float:
        """The most memory that was resident at once, in MiB."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise SystemExit("the kernel tells no VmHWM; the benchmark needs Linux")


def bare(decompress: bool = True) -> Server:
    """The reference server; `decompress` as aiohttp does by default."""
    port = free_port()
    flags = [] if decompress else ["--no-decompress"]
    name = "bare" if decompress else "bare, bytes as they came"
    return Server(name, ["-m", "benchmarks.bare", str(port), *flags], port)


def recording() -> Server:
    """An upstream that takes every envelope and counts them."""
    port = free_port()
    return Server("upstream", ["-m", "benchmarks.recording", str(port)], port)


def fake_relay(
    store: Path, profile: Path | None = None, source: Path = SOURCE, forward_to: str = ""
) -> Server:
    """`fake-relay serve` on a store file; `profile` is written by cProfile at the end.

    `source` is the checkout that is served: this one, or that of another commit. With
    `forward_to`, a DSN, it forwards there.
    """
    port = free_port()
    watched = ["-m", "cProfile", "-o", str(profile)] if profile else []
    serve = ["-m", "fake_relay", "serve", "--port", str(port), "--store", str(store)]
    serve += ["--forward-to", forward_to] if forward_to else []
    return Server("fake-relay", [*watched, *serve], port, source)

"""Send what an attacker or a broken client would to a real server process, case by case.

python tests/scripts/hostile.py [--store FILE]

Rule: every case is answered below 500 or its connection is cut, the server's memory grows by
less than 100 MB over all of them, and the next good event is stored after each. Memory is read
from /proc, so this needs Linux.
May import: brotli, zstandard; the server is `fake-relay serve` in a process of its own.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import brotli
import zstandard

MIB = 1024 * 1024
GROWTH = 100 * 10**6
PATIENCE = 60.0
KEY = "a" * 32
ENVELOPE, STORE = "/api/42/envelope/", "/api/42/store/"
BOMB = 1024 * MIB


@dataclass(frozen=True)
class Case:
    """One attack: the bytes of a request in pieces, sent with pauses between them."""

    name: str
    pieces: Callable[[], Iterable[bytes]]
    pause: float = 0.0


def request(path: str, body: bytes, *headers: str) -> Iterator[bytes]:
    """A whole request."""
    yield head(path, len(body), *headers)
    yield body


def head(path: str, length: int, *headers: str) -> bytes:
    """A request's head."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        f"X-Sentry-Auth: Sentry sentry_key={KEY}, sentry_version=7",
        f"Content-Length: {length}",
        *headers,
    )
    return "\r\n".join((*lines, "", "")).encode("latin-1")


def item(kind: str, payload: bytes, **headers: object) -> bytes:
    """One item of an envelope."""
    return json.dumps({"type": kind, "length": len(payload), **headers}).encode() + b"\n" + payload


def envelope(*items: bytes) -> bytes:
    """An envelope around items."""
    return b"\n".join((b"{}", *items)) + b"\n"


def bombs() -> Iterator[Case]:
    """A gigabyte of zeros behind a megabyte, in all four codings and at several doors."""

    def packed(coding: str) -> bytes:
        block = bytes(MIB)
        if coding == "br":
            coder = brotli.Compressor(quality=5)
            parts = [coder.process(block) for _ in range(BOMB // MIB)]
            return b"".join((*parts, coder.finish()))
        if coding == "zstd":
            sink = io.BytesIO()
            with zstandard.ZstdCompressor(level=1).stream_writer(sink, closefd=False) as writer:
                for _ in range(BOMB // MIB):
                    writer.write(block)
            return sink.getvalue()
        packer = zlib.compressobj(1, zlib.DEFLATED, 31 if coding == "gzip" else 15)
        return b"".join((*[packer.compress(block) for _ in range(BOMB // MIB)], packer.flush()))

    doors = (ENVELOPE, STORE, "/api/42/security/", "/api/42/integration/otlp/v1/traces/")
    for coding in ("gzip", "deflate", "br", "zstd"):
        for path in doors:
            headers = (f"Content-Encoding: {coding}", "Content-Type: application/json")
            yield Case(
                f"a gigabyte as {coding} at {path}",
                lambda c=coding, p=path, h=headers: request(p, packed(c), *h),  # type: ignore[misc]
            )
    twice = gzip.compress(gzip.compress(bytes(64 * MIB)))
    yield Case("gzip in gzip", lambda: request(ENVELOPE, twice, "Content-Encoding: gzip, gzip"))
    dump = b"\r\n".join(
        (
            b"--x",
            b'Content-Disposition: form-data; name="upload_file_minidump"; filename="m.dmp.gz"',
            b"",
            packed("gzip"),
            b"--x--",
            b"",
        )
    )
    multipart = "Content-Type: multipart/form-data; boundary=x"
    yield Case(
        "a gigabyte inside of a minidump", lambda: request("/api/42/minidump/", dump, multipart)
    )


def framing() -> Iterator[Case]:
    """A million items, lines of a megabyte, and bytes that no text holds."""
    tiny = b"{}\n" + b'{"type":"x"}\n\n' * 1_000_000
    yield Case("a million tiny items", lambda: request(ENVELOPE, tiny))
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % number
        for number in range(200_000)
    )
    yield Case(
        "200,000 parts of a form",
        lambda: request(
            "/api/42/minidump/",
            parts + b"--x--\r\n",
            "Content-Type: multipart/form-data; boundary=x",
        ),
    )
    yield Case(
        "an HTTP header of a megabyte", lambda: request(ENVELOPE, b"{}\n", "X: " + "y" * MIB)
    )
    yield Case("a request line of a megabyte", lambda: request("/" + "a" * MIB, b""))
    long = b'{"sdk":{"name":"%b"}}\n' % (b"x" * MIB)
    yield Case("an envelope header of a megabyte", lambda: request(ENVELOPE, long))
    named = envelope(item("attachment", b"x", filename="n" * MIB))
    yield Case("an item header of a megabyte", lambda: request(ENVELOPE, named))
    for what, junk in (("NUL", b"\0"), ("invalid UTF-8", b"\xff\xfe\xf0\x9f")):
        for where, body in (
            ("in the envelope's header", b'{"sdk":"' + junk + b'"}\n'),
            ("in an item's header", b'{}\n{"type":"' + junk + b'"}\n{}\n'),
            ("in a payload", envelope(item("event", b'{"message":"' + junk + b'"}'))),
            ("instead of an envelope", junk * 1000),
        ):
            yield Case(f"{what} {where}", lambda b=body: request(ENVELOPE, b))  # type: ignore[misc]
    yield Case("NUL in the query", lambda: request(ENVELOPE + "?sentry_release=%00%ff", b"{}\n"))


def payloads() -> Iterator[Case]:
    """JSON that parsers dislike, in every item type that is JSON."""
    deep = 100_000
    bad = {
        "100,000-deep lists": b'{"extra":' + b"[" * deep + b"]" * deep + b"}",
        "100,000-deep objects": b'{"a":' * deep + b"1" + b"}" * deep,
        "unclosed and deep": b'{"extra":' + b"[" * deep,
        "lone surrogates": b'{"message":"\\ud800","tags":{"\\udfff":"\\ud83d"}}',
        "NaN and infinities": b'{"message":NaN,"extra":[Infinity,-Infinity,1e999]}',
        "duplicate keys": b'{"message":"a","message":"b",' + b'"tags":{"k":"v","k":"w"}}',
        "a number of 100,000 digits": b'{"timestamp":' + b"9" * 100_000 + b"}",
        "100,000 keys": json.dumps({f"key{n}": n for n in range(100_000)}).encode()[: MIB - 100],
        "100,000 tags": json.dumps({"tags": {f"t{n}": "v" for n in range(60_000)}}).encode(),
    }
    kinds = ["event", "transaction", "session", "sessions", "check_in", "client_report"]
    kinds += ["feedback", "user_report", "profile", "profile_chunk", "replay_event", "span"]
    kinds += ["log", "trace_metric", "raw_security"]
    for name, payload in bad.items():
        for kind in kinds:
            body = envelope(item(kind, payload, item_count=1))
            yield Case(f"{name} as {kind}", lambda b=body: request(ENVELOPE, b))  # type: ignore[misc]
        yield Case(f"{name} at the store door", lambda p=payload: request(STORE, p))  # type: ignore[misc]
    logs = b'{"items":[' + b",".join([b"{}"] * 1_000_000) + b"]}"
    body = envelope(item("log", logs, item_count=1_000_000))
    yield Case("a million empty logs", lambda: request(ENVELOPE, body))
    recording = b'{"segment_id":0}\n' + zlib.compress(bytes(300 * MIB), 9)
    rec = envelope(item("replay_recording", recording))
    yield Case("a replay that inflates to 300 MiB", lambda: request(ENVELOPE, rec))


def names() -> Iterator[Case]:
    """Names that would leave their folder, were they used as paths."""
    for name in (
        "../../../etc/passwd",
        "/etc/passwd",
        "..\\..\\x",
        "a\0b",
        "\u202egpj.exe",
        "\r\nX: y",
    ):
        body = envelope(item("attachment", b"x", filename=name))
        yield Case(f"an attachment named {name!r}", lambda b=body: request(ENVELOPE, b))  # type: ignore[misc]
    for path in ("/api/../../etc/passwd", "/api/42/..%2f..%2fetc/", "/api/%2e%2e/envelope/"):
        yield Case(f"the path {path}", lambda p=path: request(p, b"{}\n"))  # type: ignore[misc]


def slow() -> Iterator[Case]:
    """Senders that take their time, lie about their length, or leave."""
    body = envelope(item("event", b'{"message":"slow"}'))

    def drip() -> Iterator[bytes]:
        yield head(ENVELOPE, len(body))
        for byte in body:
            yield bytes((byte,))

    yield Case("a byte at a time", drip, pause=0.01)
    yield Case("a body that never comes", lambda: (head(ENVELOPE, 10_000), b"{}"), pause=0.2)
    yield Case("a length beyond every limit", lambda: (head(ENVELOPE, 10**15), b"{}"))
    chunks = (
        head(ENVELOPE, 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked"),
        b"ffffffffffffffff\r\nx",
    )
    yield Case("a chunk of 2^64 bytes", lambda: chunks)


@contextmanager
def serving(store: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server process and its port."""
    command = [sys.executable, "-m", "fake_relay", "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--store", store], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        try:
            yield process, int(str(told["url"]).rpartition(":")[2])
        finally:
            process.terminate()


def answer(port: int, case: Case) -> str:
    """The status of the answer, or how the connection ended."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        try:
            for piece in case.pieces():
                connection.sendall(piece)
                time.sleep(case.pause)
        except (BrokenPipeError, ConnectionResetError):
            # It may have answered before it cut.
            pass
        try:
            line = connection.makefile("rb").readline(200)
        except ConnectionResetError:
            return "cut"
        except TimeoutError:
            return "no answer"
    return line.split(b" ")[1].decode() if line else "cut"


def good_event_is_stored(port: int, number: int) -> bool:
    """Send one, and read it back over the API."""
    event_id = f"{number:032x}"
    body = f'{{"event_id":"{event_id}"}}\n{{"type":"event"}}\n{{"message":"good"}}\n'
    url = f"http://127.0.0.1:{port}"
    sent = urllib.request.Request(
        f"{url}{ENVELOPE}?sentry_key={KEY}", body.encode(), {"Content-Type": "text/plain"}
    )
    with urllib.request.urlopen(sent, timeout=PATIENCE):
        pass
    with urllib.request.urlopen(
        f"{url}/relay/v1/items?event_id={event_id}", timeout=PATIENCE
    ) as read:
        return len(json.load(read)["items"]) == 1


def resident(pid: int, name: str) -> int:
    """A memory figure of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise SystemExit("the kernel tells no memory figures; this needs Linux")


def main() -> int:
    """Run all cases; 1 when one of them broke the rule."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", help="an SQLite file; without it a temporary one")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    arguments = parser.parse_args()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="fake-relay-hostile-") as folder:
        store = arguments.store or str(Path(folder) / "relay.sqlite")
        with serving(store) as (process, port):
            good_event_is_stored(port, 1)
            before = resident(process.pid, "VmRSS")
            number = 1
            for make in (bombs, framing, payloads, names, slow):
                for case in make():
                    if arguments.only not in case.name:
                        continue
                    number += 1
                    found = answer(port, case)
                    stored = good_event_is_stored(port, number)
                    if not stored or (found != "cut" and found >= "500"):
                        wrong.append(f"{case.name}: {found}, next event stored: {stored}")
                    peak = (resident(process.pid, "VmHWM") - before) / 1e6
                    print(f"{found:9} {peak:6.0f} MB  {case.name}", flush=True)
            grown = resident(process.pid, "VmRSS") - before
            peak = resident(process.pid, "VmHWM") - before
    print(f"{number - 1} cases; memory grew by {grown / 1e6:.0f} MB, at most {peak / 1e6:.0f} MB")
    if grown > GROWTH:
        wrong.append(f"memory grew by {grown / 1e6:.0f} MB")
    print(*wrong, sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

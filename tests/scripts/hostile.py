"""Send what an attacker or a broken client would to a real server process, case by case.

python tests/scripts/hostile.py [--store FILE]

Rule: every case is answered below 500 or its connection is cut, the next good event is stored
after each, and the server's memory never grows by more than 100 MB, not for a moment.
Memory is read from /proc, so this needs Linux.
May import: brotli, zstandard; the server is `fake-relay serve` in a process of its own.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import lzma
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
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
    """One attack: the bytes of a request in pieces, sent with pauses between them.

    `before` are requests that make it possible; they have to succeed.
    """

    name: str
    pieces: Callable[[], Iterable[bytes]]
    pause: float = 0.0
    before: tuple[tuple[str, str, bytes], ...] = ()


@dataclass(frozen=True)
class Crowd:
    """An attack of many connections: what it does at a port, and the worst status that it met."""

    name: str
    act: Callable[[int], str]


def request(path: str, body: bytes, *headers: str) -> Iterator[bytes]:
    """A whole request."""
    made = head(path, len(body), *headers)
    if KEY in path:
        # Credentials in two places are refused.
        made = made.replace(b"X-Sentry-Auth: ", b"X-Nothing: ")
    yield made
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


def crashes() -> Iterator[Case]:
    """Archives and dumps that are not what they say, and msgpack that nests or multiplies."""
    unreal = f"/api/42/unreal/{KEY}/"

    def deflated(size: int) -> bytes:
        packer = zlib.compressobj(9)
        return b"".join((*[packer.compress(bytes(MIB)) for _ in range(size)], packer.flush()))

    yield Case("an Unreal archive of a gigabyte", lambda: request(unreal, deflated(1024)))
    for name, archive in (
        ("2^31 files", b"CR1" + bytes(8) + b"\0\0\0\0" + b"\xff\xff\xff\x7f"),
        ("a name of 2^31 bytes", b"CR1" + b"\xff\xff\xff\x7f" + bytes(100)),
        ("a thousand empty files", b"CR1" + bytes(12) + b"\xe8\x03\0\0" + bytes(12_000)),
    ):
        yield Case(f"an Unreal archive of {name}", lambda a=archive: request(unreal, a))  # type: ignore[misc]
    entities = b"<!DOCTYPE a [<!ENTITY b '" + b"x" * 1000 + b"'>]><a><c>" + b"&b;" * 10_000
    context = b"\x19\0\0\0CrashContext.runtime-xml\0"
    size = len(entities).to_bytes(4, "little")
    bomb = b"CR1" + bytes(12) + b"\1\0\0\0" + bytes(4) + context + size + entities
    yield Case("an Unreal context of entities", lambda: request(unreal, bomb))

    multipart = "Content-Type: multipart/form-data; boundary=x"
    for name, field, data in (
        ("100,000-deep msgpack", "__sentry-event", b"\x91" * 100_000),
        (
            "msgpack of a million maps",
            "__sentry-event",
            b"\x81\xa1a\xdd\0\x0f\0\0" + b"\x80" * 983_040,
        ),
        ("msgpack of 2^32 values", "__sentry-event", b"\x81\xa1a\xdd\xff\xff\xff\xff"),
        ("a million breadcrumbs", "__sentry-breadcrumb1", b"\x80" * 1_000_000),
        ("a field with 10,000 keys", "sentry" + "[a]" * 10_000, b"1"),
    ):
        form = b"".join(
            b'--x\r\nContent-Disposition: form-data; name="%b"; filename="f"\r\n\r\n%b\r\n' % part
            for part in ((b"upload_file_minidump", b"MDMP" + bytes(60)), (field.encode(), data))
        )
        body = form + b"--x--\r\n"
        yield Case(name, lambda b=body: request("/api/42/minidump/", b, multipart))  # type: ignore[misc]
    raw = "Content-Type: application/x-dmp"
    for name, dump in (
        ("bzip2", bz2.compress(bytes(300 * MIB))),
        ("xz", lzma.compress(bytes(300 * MIB), preset=1)),
    ):
        yield Case(
            f"a dump of 300 MiB in {name}",
            lambda d=dump: request("/api/42/minidump/", d, raw),  # type: ignore[misc]
        )


def records() -> Iterator[Case]:
    """A dozen megabytes that would be a thousand, once they are records."""
    twelve = 12 * MIB
    protobuf, ndjson = "Content-Type: application/x-protobuf", "Content-Type: application/x-ndjson"
    logplex, plain = "Content-Type: application/logplex-1", "Content-Type: application/json"
    traces, logs = "/api/42/integration/otlp/v1/traces/", "/api/42/integration/otlp/v1/logs"
    empty = b"\x0a\x00" * (twelve // 2 - 8)
    big = b'{"key":"a","value":{"stringValue":"%b"}}' % (b"x" * 10 * MIB)
    shared = (
        b'{"resourceLogs":[{"resource":{"attributes":[%b]},"scopeLogs":[{"logRecords":[%b]}]}]}'
    )
    line = b"83 <40>1 2023-11-14T22:00:00+00:00 host app web.3 - x\n"
    for name, path, body, headers in (
        ("OTLP of six million empty messages", traces, empty, (protobuf,)),
        ("OTLP of deep messages", traces, b"\x0a\x7f" * 6_000_000, (protobuf,)),
        (
            "OTLP of 10,000 logs with 10 MB each",
            logs,
            shared % (big, b",".join([b"{}"] * 10_000)),
            (plain,),
        ),
        (
            "OTLP of four million values",
            logs,
            b'{"resourceLogs":[%b{}]}' % (b"{}," * 4_000_000),
            (plain,),
        ),
        ("four million reports", "/api/42/nel/", b"[" + b"0," * 6_000_000 + b"0]", (plain,)),
        ("twelve million lines", "/api/42/integration/vercel/logs", b"\n" * twelve, (ndjson,)),
        ("12 MB of line ends", "/api/42/integration/heroku/logs", b"\n" * twelve, (logplex,)),
        (
            "10,000 lines with 60 KB each",
            "/api/42/integration/heroku/logs",
            line * 10_000,
            (logplex, "Logplex-Drain-Token: " + "x" * 60_000),
        ),
        ("reports in a report", "/api/42/security/", b"[" + b"[]," * 300_000 + b"[]]", (plain,)),
    ):
        yield Case(name, lambda p=path, b=body, h=headers: request(p, b, *h))  # type: ignore[misc]
    frames = b'{"segment_id":0}\n[' + b"0," * 4_000_000 + b"0]"
    stacks = b'{"version":"2","platform":"x","profiler_id":"%b","chunk_id":"%b","client_sdk":{},'
    stacks = stacks % (b"a" * 32, b"a" * 32)
    for name, kind, payload in (
        ("four million aggregates", "sessions", b'{"aggregates":[' + b"{}," * 3_000_000 + b"{}]}"),
        ("four million spans", "span", b'{"items":[' + b"{}," * 3_900_000 + b"{}]}"),
        ("four million frames", "replay_recording", frames),
        (
            "four million stacks",
            "profile_chunk",
            stacks
            + b'"profile":{"samples":[{"stack_id":0}],"frames":[],"stacks":['
            + b"[]," * 4_000_000
            + b"[]]}}",
        ),
        ("a profile that is no JSON", "profile", b'{"a":NaN,"b":[' + b"0," * 6_000_000 + b"0]}"),
        (
            "a user report that is no JSON",
            "user_report",
            b'{"a":NaN,"b":[' + b"0," * 6_000_000 + b"0]}",
        ),
    ):
        sent = envelope(item(kind, payload, item_count=1_000_000, platform="x"))
        # Packed, for the body itself is not what is measured here.
        packed = gzip.compress(sent, 1)
        yield Case(name, lambda b=packed: request(ENVELOPE, b, "Content-Encoding: gzip"))  # type: ignore[misc]
    frame = zstandard.ZstdCompressionParameters(window_log=27, compression_level=1)
    sink = io.BytesIO()
    with zstandard.ZstdCompressor(compression_params=frame).stream_writer(
        sink, closefd=False
    ) as out:
        for _ in range(BOMB // MIB):
            out.write(bytes(MIB))
    giant = sink.getvalue()
    yield Case(
        "zstd with a window of 128 MiB", lambda: request(ENVELOPE, giant, "Content-Encoding: zstd")
    )


def patterns() -> Iterator[Case]:
    """Patterns that people set, and texts for which naive matchers take for ever."""
    slow = json.dumps(
        {"message": "a" * 8000 + "!", "release": "a" * 8000, "extra": {"x": "a" * 8000}}
    )
    event = envelope(item("event", slow.encode()))
    glob = "*a" * 200 + "b"
    settings = "/relay/v1/projects/42/settings"
    filters = {
        "error_messages": [glob],
        "releases": [glob, "{a,b}" * 9 + "*"],
    }
    rules = {
        "rules": {"r": {"type": "pattern", "pattern": "(a+)+$", "redaction": {"method": "remove"}}},
        "applications": {"**": ["r"]},
    }
    for name, body in (
        ("globs of 200 stars", {"filters": filters}),
        ("rules that nest repeats", {"scrubbing": {"pii_config": json.dumps(rules)}}),
    ):
        before = (("PUT", settings, json.dumps(body).encode()),)
        yield Case(name, lambda: request(ENVELOPE, event), before=before)
    get = b"GET /relay/v1/items?view=stored&limit=5 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    yield Case("views by rules that nest repeats", lambda: (get,))
    for name, field in (("a pattern", "(a+)+$"), ("a pattern of a megabyte", "a" * MIB)):
        asked = json.dumps({"where": {"message__regex": field}, "within": 0}).encode()
        yield Case(f"an expectation of {name}", lambda b=asked: request("/relay/v1/expect", b))  # type: ignore[misc]


def crowds() -> Iterator[Crowd]:
    """Many connections that ask for little and stay."""

    extra = count(10**9)

    def held(port: int, number: int, say: Callable[[int], bytes], read: int = 0) -> str:
        with ExitStack() as open_ones:
            connections = []
            for place in range(number):
                made = socket.socket()
                open_ones.enter_context(made)
                # A small window, so that what is not read stays with the server.
                made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                made.settimeout(PATIENCE)
                made.connect(("127.0.0.1", port))
                with suppress(ConnectionError):
                    made.sendall(say(place))
                connections.append(made)
            found = [b""]
            for made in connections[:read]:
                with suppress(OSError):
                    found.append(made.recv(64).split(b" ")[1][:3])
            # While they are all there, others are served.
            good = good_event_is_stored(port, next(extra))
            return max(found).decode() or "cut" if good else "no room"

    yield Crowd("1,000 connections that say nothing", lambda p: held(p, 1000, lambda _: b""))
    half = head(ENVELOPE, 1000)[:60]
    yield Crowd("1,000 half-open requests", lambda p: held(p, 1000, lambda _: half))
    part = head(ENVELOPE, 10**6) + bytes(10_000)
    yield Crowd("1,000 bodies that stop", lambda p: held(p, 1000, lambda _: part))
    ask = b"GET /relay/v1/items?limit=1000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    yield Crowd("20 readers that do not read", lambda p: held(p, 20, lambda _: ask))
    pipelined = b"".join(request(ENVELOPE, b"{}\n")).replace(b"Connection: close\r\n", b"") * 2000
    yield Crowd("20 senders that do not read", lambda p: held(p, 20, lambda _: pipelined))
    begin = head("/api/42/upload/", 0, "Tus-Resumable: 1.0.0", "Upload-Length: 1000000")
    begin = begin.replace(b"Connection: close\r\n", b"")
    yield Crowd("2,000 uploads at once", lambda p: held(p, 2000, lambda _: begin, read=2000))


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
    for method, path, body in case.before:
        asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, method=method)
        with urllib.request.urlopen(asked, timeout=PATIENCE):
            pass
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


class Watch(threading.Thread):
    """Looks a few hundred times a second at what a process holds of its own.

    Pages of the store's file that the kernel keeps for it are no memory that it needs.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.most = 0
        self.most_lately = 0
        self.over = threading.Event()

    def run(self) -> None:
        """Until it is over."""
        while not self.over.wait(0.003):
            found = resident(self.pid, "RssAnon")
            self.most = max(self.most, found)
            self.most_lately = max(self.most_lately, found)


def main() -> int:
    """Run all cases; 1 when one of them broke the rule."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", help="an SQLite file; without it a temporary one")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    arguments = parser.parse_args()
    wrong: list[str] = []
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))
    with tempfile.TemporaryDirectory(prefix="fake-relay-hostile-") as folder:
        store = arguments.store or str(Path(folder) / "relay.sqlite")
        with serving(store) as (process, port):
            good_event_is_stored(port, 1)
            # What an ordinary server has loaded once somebody looks is no growth.
            url = f"http://127.0.0.1:{port}/relay/v1/items?view=stored&q=level:error"
            with urllib.request.urlopen(url, timeout=PATIENCE):
                pass
            before = resident(process.pid, "RssAnon")
            watch = Watch(process.pid)
            watch.start()
            number = 1
            kinds = (bombs, framing, payloads, crashes, records, patterns, names, slow, crowds)
            for make in kinds:
                for case in make():
                    if arguments.only not in case.name:
                        continue
                    number += 1
                    watch.most_lately = 0
                    found = case.act(port) if isinstance(case, Crowd) else answer(port, case)
                    stored = good_event_is_stored(port, number)
                    if not stored or (found != "cut" and found >= "500"):
                        wrong.append(f"{case.name}: {found}, next event stored: {stored}")
                    peak = (watch.most_lately - before) / 1e6
                    held = (resident(process.pid, "RssAnon") - before) / 1e6
                    print(f"{found:9} {peak:6.0f} {held:6.0f} MB  {case.name}", flush=True)
            watch.over.set()
            watch.join()
            grown = resident(process.pid, "RssAnon") - before
            peak = watch.most - before
    print(f"{number - 1} cases; memory grew by {grown / 1e6:.0f} MB, at most {peak / 1e6:.0f} MB")
    if peak > GROWTH:
        wrong.append(f"memory grew by {peak / 1e6:.0f} MB, more than {GROWTH / 1e6:.0f} MB")
    print(*wrong, sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

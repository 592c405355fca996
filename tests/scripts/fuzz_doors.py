"""Throw random and mutated requests at a served relay, over real sockets, for --seconds.

Every whole request is answered below 500 within a second, whatever it holds, and the server
goes on serving; what broke the rule is printed as bytes and can be sent again by --seed.
May import: fake_relay's public shell.
"""

from __future__ import annotations

import argparse
import bz2
import contextlib
import gzip
import json
import lzma
import random
import socket
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from fake_relay.relay import Relay
from fake_relay.store.sqlite import SqliteStore
from fake_relay.web.runner import ThreadServer

PATIENCE = 1.0
KEY = b"a" * 32
EVENT = b'{"event_id":"%032x","message":"hello","level":"error","tags":{"plan":"pro"}}'
PATHS = (
    *[b"/api/42/envelope/"] * 12,
    b"/api/42/store/",
    b"/api/42/security/",
    b"/api/42/minidump/",
    b"/api/42/unreal/%s/" % KEY,
    b"/api/42/cron/nightly/%s/" % KEY,
    b"/api/42/nel/",
    b"/api/42/user-feedback/",
    b"/api/42/csp-report/",
    *[b"/api/42/integration/otlp/v1/traces/"] * 2,
    *[b"/api/42/integration/otlp/v1/logs"] * 2,
    b"/api/42/integration/vercel/logs",
    b"/api/42/integration/heroku/logs",
    b"/stream",
    b"/api//42//envelope/",
    b"/api/0/projects/",
    b"/relay/v1/items",
    b"/relay/v1/expect",
    b"/relay/v1/faults",
    b"/health",
)
CONTENT_TYPES = (
    *[b"application/json"] * 3,
    b"application/x-protobuf",
    b"application/reports+json",
    b"application/csp-report",
    b"application/x-ndjson",
    b"application/logplex-1",
    b"text/plain",
    b"multipart/form-data",
)
CODINGS = (b"", b"gzip", b"deflate", b"br", b"zstd", b"identity", b"bogus", b"gzip, gzip")
TYPES = (b"event", b"transaction", b"session", b"log", b"attachment", b"client_report", b"check_in")


def envelope(dice: random.Random) -> bytes:
    """A well-formed envelope with items of several types."""
    lines = [b'{"event_id":"%032x"}' % dice.getrandbits(128)]
    for _ in range(dice.randrange(4)):
        payload = EVENT % dice.getrandbits(128) if dice.random() < 0.7 else dice.randbytes(50)
        length = len(payload) + dice.choice((0, 0, 0, -1, 1, 10**9, -(10**9)))
        lines.append(b'{"type":"%s","length":%d}' % (dice.choice(TYPES), length))
        lines.append(payload)
    return b"\n".join(lines)


def foreign(dice: random.Random) -> bytes:
    """What the doors for other formats take: browsers' reports, OTLP, a drain's record."""
    return dice.choice(
        (
            b'[{"type":"csp-violation","body":{"effectiveDirective":"img-src","blockedURL":"a:b"}}]',
            b'{"csp-report":{"violated-directive":"script-src","blocked-uri":"http://[x"}}',
            b'[{"age":9e9,"url":"http://x","body":{"type":"http.error","status_code":500}}]',
            b"83 <40>1 2023-11-14T22:00:00+00:00 host app web.3 - a=b c=d",
            b'{"status":"ok","duration":1.5,"check_in_id":"%032x"}' % dice.getrandbits(128),
            b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%032x","spanId":"%016x",'
            b'"name":"x","startTimeUnixNano":"1","attributes":[{"key":"k","value":{"arrayValue":'
            b'{"values":[{"doubleValue":"NaN"}]}}}]}]}]}]}'
            % (dice.getrandbits(128), dice.getrandbits(64)),
            (
                b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":9,"body":'
                b'{"stringValue":"x"},"timeUnixNano":"1700000000000000000"}]}]}]}'
            ),
            # The same in protobuf: one resource, one scope, one record with a body.
            b"\x0a\x0b\x12\x09\x12\x07\x2a\x03\x0a\x01x\x10\x09",
            (
                b'[{"id":"1","deploymentId":"d","source":"s","host":"h","timestamp":1,'
                b'"projectId":"p","level":"info","message":"m"}]'
            ),
        )
    )


def nested(dice: random.Random) -> bytes:
    """JSON that is deeper than a parser likes, or a number or string that is longer."""
    many = dice.choice((10, 1000, 100_000))
    thing = dice.choice((b"[" * many + b"]" * many, b"9" * many, b'"' + b"\xff" * many + b'"'))
    return b'{}\n{"type":"event"}\n' + (b'{"extra":%s}' % thing)


# Little on the wire, much behind it.
BOMBS = tuple(gzip.compress(bytes(size)) for size in (10**6, 3 * 10**7))
BODIES: tuple[Callable[[random.Random], bytes], ...] = (
    envelope,
    envelope,
    nested,
    foreign,
    foreign,
    lambda dice: EVENT % dice.getrandbits(128),
    lambda dice: dice.randbytes(dice.randrange(2000)),
    lambda dice: b"",
    lambda dice: b'{"expect":{"event":{"message":"x"}},"timeout":0}',
    lambda dice: dice.choice(BOMBS),
)


def mutated(body: bytes, dice: random.Random) -> bytes:
    """The body with a few of its bytes changed, cut, doubled or moved."""
    changed = bytearray(body)
    for _ in range(dice.choice((0, 0, 1, 1, 3, 20))):
        at = dice.randrange(len(changed) + 1)
        match dice.randrange(4):
            case 0:
                changed[at : at + 1] = dice.randbytes(1)
            case 1:
                del changed[at : at + dice.randrange(1, 40)]
            case 2:
                changed[at:at] = changed[: dice.randrange(40)]
            case 3:
                changed[at:at] = dice.choice(
                    (b"\n", b"\0", b"{", b'"', b"\xf0\x9f", b"-1", b"null")
                )
    return bytes(changed)


def packed(body: bytes, coding: bytes, dice: random.Random) -> bytes:
    """The body in the coding that its header will claim, or not."""
    if dice.random() < 0.2:
        return body
    if coding == b"gzip":
        return gzip.compress(body, 1)
    return zlib.compress(body) if coding == b"deflate" else body


def request(dice: random.Random) -> bytes:
    """A whole HTTP request that asks for its connection to be closed."""
    coding = dice.choice(CODINGS)
    body = mutated(packed(mutated(dice.choice(BODIES)(dice), dice), coding, dice), dice)
    method = dice.choice(
        (b"POST", b"POST", b"POST", b"POST", b"GET", b"PUT", b"OPTIONS", b"DELETE")
    )
    query = dice.choice(
        (b"", b"?sentry_key=" + KEY, b"?sentry_version=x&sentry_key=", b"?q=%FF:*(")
    )
    auth = b"Sentry sentry_key=" + KEY + b", sentry_version=7"
    headers = [
        b"Host: 127.0.0.1",
        b"Connection: close",
        b"X-Sentry-Auth: " + (auth if dice.random() < 0.8 else mutated(auth, dice)),
        b"Content-Type: " + dice.choice(CONTENT_TYPES),
    ]
    if coding:
        headers.append(b"Content-Encoding: " + coding)
    if dice.random() < 0.2:
        headers.append(b"Transfer-Encoding: chunked")
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    else:
        headers.append(b"Content-Length: %d" % len(body))
    head = [method + b" " + dice.choice(PATHS) + query + b" HTTP/1.1"]
    clean = [line.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"") for line in headers]
    return b"\r\n".join((*head, *clean)) + b"\r\n\r\n" + body


# Crash reporters, uploads and the pages that live in Sentry: forms, dumps, archives.
DUMP = b"MDMP" + bytes(16) + b"\x00\xf1\x53\x65" + bytes(40)
BROKEN = (b"", DUMP, b"\x81\xa1a\x01", b"\x91" * 3000, b"\xc1", b'{"a":{"b":1}}', b"{", b"x" * 999)
FIELDS = (
    b"upload_file_minidump",
    b"__sentry-event",
    b"__sentry-breadcrumb1",
    b"sentry",
    b"sentry__1",
    b"sentry[a][b]",
    b"sentry" + b"[a]" * 20,
    b"comments",
)
PACKERS: tuple[Callable[[bytes], bytes], ...] = (
    bytes,
    gzip.compress,
    bz2.compress,
    lzma.compress,
    zlib.compress,
)
ID = b"9ec79c33ec9942ab8353589fcb2e04dc"
DSN = b"?eventId=" + ID + b"&dsn=http%3A%2F%2F" + KEY + b"%40localhost%2F42"
CRASH_PATHS = (
    *[b"/api/42/minidump/"] * 4,
    *[b"/api/42/unreal/%b/?UserID=a%%7Cb" % KEY] * 3,
    b"/api/42/events/%b/attachments/" % ID,
    b"/api/42/envelope/",
    b"/api/42/upload/",
    b"/api/42/upload/%b/?upload_signature=x" % ID,
    b"/api/embed/error-page/" + DSN,
    b"/api/0/projects/a/42/user-feedback/",
    b"/js-sdk-loader/%b.js" % KEY,
)


def crash_form(dice: random.Random) -> bytes:
    """A form of fields and files, most of them with a dump."""
    parts = []
    for name in (FIELDS[0], *dice.choices(FIELDS, k=dice.randrange(5))):
        file = b'; filename="crash.dmp.gz"' if dice.random() < 0.7 else b""
        data = dice.choice(PACKERS)(dice.choice((DUMP, DUMP, *BROKEN)))
        parts.append(
            b'--X\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n' % (name, file, data)
        )
    return b"".join(parts) + b"--X--\r\n"


def archive(dice: random.Random) -> bytes:
    """An Unreal crash archive."""

    def text(value: bytes) -> bytes:
        return len(value).to_bytes(4, "little") + value

    names = (b"CrashContext.runtime-xml", b"game.log", b"a.dmp", b"__sentry-event")
    xml = b"<a><RuntimeProperties><UserName>x</UserName></RuntimeProperties></a>"
    files = [
        bytes(4) + text(name) + text(dice.choice((xml, *BROKEN)))
        for name in dice.choices(names, k=dice.randrange(4))
    ]
    header = text(b"dir") + text(b"name") + bytes(4) + len(files).to_bytes(4, "little")
    return dice.choice((bytes, zlib.compress))(header + b"".join(files) + header)


def crash_envelope(dice: random.Random) -> bytes:
    """An envelope of crash attachments, as native SDKs send them."""
    lines = [b'{"event_id":"%b"}' % ID]
    for kind in dice.choices((b"minidump", b"payload", b"breadcrumbs", b"nv_gpudmp"), k=3):
        data = dice.choice(BROKEN)
        header = b'{"type":"attachment","attachment_type":"event.%b","length":%d}'
        lines += [header % (kind, len(data)), data]
    return b"\n".join(lines)


def crash_request(dice: random.Random) -> bytes:
    """A whole request to one of the doors for crashes."""
    path = dice.choice(CRASH_PATHS)
    made = dice.choice((crash_form, crash_form, archive, crash_envelope))(dice)
    body = mutated(made, dice) if dice.random() < 0.6 else made
    method = dice.choice((b"POST", b"POST", b"POST", b"PATCH", b"GET", b"OPTIONS"))
    headers = [
        method + b" " + path + b" HTTP/1.1",
        b"Host: 127.0.0.1",
        b"Connection: close",
        b"Content-Length: %d" % len(body),
        b"Tus-Resumable: 1.0.0",
        dice.choice((b"Upload-Length: 10", b"Upload-Offset: 0", b"Upload-Metadata: sentry x")),
    ]
    if b"/unreal/" not in path:
        headers.append(b"X-Sentry-Auth: Sentry sentry_key=" + KEY)
    if kind := dice.choice(
        (
            b"multipart/form-data; boundary=X",
            b"multipart/form-data; boundary=X",
            b"application/x-dmp",
            b"application/offset+octet-stream",
            b"application/x-www-form-urlencoded",
            b"",
        )
    ):
        headers.append(b"Content-Type: " + kind)
    return b"\r\n".join(headers) + b"\r\n\r\n" + body


# Our own API: JSON of its words, where they belong and where they do not.
API = "/relay/v1/"
API_PATHS = (
    *[("PUT", "faults")] * 3,
    ("POST", "faults"),
    ("DELETE", "faults?id=1"),
    *[("PUT", "projects/42/settings")] * 3,
    ("GET", "projects/42/settings"),
    *[("POST", "expect")] * 3,
    ("POST", "projects"),
    ("GET", "explain?event_id=9ec79c33ec9942ab8353589fcb2e04dc"),
    ("GET", "explain?since=%s"),
    ("GET", "findings?q=%s"),
    ("GET", "items?view=stored&limit=5&q=%s"),
    ("GET", "refused?cursor=%s"),
)
WORDS = (
    "faults", "effect", "match", "status", "headers", "body", "times", "probability", "seed",
    "latency", "ms", "jitter_ms", "quota", "limit", "window", "scope", "categories", "rate_limit",
    "retry_after", "reset", "truncate", "bytes", "garbage", "hang", "q", "door", "types",
    "project", "bucket", "filters", "generic", "csp", "client_ips", "releases", "error_messages",
    "condition", "op", "name", "value", "inner", "id", "is_enabled", "quotas", "scrubbing",
    "pii_config", "rules", "applications", "sampling", "allowed_domains", "expect", "event",
    "transaction", "message", "regex", "message__regex", "tags", "count", "exactly", "min", "max",
    "view", "since", "type", "pattern", "redaction", "method", "sensitive_fields",
    "exclude_fields",
)  # fmt: skip
SCALARS: tuple[object, ...] = (
    None, True, False, 0, -1, 1, 503, 1e308, 2**63, 10**30, 0.5, "", "x", "*", "error", "event",
    "glob", "and", "not", "any", "$", "(a+)+$", "[", "(?P<", "{a,b}", "*" * 500, "before_body",
    "organization", "42", "a@1", "2024-01-01T00:00:00Z", "\ud800", "\0", "\r\nX: y",
)  # fmt: skip


def value(dice: random.Random, depth: int = 0) -> object:
    """JSON of the API's words."""
    if depth > 4 or dice.random() < 0.3:
        return dice.choice(SCALARS)
    if dice.random() < 0.3:
        return [value(dice, depth + 1) for _ in range(dice.randrange(4))]
    return {dice.choice(WORDS): value(dice, depth + 1) for _ in range(dice.randrange(4))}


def nearly(dice: random.Random, path: str) -> object:
    """A body that is right but for one place, or for all of them."""
    if dice.random() < 0.3 and path != "expect":
        return value(dice)
    key, other = dice.choice(WORDS), value(dice, 3)
    if path == "faults":
        fault = {"effect": {"status": 503}, key: other}
        return {"faults": [fault | {"effect": {dice.choice(WORDS): value(dice, 2)}}, fault]}
    if path == "expect":
        field = f"{key}__{dice.choice(WORDS)}"
        asked = {"type": "event", "where": {field: other, key: value(dice, 3)}, key: other}
        # Whoever asks for it waits for longer than this script does.
        return {**asked, "within": 0, "quiet": 0}
    condition = {"op": dice.choice(("and", "eq", "glob", "any", "gt", "cidr")), key: other}
    return {"filters": {"generic": [{"id": "a", "condition": condition}], key: other}, key: other}


def api_request(dice: random.Random) -> bytes:
    """A whole request to our own API."""
    method, path = dice.choice(API_PATHS)
    said = dice.choice(("", "x", "level:error", "*:(", str(value(dice))))
    path = path.replace("%s", quote(said, errors="replace"))
    body = json.dumps(nearly(dice, path)).encode()
    if dice.random() < 0.2 and path != "expect":
        body = mutated(body, dice)
    head = (
        f"{method} {API}{path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*head, "", "")).encode() + body


def clear(port: int) -> None:
    """Take back what a request to the API may have set: it would break the doors on purpose."""
    for path in ("faults", "projects/42/settings"):
        status_of(
            port,
            f"DELETE {API}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode(),
        )


def status_of(port: int, sent: bytes) -> int:
    """Send a request and give the status of its answer, 0 when there is none in time."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        # A server may answer and close before it has read all of a body that it refuses.
        with contextlib.suppress(ConnectionError):
            connection.sendall(sent)
        answer = b""
        try:
            while b" " not in answer or len(answer) < 12:
                if not (data := connection.recv(4096)):
                    return 0
                answer += data
        except (TimeoutError, ConnectionError):
            return 0
        return int(answer.split(b" ")[1])


def cut_short(port: int, sent: bytes, dice: random.Random) -> None:
    """Send part of a request and go away."""
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection,
    ):
        connection.sendall(sent[: dice.randrange(len(sent))])


def fuzz(port: int, seconds: float, seed: int) -> tuple[Counter[int], list[bytes]]:
    """Send requests for so long; how many got which status, and those that broke the rule."""
    dice = random.Random(seed)
    statuses: Counter[int] = Counter()
    broken: list[bytes] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        make = dice.choice((crash_request, api_request, request, request))
        sent = make(dice)
        if dice.random() < 0.1:
            cut_short(port, sent, dice)
            continue
        status = status_of(port, sent)
        statuses[status] += 1
        if make is api_request:
            # A request to a door meets what was set, now and then.
            if dice.random() < 0.3:
                status_of(port, request(dice))
            clear(port)
        # 501 is the right answer to a transfer coding or method that HTTP servers may lack.
        if status == 0 or (status >= 500 and status != 501):
            broken.append(sent)
    return statuses, broken


def main() -> int:
    """Serve, fuzz, and see that an ordinary event is still taken; 1 when a rule was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadServer(lambda: Relay(SqliteStore(str(Path(folder) / "relay.sqlite")))) as server,
    ):
        port = int(server.url.rpartition(":")[2])
        statuses, broken = fuzz(port, arguments.seconds, arguments.seed)
        last = b'{}\n{"type":"event"}\n{"message":"still here"}'
        alive = status_of(
            port,
            b"POST /api/42/envelope/?sentry_key=%b HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (KEY, len(last), last),
        )
    print(f"seed {arguments.seed}: {statuses.total()} answers: {dict(sorted(statuses.items()))}")
    for sent in broken[:10]:
        print(f"not answered below 500 within {PATIENCE} s ({len(sent)} bytes): {sent[:600]!r}")
    print(f"afterwards an ordinary event was answered by {alive}")
    return 1 if broken or alive != 200 else 0


if __name__ == "__main__":
    sys.exit(main())

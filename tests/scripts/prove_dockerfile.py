"""Carry out the Dockerfile's steps in an empty root, where no container engine is at hand.

A minimal Debian made by debootstrap stands for `python:3.11-slim`; every instruction is then
read from the Dockerfile itself and done by chroot; at the end the server is started as the
image would start it, its health check is asked, an event is sent, and it is stopped. A second
start has the event still, and a third one forwards another, scrubbed, to an upstream here.
Needs root, Linux, debootstrap, and about two minutes.
May import: the standard library.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = "python3,python3-venv,ca-certificates"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
URL = "http://127.0.0.1:9119"
ENVELOPE = (
    b'{}\n{"type":"event"}\n'
    b'{"message":"into the container","contexts":{"payment":{"password":"hunter2"}}}\n'
)
# What a machine must pass into the root for pip to reach what it reaches outside.
PASSED = tuple(name for name in os.environ if name.startswith("PIP_"))


@dataclass(frozen=True)
class Image:
    """A root folder and what the instructions so far have set."""

    root: Path
    workdir: str = "/"
    user: str = "root"
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    health: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    def argv(self, command: tuple[str, ...]) -> list[str]:
        """The command line that runs a command in this image."""
        inside = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', self.workdir, *command]
        return ["chroot", f"--userspec={self.user}", str(self.root), *inside]

    def run(self, *command: str) -> None:
        """Run a command as a build step."""
        environment = {**self.environment, **{name: os.environ[name] for name in PASSED}}
        subprocess.run(self.argv(command), env=environment, check=True)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions of a Dockerfile and their arguments."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, rest = line.strip().partition(" ")
        yield name.upper(), rest.strip()


def base(folder: Path) -> Path:
    """A minimal Debian with Python, as the base image has it."""
    root = folder / "base"
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(root)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    # debootstrap leaves these mounted; what they show is this machine, and endless.
    for mounted in ("proc", "sys"):
        subprocess.run(["umount", str(root / mounted)], check=False, capture_output=True)
    (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    # Name service and certificates are the machine's own: an engine passes them in as well.
    for path in ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt"):
        shutil.copy(path, root / path.lstrip("/"))
    return root


def copy(image: Image, arguments: str, stages: dict[str, Image]) -> None:
    """Do a COPY, from the repository or from an earlier stage."""
    words = arguments.split()
    source = REPOSITORY
    if words[0].startswith("--from="):
        source = stages[words.pop(0).removeprefix("--from=")].root
    *names, target = words
    destination = image.root / image.workdir.lstrip("/") / target.lstrip("/")
    if target.startswith("/"):
        destination = image.root / target.lstrip("/")
    for name in names:
        found = source / name.lstrip("/")
        if found.is_dir():
            shutil.copytree(found, destination, symlinks=True, dirs_exist_ok=True)
        else:
            destination.mkdir(parents=True, exist_ok=True)
            shutil.copy(found, destination)


def build(folder: Path) -> Image:
    """Carry out the Dockerfile; the image of its last stage."""
    stages: dict[str, Image] = {}
    template = base(folder)
    image = Image(template)
    for name, rest in instructions((REPOSITORY / "Dockerfile").read_text()):
        print(f"{name} {rest}", flush=True)
        if name == "FROM":
            label = rest.partition(" AS ")[2] or "last"
            root = folder / label
            command = ["cp", "--archive", "--one-file-system", str(template), str(root)]
            subprocess.run(command, check=True)
            image = Image(root)
        else:
            image = step(image, name, rest, stages)
        stages[label] = image
    return image


def step(image: Image, name: str, rest: str, stages: dict[str, Image]) -> Image:
    """Carry out one instruction."""
    match name:
        case "RUN":
            image.run("/bin/sh", "-c", rest)
        case "COPY":
            copy(image, rest, stages)
        case "WORKDIR":
            (image.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            return replace(image, workdir=rest)
        case "USER":
            return replace(image, user=rest)
        case "ENV":
            told = dict(pair.split("=", 1) for pair in rest.split())
            known = image.environment
            told = {key: value.replace("$PATH", known["PATH"]) for key, value in told.items()}
            return replace(image, environment={**known, **told})
        case "HEALTHCHECK":
            return replace(image, health=tuple(json.loads(rest.partition(" CMD ")[2])))
        case "ENTRYPOINT":
            return replace(image, entrypoint=tuple(json.loads(rest)))
        case "CMD":
            return replace(image, command=tuple(json.loads(rest)))
        case "VOLUME" | "EXPOSE":
            pass
        case _:
            raise SystemExit(f"the Dockerfile has {name!r}, which this script cannot carry out")
    return image


def healthy(image: Image) -> bool:
    """What the health check says."""
    check = subprocess.run(
        image.argv(image.health), env=image.environment, check=False, capture_output=True
    )
    return check.returncode == 0


@contextlib.contextmanager
def running(image: Image, **told: str) -> Iterator[subprocess.Popen[bytes]]:
    """The image's server, told by variables of the environment what `docker run -e` tells it.

    It is healthy when the block begins, and ended by SIGTERM after it.
    """
    environment = image.environment | told
    process = subprocess.Popen(image.argv((*image.entrypoint, *image.command)), env=environment)
    try:
        until = time.monotonic() + 20
        while not healthy(image):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit("the server did not become healthy")
            time.sleep(0.2)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(20)
    if status != 0:
        raise SystemExit(f"the server ended with {status} on SIGTERM")


class Upstream(BaseHTTPRequestHandler):
    """A Sentry that takes what comes as gzip or uncompressed, and keeps it."""

    taken: ClassVar[queue.Queue[bytes]] = queue.Queue()

    def do_POST(self) -> None:
        """Take an envelope."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        coding = self.headers.get("Content-Encoding", "")
        readable = coding in ("", "gzip")
        self.send_response(200 if readable else 415)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if readable:
            self.taken.put(gzip.decompress(body) if coding else body)


@contextlib.contextmanager
def upstream() -> Iterator[str]:
    """Run an upstream; its DSN."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{'b' * 32}@127.0.0.1:{server.server_port}/7"
        server.shutdown()


def send() -> None:
    """Send an event to the server."""
    request = urllib.request.Request(
        f"{URL}/api/1/envelope/?sentry_key={'a' * 32}", ENVELOPE, method="POST"
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        print(f"an event was answered by {answer.status}: {answer.read().decode()}")


def stored(token: str) -> int:
    """How many items the server holds."""
    request = urllib.request.Request(
        f"{URL}/relay/v1/items", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return len(json.load(answer)["items"])


def prove(image: Image) -> None:
    """Start the server as the image would, use it, and look at what it left behind."""
    with running(image) as process:
        send()
        user = Path(f"/proc/{process.pid}").stat().st_uid
    with running(image, FAKE_RELAY_TOKEN="secret"):
        kept = stored("secret")
        print(f"healthy with a token, too; {kept} event of the run before")
    with upstream() as dsn, running(image, FAKE_RELAY_FORWARD_TO=dsn):
        send()
        forwarded = Upstream.taken.get(timeout=20)
        print(f"forwarded: {forwarded.decode()}")
    store = (image.root / "data/relay.sqlite").stat()
    print(f"it runs as {user}; the store is {store.st_uid}'s, mode {store.st_mode & 0o777:o}")
    if user != 9119 or store.st_uid != 9119 or store.st_mode & 0o077:
        raise SystemExit("the store is not its owner's alone")
    if kept != 1 or b"into the container" not in forwarded or b"hunter2" in forwarded:
        raise SystemExit("what was sent was not kept, or did not leave scrubbed")


def main() -> None:
    """Build, prove, clean up."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise SystemExit("this needs root and debootstrap (on Debian: apt-get install debootstrap)")
    with tempfile.TemporaryDirectory(prefix="fake-relay-image-") as folder:
        image = build(Path(folder))
        size = subprocess.run(
            ["du", "-sm", str(image.root / "opt/fake-relay")],
            capture_output=True,
            text=True,
            check=True,
        )
        print(f"MiB on top of the base image: {size.stdout.split()[0]}")
        prove(image)
    print("the Dockerfile's steps work")


if __name__ == "__main__":
    main()

"""Large attachments: create, send, refer (PROTOCOL.md 2.11)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import io
import json
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from fake_relay.config import Limits, ProjectConfig, RelayConfig
from fake_relay.protocol.category import Category
from fake_relay.protocol.rate_limits import RateLimit
from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.runner import serving
from fake_relay.web.settings import WebConfig
from fake_relay.web.uploads.area import Area, signature
from fake_relay.web.uploads.passing import PREFIX, PassingFolder

KEY = "a" * 32
MIB = 1024 * 1024
AUTH = {"X-Sentry-Auth": f"Sentry sentry_key={KEY}", "Tus-Resumable": "1.0.0"}
CREATE = "/api/42/upload/"
CHUNK = {**AUTH, "Content-Type": "application/offset+octet-stream"}
REFERENCE = "application/vnd.sentry.attachment-ref+json"


def begin(server, **headers):
    """The answer to a creation; aiohttp's client adds a content type unless told not to."""
    return server.client.post(CREATE, headers=headers, skip_auto_headers=("Content-Type",))


async def create(server, length=10, **headers):
    """A new upload's location."""
    asked = {**AUTH, "Upload-Length": str(length), **headers}
    async with begin(server, **asked) as response:
        assert response.status == 201, await response.text()
        return response.headers["Location"]


async def patch(server, location, data, offset=0, **headers):
    """Status, offset and location of the answer to a chunk."""
    asked = {**CHUNK, "Upload-Offset": str(offset), **headers}
    async with server.client.patch(location, data=io.BytesIO(data), headers=asked) as response:
        told = response.headers
        assert told["Tus-Resumable"] == "1.0.0"
        return response.status, told.get("Upload-Offset"), told.get("Location")


async def refer(server, location, length=10, project="42", content_type=REFERENCE):
    """Send an attachment that refers to an upload; the item's id."""
    payload = json.dumps({"location": location, "content_type": "text/plain"}).encode()
    header = {
        "type": "attachment",
        "length": len(payload),
        "content_type": content_type,
        "attachment_length": length,
        "filename": "large.bin",
    }
    body = b"{}\n" + json.dumps(header).encode() + b"\n" + payload + b"\n"
    path = f"/api/{project}/envelope/?sentry_key={KEY}"
    async with server.client.post(path, data=body) as response:
        assert response.status == 200, await response.text()
    return (await server.items(type="attachment"))["items"][0]["id"]


async def payload(server, item_id):
    """The payload of an item."""
    async with server.client.get(f"/relay/v1/items/{item_id}/payload") as response:
        assert response.status == 200
        return await response.read()


async def test_an_upload_is_created_sent_and_referred_to(server):
    location = await create(server)
    status, offset, final = await patch(server, location, b"0123456789")
    assert (status, offset) == (204, "10")
    item_id = await refer(server, final)
    assert await payload(server, item_id) == b"0123456789"


async def test_the_location_is_signed_and_names_length_and_id(server):
    parts = urlsplit(await create(server, 7))
    query = parse_qs(parts.query)
    assert parts.path == f"/api/42/upload/{query['upload_id'][0]}/"
    assert (query["upload_length"], len(query["upload_signature"][0])) == (["7"], 64)


async def test_the_answer_to_a_creation_names_the_extension(server):
    headers = {**AUTH, "Upload-Length": "0"}
    async with begin(server, **headers) as response:
        assert response.headers["Tus-Resumable"] == "1.0.0"
        assert response.headers["Tus-Extension"] == "creation"
        assert await response.read() == b""


async def test_an_upload_can_come_in_pieces(server):
    location = await create(server)
    status, offset, location = await patch(server, location, b"0123")
    assert (status, offset) == (204, "4")
    _, _, final = await patch(server, location, b"456789", 4)
    assert await payload(server, await refer(server, final)) == b"0123456789"


async def test_the_length_may_be_told_at_the_end(server):
    asked = {**AUTH, "Upload-Defer-Length": "1"}
    async with begin(server, **asked) as response:
        location = response.headers["Location"]
    assert "upload_length" not in location
    _, _, final = await patch(server, location, b"0123")
    assert parse_qs(urlsplit(final).query)["upload_length"] == ["4"]
    assert await payload(server, await refer(server, final, 4)) == b"0123"


async def test_older_names_of_the_parameters_are_known(server):
    location = await create(server)
    old = location.replace("upload_length", "length").replace("upload_signature", "signature")
    assert (await patch(server, old, b"0123456789"))[0] == 204


async def test_a_reference_counts_with_the_length_that_it_names(server):
    await refer(server, await create(server, 12345), 12345)
    counted = {entry.category: entry.quantity for entry in server.relay.store.ledger("42")}
    assert counted == {"attachment": 12345, "attachment_item": 1}


@pytest.mark.parametrize("version", [None, "0.2.2", "1"])
async def test_another_version_is_a_412(server, version):
    headers = {"X-Sentry-Auth": AUTH["X-Sentry-Auth"], "Upload-Length": "1"}
    headers |= {} if version is None else {"Tus-Resumable": version}
    for method, path in (("POST", CREATE), ("PATCH", await create(server))):
        async with server.client.request(
            method, path, headers=headers, skip_auto_headers=("Content-Type",)
        ) as response:
            assert (response.status, response.headers["Tus-Version"]) == (412, "1.0.0")
            assert response.headers["Tus-Resumable"] == "1.0.0"
            assert "detail" in await response.json()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Upload-Length": "1", "Content-Type": "text/plain"}, 415, id="content type"),
        pytest.param({}, 400, id="no length"),
        pytest.param({"Upload-Length": "1", "Upload-Defer-Length": "1"}, 400, id="both lengths"),
        pytest.param({"Upload-Defer-Length": "2"}, 400, id="bad deferral"),
        pytest.param({"Upload-Length": "-1"}, 400, id="negative"),
        pytest.param({"Upload-Length": "ten"}, 400, id="no number"),
        pytest.param({"Upload-Length": "9" * 30}, 400, id="absurd"),
        pytest.param({"Upload-Length": str(1024**3 + 1)}, 413, id="too large"),
        pytest.param({"Upload-Length": "1", "Upload-Metadata": "sentry ?"}, 400, id="no base64"),
        pytest.param({"Upload-Length": "1", "Upload-Metadata": "sentry e30"}, 400, id="no padding"),
        pytest.param({"Upload-Length": "1", "Upload-Metadata": "sentry W10="}, 400, id="no object"),
    ],
)
async def test_a_creation_that_is_wrong_is_refused(server, headers, status):
    async with begin(server, **AUTH, **headers) as response:
        assert (response.status, response.headers["Tus-Resumable"]) == (status, "1.0.0")
        assert "detail" in await response.json()


async def test_metadata_may_name_the_attachment_type(server):
    metadata = base64.b64encode(b'{"attachment_type":"event.minidump"}').decode()
    assert await create(server, **{"Upload-Metadata": f"a b, sentry {metadata}"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Content-Type": "application/octet-stream"}, 415, id="content type"),
        pytest.param({"Content-Encoding": "gzip"}, 415, id="coding"),
        pytest.param({"Upload-Offset": "x"}, 400, id="bad offset"),
        pytest.param({"Upload-Offset": "3"}, 409, id="offset ahead"),
    ],
)
async def test_a_chunk_that_is_wrong_is_refused(server, headers, status):
    location = await create(server)
    assert (await patch(server, location, b"0", **headers))[0] == status


async def test_a_chunk_without_offset_is_refused(server):
    async with server.client.patch(await create(server), headers=CHUNK) as response:
        assert response.status == 400


async def test_a_chunk_that_was_sent_already_is_a_409(server):
    location = await create(server)
    assert (await patch(server, location, b"0123"))[0] == 204
    assert (await patch(server, location, b"0123"))[0] == 409


async def test_more_than_was_announced_is_a_413(server):
    location = await create(server, 3)
    assert (await patch(server, location, b"0123"))[0] == 413
    assert (await patch(server, location, b"012"))[0] == 204


async def test_a_body_without_length_is_cut_at_the_limit(start):
    server = await start(config=RelayConfig(limits=Limits(max_upload_size=1000)))
    asked = {**AUTH, "Upload-Defer-Length": "1"}
    async with begin(server, **asked) as response:
        location = response.headers["Location"]

    async def endless():
        for _ in range(100):
            yield b"x" * 100

    headers = {**CHUNK, "Upload-Offset": "0"}
    async with server.client.patch(location, data=endless(), headers=headers) as response:
        assert response.status == 413


async def test_a_wrong_signature_is_a_403(server):
    location = await create(server)
    for wrong in (
        location[:-1] + ("0" if location[-1] != "0" else "1"),
        location.replace("upload_length=10", "upload_length=99"),
        location.replace("/api/42/", "/api/43/"),
        location.partition("?")[0],
    ):
        assert (await patch(server, wrong, b"0"))[0] == 403


async def test_an_upload_that_had_to_make_room_is_a_404(start, tmp_path):
    server = await start(store=open_store(str(tmp_path / "a.sqlite")))
    location = await create(server)
    for path in (tmp_path / "a.sqlite.uploads").glob("*-*"):
        path.unlink()
    assert (await patch(server, location, b"0"))[0] == 404


@pytest.mark.parametrize("key", ["x", "..%2f..%2fetc", "a" * 32])
async def test_a_key_is_never_a_path(server, key):
    status, _, _ = await patch(server, f"/api/42/upload/{key}/?upload_signature=x", b"0")
    assert status == 403


async def test_who_may_enter_is_asked_first(start):
    server = await start(config=RelayConfig(strict=True, projects=(ProjectConfig("7", (KEY,)),)))
    async with server.client.post(CREATE) as response:
        assert response.status == 401
    async with server.client.post(CREATE, headers=AUTH) as response:
        assert response.status == 403


async def test_a_limit_on_attachments_is_a_429(server):
    limit = RateLimit(60, (Category.ATTACHMENT,))
    location = await create(server)
    server.relay.quotas.impose(limit, 4e9)
    async with begin(server, **AUTH, **{"Upload-Length": "1"}) as response:
        assert response.status == 429
        assert response.headers["X-Sentry-Rate-Limits"].endswith(":attachment:organization")
    assert (await patch(server, location, b"0"))[0] == 429


async def test_of_two_requests_at_once_one_is_taken(server):
    location = await create(server)
    bodies = (b"0" * 10, b"1" * 10)

    async def slowly(data):
        for byte in data:
            yield bytes([byte])
            await asyncio.sleep(0)

    async def send(data):
        headers = {**CHUNK, "Upload-Offset": "0"}
        async with server.client.patch(location, data=slowly(data), headers=headers) as response:
            return response.status

    assert sorted(await asyncio.gather(*map(send, bodies))) == [204, 409]
    assert await payload(server, await refer(server, location)) in bodies


async def test_an_upload_survives_a_restart(start, tmp_path):
    path = str(tmp_path / "a.sqlite")
    with closing(open_store(path)) as store:
        async with serving(Relay(store)) as url, aiohttp.ClientSession(url) as client:
            first = SimpleNamespace(client=client)
            location = await create(first)
            await patch(first, location, b"0123")
    again = await start(store=open_store(path))
    assert (await patch(again, location, b"456789", 4))[0] == 204
    assert await payload(again, await refer(again, location)) == b"0123456789"


async def test_uploads_are_nobody_else_s_to_read(start, tmp_path):
    server = await start(store=open_store(str(tmp_path / "a.sqlite")))
    await patch(server, await create(server), b"0123456789")
    modes = {
        path.name.partition("-")[0]: path.stat().st_mode & 0o777
        for path in tmp_path.glob("*.uploads/*")
    }
    assert modes == {"42": 0o600, "secret": 0o600}


@pytest.mark.parametrize(
    "location",
    [
        "",
        "x",
        "http://[",
        "/api/42/upload/" + "a" * 32 + "/?upload_signature=x",
        "file:///etc/passwd",
    ],
)
async def test_a_reference_to_nothing_is_its_own_payload(server, location):
    item_id = await refer(server, location or "?")
    assert json.loads(await payload(server, item_id))["content_type"] == "text/plain"


async def test_a_reference_finds_no_upload_of_another_project(server):
    _, _, final = await patch(server, await create(server), b"0123456789")
    item_id = await refer(server, final, project="43")
    assert b"location" in await payload(server, item_id)


async def test_the_whole_address_is_a_location_too(server):
    _, _, final = await patch(server, await create(server), b"0123456789")
    item_id = await refer(server, f"https://proxy.example/prefix{final}")
    assert await payload(server, item_id) == b"0123456789"


def test_the_oldest_uploads_make_room(tmp_path):
    area = Area(tmp_path / "u", max_bytes=10, max_files=3)
    keys = [area.create("1") for _ in range(3)]
    for age, key in enumerate(keys):
        path = tmp_path / "u" / f"1-{key}"
        path.write_bytes(b"12345")
        os.utime(path, (age, age))
    area.busy.add(keys[0])
    area.make_room()
    assert [area.path("1", key) is not None for key in keys] == [True, False, True]


def test_the_number_of_uploads_is_bounded(tmp_path):
    area = Area(tmp_path / "u", max_files=3)
    for _ in range(10):
        area.create("1")
    assert len(list((tmp_path / "u").glob("1-*"))) == 3


def test_no_upload_is_begun_when_all_are_being_sent_to(tmp_path):
    area = Area(tmp_path / "u", max_files=3)
    area.busy.update([area.create("1") for _ in range(3)])
    with pytest.raises(OSError, match="all 3 uploads"):
        area.create("1")
    assert len(list((tmp_path / "u").glob("1-*"))) == 3


async def test_uploads_at_the_same_time_do_not_fill_the_disk(start, monkeypatch):
    monkeypatch.setitem(Area.__init__.__kwdefaults__, "max_bytes", 10 * MIB)
    server = await start()
    location = await create(server, 40 * MIB)
    status, _, _ = await patch(server, location, bytes(40 * MIB))
    assert status == 503


def test_a_directory_of_somebody_else_s_making_is_not_used(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "u").symlink_to(tmp_path / "elsewhere")
    for use in (lambda area: area.create("1"), lambda area: area.sign("1", "a" * 32, 1)):
        with pytest.raises(OSError, match="no directory of this user"):
            use(Area(tmp_path / "u"))
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_directory_that_others_could_enter_is_closed(tmp_path):
    (tmp_path / "u").mkdir(mode=0o755)
    Area(tmp_path / "u").create("1")
    assert (tmp_path / "u").stat().st_mode & 0o777 == 0o700


def test_an_upload_is_never_a_link(tmp_path):
    area = Area(tmp_path / "u")
    key = area.create("1")
    (tmp_path / "u" / f"1-{key}").unlink()
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "u" / f"1-{key}").symlink_to(tmp_path / "secret")
    assert area.path("1", key) is None


def test_half_a_secret_is_none(tmp_path):
    """A server that was killed while it made the secret must not sign with nothing."""
    (tmp_path / "u").mkdir()
    (tmp_path / "u" / "secret").touch()
    signed = Area(tmp_path / "u").sign("1", "a" * 32, 1)
    assert signed != hmac.new(b"", f"1\n{'a' * 32}\n1".encode(), hashlib.sha256).hexdigest()
    assert (tmp_path / "u" / "secret").stat().st_size == 32
    assert Area(tmp_path / "u").sign("1", "a" * 32, 1) == signed


async def head(server, location, **headers):
    """Status and headers of the answer to a question for the offset."""
    async with server.client.head(location, headers={**AUTH, **headers}) as response:
        return response.status, response.headers


async def test_a_sender_that_was_cut_learns_where_to_go_on(server):
    location = await create(server, 10)
    for sent, data in ((0, b"0123"), (4, b"456789"), (10, b"")):
        status, told = await head(server, location)
        assert (status, told["Upload-Offset"], told["Upload-Length"]) == (200, str(sent), "10")
        assert (told["Tus-Resumable"], told["Cache-Control"]) == ("1.0.0", "no-store")
        await patch(server, location, data, sent)


async def test_of_an_upload_of_unknown_length_that_is_told(server):
    async with begin(server, **AUTH, **{"Upload-Defer-Length": "1"}) as response:
        location = response.headers["Location"]
    status, told = await head(server, location)
    assert (status, told["Upload-Defer-Length"], "Upload-Length" in told) == (200, "1", False)


async def test_an_offset_is_told_to_nobody_else(server):
    location = await create(server)
    assert (await head(server, location, **{"Tus-Resumable": "0.1"}))[0] == 412
    assert (await head(server, location, **{"X-Sentry-Auth": "x"}))[0] == 401
    assert (await head(server, location[:-1] + "x"))[0] == 403
    assert (await head(server, location.replace("/api/42/", "/api/43/")))[0] == 403


async def test_a_body_that_pauses_is_given_up_and_what_came_of_it_stays(start):
    server = await start(web=WebConfig(chunk_timeout=0.05))
    location = await create(server, 10)
    head_lines = (
        f"PATCH {location} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        "Content-Length: 10",
        "Upload-Offset: 0",
        *(f"{name}: {value}" for name, value in CHUNK.items()),
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write("\r\n".join((*head_lines, "", "0123")).encode())
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert (await head(server, location))[1]["Upload-Offset"] == "4"


@pytest.fixture
def passing(tmp_path, monkeypatch):
    """Where temporary directories of uploads are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def test_nothing_is_made_before_an_upload_begins(passing):
    with closing(open_store("memory:")) as store:
        async with serving(Relay(store)) as url, aiohttp.ClientSession(url) as client:
            server = SimpleNamespace(client=client)
            assert (await patch(server, f"/api/42/upload/{'a' * 32}/", b"0"))[0] == 403
            assert list(passing.iterdir()) == []
            await create(server)
            assert len(list(passing.iterdir())) == 1
    assert list(passing.iterdir()) == []


async def test_a_store_in_a_file_has_no_directory_before_an_upload_begins(start, tmp_path):
    server = await start(store=open_store(str(tmp_path / "a.sqlite")))
    assert (await patch(server, f"/api/42/upload/{'a' * 32}/", b"0"))[0] == 403
    assert not (tmp_path / "a.sqlite.uploads").exists()
    await create(server)
    assert (tmp_path / "a.sqlite.uploads").exists()


def test_nobody_can_sign_where_nothing_was_ever_signed(passing):
    with PassingFolder() as folder:
        area = Area(folder)
        assert not area.signed("1", "a" * 32, 1, signature(b"", "1", "a" * 32, 1))


def test_what_a_killed_server_left_is_removed_and_what_others_hold_is_not(passing):
    code = (
        "import sys, os; from pathlib import Path;"
        "from fake_relay.web.uploads.passing import PassingFolder;"
        "made = PassingFolder().made(); (made / 'upload').touch();"
        "print(made, flush=True); sys.stdin.read(); os._exit(9)"
    )
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "TMPDIR": str(passing)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        with PassingFolder() as folder:
            mine = folder.made()
            assert (theirs / "upload").exists()
        other.communicate()
    assert (theirs.parent, theirs.exists(), mine.exists()) == (passing, True, False)
    with PassingFolder() as folder:
        made = folder.made()
        assert list(passing.iterdir()) == [made]


def test_nothing_is_removed_through_a_link(passing):
    (passing / "elsewhere").mkdir()
    (passing / "elsewhere" / "kept").touch()
    (passing / f"{PREFIX}x").symlink_to(passing / "elsewhere")
    with PassingFolder() as folder:
        folder.made()
    assert (passing / "elsewhere" / "kept").exists()


async def test_no_upload_is_taken_where_only_scrubbed_data_may_be_kept(start):
    server = await start(config=RelayConfig(scrub_at_rest=True))
    async with begin(server, **AUTH, **{"Upload-Length": "10"}) as response:
        assert response.status == 503
        assert "scrub_at_rest" in await response.text()

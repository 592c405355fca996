"""A crash over HTTP: what was sent stays what it was, and the event is found beside it."""

from __future__ import annotations

import json
import struct

import pytest

from fake_relay.store import open_store

KEY = "a" * 32
ID = "9ec79c33ec9942ab8353589fcb2e04dc"
DUMP = struct.pack("<4sIIIIIQ", b"MDMP", 0xA793, 0, 32, 0, 1_700_000_000, 0)
ENVELOPE = (
    b'{"event_id":"%b"}\n{"type":"attachment","attachment_type":"event.minidump","length":%d}\n%b'
    % (ID.encode(), len(DUMP), DUMP)
)
FORM = (
    b'--X\r\nContent-Disposition: form-data; name="upload_file_minidump"; filename="a.dmp"\r\n\r\n'
    + DUMP
    + b'\r\n--X\r\nContent-Disposition: form-data; name="sentry[release]"\r\n\r\nshop@1\r\n--X--'
)


@pytest.fixture(params=["memory:", "a.sqlite"])
async def either(start, tmp_path, request):
    """A server on each kind of store."""
    url = request.param
    return await start(store=open_store(url if url == "memory:" else str(tmp_path / url)))


async def raw(server, wire=0):
    """The bytes of the only envelope."""
    async with server.client.get(f"/relay/v1/envelopes/1/raw?wire={wire}") as response:
        assert response.status == 200
        return await response.read()


async def test_an_envelope_with_a_dump_can_be_taken_back_as_it_was_sent(either):
    path = f"/api/42/envelope/?sentry_key={KEY}"
    async with either.client.post(path, data=ENVELOPE) as response:
        assert await response.json() == {"id": ID}
    assert (await raw(either), await raw(either, 1)) == (ENVELOPE, ENVELOPE)
    page = await either.items()
    assert [item["type"] for item in page["items"]] == ["event", "attachment"]
    event = page["items"][0]
    assert event["headers"]["derived_from"] == "event.minidump"
    assert event["payload"]["exception"]["values"][0]["type"] == "Minidump"
    async with either.client.get(f"/relay/v1/items/{event['id']}/payload") as response:
        assert await response.json() == event["payload"]


async def test_a_form_can_be_taken_back_as_it_was_sent_and_as_an_envelope(either):
    headers = {"Content-Type": "multipart/form-data; boundary=X"}
    path = f"/api/42/minidump/?sentry_key={KEY}"
    async with either.client.post(path, data=FORM, headers=headers) as response:
        assert response.content_type == "text/plain"
    assert await raw(either, 1) == FORM
    made = await raw(either)
    types = [json.loads(line)["type"] for line in made.split(b"\n") if line.startswith(b'{"type"')]
    assert types == ["attachment", "form_data"]


async def test_the_crash_is_found_by_its_release(either):
    headers = {"Content-Type": "multipart/form-data; boundary=X"}
    path = f"/api/42/minidump/?sentry_key={KEY}"
    async with either.client.post(path, data=FORM, headers=headers):
        pass
    page = await either.items(q="type:event release:shop@1 level:fatal")
    assert [item["title"] for item in page["items"]] == ["Minidump: Invalid Minidump"]


async def test_a_crash_reporter_is_never_told_of_a_limit(either):
    from fake_relay.protocol.rate_limits import RateLimit

    either.relay.quotas.impose(RateLimit(60), 4e9)
    path = f"/api/42/minidump/?sentry_key={KEY}"
    headers = {"Content-Type": "application/x-dmp"}
    async with either.client.post(path, data=DUMP, headers=headers) as response:
        assert response.status == 200
    ledger = {(row.category, str(row.outcome)): row.quantity for row in either.relay.store.ledger()}
    assert ledger["error", "rate_limited"] == 1

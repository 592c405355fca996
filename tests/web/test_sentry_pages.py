"""Pages that live in Sentry: crash dialog, user feedback, loader (PROTOCOL.md 2.12)."""

from __future__ import annotations

import asyncio
import io
import json
import random
import re
from urllib.parse import urlencode

import pytest

from fake_relay.config import ProjectConfig, RelayConfig
from fake_relay.errors import StoreError
from fake_relay.store.sqlite import SqliteStore
from fake_relay.web.settings import WebConfig

KEY = "a" * 32
ID = "9ec79c33ec9942ab8353589fcb2e04dc"
DSN = f"http://{KEY}@localhost/42"
FORM = {"name": "Ana", "email": "ana@example.com", "comments": "it broke"}
ERROR_PAGE = "/api/embed/error-page/"
FEEDBACK = "/api/0/projects/org/42/user-feedback/"
REQUIRED = ["This field is required."]
INVALID = "Missing or invalid parameter."
STRICT = RelayConfig(strict=True, projects=(ProjectConfig("7", ("c" * 32,)),))


def error_page(**parameters):
    return ERROR_PAGE + "?" + urlencode({"eventId": ID, "dsn": DSN, **parameters})


async def reports(server):
    """The stored user reports."""
    page = await server.items(type="user_report")
    return [(item["project"], item["event_id"], item["payload"]) for item in page["items"]]


async def test_the_dialog_is_a_script_for_any_page(server):
    async with server.client.get(error_page()) as response:
        text = await response.text()
        assert (response.status, response.content_type) == (200, "text/javascript")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "What happened?" in text


async def test_what_the_page_says_is_in_the_script_and_cannot_leave_its_string(server):
    nasty = "</script><script>alert(1)</script>\u2028\"'"
    async with server.client.get(error_page(title=nasty, name="Bo")) as response:
        text = await response.text()
    assert "<script" not in text
    options = json.loads(text[text.rindex("})(") + 3 : text.rindex(")")])
    assert (options["title"], options["name"]) == (nasty, "Bo")


async def test_the_form_becomes_a_user_report(server):
    async with server.client.post(error_page(), data=FORM) as response:
        assert (response.status, await response.json()) == (200, {})
    assert await reports(server) == [("42", ID, {"event_id": ID, **FORM})]
    _, page = await server.get("/relay/v1/envelopes")
    assert (page["envelopes"][0]["door"], page["envelopes"][0]["public_key"]) == (
        "user_report",
        KEY,
    )


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("event_id", ["", "zz", ID + "0"])
async def test_a_bad_event_id_is_a_400(server, method, event_id):
    async with server.client.request(method, error_page(eventId=event_id)) as response:
        assert (response.status, await response.json()) == (400, {"eventId": INVALID})


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("dsn", ["", "x", "http://localhost/42", f"http://{KEY}@localhost/abc"])
async def test_a_bad_dsn_is_a_404(server, method, dsn):
    async with server.client.request(method, error_page(dsn=dsn)) as response:
        assert (response.status, await response.json()) == (404, {"dsn": INVALID})


async def test_strict_mode_knows_its_projects(start):
    server = await start(config=STRICT)
    async with server.client.get(error_page()) as response:
        assert response.status == 404
    known = error_page(dsn=f"http://{'c' * 32}@localhost/7")
    async with server.client.post(known, data=FORM) as response:
        assert response.status == 200


async def test_an_origin_that_is_not_allowed_is_a_403(start):
    server = await start(config=RelayConfig(allowed_domains=("shop.example",)))
    for origin, status in (("https://evil.example", 403), ("https://shop.example", 200)):
        headers = {"Origin": origin}
        async with server.client.post(error_page(), data=FORM, headers=headers) as response:
            assert (response.status, await response.json()) == (status, {})
            assert response.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize("missing", ["name", "email", "comments"])
async def test_every_field_is_required(server, missing):
    for form in ({**FORM, missing: " "}, {k: v for k, v in FORM.items() if k != missing}):
        async with server.client.post(error_page(), data=form) as response:
            assert (response.status, await response.json()) == (
                400,
                {"errors": {missing: REQUIRED}},
            )
    assert await reports(server) == []


async def test_an_email_must_look_like_one(server):
    async with server.client.post(error_page(), data={**FORM, "email": "ana"}) as response:
        assert (await response.json())["errors"].keys() == {"email"}


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"a=1&" * 1000, b"{}"])
async def test_a_body_that_is_no_form_lacks_its_fields(server, body):
    async with server.client.post(error_page(), data=body) as response:
        assert (response.status, "errors" in await response.json()) == (400, True)


async def test_a_form_beyond_a_megabyte_is_refused(server):
    body = io.BytesIO(b"a=" + b"x" * 2_000_000)
    async with server.client.post(error_page(), data=body) as response:
        assert response.status == 400


async def test_a_script_tag_gets_its_errors_in_a_header(server):
    headers = {"Accept": "text/javascript"}
    async with server.client.post(error_page(), data={}, headers=headers) as response:
        assert (response.status, await response.read()) == (400, b"")
        assert response.content_type == "text/javascript"
        context = json.loads(response.headers["X-Sentry-Context"])
    assert context["errors"].keys() == set(FORM)


@pytest.mark.parametrize("path", [error_page(), FEEDBACK])
async def test_a_preflight_says_what_may_be_sent(server, path):
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    async with server.client.options(path, headers=headers) as response:
        assert (response.status, response.headers["Allow"]) == (200, "GET, POST, OPTIONS")
        assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert response.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
        assert response.headers["Access-Control-Allow-Headers"] == (
            "Content-Type, Authorization, X-Requested-With, baggage, sentry-trace"
        )
        assert response.headers["Access-Control-Max-Age"] == "1000"


async def test_pages_may_use_the_dialog_and_nothing_else(start):
    server = await start(web=WebConfig(token="secret"))
    headers = {"Origin": "https://shop.example"}
    async with server.client.get(error_page(), headers=headers) as response:
        assert response.status == 200
    async with server.client.get("/js-sdk-loader/a.js", headers=headers) as response:
        assert response.status == 200
    for path in ("/relay/v1/items", "/api/0/projects/", "/api/embed/other/", FEEDBACK):
        async with server.client.get(path, headers=headers) as response:
            assert response.status == 403


async def test_a_script_reports_by_dsn_and_gets_nothing_back(server):
    headers = {"Authorization": f"DSN {DSN}", "Origin": "https://shop.example"}
    report = {"event_id": ID, **FORM}
    async with server.client.post(FEEDBACK, json=report, headers=headers) as response:
        assert (response.status, await response.read()) == (200, b"")
        assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert await reports(server) == [("42", ID, report)]


async def test_a_bearer_reports_to_the_project_in_the_path(start):
    server = await start(web=WebConfig(token="secret"))
    report = {"event_id": ID, **FORM}
    async with server.client.post(FEEDBACK, json=report) as response:
        assert response.status == 401
    headers = {"Authorization": "Bearer secret"}
    async with server.client.post(FEEDBACK, json=report, headers=headers) as response:
        assert (response.status, await response.json()) == (200, {"eventID": ID, **FORM})


async def test_a_page_without_dsn_may_not_report(server):
    headers = {"Origin": "https://evil.example"}
    async with server.client.post(FEEDBACK, json={}, headers=headers) as response:
        assert response.status == 403


async def test_what_is_wrong_with_a_report_is_said_by_field(server):
    headers = {"Authorization": f"DSN {DSN}"}
    async with server.client.post(FEEDBACK, json={}, headers=headers) as response:
        assert (response.status, await response.json()) == (
            400,
            dict.fromkeys(("event_id", "name", "email", "comments"), REQUIRED),
        )


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"name":5}', b"\xff", b"[" * 100_000])
async def test_a_report_that_is_no_object_is_refused(server, body):
    headers = {"Authorization": f"DSN {DSN}"}
    async with server.client.post(FEEDBACK, data=body, headers=headers) as response:
        assert response.status == 400


@pytest.mark.parametrize(
    ("authorization", "path", "status"),
    [("DSN x", FEEDBACK, 401), ("", "/api/0/projects/org/shop/user-feedback/", 404)],
)
async def test_a_report_needs_a_project(server, authorization, path, status):
    headers = {"Authorization": authorization}
    async with server.client.post(path, json={}, headers=headers) as response:
        assert response.status == status


@pytest.mark.parametrize("path", [f"/js-sdk-loader/{KEY}.js", f"/js-sdk-loader/{KEY}.min.js"])
async def test_the_loader_is_a_script_with_a_dsn_for_this_server(server, path):
    async with server.client.get(path) as response:
        assert (response.status, response.content_type) == (200, "text/javascript")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Cache-Control"] == (
            "public, max-age=3600, s-maxage=60, stale-while-revalidate=315360000,"
            " stale-if-error=315360000"
        )
        text = await response.text()
    dsn = json.loads(text[text.rindex("})(") + 3 : text.rindex(")")])
    assert dsn == f"http://{KEY}@127.0.0.1:{server.port}/1"


async def test_the_loader_asks_no_other_host(server):
    async with server.client.get(f"/js-sdk-loader/{KEY}.js") as response:
        text = await response.text()
    assert re.findall(r"\w+://[^\"]*", text) == [f"http://{KEY}@127.0.0.1:{server.port}/1"]


async def test_the_loader_knows_the_project_that_a_key_was_used_for(server):
    await server.send(b"{}", project="42")
    async with server.client.get(f"/js-sdk-loader/{KEY}.js") as response:
        assert f"@127.0.0.1:{server.port}/42" in await response.text()


@pytest.mark.parametrize(("key", "does"), [("c" * 32, True), (KEY, False)])
async def test_a_key_of_no_project_gets_a_script_that_does_nothing(start, key, does):
    server = await start(config=STRICT)
    async with server.client.get(f"/js-sdk-loader/{key}.js") as response:
        assert (response.status, response.content_type) == (200, "text/javascript")
        assert ("Sentry" in await response.text()) is does


async def test_what_was_answered_200_is_stored_whoever_shares_the_commit_that_fails(
    start, tmp_path, monkeypatch
):
    store = SqliteStore(str(tmp_path / "relay.sqlite"))
    server = await start(store)
    write, dice = store._write, random.Random(7)

    def now_and_then(*batch):
        if dice.random() < 0.4:
            raise StoreError("the disk is full")
        write(*batch)

    monkeypatch.setattr(store, "_write", now_and_then)
    envelope = b'{}\n{"type":"event"}\n{"message":"hi"}\n'

    async def post(path, data):
        async with server.client.post(path, data=data) as response:
            return response.status

    # The envelopes are in the open batch already when the reports come.
    kinds = [(f"/api/42/envelope/?sentry_key={KEY}", envelope)] * 4 + [(error_page(), FORM)] * 4
    statuses = []
    for _ in range(30):
        statuses += await asyncio.gather(*(post(*kind) for kind in kinds))
    assert set(statuses) == {200, 503}
    assert len((await server.items(limit=1000))["items"]) == statuses.count(200)

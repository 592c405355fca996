"""The frame: headers that keep content text, the token's form, actions, files of the pages."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fake_relay.web.pages.login import own_path
from fake_relay.web.pages.static import files
from fake_relay.web.settings import WebConfig

HTML = {"Accept": "text/html"}


async def test_the_policy_allows_no_script_but_our_files(server: Any) -> None:
    async with server.client.get("/", headers=HTML) as response:
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "require-trusted-types-for 'script'; trusted-types fake-relay" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"


async def test_nothing_on_a_page_is_inline(server: Any, see: Any) -> None:
    await server.send(b'{"message":"hello","level":"error"}')
    for path in ("/", "/items/1"):
        _, html = await see(path)
        assert (
            re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", html)
            == []
        )


async def test_every_file_that_a_page_names_is_there_for_ever_and_of_its_type(
    server: Any, see: Any
) -> None:
    _, html = await see("/")
    names = re.findall(r'(?:href|src)="(/static/[^"]+)"', html)
    kinds = {}
    for name in names:
        async with server.client.get(name) as response:
            assert response.status == 200
            assert "immutable" in response.headers["Cache-Control"]
            kinds[name.rpartition(".")[2]] = response.content_type
    assert kinds == {"svg": "image/svg+xml", "css": "text/css", "js": "text/javascript"}


def test_html_is_parsed_in_one_place() -> None:
    made = re.compile(
        rb"\.(?:inner|outer)HTML|insertAdjacentHTML|createPolicy|document\.write|srcdoc"
    )
    assert [name for name, content in files().items() if made.search(content)] == ["html.js"]


async def test_a_file_of_another_state_is_gone(server: Any, see: Any) -> None:
    status, _ = await see("/static/0000000000000000/frame.js")
    assert status == 404


async def test_what_is_not_there_is_a_page_that_says_so(see: Any) -> None:
    status, html = await see("/items/17")
    assert status == 404
    assert "There is no item 17" in html
    assert "<nav" in html


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=["another origin", "a sandboxed page", "a browser that says so"],
)
async def test_an_action_of_another_site_is_refused(server: Any, headers: dict[str, str]) -> None:
    await server.send(b'{"message":"kept"}')
    async with server.client.post("/inbox/clear", headers=headers) as response:
        assert response.status == 403
    assert server.relay.store.item(1) is not None


async def test_an_action_of_our_own_page_works(server: Any) -> None:
    await server.send(b'{"message":"gone"}')
    headers = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    async with server.client.post("/inbox/clear", headers=headers) as response:
        assert response.status == 200
        assert str(response.url) == f"{server.url}/"
    assert server.relay.store.item(1) is None


async def test_a_browser_without_the_token_is_asked_for_it_and_led_on(start: Any) -> None:
    server = await start(web=WebConfig(token="s;c r=t"))
    async with server.client.get("/items/1?a=b", headers=HTML) as response:
        assert str(response.url.path) == "/login"
        form = await response.text()
    assert 'name="next" value="/items/1?a=b"' in form
    data = {"token": "s;c r=t", "next": "/health"}
    async with server.client.post("/login", data=data, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/health")
        cookie = response.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        kept = cookie.partition(";")[0]
    async with server.client.get("/health", headers={"Cookie": kept}) as response:
        assert response.status == 200


async def test_a_wrong_token_gives_no_cookie(start: Any) -> None:
    server = await start(web=WebConfig(token="secret"))
    async with server.client.post("/login", data={"token": "guess"}) as response:
        assert "This is not the token" in await response.text()
    async with server.client.get("/relay/v1/items") as response:
        assert response.status == 401


async def test_programs_are_told_in_json_that_a_token_is_needed(start: Any) -> None:
    server = await start(web=WebConfig(token="secret"))
    for path in ("/", "/items/1", "/ledger"):
        async with server.client.get(path) as response:
            assert (response.status, response.content_type) == (401, "application/json")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/items/1?q=a", "/items/1?q=a"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
    ],
)
def test_the_form_leads_only_to_this_server(path: str, to: str) -> None:
    assert own_path(path) == to


async def test_what_is_asked_for_is_text_on_the_page_that_refuses_it(see: Any) -> None:
    status, html = await see("/items/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert status == 404
    assert "&lt;script&gt;" in html
    assert "<script>" not in html

"""A project's allowed domains: from which pages browsers may send (PROTOCOL.md 9.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.config import ProjectConfig
from fake_relay.intake.origin import matches, page_of, pattern_of

EVENT = b'{}\n{"type":"event"}\n{}\n'


@pytest.mark.parametrize(
    ("entry", "origin", "allowed"),
    [
        ("*", "https://shop.example", True),
        ("shop.example", "https://shop.example", True),
        ("SHOP.example", "https://Shop.example", True),
        ("shop.example", "http://shop.example:8080", True),
        ("shop.example", "https://www.shop.example", False),
        ("*.shop.example", "https://www.shop.example", True),
        ("*.shop.example", "https://a.b.shop.example", True),
        ("*.shop.example", "https://shop.example", True),
        ("*.shop.example", "https://evilshop.example", False),
        ("http://shop.example", "http://shop.example", True),
        ("http://shop.example", "https://shop.example", False),
        ("https://*.shop.example/", "https://www.shop.example", True),
        ("shop.example:8080", "https://shop.example:8080", True),
        ("shop.example:8080", "https://shop.example", False),
        ("shop.example:443", "https://shop.example", True),
        ("shop.example:80", "https://shop.example", False),
        ("shop.example:*", "https://shop.example:99", True),
        ("*:8080", "http://anything.example:8080", True),
        ("*:8080", "http://anything.example", False),
        ("http://*", "http://anything.example", True),
        ("[::1]:8080", "http://[::1]:8080", True),
        ("localhost", "http://localhost:3000", True),
    ],
)
def test_an_entry_means_these_pages(entry: str, origin: str, allowed: bool) -> None:
    page = page_of({"origin": origin})
    assert page is not None
    assert matches(page, pattern_of(entry)) is allowed


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "null"}, 200),
        ({"origin": "file:///x"}, 200),
        ({"origin": "http://[bad"}, 200),
        ({"origin": "https://shop.example"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"referer": "https://evil.example/page?x"}, 403),
        ({"origin": "null", "referer": "https://evil.example/"}, 403),
        ({"origin": "https://shop.example", "referer": "https://evil.example/"}, 200),
    ],
)
def test_a_page_that_is_not_on_the_list_may_not_send(
    make_sender: Any, headers: dict[str, str], status: int
) -> None:
    sender = make_sender(allowed_domains=("shop.example",))
    reply = sender.send(EVENT, headers=headers)
    assert reply.status == status
    if status == 403:
        detail = json.loads(reply.body)["detail"]
        assert detail == "event submission rejected with_reason: Cors"
    assert len(sender.items) == (status == 200)


def test_an_empty_list_refuses_every_page_and_nobody_else(make_sender: Any) -> None:
    sender = make_sender(allowed_domains=())
    assert sender.send(EVENT, headers={"origin": "https://shop.example"}).status == 403
    assert sender.send(EVENT).status == 200


def test_a_project_has_a_list_of_its_own(make_sender: Any) -> None:
    own = ProjectConfig("7", allowed_domains=("shop.example",))
    sender = make_sender(projects=(own,))
    headers = {"origin": "https://other.example"}
    assert sender.send(EVENT, path="/api/7/envelope/", headers=headers).status == 403
    assert sender.send(EVENT, path="/api/8/envelope/", headers=headers).status == 200


def test_the_list_holds_for_every_door(make_sender: Any) -> None:
    sender = make_sender(allowed_domains=("shop.example",))
    headers = {"origin": "https://evil.example", "content-type": "application/json"}
    for door in ("store", "security", "nel"):
        body = b"[]" if door == "nel" else b"{}"
        assert sender.send(body, path=f"/api/42/{door}/", headers=headers).status == 403

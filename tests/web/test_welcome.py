"""The page at `/`: who opens the URL that was printed learns where to go on."""

from __future__ import annotations

from typing import Any

import pytest

from fake_relay.config import ProjectConfig, RelayConfig


async def welcome(server: Any, **options: Any) -> tuple[int, str, str]:
    async with server.client.get("/", **options) as response:
        return response.status, response.content_type, await response.text()


async def test_it_names_the_dsn_and_what_reads_this_server(server: Any) -> None:
    status, kind, text = await welcome(server)
    assert (status, kind) == (200, "text/plain")
    place = server.url.partition("://")[2]
    assert f"http://0fa4e0e1a70fa4e0e1a70fa4e0e1a700@{place}/1" in text
    assert f"fake-relay tail --url {server.url}" in text


async def test_every_path_that_it_names_answers(server: Any) -> None:
    _, _, text = await welcome(server)
    paths = [word.partition(server.url)[2] for word in text.split() if word.startswith(server.url)]
    answers = []
    for path in filter(None, paths):
        async with server.client.get(path) as response:
            answers.append((path, response.status))
    assert answers == [
        (path, 200)
        for path in ("/", "/relay/v1/items", "/relay/v1/openapi.json", "/health", "/metrics")
    ]


async def test_other_hosts_learn_nothing(server: Any) -> None:
    status, _, text = await welcome(server, headers={"Host": "evil.example"})
    assert (status, "0fa4e0e1" in text) == (403, False)


@pytest.mark.parametrize(
    ("config", "offered"),
    [
        (RelayConfig(), ("1", "0fa4e0e1a70fa4e0e1a70fa4e0e1a700")),
        (
            RelayConfig(projects=(ProjectConfig("7", ("a" * 32, "b" * 32)), ProjectConfig("8"))),
            ("7", "a" * 32),
        ),
        (
            RelayConfig(projects=(ProjectConfig("7"),)),
            ("7", "0fa4e0e1a70fa4e0e1a70fa4e0e1a700"),
        ),
    ],
)
def test_the_offered_dsn_is_that_of_the_first_configured_project(
    config: RelayConfig, offered: tuple[str, str]
) -> None:
    assert config.offered() == offered


async def test_a_browser_gets_the_inbox_and_curl_gets_text(server: Any) -> None:
    status, kind, text = await welcome(server, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (status, kind) == (200, "text/html")
    assert "<title>Inbox · fake-relay</title>" in text
    assert (await welcome(server, headers={"Accept": "*/*"}))[1] == "text/plain"

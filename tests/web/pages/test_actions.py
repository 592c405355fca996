"""Faults, forwarding and scenarios: what is in force, what forms change, what lies in files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fake_relay.config import RelayConfig, Upstream
from fake_relay.faults import fault_of
from fake_relay.faults.words import EXAMPLES
from fake_relay.web.pages.faults import EFFECTS
from fake_relay.web.settings import WebConfig

UPSTREAM = Upstream(
    name="team", dsn="http://" + "b" * 32 + "@127.0.0.1:1/1", enabled=True, scrub=False
)


async def post(server: Any, path: str, **form: str) -> tuple[int, str]:
    headers = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    async with server.client.post(path, data=form, headers=headers) as response:
        return response.status, await response.text()


async def test_a_fault_is_set_by_the_form_told_on_every_page_and_cleared(
    server: Any, see: Any
) -> None:
    await post(server, "/faults/add", effect="status=503", times="2", project="42")
    _, page = await see("/faults")
    assert "<code>status=503, in project 42, times 2</code>" in page
    path = "/api/42/envelope/?sentry_key=" + "a" * 32
    async with server.client.post(path, data=b"{}\n") as response:
        assert response.status == 503
    _, page = await see("/faults")
    assert "<h2>What fired</h2>" in page
    _, inbox = await see("/")
    assert "Faults are on:" in inbox
    number = server.relay.faults.state()[0].id
    await post(server, "/faults/clear", id=str(number))
    assert len(server.relay.faults) == 0
    _, inbox = await see("/")
    assert "Faults are on:" not in inbox


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"effect": "explode"}, "is no effect"),
        ({"effect": "status=99999"}, "status"),
        ({"effect": "status=503", "times": "many"}, "is not a whole number"),
        ({"effect": "status=503", "q": "level:>"}, "column"),
    ],
)
async def test_a_wrong_fault_is_explained_beside_what_was_typed(
    server: Any, form: dict[str, str], said: str
) -> None:
    status, page = await post(server, "/faults/add", **form)
    assert status == 200
    problem = page[page.index('class="problem"') :]
    assert said in problem[: problem.index("</div>")]
    assert f'value="{form["effect"]}"' in page
    assert len(server.relay.faults) == 0


async def test_clearing_all_forgets_every_entry(server: Any) -> None:
    for effect in ("status=503", "latency=1ms"):
        await post(server, "/faults/add", effect=effect)
    await post(server, "/faults/clear")
    assert len(server.relay.faults) == 0


def test_every_effect_that_there_is_an_example_of_is_explained_and_works() -> None:
    assert set(EFFECTS) == set(EXAMPLES)
    for text in EFFECTS:
        fault_of(text)


@pytest.mark.parametrize(
    "path",
    ["/faults/add", "/faults/clear", "/forwarding/hold", "/forwarding/switch",
     "/forwarding/retry", "/forwarding/drop"],
)  # fmt: skip
async def test_pages_of_other_sites_can_change_nothing(server: Any, path: str) -> None:
    server.relay.faults.add(fault_of("latency=1ms"))
    headers = {"Origin": "https://evil.example"}
    async with server.client.post(path, data={"effect": "status=503"}, headers=headers) as response:
        assert response.status == 403
    assert len(server.relay.faults) == 1


async def test_without_an_upstream_the_page_says_that_nothing_leaves(see: Any) -> None:
    _, page = await see("/forwarding")
    assert "Nothing leaves this server" in page
    assert "banner-forward" not in page


async def test_forwarding_is_told_on_every_page_paused_and_resumed(start: Any, see: Any) -> None:
    server = await start(config=RelayConfig(upstreams=(UPSTREAM,)))
    _, page = await see("/traces", on=server)
    assert "Forwarding is on:" in page
    await post(server, "/forwarding/hold", do="pause")
    await server.send(b'{"message":"waits"}')
    _, page = await see("/forwarding", on=server)
    assert "Forwarding is paused:" in page
    assert "<strong>1</strong> waiting" in page
    await post(server, "/forwarding/switch", upstream="team", do="disable")
    _, page = await see("/forwarding", on=server)
    assert "only by hand" in page
    assert "banner-forward" not in page
    await post(server, "/forwarding/hold", do="resume", upstream="team")
    _, page = await see("/forwarding", on=server)
    assert "paused</span>" not in page


async def test_dead_letters_are_shown_queued_again_and_forgotten(start: Any, see: Any) -> None:
    server = await start(config=RelayConfig(upstreams=(UPSTREAM,)))
    await post(server, "/forwarding/hold", do="pause")
    await server.send(b'{"message":"one"}', b'{"message":"two"}')
    letters = bury(server)
    _, page = await see("/forwarding", on=server)
    assert [f">{word}</a>" in page for word in ("one", "two")] == [True, True]
    assert "rejected" in page
    await post(server, "/forwarding/retry", upstream="team", id=str(letters[0]))
    _, page = await see("/forwarding", on=server)
    assert "<strong>1</strong> waiting" in page
    await post(server, "/forwarding/drop", upstream="team", id=str(letters[1]))
    assert server.relay.store.spool.dead_letters("team") == []


def bury(server: Any) -> list[int]:
    """Make dead letters of what waits, as an upstream that refuses does; their ids."""
    from fake_relay.store.spool import DeadLetter, Settlement

    spool = server.relay.store.spool
    parcels = spool.due("team", 2e9, 10)
    dead = tuple(
        DeadLetter(parcel=one, died_at=1.0, status=400, reason="rejected") for one in parcels
    )
    done = tuple(one.id for one in parcels)
    spool.settle(Settlement(upstream="team", at=1.0, done=done, dead=dead))
    return [letter.parcel.id for letter in spool.dead_letters("team")][::-1]


async def test_a_dead_letter_that_is_no_number_is_refused(server: Any) -> None:
    status, _ = await post(server, "/forwarding/drop", id="all")
    assert status == 400


RUN = {
    "target": "shop.config",
    "started": 1_795_000_000.0,
    "seconds": 12.5,
    "results": [
        {"id": "E-01", "title": "an error", "status": "passed", "group": "errors"},
        {
            "id": "P-02", "title": "<script>alert(1)</script>", "status": "failed", "group": "pii",
            "findings": [{"kind": "leak", "text": "a password", "setting": "SEND_PII"}],
        },
    ],
}  # fmt: skip


async def test_reports_are_read_from_their_folder_and_what_failed_is_first(
    start: Any, see: Any, tmp_path: Path
) -> None:
    (tmp_path / "last.json").write_text(json.dumps(RUN))
    (tmp_path / "last.html").write_text("<style>p{color:red}</style><p>the report</p>")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text("[]")
    server = await start(web=WebConfig(reports=str(tmp_path)))
    _, page = await see("/scenarios?run=last", on=server)
    assert page.index("P-02") < page.index("E-01")
    assert "&lt;script&gt;alert(1)" in page
    assert "<code>SEND_PII</code>" in page
    assert [word in page for word in ("it is no JSON", "this is no report of a run")] == [
        True,
        True,
    ]
    assert 'href="/scenarios/last/page"' in page


async def test_a_reports_own_page_is_shown_in_a_sandbox(start: Any, tmp_path: Path) -> None:
    (tmp_path / "last.html").write_text("<script>1</script><p>the report</p>")
    server = await start(web=WebConfig(reports=str(tmp_path)))
    async with server.client.get("/scenarios/last/page") as response:
        policy = response.headers["Content-Security-Policy"]
        assert "the report" in await response.text()
    assert "default-src 'none'" in policy
    assert re.search(r"; sandbox$", policy)
    assert "script-src" not in policy


@pytest.mark.parametrize("name", ["..%2Fsecret", "%2Fetc%2Fpasswd", "secret", "..", "last.html"])
async def test_a_name_never_leads_out_of_the_folder(start: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.html").write_text("secret")
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "last.html").write_text("report")
    server = await start(web=WebConfig(reports=str(folder)))
    from yarl import URL

    async with server.client.get(URL(f"/scenarios/{name}/page", encoded=True)) as response:
        assert response.status == 404


async def test_no_folder_of_reports_is_a_page_that_says_how_to_write_one(
    start: Any, see: Any, tmp_path: Path
) -> None:
    server = await start(web=WebConfig(reports=str(tmp_path / "none")))
    status, page = await see("/scenarios", on=server)
    assert (status, "No report is there." in page) == (200, True)

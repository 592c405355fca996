"""What is exported is what was sent, and what is imported arrives as it was."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from fake_relay.client import RelayClient

Send = Callable[..., str]
Invoke = Callable[..., Result]

BODY = b'{"event_id":"0123456789abcdef0123456789abcdef" }\n{"type": "event"}\n{"message":  "x"}\n\n'


@pytest.fixture
def sent(client: RelayClient) -> RelayClient:
    """Two envelopes of two projects; the first in a spelling of its own."""
    client.send_envelope(BODY.rstrip() + b"\n", project="7", public_key="b" * 32)
    client.send_envelope(
        b'{}\n{"type":"event"}\n{"level":"info"}', project="8", public_key="c" * 32
    )
    return client


def test_an_exported_file_holds_the_bytes_that_were_sent(
    invoke: Invoke, sent: RelayClient, tmp_path: Path
) -> None:
    assert invoke("export", "-o", str(tmp_path / "out")).exit_code == 0
    assert (tmp_path / "out" / "00000001.envelope").read_bytes() == BODY.rstrip() + b"\n"


def test_the_index_tells_what_the_bytes_do_not(
    invoke: Invoke, sent: RelayClient, tmp_path: Path
) -> None:
    invoke("export", "-o", str(tmp_path / "out"))
    rows = [json.loads(row) for row in (tmp_path / "out" / "index.jsonl").read_text().splitlines()]
    assert [(row["file"], row["project"], row["public_key"]) for row in rows] == [
        ("00000001.envelope", "7", "b" * 32),
        ("00000002.envelope", "8", "c" * 32),
    ]


def test_the_relays_that_an_envelope_came_through_are_kept_through_an_export(
    invoke: Invoke, client: RelayClient, tmp_path: Path
) -> None:
    client.send_envelope(BODY.rstrip(), project="7", public_key="b" * 32, chain=["0af", "1bf"])
    assert invoke("export", "-o", str(tmp_path)).exit_code == 0
    index = tmp_path / "index.jsonl"
    index.write_text(index.read_text().replace('"1bf"', '"1bf", 7, "no\\nid"'))
    assert invoke("import", str(tmp_path)).exit_code == 0
    assert [one.chain for one in client.find_envelopes().envelopes] == [("0af", "1bf")] * 2


def test_a_search_chooses_what_is_exported(
    invoke: Invoke, sent: RelayClient, tmp_path: Path
) -> None:
    result = invoke("export", "level:info", "-o", str(tmp_path / "out"), "--json")
    assert json.loads(result.stdout)["envelopes"] == 1


def test_a_project_chooses_what_is_exported(
    invoke: Invoke, sent: RelayClient, tmp_path: Path
) -> None:
    result = invoke("export", "--project", "8", "-o", str(tmp_path / "out"), "--json")
    assert json.loads(result.stdout)["envelopes"] == 1


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_export_that_is_imported_is_the_same_again(
    invoke: Invoke, sent: RelayClient, tmp_path: Path, name: str
) -> None:
    before = [sent.body(number).content for number in (1, 2)]  # type: ignore[union-attr]
    invoke("export", "-o", str(tmp_path / name))
    sent.clear()
    result = invoke("import", str(tmp_path / name), "--json")
    assert json.loads(result.stdout) == {"sent": 2, "refused": 0}
    envelopes = sent.find_envelopes().envelopes[::-1]
    bodies = [sent.body(envelope.id) for envelope in envelopes]
    assert [body and body.content for body in bodies] == before
    assert [envelope.project for envelope in envelopes] == ["7", "8"]
    assert [envelope.public_key for envelope in envelopes] == ["b" * 32, "c" * 32]


def test_an_export_never_writes_over_another(
    invoke: Invoke, sent: RelayClient, tmp_path: Path
) -> None:
    invoke("export", "-o", str(tmp_path / "out"))
    result = invoke("export", "-o", str(tmp_path / "out"))
    assert (result.exit_code, "--force" in result.stderr) == (2, True)


def test_a_dsn_takes_precedence_over_the_index(
    invoke: Invoke, sent: RelayClient, tmp_path: Path
) -> None:
    invoke("export", "-o", str(tmp_path / "out"))
    sent.clear()
    invoke("import", str(tmp_path / "out"), "--dsn", f"http://{'d' * 32}@elsewhere/99")
    envelopes = sent.find_envelopes().envelopes
    assert {(e.project, e.public_key) for e in envelopes} == {("99", "d" * 32)}


def test_a_single_file_goes_where_its_own_dsn_says(
    invoke: Invoke, client: RelayClient, tmp_path: Path
) -> None:
    file = tmp_path / "one.envelope"
    file.write_bytes(
        b'{"dsn":"http://' + b"e" * 32 + b'@sentry.example/55"}\n{"type":"event"}\n{}\n'
    )
    assert invoke("import", str(file)).exit_code == 0
    assert [e.project for e in client.find_envelopes().envelopes] == ["55"]


def test_a_file_that_is_no_envelope_is_named_and_the_rest_is_sent(
    invoke: Invoke, client: RelayClient, tmp_path: Path
) -> None:
    (tmp_path / "bad.envelope").write_bytes(b"\x00nonsense")
    (tmp_path / "good.envelope").write_bytes(b'{}\n{"type":"event"}\n{}\n')
    result = invoke("import", str(tmp_path))
    assert (result.exit_code, "bad.envelope" in result.stderr) == (2, True)
    assert len(client.find_envelopes().envelopes) == 1


def test_a_broken_zip_is_a_clear_error(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "broken.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.envelope", b"{}\n")
    path.write_bytes(path.read_bytes().replace(b"{}\n", b"{!\n"))
    result = invoke("import", str(path))
    assert (result.exit_code, "broken zip" in result.stderr) == (2, True)


def test_nothing_is_made_on_disk_when_nobody_is_there(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("export", "-o", str(tmp_path / "out"), "--url", "http://127.0.0.1:9")
    assert (result.exit_code, (tmp_path / "out").exists()) == (3, False)

"""What only the SQLite store does: files, restarts, full disks, one process at a time."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fake_relay.errors import StoreError
from fake_relay.items import Facts
from fake_relay.query import parse_query
from fake_relay.store import Selection, Store, open_store, schema
from fake_relay.store.sqlite import SqliteStore
from fake_relay.store.sqlite_index import MAX_FRESH


def found(store: Store, text: str) -> list[int]:
    page = store.find(Selection(query=parse_query(text, now=0.0), limit=10_000))
    return [item.id for item in page.items]


def rows(path: str, sql: str) -> list[Any]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


# Restarts


def test_a_file_that_is_opened_again_shows_the_same(path: str, arrival: Any, keep: Any) -> None:
    store = SqliteStore(path)
    keep(store, arrival("a", "b"), arrival("c", project="2"))
    before = (store.find(Selection()), store.find_envelopes(), store.projects(), store.ledger())
    store.close()
    store = SqliteStore(path)
    assert before == (
        store.find(Selection()),
        store.find_envelopes(),
        store.projects(),
        store.ledger(),
    )
    assert store.position() == 3
    store.close()


@pytest.mark.parametrize("project", [None, "1"])
def test_ids_are_not_used_again_after_clearing_and_a_restart(
    path: str, arrival: Any, keep: Any, project: str | None
) -> None:
    store = SqliteStore(path)
    keep(store, arrival("a", "b"))
    store.clear(project)
    store.close()
    store = SqliteStore(path)
    assert store.position() == 2
    assert keep(store, arrival("c")) == 3
    assert store.find_envelopes().envelopes[0].id == 2
    store.close()


def test_what_was_not_indexed_before_a_kill_is_indexed_after_it(
    path: str, arrival: Any, keep: Any, tmp_path: Path
) -> None:
    store = SqliteStore(path)
    keep(store, arrival("needle", coding="gzip"), arrival("hay"))
    copy = str(tmp_path / "killed.sqlite")
    for suffix in ("", "-wal"):
        shutil.copy(path + suffix, copy + suffix)
    store.close()
    killed = SqliteStore(copy)
    assert found(killed, "message:needle") == [1]
    assert found(killed, "needle") == [1]
    assert found(killed, "level:error") == [2, 1]
    killed.close()


def test_the_index_follows_when_nobody_searches(sqlite: SqliteStore, arrival: Any) -> None:
    for _ in range(MAX_FRESH // 64 + 8):
        for _ in range(64):
            sqlite.add(arrival("x"), [])
        sqlite.commit()
    indexed = rows(sqlite.path, "SELECT count(DISTINCT item_id) FROM terms")[0][0]
    assert sqlite.position() - indexed <= MAX_FRESH


def test_searches_in_threads_index_each_item_once(sqlite: SqliteStore, arrival: Any) -> None:
    for _ in range(1500):
        sqlite.add(arrival("needle"), [])
    sqlite.commit()
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(len(found(sqlite, "needle"))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1500] * 4
    writer = sqlite3.connect(sqlite.path)
    writer.execute("INSERT INTO search(search, rank) VALUES ('integrity-check', 1)")
    writer.close()


@pytest.mark.parametrize("again", [False, True])
def test_a_step_of_the_index_ends_early_where_items_have_many_terms(
    path: str, arrival: Any, keep: Any, again: bool
) -> None:
    terms = tuple((f"tags[k{n}]", "v") for n in range(1000))
    payload = msgspec.json.encode({"tags": {f"k{n}": "v" for n in range(1000)}})
    store = SqliteStore(path)
    keep(store, *(arrival("x", facts=Facts(terms=terms), payload=payload) for _ in range(25)))
    if again:
        store.close()
        store = SqliteStore(path)
    steps = 0
    while store._index.step(25):
        steps += 1
    assert steps == 3
    assert len(found(store, "tags[k990]:v")) == 25
    assert store._index.waiting == 0
    store.close()


def test_terms_of_items_that_were_cleared_at_once_do_not_stay_in_memory(
    sqlite: SqliteStore, arrival: Any, keep: Any
) -> None:
    for _ in range(3):
        keep(sqlite, *(arrival("x") for _ in range(50)))
        sqlite.clear("1")
    keep(sqlite, arrival("y"))
    sqlite.idle()
    assert sqlite._index.waiting == 0


@pytest.mark.parametrize("project", [None, "1"])
def test_the_text_index_agrees_with_the_items_after_clearing(
    sqlite: SqliteStore, arrival: Any, keep: Any, project: str | None
) -> None:
    keep(sqlite, arrival("a needle"), arrival("other", project="2"))
    sqlite.idle()
    keep(sqlite, arrival("late needle"))
    sqlite.clear(project)
    keep(sqlite, arrival("new needle"))
    assert found(sqlite, "needle") == [4]
    writer = sqlite3.connect(sqlite.path)
    writer.execute("INSERT INTO search(search, rank) VALUES ('integrity-check', 1)")
    writer.close()


# Whose file it is


def test_an_older_schema_is_upgraded_in_place(path: str, arrival: Any, keep: Any) -> None:
    old = sqlite3.connect(path, isolation_level=None)
    schema.upgrade(old, path, newest=1)
    old.execute("INSERT INTO projects VALUES ('1', 5000000, 1, 1)")
    old.execute(
        "INSERT INTO envelopes VALUES"
        " (4,'1','k',NULL,5,'','','','envelope','',2,2,x'7b7d','e',0,'')"
    )
    old.execute(
        "INSERT INTO items VALUES"
        " (9,4,'1','event',NULL,NULL,5,NULL,NULL,'','old',1,0,0,'',x'7b7d','old')"
    )
    old.execute("INSERT INTO search(rowid, text) SELECT id, text FROM items")
    old.close()
    store = SqliteStore(path)
    assert store.position() == 9
    assert found(store, "old") == [9]
    assert keep(store, arrival("new")) == 10
    assert store.find_envelopes().envelopes[0].id == 5
    assert store.projects()[0].items == 2
    store.close()


def refuse(path: str, words: str) -> None:
    before = Path(path).read_bytes()
    beside = sorted(Path(path).parent.iterdir())
    with pytest.raises(StoreError, match=words):
        SqliteStore(path)
    assert Path(path).read_bytes() == before
    assert sorted(Path(path).parent.iterdir()) == beside


def test_an_sqlite_file_of_another_program_is_left_as_it_is(path: str) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (x)")
    other.commit()
    other.close()
    refuse(path, "another program; nothing was changed")


def test_a_file_that_is_no_database_is_left_as_it_is(path: str) -> None:
    Path(path).write_bytes(b"a letter to my love\n" * 100)
    refuse(path, "not an SQLite database; nothing was changed")


def test_a_newer_schema_is_left_as_it_is(path: str) -> None:
    SqliteStore(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 999")
    newer.close()
    before = Path(path).read_bytes()
    with pytest.raises(StoreError, match=r"newer fake-relay \(schema 999"):
        SqliteStore(path)
    assert Path(path).read_bytes() == before


def test_a_refused_file_can_be_opened_by_its_own_program_at_once(path: str) -> None:
    SqliteStore(path).close()
    newer = sqlite3.connect(path)
    version = newer.execute("PRAGMA user_version").fetchone()[0]
    newer.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreError):
        SqliteStore(path)
    newer.execute(f"PRAGMA user_version = {version}")
    newer.close()
    SqliteStore(path).close()


def test_a_damaged_database_is_refused(path: str, arrival: Any, keep: Any) -> None:
    store = SqliteStore(path)
    keep(store, arrival("a"))
    store.close()
    damaged = Path(path).read_bytes()
    Path(path).write_bytes(damaged[:100] + b"\xff" * (len(damaged) - 100))
    with pytest.raises(StoreError, match="cannot be opened as a store"):
        SqliteStore(path)


def test_damage_anywhere_in_a_file_is_a_store_error_and_leaves_it_unlocked(
    path: str, arrival: Any, keep: Any
) -> None:
    store = SqliteStore(path)
    keep(store, arrival("a"))
    store.close()
    whole = Path(path).read_bytes()
    refused: list[str] = []
    for start in range(8192, len(whole), 8192):
        Path(path).write_bytes(whole[:start] + b"\xaa" * 8192 + whole[start + 8192 :])
        try:
            SqliteStore(path).close()
        except StoreError as error:
            refused.append(str(error))
    assert refused
    assert all("cannot be opened as a store" in text for text in refused)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="directory"):
        SqliteStore(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="name another file"):
        SqliteStore(str(tmp_path / "file" / "store.sqlite"))


def test_a_missing_directory_is_made(tmp_path: Path) -> None:
    SqliteStore(str(tmp_path / "new" / "deep" / "store.sqlite")).close()


def test_a_path_with_the_letters_of_urls_is_just_a_path(tmp_path: Path) -> None:
    path = str(tmp_path / "a b?mode=ro#%41.sqlite")
    SqliteStore(path).close()
    SqliteStore(path).close()
    assert Path(path).exists()


def test_the_files_are_for_their_owner_alone(path: str, arrival: Any, keep: Any) -> None:
    old = os.umask(0)
    try:
        store = SqliteStore(path)
        keep(store, arrival("a"))
        names = sorted(Path(path).parent.iterdir())
        modes = {stat.S_IMODE(name.stat().st_mode) for name in names}
        store.close()
    finally:
        os.umask(old)
    assert len(names) == 4
    assert modes == {0o600}


def test_a_store_that_is_open_cannot_be_opened_again_by_any_name(path: str, tmp_path: Path) -> None:
    store = SqliteStore(path)
    (tmp_path / "alias.sqlite").symlink_to(path)
    for name in (path, str(tmp_path / "alias.sqlite")):
        with pytest.raises(StoreError, match="in use by another process"):
            SqliteStore(name)
    store.close()
    SqliteStore(path).close()


def test_open_store_reads_the_three_spellings(path: str) -> None:
    for url in (path, f"sqlite:{path}", "memory:"):
        store = open_store(url)
        assert store.position() == 0
        store.close()


@pytest.mark.parametrize(
    ("url", "named"),
    [("postgres://me:secret@db/relay", "postgres://"), ("mem:", "mem:"), ("sqlite:", "sqlite:")],
)
def test_a_url_of_no_known_store_makes_no_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=f"^{named} is not a store that this version knows"):
        open_store(url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("durable", "level"), [(False, 1), (True, 2)])
def test_a_durable_store_waits_for_the_disk_at_each_commit(
    path: str, durable: bool, level: int
) -> None:
    store = open_store(path, durable=durable)
    assert isinstance(store, SqliteStore)
    with store._writer.transaction("a look") as write:
        synchronous = write.execute("PRAGMA synchronous").fetchone()
    assert synchronous == (level,)
    store.close()


# What fails


@pytest.fixture
def tiny(path: str) -> Iterator[SqliteStore]:
    """A store that is full after some hundred kilobytes, as on a full disk."""
    store = SqliteStore(path)
    with store._writer.transaction("the limit") as write:
        pages = write.execute("PRAGMA page_count").fetchone()[0]
        write.execute(f"PRAGMA max_page_count = {pages + 20}")
    yield store
    store.close()


def test_a_batch_that_does_not_fit_leaves_nothing_and_the_next_one_works(
    tiny: SqliteStore, arrival: Any, keep: Any, titles: Any
) -> None:
    keep(tiny, arrival("first"))
    with pytest.raises(StoreError, match=r"2 envelopes could not be written.*full"):
        keep(tiny, arrival("small", project="new"), arrival("x", payload=os.urandom(300_000)))
    assert tiny.position() == 1
    keep(tiny, arrival("next"))
    assert titles(tiny.find(Selection())) == ["next", "first"]
    assert found(tiny, "level:error") == [tiny.position(), 1]
    assert [entry.quantity for entry in tiny.ledger()] == [2]
    assert [known.project for known in tiny.projects()] == ["1"]
    assert len(tiny.find_envelopes().envelopes) == 2


FULL_DISK = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
from fake_relay.errors import StoreError
from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store.sqlite import SqliteStore
import os, uuid

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = SqliteStore(sys.argv[1])
relay = Relay(store)
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, resource.RLIM_INFINITY))
kept, failed = [], 0
def send(size):
    event_id = uuid.uuid4().hex
    payload = os.urandom(size)
    body = b'{"event_id":"%s"}\\n{"type":"attachment","length":%d}\\n%s\\n' % (
        event_id.encode(), size, payload)
    headers = {"x-sentry-auth": "Sentry sentry_key=" + "a" * 32}
    inbound = Inbound("POST", "/api/1/envelope/", "", headers, body, "", 1.0, event_id)
    assert relay.receive(inbound).status == 200
    relay.commit()
    return event_id
while not failed:
    try:
        kept.append(send(100_000))
    except StoreError:
        failed += 1
try:
    send(100_000)
except StoreError:
    failed += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
kept.append(send(10))
store.close()
print(failed, *kept)
"""


def test_an_arrival_that_cannot_be_taken_does_not_spoil_the_batch(
    sqlite: SqliteStore, arrival: Any, keep: Any, titles: Any
) -> None:
    sqlite.add(arrival("before"), [])
    broken: Any = None
    with pytest.raises(AttributeError):
        sqlite.add(arrival("a", "b", facts=Facts(title=broken)), [])
    keep(sqlite, arrival("after"))
    assert titles(sqlite.find(Selection())) == ["after", "before"]
    assert [envelope.id for envelope in sqlite.find_envelopes().envelopes] == [2, 1]


def test_a_disk_that_is_full_for_a_while_loses_only_what_was_not_answered(path: str) -> None:
    root = str(Path(__file__).parents[2])
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, path, root], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    failed, *kept = ran.stdout.split()
    assert failed == "2"
    store = SqliteStore(path)
    stored = [item.event_id for item in store.find(Selection(limit=1000)).items]
    assert stored == kept[::-1]
    store.close()


def test_every_method_of_a_closed_store_says_so(path: str, arrival: Any) -> None:
    store = SqliteStore(path)
    store.find(Selection())
    store.add(arrival("x"), [])
    store.close()
    for call in (
        lambda: store.find(Selection()),
        lambda: store.item(1),
        lambda: store.payload(1),
        store.find_envelopes,
        lambda: store.envelope(1),
        lambda: store.body(1),
        store.ledger,
        store.projects,
        store.evicted,
        store.commit,
        store.clear,
        lambda: store.add_project("1", "a", 1.0),
        lambda: store.retain(1.0),
        store.idle,
    ):
        with pytest.raises(StoreError):
            call()


def test_a_thread_that_comes_after_closing_is_told(path: str) -> None:
    store = SqliteStore(path)
    store.close()
    told: list[str] = []

    def ask() -> None:
        try:
            store.projects()
        except StoreError as error:
            told.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert "closed" in told[0]


def test_a_body_that_was_damaged_on_disk_is_a_store_error(
    sqlite: SqliteStore, arrival: Any, keep: Any
) -> None:
    keep(sqlite, arrival("a"))
    other = sqlite3.connect(sqlite.path)
    other.execute("UPDATE bodies SET wire = x'00ff'")
    other.commit()
    other.close()
    with pytest.raises(StoreError):
        sqlite.payload(1)
    with pytest.raises(StoreError):
        sqlite.body(1)
    assert sqlite.item(1) is not None


def test_connections_of_threads_that_ended_are_closed(sqlite: SqliteStore) -> None:
    for _ in range(50):
        thread = threading.Thread(target=lambda: sqlite.find(Selection()))
        thread.start()
        thread.join()
    assert len(sqlite._connections) <= 2

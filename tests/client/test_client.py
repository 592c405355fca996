"""The client answers over HTTP what the server's own store answers."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator

import pytest

from fake_relay.client import RelayClient
from fake_relay.errors import ConfigError, QueryError, RequestRefused, Unreachable
from fake_relay.protocol.dsn import Dsn
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.query import parse_query
from fake_relay.records import RefusedRequest
from fake_relay.relay import Relay
from fake_relay.store import Reader, Selection, open_store
from fake_relay.store.buckets import Period
from fake_relay.store.retention import Retention
from fake_relay.web.runner import ThreadServer
from fake_relay.web.settings import WebConfig

KEY = "a" * 32


def an_envelope(message: str = "hello", level: str = "error") -> bytes:
    """An event and an attachment, with headers that no defaults have."""
    event = b'{"message":  "%s", "level":"%s", "timestamp": 1700000000.25}'
    items = [
        make_item("event", event % (message.encode(), level.encode()), {"custom": [1, None]}),
        make_item("attachment", b"\x00\xff\n", {"filename": "a.bin"}),
    ]
    return serialize(make_envelope({"event_id": "0" * 31 + "1", "sent_at": None}, items))


@pytest.fixture
def server() -> Iterator[ThreadServer]:
    with ThreadServer(lambda: Relay(open_store("memory:"))) as running:
        yield running


@pytest.fixture
def client(server: ThreadServer) -> Iterator[RelayClient]:
    with RelayClient(server.url + "/") as made:
        yield made


@pytest.fixture
def full(client: RelayClient) -> RelayClient:
    """A server that holds two envelopes of two projects, one of them compressed."""
    client.send_envelope(an_envelope(), project="1", public_key=KEY)
    client.send_envelope(
        gzip.compress(an_envelope("other", "info")),
        project="2",
        public_key=KEY,
        content_encoding="gzip",
    )
    return client


def test_the_client_is_a_reader(client: RelayClient) -> None:
    reader: Reader = client
    assert reader.position() == 0


def test_the_position_is_the_stores(full: RelayClient, server: ThreadServer) -> None:
    assert full.position() == server.relay.store.position() == 4


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(project="2"),
        Selection(type="attachment"),
        Selection(event_id="0" * 31 + "1"),
        Selection(after=2),
        Selection(before=3),
        Selection(limit=1),
        Selection(project="none"),
        Selection(query=parse_query("level:info", now=0.0)),
    ],
)
def test_a_page_of_items_is_the_stores(
    full: RelayClient, server: ThreadServer, selection: Selection
) -> None:
    theirs, ours = server.relay.store.find(selection), full.find(selection)
    assert [bytes(item.headers) for item in ours.items] == [
        bytes(item.headers) for item in theirs.items
    ]
    assert ours == theirs


def test_pages_follow_each_other_to_the_oldest_item(client: RelayClient) -> None:
    for _ in range(12):
        client.send_envelope(an_envelope(), project="1", public_key=KEY)
    found: list[int] = []
    before: int | None = None
    while True:
        page = client.find(Selection(before=before, limit=5))
        found += [item.id for item in page.items]
        if (before := page.next) is None:
            break
    assert found == list(range(24, 0, -1))


def test_one_item_is_the_stores(full: RelayClient, server: ThreadServer) -> None:
    assert full.item(1) == server.relay.store.item(1)


def test_payloads_are_byte_for_byte_what_was_sent(full: RelayClient) -> None:
    assert full.payload(1) == b'{"message":  "hello", "level":"error", "timestamp": 1700000000.25}'
    assert full.payload(2) == b"\x00\xff\n"


def test_envelopes_are_the_stores(full: RelayClient, server: ThreadServer) -> None:
    store = server.relay.store
    assert full.find_envelopes() == store.find_envelopes()
    assert full.find_envelopes("1", limit=1) == store.find_envelopes("1", limit=1)
    assert full.find_envelopes(before=2) == store.find_envelopes(before=2)
    assert full.envelope(2) == store.envelope(2)


@pytest.mark.parametrize("envelope_id", [1, 2])
def test_bodies_are_the_stores(full: RelayClient, server: ThreadServer, envelope_id: int) -> None:
    assert full.body(envelope_id) == server.relay.store.body(envelope_id)


@pytest.mark.parametrize("project", [None, "1", "none"])
def test_the_ledger_is_the_stores(
    full: RelayClient, server: ThreadServer, project: str | None
) -> None:
    theirs = server.relay.store.ledger(project)
    assert sorted(full.ledger(project), key=repr) == sorted(theirs, key=repr)


@pytest.mark.parametrize("period", [Period(60), Period(3600, 1.5, 2e9), Period(86_400, 2e9)])
def test_the_ledger_over_time_is_the_stores(
    full: RelayClient, server: ThreadServer, period: Period
) -> None:
    theirs = server.relay.store.ledger_over_time(period)
    assert sorted(full.ledger_over_time(period), key=repr) == sorted(theirs, key=repr)


def test_what_retention_removed_is_told() -> None:
    def small() -> Relay:
        return Relay(open_store("memory:", retention=Retention(max_items=2)))

    with ThreadServer(small) as server, RelayClient(server.url) as client:
        for _ in range(3):
            client.send_envelope(an_envelope(), project="1", public_key=KEY)
        server.call(lambda: server.relay.store.retain(0.0))
        assert client.forgotten_projects() == server.relay.store.forgotten_projects() == 0
        assert client.evicted() == server.relay.store.evicted() == 4


def test_projects_are_the_stores(full: RelayClient, server: ThreadServer) -> None:
    theirs = server.relay.store.projects()
    assert full.projects() == theirs


def test_what_is_not_there_is_none(client: RelayClient) -> None:
    assert [client.item(9), client.payload(9), client.envelope(9), client.body(9)] == [None] * 4


def test_a_search_reads_on_over_pages(client: RelayClient) -> None:
    for _ in range(4):
        client.send_envelope(an_envelope(), project="1", public_key=KEY)
    found = [entry.item.id for entry in client.pages("level:error", limit=1, payload=False)]
    assert found == [7, 5, 3, 1]


def test_a_search_brings_payloads_when_asked_to(full: RelayClient) -> None:
    shown, bare = full.search("level:info"), full.search("level:info", payload=False)
    assert [found.payload["message"] for found in shown.items] == ["other"]
    assert [found.payload for found in bare.items] == [None]


def test_a_wrong_search_knows_its_column(client: RelayClient) -> None:
    with pytest.raises(QueryError) as caught:
        client.search("level:error (a")
    assert caught.value.column > 1


def test_a_created_project_is_fresh_and_takes_envelopes(client: RelayClient) -> None:
    made, other = client.create_project(), client.create_project()
    dsn = Dsn.parse(made.dsn, strict_key=True)
    client.send_envelope(an_envelope(), project=dsn.project_id, public_key=dsn.public_key)
    assert made.project != other.project
    assert client.find(Selection(project=made.project)).items != []
    assert client.find(Selection(project=other.project)).items == []


def test_clear_answers_the_number(full: RelayClient) -> None:
    assert [full.clear("1"), full.clear(), full.clear()] == [2, 2, 0]


def test_the_id_of_a_sent_event_comes_back(client: RelayClient) -> None:
    assert client.send_envelope(an_envelope(), project="1", public_key=KEY) == "0" * 31 + "1"


def test_an_envelope_that_is_none_is_refused_with_the_servers_words(client: RelayClient) -> None:
    with pytest.raises(RequestRefused) as caught:
        client.send_envelope(b"nonsense", project="1", public_key=KEY)
    assert (caught.value.status, caught.value.causes != ()) == (400, True)


def test_a_wait_ends_when_something_arrives(client: RelayClient) -> None:
    later = threading.Timer(
        0.1, client.send_envelope, [an_envelope()], {"project": "1", "public_key": KEY}
    )
    later.start()
    try:
        assert client.wait(0, 30) is True
    finally:
        later.join()


def test_a_wait_for_what_is_there_already_ends_at_once(full: RelayClient) -> None:
    assert full.wait(3, 30) is True


def test_a_wait_in_vain_is_false(full: RelayClient) -> None:
    assert full.wait(4, 0.05) is False


def test_an_expectation_is_judged_by_the_server(full: RelayClient) -> None:
    held = full.expect({"type": "event", "count": 2, "since": 0, "within": 0})
    failed = full.expect({"type": "event", "count": 3, "since": 0, "within": 0})
    assert (held["held"], failed["held"], "exactly 3" in failed["text"]) == (True, False, True)


def test_a_wrong_expectation_is_a_config_error(client: RelayClient) -> None:
    with pytest.raises(ConfigError, match="typ"):
        client.expect({"typ": "event"})


def test_a_stream_brings_what_arrives_with_its_payload(full: RelayClient) -> None:
    stream = full.stream("level:error", after=0)
    first = next(stream)
    full.send_envelope(an_envelope("later"), project="3", public_key=KEY)
    second = next(stream)
    stream.close()
    assert (first.item.id, second.item.id, second.payload["message"]) == (1, 5, "later")


def test_a_stream_ends_with_the_server(full: RelayClient, server: ThreadServer) -> None:
    stream = full.stream(after=0)
    seen = [next(stream).item.id for _ in range(4)]
    stopper = threading.Thread(target=server.stop)
    stopper.start()
    rest = list(stream)
    stopper.join()
    assert (seen, rest) == ([1, 2, 3, 4], [])


def test_a_stream_of_a_wrong_search_is_refused(client: RelayClient) -> None:
    with pytest.raises(QueryError):
        next(client.stream("level:error ("))


def test_nobody_there_is_unreachable() -> None:
    with RelayClient("http://127.0.0.1:9") as nobody, pytest.raises(Unreachable, match="serve"):
        nobody.position()


def test_what_is_no_relay_is_unreachable(server: ThreadServer) -> None:
    odd = RelayClient(server.url + "/api/relay/healthcheck/live")
    with odd, pytest.raises((Unreachable, ConfigError)):
        odd.position()


def test_a_token_is_sent_and_missed_where_it_is_missing() -> None:
    config = WebConfig(token="s3cret")
    with ThreadServer(lambda: Relay(open_store("memory:")), config=config) as guarded:
        with RelayClient(guarded.url, "s3cret") as known:
            assert known.position() == 0
        with RelayClient(guarded.url) as stranger, pytest.raises(ConfigError, match="TOKEN"):
            stranger.position()


def test_many_threads_share_a_client(full: RelayClient) -> None:
    found: list[int] = []

    def read() -> None:
        found.extend(len(full.find(Selection()).items) for _ in range(20))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [4] * 160


def test_refused_requests_are_read_as_from_the_store(
    server: ThreadServer, client: RelayClient
) -> None:
    for body in (b"", b"x", b"y" * 70_000):
        with pytest.raises(RequestRefused):
            client.send_envelope(body, project="42", public_key=KEY)
    store = server.relay.store
    assert client.refused(limit=2) == store.refused(limit=2)
    assert client.refused("42", 2) == store.refused("42", 2)
    assert client.refused_request(2) == store.refused_request(2)
    assert client.refused_body(3) == b"y" * 65_536
    assert (client.refused_request(9), client.refused_body(9)) == (None, None)


def test_what_arrives_and_what_is_refused_is_followed_in_one_stream(
    server: ThreadServer, client: RelayClient
) -> None:
    client.send_envelope(an_envelope(), project="1", public_key=KEY)
    following = client.follow(after=0)
    first = next(following)
    assert not isinstance(first, RefusedRequest)
    with pytest.raises(RequestRefused), RelayClient(server.url) as other:
        other.send_envelope(b"", project="42", public_key=KEY)
    found = next(one for one in following if isinstance(one, RefusedRequest))
    assert found.reason == "empty_body"
    following.close()

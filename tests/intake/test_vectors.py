"""The framing vectors of PROTOCOL.md 4.6 and the auth vectors of 1.4, through a relay's doors."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from fake_relay.config import ProjectConfig

KEY = "a" * 32
NEW_ID = "b" * 32
EVENT_ID = "9ec79c33ec9942ab8353589fcb2e04dc"

NO_HEADER = "missing envelope header"
BAD_HEADER = "invalid envelope header"
BAD_ITEM = "invalid item header"
NO_NEWLINE = "missing newline after header or payload"
SHORT = "unexpected end of file"
MISMATCH = "project id header mismatch between envelope and request"


STRICT = {"strict": True, "projects": (ProjectConfig("42"),)}

# number, body, causes of a refusal or None, the answer's event id, the items as `type:bytes`
VECTORS = [
    ("V01", b"{}", None, "", ""),
    ("V02", b"{}\n", None, "", ""),
    ("V04", b"\x20\n\t", NO_HEADER, "", ""),
    ("V05", b"\n {}\n", None, "", ""),
    ("V06", b"\xef\xbb\xbf{}\n", BAD_HEADER, "", ""),
    ("V07", b"[]\n", BAD_HEADER, "", ""),
    ("V08", b"{event_id:1}\n", BAD_HEADER, "", ""),
    ("V09", b"{}{}\n", NO_NEWLINE, "", ""),
    ("V10", b"{} \n", NO_NEWLINE, "", ""),
    ("V11", b"{}\r\n", NO_NEWLINE, "", ""),
    ("V12", b'{\n"sdk":{"name":"x"}\n}\n', None, "", ""),
    ("V13", b'{"event_id":"xyz"}\n', BAD_HEADER, "", ""),
    ("V14", b'{"event_id":"9EC79C33-EC99-42AB-8353-589FCB2E04DC"}\n', None, EVENT_ID, ""),
    (
        "V15",
        b'{"sent_at":"2024-01-01T00:00:00Z","sent_at":"2024-01-01T00:00:01Z"}\n',
        BAD_HEADER,
        "",
        "",
    ),
    ("V16", b'{"sent_at":1704067200}\n', BAD_HEADER, "", ""),
    ("V17", b'{"sent_at":"2024-01-01T00:00:00"}\n', BAD_HEADER, "", ""),
    ("V18", b'{"trace":{"trace_id":5}}\n', None, "", ""),
    ("V19", f'{{"dsn":"https://{KEY}@h.example/43"}}\n'.encode(), MISMATCH, "", ""),
    ("V20", b'{"dsn":"https://public@h.example/42"}\n', BAD_HEADER, "", ""),
    ("V21", b'{}\n{"type":"event"}\n{"message":"a"}', None, NEW_ID, "event:15"),
    ("V22", b'{}\n{"type":"event"}\n{"message":"a"}\n', None, NEW_ID, "event:15"),
    ("V23", b'{}\n{"type":"event","length":15}\n{"message":"a"}', None, NEW_ID, "event:15"),
    ("V24", b'{}\n{"type":"event","length":15}\n{"message":"a"}\n', None, NEW_ID, "event:15"),
    (
        "V25",
        b'{}\n{"type":"event","length":16}\n{"message":"\xc3\xa9"}\n',
        None,
        NEW_ID,
        "event:16",
    ),
    (
        "V26",
        b'{}\n{"type":"event","length":15}\n{"message":"\xc3\xa9"}\n',
        NO_NEWLINE,
        "",
        "",
    ),
    ("V27", b'{}\n{"type":"event","length":14}\n{"message":"a"}\n', NO_NEWLINE, "", ""),
    ("V28", b'{}\n{"type":"event","length":16}\n{"message":"a"}\n', None, NEW_ID, "event:16"),
    ("V29", b'{}\n{"type":"event","length":17}\n{"message":"a"}\n', SHORT, "", ""),
    ("V30", b'{}\n{"type":"event","length":"15"}\n{"message":"a"}\n', BAD_ITEM, "", ""),
    ("V31", b'{}\n{"type":"event","length":null}\n{"message":"a"}\n', BAD_ITEM, "", ""),
    ("V32", b'{}\n{"type":"event","length":-1}\n{"message":"a"}\n', BAD_ITEM, "", ""),
    (
        "V33",
        b'{}\n{"type":"event","length":17}\n{\n"message":"a"\n}\n',
        None,
        NEW_ID,
        "event:17",
    ),
    ("V34", b'{}\n{"type":"event"}\n{\n"message":"a"\n}\n', BAD_ITEM, "", ""),
    (
        "V35",
        b'{}\n{"type":"attachment","filename":"a","length":4}\n\x00\n\xff\r\n',
        None,
        "",
        "attachment:4",
    ),
    (
        "V36",
        b'{}\n{"type":"attachment","length":0}\n\n{"type":"attachment","length":0}\n',
        None,
        "",
        "attachment:0 attachment:0",
    ),
    (
        "V37",
        b'{}\n{"type":"attachment","length":0}\n{"type":"attachment","length":0}\n',
        NO_NEWLINE,
        "",
        "",
    ),
    ("V38", b'{}\n{"type":"attachment"}', None, "", "attachment:0"),
    (
        "V39",
        b'{}\n{"type":"attachment"}\n\n{"type":"attachment"}\nx\n',
        None,
        "",
        "attachment:0 attachment:1",
    ),
    (
        "V40",
        b'{}\n{"type":"attachment","length":1}\na\n\n\n{"type":"attachment","length":1}\nb\n',
        None,
        "",
        "attachment:1 attachment:1",
    ),
    ("V41", b'{}\n\n{"type":"attachment","length":1}\na\n', None, "", "attachment:1"),
    ("V42", b'{}\n{"type":"attachment","length":1}\na\n\n', SHORT, "", ""),
    ("V43", b'{}\n{"type":"attachment","length":1}\na\n\x20\x20', SHORT, "", ""),
    ("V44", b'{}\n{"type":"attachment"}\r\na\n', NO_NEWLINE, "", ""),
    ("V45", b'{}\n{"type":"attachment","length":1}\na\r\n', NO_NEWLINE, "", ""),
    ("V46", b'{}\n{"type":"event"}\n{"message":"a"}\r\n', None, NEW_ID, "event:16"),
    ("V47", b'{}\n{"type":"attachment","length":3}abc\n', NO_NEWLINE, "", ""),
    ("V48", b'{}\n{"length":0}\n\n', BAD_ITEM, "", ""),
    ("V49", b'{}\n{"type":"event","type":"event"}\n{}\n', BAD_ITEM, "", ""),
    ("V50", b'{}\n{"type":"x_new","length":3}\nabc\n', None, "", "x_new:3"),
    ("V51", b'{}\n{"type":"Event"}\n{}\n', None, "", "Event:2"),
    (
        "V53",
        (
            b'{}\n{"type":"session"}\n{"sid":"8333339f-5675-4f89-a9a0-1c935255ab58",'
            b'"started":"2024-01-01T00:00:00Z","attrs":{"release":"a@1"}}\n'
        ),
        None,
        "",
        "session:105",
    ),
    (
        "V54",
        (
            b'{}\n{"type":"attachment","attachment_type":"event.minidump","filename":"m.dmp",'
            b'"length":4}\nMDMP\n'
        ),
        None,
        NEW_ID,
        "attachment:4",
    ),
    ("V55", b'{}\n{"type":"event","length":3}\nabc\n', None, NEW_ID, "event:3"),
    (
        "V56",
        (
            b'{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}\n{"type":"event"}\n'
            b'{"event_id":"ffffffffffffffffffffffffffffffff"}\n'
        ),
        None,
        EVENT_ID,
        "event:47",
    ),
    ("V57", b"{}\n" + 501 * b'{"type":"x"}\n\n', "too many individual items", "", ""),
    ("V58", b"{}\n" + 500 * b'{"type":"x"}\n\n', None, "", " ".join(500 * ["x:0"])),
]
TAKEN = [vector for vector in VECTORS if vector[2] is None]
REFUSED = [vector for vector in VECTORS if vector[2] is not None]


@pytest.mark.parametrize(
    ("body", "event_id", "items"),
    [pytest.param(body, event_id, items, id=number) for number, body, _, event_id, items in TAKEN],
)
def test_an_envelope_that_relay_takes_is_answered_and_stored(
    make_sender: Any, body: bytes, event_id: str, items: str
) -> None:
    """Status 200, the id, the items, and the bytes as they came."""
    sender = make_sender(**STRICT)
    reply = sender.send(body)
    assert (reply.status, json.loads(reply.body)) == (200, {"id": event_id} if event_id else {})
    sent = [item for item in sender.items if b'"derived_from"' not in bytes(item.headers)]
    assert " ".join(f"{item.type}:{item.size}" for item in sent) == items
    assert sender.content() == body


@pytest.mark.parametrize(
    ("body", "cause"),
    [pytest.param(body, cause, id=number) for number, body, cause, _, _ in REFUSED],
)
def test_an_envelope_that_relay_refuses_is_refused_with_its_words(
    make_sender: Any, body: bytes, cause: str
) -> None:
    """Status 400, the detail and the first cause; nothing is stored."""
    sender = make_sender(**STRICT)
    reply = sender.send(body)
    answer = json.loads(reply.body)
    assert (reply.status, answer["detail"]) == (400, "invalid event envelope")
    assert answer["causes"][0] == cause
    assert sender.envelopes == []


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        pytest.param(b"", "empty request body", id="V03"),
        pytest.param(
            b'{}\n{"type":"integration","length":0}\n\n',
            "envelope contains internal items",
            id="V52",
        ),
    ],
)
def test_refusals_with_a_detail_of_their_own(sender: Any, body: bytes, detail: str) -> None:
    reply = sender.send(body)
    assert (reply.status, json.loads(reply.body)) == (400, {"detail": detail})


def test_every_vector_of_the_protocol_is_here() -> None:
    numbers = sorted([vector[0] for vector in VECTORS] + ["V03", "V52"])
    assert numbers == [f"V{number:02}" for number in range(1, 59)]


BASIC = base64.b64encode(f"{KEY}:".encode()).decode()
AUTH = {"x-sentry-auth": f"Sentry sentry_key={KEY}"}
DSN = f'"dsn":"https://{KEY}@h.example/42"'

# number, request, status, detail, causes as far as Relay's words are known
AUTH_VECTORS = [
    ("H01", {"query": ""}, 401, "bad envelope authentication header", None),
    ("H02", {"query": "", "body": f"{{{DSN}}}\n".encode()}, 200, None, None),
    (
        "H03",
        {"query": "", "body": f"{{\n{DSN}\n}}\n".encode()},
        401,
        "bad envelope authentication header",
        None,
    ),
    (
        "H04",
        {"query": "", "body": f"{{{DSN}}}\r\n".encode()},
        400,
        "invalid event envelope",
        NO_NEWLINE,
    ),
    ("H05", {"query": "", "headers": AUTH}, 200, None, None),
    (
        "H06",
        {
            "query": "",
            "headers": {"x-sentry-auth": f"sentry sentry_version=7.1,sentry_key={KEY},foo=bar"},
        },
        200,
        None,
        None,
    ),
    ("H07", {"headers": AUTH}, 401, "multiple authorization payloads detected", None),
    ("H08", {"query": "", "headers": {"authorization": f"Basic {BASIC}"}}, 200, None, None),
    (
        "H09",
        {"query": f"sentry_key={KEY}&sentry_version=7", "headers": {"authorization": "Bearer x"}},
        200,
        None,
        None,
    ),
    (
        "H10",
        {
            "query": "",
            "headers": {"x-sentry-auth": f"Sentry sentry_version=8, sentry_key={KEY}"},
        },
        400,
        "unsupported protocol version (8)",
        None,
    ),
    (
        "H11",
        {
            "query": "",
            "headers": {"x-sentry-auth": f"Sentry sentry_version=x, sentry_key={KEY}"},
        },
        401,
        "bad x-sentry-auth header",
        "invalid value for version",
    ),
    (
        "H12",
        {"query": "", "headers": {"x-sentry-auth": "Sentry sentry_version=7"}},
        401,
        "bad x-sentry-auth header",
        "missing public key in auth header",
    ),
    (
        "H13",
        {"query": "sentry_key=abc"},
        400,
        "bad sentry DSN public key",
        "invalid project key",
    ),
    ("H14", {"headers": {"x-sentry-auth": ""}}, 200, None, None),
    ("H15", {"path": "/api/abc/envelope/"}, 400, "bad project path parameter", None),
    ("H16", {"path": "/api//42///envelope/"}, 200, None, None),
    ("H17", {"path": "/api/42/envelope"}, 404, "there is no door at /api/42/envelope", None),
    (
        "H18",
        {"method": "GET"},
        405,
        "method GET is not allowed here, use OPTIONS, POST",
        None,
    ),
    (
        "H19",
        {"body": f'{{"dsn":"https://{KEY}@h.example/43"}}\n'.encode()},
        400,
        "invalid event envelope",
        MISMATCH,
    ),
    (
        "H20",
        {"body": b'{"dsn":"https://public@h.example/42"}\n'},
        400,
        "invalid event envelope",
        BAD_HEADER,
    ),
]


@pytest.mark.parametrize(
    ("arguments", "status", "detail", "cause"),
    [pytest.param(*rest, id=number) for number, *rest in AUTH_VECTORS],
)
def test_credentials_are_judged_as_relay_judges_them(
    make_sender: Any, arguments: dict[str, Any], status: int, detail: str | None, cause: str | None
) -> None:
    """Status, detail and first cause; only what is taken is stored."""
    sender = make_sender(**STRICT)
    reply = sender.send(**arguments)
    answer = json.loads(reply.body)
    assert (reply.status, answer.get("detail")) == (status, detail)
    assert cause is None or answer["causes"][0] == cause
    assert len(sender.envelopes) == (status == 200)


def test_every_auth_vector_of_the_protocol_is_here() -> None:
    assert [vector[0] for vector in AUTH_VECTORS] == [f"H{number:02}" for number in range(1, 21)]


# What several items in one envelope come to; sizes and counts are judged elsewhere.
EVENT = b'{"type":"event"}\n{"message":"a"}\n'
FILE = b'{"type":"attachment","filename":"a","length":1}\nx\n'
SESSION = b'{"type":"session"}\n{"started":"2023-11-14T22:13:00Z","attrs":{"release":"a@1"}}\n'
REPORT = b'{"type":"client_report"}\n{"discarded_events":[]}\n'
SPAN = {"trace_id": EVENT_ID, "span_id": "1" * 16}
PROFILE = (
    b'{"type":"profile"}\n%s\n'
    % json.dumps(
        {
            "version": "1",
            "event_id": EVENT_ID,
            "platform": "python",
            "timestamp": "2023-11-14T22:13:00Z",
            "device": {"architecture": "x86_64"},
            "os": {"name": "Linux", "version": "6"},
            "transaction": {"id": EVENT_ID, "name": "/", "trace_id": EVENT_ID},
            "profile": {
                "samples": [
                    {"stack_id": 0, "thread_id": "1", "elapsed_since_start_ns": n} for n in (0, 9)
                ],
                "stacks": [[0]],
                "frames": [{"function": "f"}],
            },
        }
    ).encode()
)
TRANSACTION = (
    b'{"type":"transaction"}\n%s\n'
    % json.dumps(
        {"start_timestamp": 1.7e9, "timestamp": 1.7e9, "contexts": {"trace": SPAN}}
    ).encode()
)
REPLAY = b'{"type":"replay_event"}\n{"replay_id":"%s","segment_id":0}\n' % EVENT_ID.encode()
RECORDING = b'{"type":"replay_recording","length":19}\n{"segment_id":0}\n[]\n'
FEEDBACK = b'{"type":"feedback"}\n{"contexts":{"feedback":{"message":"hm"}}}\n'
LOGS = b'{"type":"log","item_count":3}\n{"items":[{"body":"a"},{"body":"b"}]}\n'
USER_REPORT = b'{"type":"user_report"}\n{"event_id":"%s"}\n' % EVENT_ID.encode()


@pytest.mark.parametrize(
    ("items", "event_id", "outcomes"),
    [
        pytest.param(PROFILE + TRANSACTION, NEW_ID, [""] * 2, id="profile, transaction"),
        pytest.param(EVENT + 3 * FILE + SESSION + REPORT, NEW_ID, [""] * 6, id="crash"),
        pytest.param(REPLAY + RECORDING, "", [""] * 2, id="replay and recording"),
        pytest.param(REPLAY, "", ["invalid(invalid_replay_missing_recording)"], id="replay alone"),
        pytest.param(FEEDBACK + FILE, NEW_ID, [""] * 2, id="feedback and screenshot"),
        pytest.param(LOGS, "", ["invalid(invalid_json)"], id="logs that miscount"),
        pytest.param(USER_REPORT, "", [""], id="user report alone"),
    ],
)
def test_a_combination_of_items_is_taken_and_judged_later(
    sender: Any, items: bytes, event_id: str, outcomes: list[str]
) -> None:
    reply = sender.send(b"{}\n" + items)
    assert (reply.status, json.loads(reply.body)) == (200, {"id": event_id} if event_id else {})
    assert [item.outcome for item in sender.items] == outcomes
